//! A task as it can be run: what the YAML says, checked within itself, with places.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

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
    pub(super) workdir: Option<Text>,
    /// With where it is said.
    pub(super) timeout: Option<(Duration, Text)>,
    pub(super) needs: Vec<Call>,
    pub(super) parallel: bool,
    pub(super) max_parallel: Option<usize>,
    pub(super) fail_fast: bool,
    pub(super) matrix: Vec<(String, Vec<Text>)>,
    pub(super) on_error: Vec<Step>,
    pub(super) last: Vec<Step>,
    pub(super) returns: Option<Text>,
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
    pub(super) each: Option<Each>,
    pub(super) retry: Option<Retry>,
    pub(super) timeout: Option<Duration>,
    pub(super) workdir: Option<Text>,
    pub(super) always: bool,
    pub(super) quiet: bool,
    /// The words before a command's text; `/bin/sh -c` when empty.
    pub(super) shell: Vec<String>,
    /// The containers a command runs in; the task's own when the step has none. Empty: this machine.
    pub(super) targets: Vec<Target>,
}

#[derive(Debug, Clone)]
pub(super) enum Action {
    Command(Text),
    /// Rhai, or the path of a file of it.
    Script(Text),
    Call(Call),
    Exec(Box<Exec>),
}

/// A command inside a container.
#[derive(Debug, Clone)]
pub(super) struct Exec {
    pub(super) container: Text,
    pub(super) command: ExecCommand,
    pub(super) user: Option<Text>,
    pub(super) env: Vec<(String, Text)>,
    pub(super) workdir: Option<Text>,
}

#[derive(Debug, Clone)]
pub(super) enum ExecCommand {
    /// For the container's shell.
    Shell(Text),
    /// Each is one argument.
    List(Vec<Text>),
}

/// A step that runs once for each element.
#[derive(Debug, Clone)]
pub(super) struct Each {
    pub(super) items: Items,
    /// What the element is called.
    pub(super) binding: String,
    /// How many at a time; `None` for one after the other, 0 for as many as the run may.
    pub(super) width: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Items {
    Expression(Text),
    List(Vec<Text>),
}

#[derive(Debug, Clone)]
pub(super) struct Retry {
    pub(super) times: u32,
    pub(super) delay: Duration,
    pub(super) backoff: f64,
    pub(super) when: Option<Text>,
}

/// Containers that a command runs in.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// `containers.NAME` or `containers.*`: declared in the config file.
    Declared(Text),
    Name(Text),
    Label(Text),
    Network(Text),
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

    /// Whether what is typed for it may be a secret.
    pub(super) fn has_secrets(&self) -> bool {
        self.params.iter().any(|param| param.secret)
    }

    /// The scripts of its steps, or the paths of their files.
    pub(super) fn scripts(&self) -> impl Iterator<Item = &Text> {
        self.all_steps().filter_map(|step| match &step.action {
            Action::Script(text) => Some(text),
            _ => None,
        })
    }

    /// The texts in it that are expressions.
    pub(super) fn expressions(&self) -> impl Iterator<Item = Text> {
        let of_step = |step: &Step| {
            let each = step.each.as_ref().and_then(|each| match &each.items {
                Items::Expression(text) => Some(text.clone()),
                Items::List(_) => None,
            });
            let again = step.retry.as_ref().and_then(|retry| retry.when.clone());
            [step.when.clone(), each, again].into_iter().flatten()
        };
        self.all_steps().flat_map(of_step).chain(self.returns.clone())
    }

    pub(super) fn param_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.params.iter().map(|param| param.name.as_str())
    }

    /// All steps, those that run at the end or on failure included.
    pub(super) fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.on_error).chain(&self.last)
    }

    /// The names under which results of its steps are known to its texts.
    pub(super) fn registered(&self) -> BTreeSet<String> {
        let steps = self.all_steps().filter_map(|step| step.register.clone());
        steps.chain((!self.matrix.is_empty()).then(|| MATRIX.to_owned())).collect()
    }
}

impl Step {
    /// The text that says what the step does.
    pub(super) fn text(&self) -> &Text {
        match &self.action {
            Action::Command(text) | Action::Script(text) => text,
            Action::Call(call) => &call.task,
            Action::Exec(exec) => exec.text(),
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

    /// The names that `foreach` adds to those a text of the step may refer to.
    pub(super) fn bound(&self) -> impl Iterator<Item = String> {
        let names = self.each.iter().flat_map(|each| [each.binding.as_str(), INDEX]);
        names.flat_map(|name| [name.to_owned(), alone(name)])
    }

    /// The fields of the result, which scripts see and texts can hold.
    pub(super) fn fields(&self) -> Vec<&'static str> {
        let own: &[&str] = match (&self.each, &self.action) {
            (Some(_), _) => &["stdout", "lines", "items", "truncated"],
            (None, _) if !self.targets.is_empty() => &["stdout", "lines", "targets", "truncated"],
            (None, Action::Command(_) | Action::Exec(_)) => &["stdout", "stderr", "lines", "json", "truncated"],
            (None, Action::Script(_) | Action::Call(_)) => &["value"],
        };
        // A loop and a step in several containers have attempts one by one, in their parts.
        let tried = self.retry.is_some() && self.each.is_none() && self.targets.is_empty();
        let attempts = tried.then_some("attempts");
        ["ok", "exit_code", "skipped"].into_iter().chain(own.iter().copied()).chain(attempts).collect()
    }
}

impl Each {
    pub(super) fn texts(&self) -> &[Text] {
        match &self.items {
            Items::Expression(text) => std::slice::from_ref(text),
            Items::List(list) => list,
        }
    }
}

impl Exec {
    pub(super) fn text(&self) -> &Text {
        match &self.command {
            ExecCommand::Shell(text) => text,
            ExecCommand::List(list) => list.first().unwrap_or(&self.container),
        }
    }

    /// The texts that no shell reads.
    pub(super) fn plain(&self) -> impl Iterator<Item = &Text> {
        let list: &[Text] = match &self.command {
            ExecCommand::Shell(_) => &[],
            ExecCommand::List(list) => list,
        };
        let fixed = std::iter::once(&self.container).chain(&self.user).chain(&self.workdir);
        fixed.chain(list).chain(self.env.iter().map(|(_, text)| text))
    }
}

impl Target {
    pub(super) fn text(&self) -> &Text {
        match self {
            Self::Declared(text) | Self::Name(text) | Self::Label(text) | Self::Network(text) => text,
        }
    }
}

/// The place of an element in its list.
pub(super) const INDEX: &str = "index";
/// The values of a combination.
pub(super) const MATRIX: &str = "matrix";
/// How a task went, for what runs at its end.
pub(super) const TASK: &str = "task";

/// How a name stands among those that are known when it may stand alone, as `${item}`: others need a field.
pub(super) fn alone(name: &str) -> String {
    format!("{name}}}")
}

/// Whether a script's text is the path of a file.
pub(super) fn is_path(script: &str) -> bool {
    Path::new(script.trim()).extension().is_some_and(|ending| ending == "rhai") && !script.trim().contains('\n')
}
