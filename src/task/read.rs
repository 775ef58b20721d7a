//! From a node of a YAML file to a task: the reader's strictness, and what the keys of one task mean together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declare;
use super::header::{self, Header, Include};
use super::model::{About, Action, Call, OnFailure, Step, Task};
use super::param::{Param, variable};
use super::schema::{HandlerSpec, OnFailureSpec, ParamSpec, StepSpec, TaskSpec};
use super::text::{File, Text};
use crate::config::{self, Key, Node, Value};
use crate::view::{Diagnostic, Place};

/// Names that mean something else in scripts and conditions.
const RESERVED: &[&str] = &[
    "params",
    "env",
    "steps",
    "vars",
    "secrets",
    "project",
    "docker",
    "exec",
    "forward",
    "sh",
    "quote",
    "print",
    "debug",
    "sleep",
    "cidr",
    "args",
    "true",
    "false",
    "let",
    "const",
    "if",
    "else",
    "while",
    "loop",
    "for",
    "in",
    "do",
    "until",
    "break",
    "continue",
    "return",
    "throw",
    "try",
    "catch",
    "fn",
    "private",
    "import",
    "export",
    "as",
    "this",
    "switch",
    "case",
    "match",
    "default",
    "with",
    "is",
    "not",
    "and",
    "or",
    "new",
    "use",
    "module",
    "package",
    "static",
    "public",
    "var",
    "nil",
    "null",
    "void",
    "go",
    "thread",
    "spawn",
    "async",
    "await",
    "yield",
    "sync",
    "shared",
    "global",
    "eval",
    "call",
    "curry",
    "type_of",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "super",
    "exit",
    "goto",
    "protected",
    "auto",
];

type Fault = Box<Diagnostic>;

/// The file that tasks stand in, as they know it.
#[derive(Debug, Default)]
pub(super) struct Within {
    /// Before the names of its tasks: `db:` for a file included as `db`.
    pub(super) prefix: String,
    tasks: BTreeSet<String>,
    aliases: BTreeSet<String>,
    /// Aliases that are the name of another task too.
    twice: BTreeSet<String>,
    /// What the tasks of the files it includes are called by.
    includes: BTreeSet<String>,
    pub(super) header: Arc<Header>,
}

impl Within {
    pub(super) fn new(prefix: &str, tasks: &[(Key, Node)], includes: &[Include]) -> Self {
        let texts = |node: &Node| items(node, "aliases").iter().filter_map(Node::scalar).collect::<Vec<_>>();
        let mut within = Self { prefix: prefix.to_owned(), ..Self::default() };
        within.tasks = tasks.iter().map(|(key, _)| key.name.clone()).collect();
        for alias in tasks.iter().flat_map(|(_, node)| texts(node)) {
            if within.tasks.contains(&alias) || !within.aliases.insert(alias.clone()) {
                within.twice.insert(alias);
            }
        }
        within.includes = includes.iter().map(|include| include.namespace.clone()).collect();
        within
    }

    fn knows(&self, name: &str) -> bool {
        let included = name.split_once(':').is_some_and(|(namespace, _)| self.includes.contains(namespace));
        included || self.tasks.contains(name) || self.aliases.contains(name)
    }
}

/// Reads one task, by its short name.
pub(super) fn task(name: &str, node: &Node, file: &Arc<File>, within: &Within) -> Result<Task, Fault> {
    Reader { task: name, file, within }.task(node)
}

struct Reader<'a> {
    task: &'a str,
    file: &'a Arc<File>,
    within: &'a Within,
}

