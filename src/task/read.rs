//! From a node of a YAML file to a task: the reader's strictness, and what the keys of one task mean together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declare;
use super::header::{self, Header, Include};
use super::model::{About, Action, Task};
use super::param::{Param, variable};
use super::schema::{ParamSpec, TaskSpec};
use super::shape;
use super::text::{File, Text};
use crate::config::{self, Key, Node, Value};
use crate::view::{Diagnostic, Place};

/// Names that mean something else in scripts and conditions.
pub(super) const RESERVED: &[&str] = &[
    "params",
    "env",
    "steps",
    "vars",
    "secrets",
    "project",
    "task",
    "matrix",
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

pub(super) type Fault = Box<Diagnostic>;

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

pub(super) struct Reader<'a> {
    pub(super) task: &'a str,
    pub(super) file: &'a Arc<File>,
    within: &'a Within,
}

impl Reader<'_> {
    pub(super) fn fault(&self, message: &str, node: &Node, hint: Option<&str>) -> Fault {
        let place = node.span.map(|span| self.file.place(span));
        self.fault_at(message, place, hint)
    }

    pub(super) fn fault_at(&self, message: &str, place: Option<Place>, hint: Option<&str>) -> Fault {
        let message = format!("task `{}`: {message}", self.task);
        Box::new(Diagnostic::new(message).at(place).hint(hint.map(str::to_owned)))
    }

    /// What the reader of typed trees does not accept.
    pub(super) fn misread(&self, lead: &str, fault: &config::Fault) -> Fault {
        let place = fault.span.map(|span| self.file.place(span));
        let whole = || fault.path.is_empty().then(|| shape::example("tasks")).flatten();
        let hint = fault.hint().or_else(|| shape::hint(fault)).or_else(whole);
        self.fault_at(&format!("{lead}{fault}"), place, hint.as_deref())
    }

    fn task(&self, node: &Node) -> Result<Task, Fault> {
        if !is_task_name(self.task) {
            return Err(self.fault(
                "this cannot be the name of a task",
                node,
                Some("letters, digits, `-`, `_`, `.`, `:`"),
            ));
        }
        let mut spec: TaskSpec = config::read(node).map_err(|fault| self.misread("", &fault))?;
        let steps = self.steps(&spec, node)?;
        let parallel = spec.parallel.unwrap_or(false);
        let matrix = self.matrix(&spec, node)?;
        if !parallel && matrix.is_empty() {
            for (key, given) in [("max_parallel", spec.max_parallel.is_some()), ("fail_fast", spec.fail_fast.is_some())]
            {
                if given {
                    let message = format!("`{key}` is for steps that run at the same time");
                    return Err(self.fault(&message, node.get(key).unwrap_or(node), Some("say `parallel: true`")));
                }
            }
        }
        if spec.max_parallel == Some(0) {
            return Err(self.fault("at least 1 can run at a time", node.get("max_parallel").unwrap_or(node), None));
        }
        if let Some(step) = steps.iter().find(|step| step.always && parallel) {
            let place = Some(step.text().whole());
            return Err(self.fault_at("`always` has no meaning among parallel steps", place, Some("use `finally`")));
        }
        let (on_error, last) = (self.later_steps(node, "on_error")?, self.later_steps(node, "finally")?);
        if let Some(step) = on_error.iter().find(|step| step.always) {
            let place = Some(step.text().whole());
            return Err(self.fault_at("`always` has no meaning in `on_error`", place, Some("use `finally`")));
        }
        if let (Some(_), Some(workdir)) = (node.get("targets"), node.get("workdir")) {
            let hint = "the commands run in containers: an `exec` has a `workdir` inside";
            return Err(self.fault("`workdir` is of this machine, and `targets` are containers", workdir, Some(hint)));
        }
        let mut all = steps.iter().chain(&on_error).chain(&last);
        if let (Some(targets), false) = (node.get("targets"), all.any(|step| matches!(step.action, Action::Command(_))))
        {
            let hint = "a script runs here, an `exec` names its container, a called task has `targets` of its own";
            return Err(self.fault("`targets` is for a `command`, and the task has none", targets, Some(hint)));
        }
        Ok(Task {
            name: format!("{}{}", self.within.prefix, self.task),
            about: self.about(&mut spec, node)?,
            workdir: self.text(node, "workdir")?,
            timeout: self.timeout(spec.timeout, node)?.zip(self.text(node, "timeout")?),
            needs: self.needs(node)?,
            parallel,
            max_parallel: spec.max_parallel.map(usize::from),
            fail_fast: spec.fail_fast.unwrap_or(true),
            matrix,
            on_error,
            last,
            returns: self.text(node, "returns")?,
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
                if other == spec.name {
                    return Err(self.fault(&format!("parameter `{other}` is declared twice"), at, None));
                }
                let message = format!("parameters `{other}` and `{}` have one variable", spec.name);
                return Err(self.fault(&message, at, Some("rename one of them")));
            }
            params.push(self.param(spec, node)?);
        }
        Ok(params)
    }

    fn param(&self, spec: ParamSpec, node: &Node) -> Result<Param, Fault> {
        let secret = spec.secret;
        declare::param(spec, node, &self.file.base()).map_err(|fault| {
            let at = node.get(fault.key).unwrap_or(node);
            let hidden =
                Text::new(at, self.file).filter(|_| secret && fault.key == "default").map(|text| text.hidden());
            let place = hidden.or_else(|| at.span.map(|span| self.file.place(span)));
            self.fault_at(&fault.message, place, fault.hint.as_deref())
        })
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
    pub(super) fn callee(&self, text: Text) -> Text {
        if !self.within.knows(&text.value) {
            return text;
        }
        let whole = format!("{}{}", self.within.prefix, text.value);
        text.renamed(whole)
    }

    pub(super) fn scalar(&self, node: &Node, key: &str) -> Result<Text, Fault> {
        let value = node.get(key).unwrap_or(node);
        let text = Text::new(value, self.file).filter(|text| !text.value.trim().is_empty());
        text.ok_or_else(|| self.fault(&format!("`{key}` is empty"), value, None))
    }

    pub(super) fn scalars(&self, node: &Node, key: &str) -> Vec<(String, Text)> {
        let Some(Value::Map(entries)) = node.get(key).map(|node| &node.value) else { return Vec::new() };
        let text = |node: &Node| {
            let empty = Node { value: Value::Text(String::new()), span: node.span, raw: None };
            Text::new(node, self.file).or_else(|| Text::new(&empty, self.file))
        };
        entries.iter().filter_map(|(key, node)| text(node).map(|text| (key.name.clone(), text))).collect()
    }

    pub(super) fn env(&self, node: &Node) -> Result<Vec<(String, Text)>, Fault> {
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

pub(super) fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    match node.get(key).map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

pub(super) fn is_name(name: &str, dashes: bool) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || (dashes && c == '-'))
}

fn is_task_name(name: &str) -> bool {
    let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(named)
}
