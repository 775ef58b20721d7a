//! A task as it can be run: what the YAML says, checked within itself, with places.

use std::path::Path;
use std::sync::Arc;

use super::dotenv::DotenvSpec;
use super::header::Header;
use super::param::Param;
use super::text::{File, Text};

#[derive(Debug, Clone)]
pub struct Task {
    pub name: String,
    pub description: Option<String>,
    pub params: Vec<Param>,
    pub steps: Vec<Step>,
    pub(super) env: Vec<(String, Text)>,
    pub(super) file: Arc<File>,
    pub(super) about: About,
}

/// What a task knows besides its parameters, and how it is found.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// What all tasks of its file know.
    pub(super) header: Arc<Header>,
    pub(super) vars: Vec<(String, Text)>,
    pub(super) dotenv: Vec<(DotenvSpec, Text)>,
    /// Only other tasks may call it.
    pub(super) private: bool,
    pub(super) aliases: Vec<String>,
    pub(super) group: Option<String>,
    /// Asked before it runs.
    pub(super) confirm: Option<Text>,
    /// Where it stands in its file.
    pub(super) line: usize,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub name: Option<String>,
    pub(super) action: Action,
    pub(super) when: Option<Text>,
    pub(super) env: Vec<(String, Text)>,
    pub register: Option<String>,
    pub(super) on_failure: OnFailure,
}

#[derive(Debug, Clone)]
pub(super) enum Action {
    Command(Text),
    /// Rhai, or the path of a file of it.
    Script(Text),
    Call(Call),
}

/// Another task, with values for its parameters.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) task: Text,
    pub(super) with: Vec<(String, Text)>,
}

#[derive(Debug, Clone)]
pub(super) enum OnFailure {
    Abort,
    Continue,
    Command(Text),
    Call(Call),
}

impl Task {
    /// The file the task stands in, as shown to people.
    pub fn origin(&self) -> &str {
        &self.file.name
    }

    pub(super) fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The scripts of its steps, or the paths of their files.
    pub(super) fn scripts(&self) -> impl Iterator<Item = &Text> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::Script(text) => Some(text),
            _ => None,
        })
    }

    /// The texts of its steps that are expressions.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &Text> {
        self.steps.iter().filter_map(|step| step.when.as_ref())
    }

    pub(super) fn param_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.params.iter().map(|param| param.name.as_str())
    }
}

impl Step {
    /// The text that says what the step does.
    pub(super) fn text(&self) -> &Text {
        match &self.action {
            Action::Command(text) | Action::Script(text) => text,
            Action::Call(call) => &call.task,
        }
    }

    /// What people are shown: the name, or the beginning of what it does.
    pub fn title(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let text = self.text();
        let line = text.headline();
        let cut = line.char_indices().nth(60).map_or(line.len(), |(index, _)| index);
        let more = cut < line.len() || text.value.trim().lines().count() > 1;
        format!("{}{}", &line[..cut], if more { "…" } else { "" })
    }

    /// The names by which later steps may ask for the result.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.name.as_deref().into_iter().chain(self.register.as_deref())
    }
}

impl Action {
    /// The fields of a result that can be put into a text.
    pub(super) fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::Command(_) => &["stdout", "stderr", "exit_code", "ok"],
            Self::Script(_) => &["value", "exit_code", "ok"],
            Self::Call(_) => &["exit_code", "ok"],
        }
    }
}

/// Whether a script's text is the path of a file.
pub(super) fn is_path(script: &str) -> bool {
    Path::new(script.trim()).extension().is_some_and(|ending| ending == "rhai") && !script.trim().contains('\n')
}