impl Reader<'_> {
    fn fault(&self, message: &str, node: &Node, hint: Option<&str>) -> Fault {
        let place = node.span.map(|span| self.file.place(span));
        self.fault_at(message, place, hint)
    }

    fn fault_at(&self, message: &str, place: Option<Place>, hint: Option<&str>) -> Fault {
        let message = format!("task `{}`: {message}", self.task);
        Box::new(Diagnostic::new(message).at(place).hint(hint.map(str::to_owned)))
    }

    fn task(&self, node: &Node) -> Result<Task, Fault> {
        if !is_task_name(self.task) {
            return Err(self.fault(
                "this cannot be the name of a task",
                node,
                Some("letters, digits, `-`, `_`, `.`, `:`"),
            ));
        }
        let mut spec: TaskSpec = config::read(node).map_err(|fault| {
            let place = fault.span.map(|span| self.file.place(span));
            self.fault_at(&fault.to_string(), place, fault.hint().as_deref())
        })?;
        let steps = self.steps(&spec, node)?;
        Ok(Task {
            name: format!("{}{}", self.within.prefix, self.task),
            about: self.about(&mut spec, node)?,
            params: self.params(spec.params.unwrap_or_default(), node)?,
            env: self.env(node)?,
            description: spec.description,
            steps,
            file: self.file.clone(),
        })
    }

    fn params(&self, specs: Vec<ParamSpec>, node: &Node) -> Result<Vec<Param>, Fault> {
        let mut params = Vec::with_capacity(specs.len());
        let mut seen = BTreeMap::new();
        for (spec, node) in specs.into_iter().zip(items(node, "params")) {
            let at = node.get("name").unwrap_or(node);
            if !is_name(&spec.name, true) {
                return Err(self.fault(
                    "this cannot be the name of a parameter",
                    at,
                    Some("letters, digits, `_` and `-`"),
                ));
            }
            if let Some(other) = seen.insert(variable(&spec.name), spec.name.clone()) {
                let message = format!("parameters `{other}` and `{}` have one variable", spec.name);
                return Err(self.fault(&message, at, Some("rename one of them")));
            }
            params.push(self.param(spec, node)?);
        }
        Ok(params)
    }

    fn param(&self, spec: ParamSpec, node: &Node) -> Result<Param, Fault> {
        declare::param(spec, node, &self.file.base())
            .map_err(|fault| self.fault(&fault.message, node.get(fault.key).unwrap_or(node), fault.hint.as_deref()))
    }

    /// What the task knows besides its parameters, and how it is found.
    fn about(&self, spec: &mut TaskSpec, node: &Node) -> Result<About, Fault> {
        let aliases = spec.aliases.take().unwrap_or_default();
        let at = |key: &str| node.get(key).unwrap_or(node);
        if let Some(alias) = aliases.iter().find(|alias| !is_task_name(alias) || *alias == self.task) {
            return Err(self.fault(&format!("`{alias}` cannot be another name of it"), at("aliases"), None));
        }
        if let Some(alias) = aliases.iter().find(|alias| self.within.twice.contains(*alias)) {
            return Err(self.fault(&format!("`{alias}` is a name of two tasks of this file"), at("aliases"), None));
        }
        let blank = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
        if let Some((key, _)) =
            [("group", &spec.group), ("confirm", &spec.confirm)].into_iter().find(|(_, text)| blank(text))
        {
            return Err(self.fault(&format!("`{key}` is empty"), at(key), None));
        }
        Ok(About {
            header: self.within.header.clone(),
            vars: header::vars(node, self.file)?,
            dotenv: node
                .get("dotenv")
                .map_or_else(Vec::new, |list| header::dotenvs(spec.dotenv.take().unwrap_or_default(), list, self.file)),
            private: spec.private,
            aliases: aliases.into_iter().map(|alias| format!("{}{alias}", self.within.prefix)).collect(),
            group: spec.group.take(),
            confirm: node.get("confirm").and_then(|text| Text::new(text, self.file)),
            line: node.span.map_or(1, |span| span.line),
        })
    }

    /// The whole name of a task that is called from this file: its own tasks and those it includes have short ones.
    fn callee(&self, text: Text) -> Text {
        if !self.within.knows(&text.value) {
            return text;
        }
        let whole = format!("{}{}", self.within.prefix, text.value);
        text.renamed(whole)
    }

    fn steps(&self, spec: &TaskSpec, node: &Node) -> Result<Vec<Step>, Fault> {
        let given = [spec.steps.is_some(), spec.command.is_some(), spec.script.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            return Err(self.fault(
                "one of `steps`, `command` and `script` is needed, and no more than one",
                node,
                None,
            ));
        }
        let Some(specs) = &spec.steps else {
            let bare = StepSpec { command: spec.command.clone(), script: spec.script.clone(), ..StepSpec::default() };
            return Ok(vec![self.step(&bare, node, false)?]);
        };
        if specs.is_empty() {
            return Err(self.fault("there are no steps", node.get("steps").unwrap_or(node), None));
        }
        let mut names = BTreeSet::new();
        let mut steps = Vec::with_capacity(specs.len());
        for (spec, node) in specs.iter().zip(items(node, "steps")) {
            for (name, key) in [(&spec.name, "name"), (&spec.register, "register")] {
                if let Some(name) = name
                    && !(names.insert(name.clone()) || key == "register" && spec.name.as_ref() == Some(name))
                {
                    return Err(self.fault(
                        &format!("two steps are called `{name}`"),
                        node.get(key).unwrap_or(node),
                        None,
                    ));
                }
            }
            steps.push(self.step(spec, node, true)?);
        }
        Ok(steps)
    }

    fn step(&self, spec: &StepSpec, node: &Node, whole: bool) -> Result<Step, Fault> {
        let action = match (&spec.command, &spec.script, &spec.task) {
            (Some(_), None, None) => Action::Command(self.scalar(node, "command")?),
            (None, Some(_), None) => Action::Script(self.scalar(node, "script")?),
            (None, None, Some(_)) => Action::Call(self.call(node)?),
            _ => return Err(self.fault("a step has exactly one of `command`, `script` and `task`", node, None)),
        };
        if spec.with.is_some() && spec.task.is_none() {
            return Err(self.fault(
                "`with` gives values to a `task`, and this step has none",
                node.get("with").unwrap_or(node),
                None,
            ));
        }
        if let Some(register) = &spec.register
            && (!is_name(register, false) || RESERVED.contains(&register.as_str()))
        {
            let at = node.get("register").unwrap_or(node);
            return Err(self.fault(
                &format!("`{register}` cannot be a name in scripts"),
                at,
                Some("letters, digits and `_`"),
            ));
        }
        Ok(Step {
            name: spec.name.clone(),
            action,
            when: node.get("when").filter(|_| whole).and_then(|when| Text::new(when, self.file)),
            env: if whole { self.env(node)? } else { Vec::new() },
            register: spec.register.clone(),
            on_failure: self.on_failure(spec.on_failure.as_ref(), node)?,
        })
    }

    fn on_failure(&self, spec: Option<&OnFailureSpec>, node: &Node) -> Result<OnFailure, Fault> {
        let node = node.get("on_failure").unwrap_or(node);
        match spec {
            None | Some(OnFailureSpec::Abort) => Ok(OnFailure::Abort),
            Some(OnFailureSpec::Continue) => Ok(OnFailure::Continue),
            Some(OnFailureSpec::Run(HandlerSpec { command: Some(_), task: None, with: None })) => {
                Ok(OnFailure::Command(self.scalar(node, "command")?))
            }
            Some(OnFailureSpec::Run(HandlerSpec { command: None, task: Some(_), .. })) => {
                Ok(OnFailure::Call(self.call(node)?))
            }
            Some(OnFailureSpec::Run(_)) => {
                Err(self.fault("`on_failure` runs either a `command`, or a `task` (with `with`)", node, None))
            }
        }
    }

    fn call(&self, node: &Node) -> Result<Call, Fault> {
        Ok(Call { task: self.callee(self.scalar(node, "task")?), with: self.scalars(node, "with") })
    }

    fn scalar(&self, node: &Node, key: &str) -> Result<Text, Fault> {
        let value = node.get(key).unwrap_or(node);
        let text = Text::new(value, self.file).filter(|text| !text.value.trim().is_empty());
        text.ok_or_else(|| self.fault(&format!("`{key}` is empty"), value, None))
    }

    fn scalars(&self, node: &Node, key: &str) -> Vec<(String, Text)> {
        let Some(Value::Map(entries)) = node.get(key).map(|node| &node.value) else { return Vec::new() };
        let text = |node: &Node| {
            let empty = Node { value: Value::Text(String::new()), span: node.span, raw: None };
            Text::new(node, self.file).or_else(|| Text::new(&empty, self.file))
        };
        entries.iter().filter_map(|(key, node)| text(node).map(|text| (key.name.clone(), text))).collect()
    }

    fn env(&self, node: &Node) -> Result<Vec<(String, Text)>, Fault> {
        let env = self.scalars(node, "env");
        match env.iter().find(|(name, _)| !is_name(name, false)) {
            Some((name, text)) => {
                let message = format!("`{name}` cannot be the name of an environment variable");
                Err(self.fault_at(&message, Some(text.whole()), Some("letters, digits and `_`")))
            }
            None => Ok(env),
        }
    }
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    match node.get(key).map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn is_name(name: &str, dashes: bool) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || (dashes && c == '-'))
}

fn is_task_name(name: &str) -> bool {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(named)
}
