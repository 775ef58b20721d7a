//! From a node of a YAML file to a task: the reader's strictness, and what the keys of one task mean together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model::Task;
use super::param::{Param, variable};
use super::schema::{ParamSpec, TaskSpec};
use super::text::{File, Text};
use crate::config::{self, Node, Value};
use crate::view::{Diagnostic, Place};

/// Names that mean something else in scripts and conditions.
pub(super) const RESERVED: &[&str] = &[
    "params",
    "env",
    "steps",
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

/// Reads one task.
pub(super) fn task(name: &str, node: &Node, file: &Arc<File>) -> Result<Task, Fault> {
    Reader { task: name, file }.task(node)
}

pub(super) struct Reader<'a> {
    pub(super) task: &'a str,
    pub(super) file: &'a Arc<File>,
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
        Ok(Task {
            name: self.task.to_owned(),
            workdir: self.text(node, "workdir")?,
            timeout: self.timeout(spec.timeout, node)?,
            needs: self.needs(node)?,
            parallel,
            max_parallel: spec.max_parallel.map(usize::from),
            fail_fast: spec.fail_fast.unwrap_or(true),
            matrix,
            on_error: self.later_steps(node, "on_error")?,
            last: self.later_steps(node, "finally")?,
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
