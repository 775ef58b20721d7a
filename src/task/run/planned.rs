//! What a dry run tells: for programs as JSON, an object for each step that would run, and for people as lines.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::event::Part;
use super::sink::{brief, millis};

/// One thing that a dry run tells.
#[derive(Debug)]
pub enum Planned {
    /// A task, where it is told something about it.
    Task(PlannedTask),
    Step(Box<PlannedStep>),
    /// Elements of a loop that are not told one by one.
    More {
        task: String,
        title: String,
        elements: usize,
    },
}

#[derive(Debug, Default)]
pub struct PlannedTask {
    pub(super) task: String,
    pub(super) title: String,
    pub(super) question: Option<String>,
    pub(super) timeout: Option<Duration>,
    pub(super) parallel: bool,
    pub(super) env: Vec<(String, String)>,
    pub(super) workdir: Option<String>,
}

#[derive(Debug, Default)]
pub struct PlannedStep {
    pub(super) task: String,
    pub(super) step: String,
    pub(super) title: String,
    /// `finally` or `on_error`, for their steps.
    pub(super) end: Option<&'static str>,
    pub(super) place: (String, usize),
    pub(super) part: Part,
    /// What it goes over, where that is known only when it runs.
    pub(super) foreach: Option<String>,
    /// Its condition, and whether that holds, where it is known.
    pub(super) when: Option<(String, Option<bool>)>,
    pub(super) action: PlannedAction,
    /// All variables that `env:` sets for it, its task's and its callers' too.
    pub(super) env: Vec<(String, String)>,
    /// Those that it sets itself.
    pub(super) own_env: Vec<(String, String)>,
    pub(super) user: Option<String>,
    /// The folder its command runs in.
    pub(super) workdir: Option<String>,
    /// What it says of that itself.
    pub(super) own_workdir: Option<String>,
    pub(super) shell: Vec<String>,
    pub(super) timeout: Option<Duration>,
    pub(super) attempts: Option<u32>,
    pub(super) targets: Vec<PlannedTarget>,
    pub(super) on_failure: Option<OnFailure>,
    /// Whether all of it is known; otherwise `‹…›` stands for what is not.
    pub(super) known: bool,
}

#[derive(Debug, Default)]
pub(super) enum PlannedAction {
    /// It does not run.
    #[default]
    Nothing,
    Command(String),
    Code(String),
    File(String),
    Shell {
        container: String,
        command: String,
    },
    Words {
        container: String,
        argv: Vec<String>,
        /// As it could be typed.
        line: String,
    },
    Call(String),
}

#[derive(Debug)]
pub(super) enum PlannedTarget {
    Containers(Vec<String>),
    Name(String),
    Label(String),
    Network(String),
}

#[derive(Debug)]
pub(super) enum OnFailure {
    Command(String),
    Task(String),
}

impl Planned {
    pub fn json(&self) -> Json {
        match self {
            Self::Task(task) => task.json(),
            Self::Step(step) => step.json(),
            Self::More { task, title, elements } => {
                json!({ "kind": "more", "task": task, "title": title, "elements": elements })
            }
        }
    }

    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Task(task) => task.lines(),
            Self::Step(step) => step.lines(),
            Self::More { title, elements, .. } => vec![format!("{title}: and for {elements} more elements")],
        }
    }
}

impl PlannedTask {
    pub(super) fn is_plain(&self) -> bool {
        let says = self.question.is_some() || self.timeout.is_some() || self.workdir.is_some();
        !says && !self.parallel && self.env.is_empty()
    }

    fn json(&self) -> Json {
        let kind = if self.question.is_some() { "confirm" } else { "task_begins" };
        let mut all = Object::of(kind, &self.task, &self.title);
        all.put("question", self.question.as_deref());
        all.put("timeout_ms", self.timeout.map(millis));
        all.put("parallel", self.parallel.then_some(true));
        all.put("env", variables(&self.env));
        all.put("workdir", self.workdir.as_deref());
        all.0.into()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.question.as_ref().map(|question| format!("{} asks: {question}", self.title)));
        let limit = self.timeout.map(|limit| format!("within {}", brief(limit)));
        let about: Vec<String> = limit.into_iter().chain(self.parallel.then(|| "at the same time".into())).collect();
        if !about.is_empty() {
            lines.push(format!("{} ({})", self.title, about.join(", ")));
        } else if !self.env.is_empty() || self.workdir.is_some() {
            lines.push(self.title.clone());
        }
        lines.extend(self.env.iter().map(|(name, value)| format!("  env: {name}={value}")));
        lines.extend(self.workdir.as_ref().map(|path| format!("  workdir: {path}")));
        lines
    }
}

impl PlannedStep {
    fn json(&self) -> Json {
        let mut all = Object::of(self.kind(), &self.task, &self.title);
        all.put("step", Some(self.step.as_str()));
        all.put("end", self.end);
        all.put("file", Some(self.place.0.as_str()));
        all.put("line", Some(self.place.1));
        all.0.extend(self.part.fields().into_iter().map(|(name, value)| (name.to_owned(), value)));
        all.put("foreach", self.foreach.as_deref());
        all.put("when", self.when.as_ref().map(|(when, _)| when.as_str()));
        all.put("skipped", self.is_skipped().then_some(true));
        self.action_json(&mut all);
        all.put("env", variables(&self.env));
        all.put("user", self.user.as_deref());
        all.put("workdir", self.workdir.as_deref());
        all.put("shell", (!self.shell.is_empty()).then(|| self.shell.clone()));
        all.put("timeout_ms", self.timeout.map(millis));
        all.put("attempts", self.attempts);
        let targets: Vec<Json> = self.targets.iter().flat_map(PlannedTarget::json).collect();
        all.put("targets", (!targets.is_empty()).then_some(targets));
        all.put(
            "on_failure",
            self.on_failure.as_ref().map(|handler| match handler {
                OnFailure::Command(text) => json!({ "command": text }),
                OnFailure::Task(name) => json!({ "task": name }),
            }),
        );
        all.put("known", Some(self.known));
        all.0.into()
    }

