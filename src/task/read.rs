//! From a node of a YAML file to a task: the reader's strictness, and what the keys of one task mean together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::{Action, Call, OnFailure, Step, Task};
use super::param::{Param, variable};
use super::schema::{HandlerSpec, OnFailureSpec, ParamSpec, StepSpec, TaskSpec};
use super::text::{File, Text};
use crate::config::{self, Node, Value};
use crate::view::{Diagnostic, Place};

/// Names that mean something else in scripts and conditions.
const RESERVED: &[&str] = &[
    "params",
    "env",
    "steps",
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

/// Reads one task.
pub(super) fn task(name: &str, node: &Node, file: &Arc<File>) -> Result<Task, Fault> {
    Reader { task: name, file }.task(node)
}

struct Reader<'a> {
    task: &'a str,
    file: &'a Arc<File>,
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
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
        if self.task.is_empty() || self.task.starts_with('-') || !self.task.chars().all(named) {
            return Err(self.fault(
                "this cannot be the name of a task",
                node,
                Some("letters, digits, `-`, `_`, `.`, `:`"),
            ));
        }
        let spec: TaskSpec = config::read(node).map_err(|fault| {
            let place = fault.span.map(|span| self.file.place(span));
            self.fault_at(&fault.to_string(), place, fault.hint().as_deref())
        })?;
        let steps = self.steps(&spec, node)?;
        Ok(Task {
            name: self.task.to_owned(),
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
        let default = match &spec.default {
            None => None,
            Some(text) => Some(spec.kind.read(text).map_err(|message| {
                self.fault(&format!("default of `{}`: {message}", spec.name), node.get("default").unwrap_or(node), None)
            })?),
        };
        if default.is_some() && spec.required == Some(true) {
            let message = format!("`{}` has a default, so it is never missing", spec.name);
            return Err(self.fault(
                &message,
                node.get("required").unwrap_or(node),
                Some("leave `required` or `default` out"),
            ));
        }
        let required = default.is_none() && spec.required.unwrap_or(true);
        Ok(Param { name: spec.name, description: spec.description, kind: spec.kind, required, default })
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
        Ok(Call { task: self.scalar(node, "task")?, with: self.scalars(node, "with") })
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