    fn kind(&self) -> &'static str {
        match &self.action {
            PlannedAction::Nothing => "skipped",
            PlannedAction::Command(_) => "command",
            PlannedAction::Code(_) | PlannedAction::File(_) => "script",
            PlannedAction::Shell { .. } | PlannedAction::Words { .. } => "exec",
            PlannedAction::Call(_) => "task",
        }
    }

    fn is_skipped(&self) -> bool {
        matches!(self.when, Some((_, Some(false))))
    }

    fn action_json(&self, all: &mut Object) {
        match &self.action {
            PlannedAction::Nothing => {}
            PlannedAction::Command(text) => all.put("command", Some(text.as_str())),
            PlannedAction::Code(code) => all.put("code", Some(code.as_str())),
            PlannedAction::File(path) => all.put("script", Some(path.as_str())),
            PlannedAction::Shell { container, command } => {
                all.put("container", Some(container.as_str()));
                all.put("command", Some(command.as_str()));
            }
            PlannedAction::Words { container, argv, .. } => {
                all.put("container", Some(container.as_str()));
                all.put("argv", Some(argv.clone()));
            }
            PlannedAction::Call(name) => all.put("calls", Some(name.as_str())),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let title = &self.title;
        lines.extend(self.foreach.as_ref().map(|_| format!("{title}: for each element, which is decided when run")));
        lines.push(match &self.when {
            Some((when, Some(false))) => return vec![format!("{title}: skipped, for `{when}` does not hold")],
            Some((when, None)) => format!("{title}: if `{when}`, which is decided when run"),
            _ => title.clone(),
        });
        lines.extend(self.own_env.iter().map(|(name, value)| format!("  env: {name}={value}")));
        lines.extend((!self.shell.is_empty()).then(|| format!("  shell: {}", self.shell.join(" "))));
        lines.extend(self.user.as_ref().map(|user| format!("  user: {user}")));
        lines.extend(self.own_workdir.as_ref().map(|path| format!("  workdir: {path}")));
        lines.extend(self.timeout.map(|limit| format!("  timeout: {}", brief(limit))));
        lines.extend(self.attempts.map(|times| format!("  up to {times} attempts")));
        lines.extend(self.targets.iter().map(PlannedTarget::line));
        match &self.action {
            PlannedAction::Nothing => {}
            PlannedAction::Command(text) => block(&mut lines, "command", text),
            PlannedAction::Code(text) | PlannedAction::File(text) => block(&mut lines, "script", text),
            PlannedAction::Shell { container, command: line } | PlannedAction::Words { container, line, .. } => {
                block(&mut lines, &format!("in container {container}"), line);
            }
            PlannedAction::Call(_) if self.known => {}
            PlannedAction::Call(name) => {
                lines.push(format!("  task {name}, with values that are known only when run"));
            }
        }
        match &self.on_failure {
            None => {}
            Some(OnFailure::Command(text)) if self.targets.is_empty() => block(&mut lines, "on failure", text),
            Some(OnFailure::Command(text)) => block(&mut lines, "on failure, in the same containers", text),
            Some(OnFailure::Task(name)) => lines.push(format!("  on failure: task {name}")),
        }
        lines
    }
}

impl PlannedTarget {
    fn line(&self) -> String {
        match self {
            Self::Containers(names) => format!("  in each of: {}", names.join(", ")),
            Self::Name(name) => format!("  in: {name}"),
            Self::Label(label) => format!("  in each container with the label {label}, which is decided when run"),
            Self::Network(name) => format!("  in each container on the network {name}, which is decided when run"),
        }
    }

    fn json(&self) -> Vec<Json> {
        match self {
            Self::Containers(names) => names.iter().map(|name| json!({ "container": name })).collect(),
            Self::Name(name) => vec![json!({ "container": name })],
            Self::Label(label) => vec![json!({ "label": label })],
            Self::Network(name) => vec![json!({ "network": name })],
        }
    }
}

/// An object of what is there.
struct Object(Map<String, Json>);

impl Object {
    fn of(kind: &str, task: &str, title: &str) -> Self {
        let mut all = Self(Map::new());
        all.put("kind", Some(kind));
        all.put("task", Some(task));
        all.put("title", Some(title));
        all
    }

    fn put(&mut self, name: &str, value: Option<impl Into<Json>>) {
        self.0.extend(value.map(|value| (name.to_owned(), value.into())));
    }
}

fn variables(env: &[(String, String)]) -> Option<Map<String, Json>> {
    let all = || env.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str()))).collect();
    (!env.is_empty()).then(all)
}

fn block(lines: &mut Vec<String>, what: &str, text: &str) {
    let text = text.trim_end();
    if text.lines().count() <= 1 {
        return lines.push(format!("  {what}: {text}"));
    }
    lines.push(format!("  {what}:"));
    lines.extend(text.lines().map(|line| format!("    {line}")));
}
