//! All that is wrong with tasks, as far as it can be told without running them: `xnet check`.

use std::collections::BTreeSet;
use std::path::Path;

use super::catalogue::{Catalogue, Entry, Origin};
use super::check;
use super::error::Error;
use super::find::{find, find_beside};
use super::model::{Task, is_path};
use super::params::is_hidden;
use super::schema::{StepSpec, TaskSpec};
use super::script_text::{self, source};
use super::shape;
use crate::config::{self, Problem};
use crate::script::Interpreter;
use crate::view::Diagnostic;

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Review {
    pub faults: Vec<Diagnostic>,
    /// What should be known and makes nothing fail.
    pub warnings: Vec<Diagnostic>,
    pub files: usize,
    pub tasks: usize,
    pub scripts: usize,
    seen: BTreeSet<String>,
    /// Script files that were looked at already.
    read: BTreeSet<String>,
}

impl Review {
    /// Looks at all tasks that are visible from a folder.
    pub fn found(&mut self, cwd: &Path, config: Option<&Path>, interpreter: &Interpreter) -> Result<(), Error> {
        let catalogue = find(cwd, config)?;
        self.files += catalogue.files;
        for spoilt in &catalogue.faults {
            self.tell(spoilt.fault.clone(), "file");
        }
        for entry in catalogue.entries.iter().filter(|entry| entry.origin != Origin::Embedded) {
            self.entry(entry, &catalogue, interpreter);
        }
        self.warnings.extend(catalogue.warnings().into_iter().map(|warning| Diagnostic::new(warning).code("hidden")));
        Ok(())
    }

    /// Looks at the tasks of one file, and of those it includes.
    pub fn file(
        &mut self,
        file: &Path,
        cwd: &Path,
        config: Option<&Path>,
        interpreter: &Interpreter,
    ) -> Result<(), Error> {
        let (catalogue, own) = find_beside(file, cwd, config)?;
        self.files += own.files.max(1);
        for spoilt in &catalogue.faults[..own.faults] {
            self.tell(spoilt.fault.clone(), "file");
        }
        for entry in &catalogue.entries[..own.entries] {
            self.entry(entry, &catalogue, interpreter);
        }
        Ok(())
    }

    /// Looks at a script.
    pub fn script(&mut self, path: &Path, interpreter: &Interpreter) {
        self.scripts += usize::from(self.read.insert(path.display().to_string()));
        match crate::script::Source::file(path) {
            Ok(source) => {
                interpreter.lint(&source).into_iter().for_each(|fault| self.tell(fault, "script"));
                // A task may give it names of its own.
                self.warnings.extend(interpreter.unset(&source));
            }
            Err(error) => self.tell(error.diagnostic(), "file"),
        }
    }

    /// In the order in which they stand in the files.
    pub fn sort(&mut self) {
        let place = |fault: &Diagnostic| fault.place.as_ref().map(|at| (at.path.clone(), at.line, at.column));
        self.faults.sort_by_key(place);
    }

    fn entry(&mut self, entry: &Entry, catalogue: &Catalogue, interpreter: &Interpreter) {
        self.tasks += 1;
        match &entry.task {
            Ok(task) => {
                for error in check::all(task, catalogue, interpreter) {
                    let code = if matches!(error, Error::Script { .. }) { "syntax" } else { "task" };
                    self.tell(error.diagnostic(), code);
                }
                self.scripts_of(task, interpreter);
                self.hidden_params(task, entry);
            }
            Err(fault) => {
                for fault in misread(entry) {
                    self.tell(fault, "task");
                }
                self.tell((**fault).clone(), "task");
            }
        }
    }

    fn scripts_of(&mut self, task: &Task, interpreter: &Interpreter) {
        for text in task.expressions() {
            interpreter.lint(&source(&text)).into_iter().for_each(|fault| self.tell(fault, "expression"));
        }
        for text in task.scripts() {
            if !is_path(&text.value) {
                self.scripts += 1;
                interpreter.lint(&source(text)).into_iter().for_each(|fault| self.tell(fault, "script"));
                continue;
            }
            // One that is not there was told already.
            let Ok(source) = script_text::file(text, &text.value) else { continue };
            if self.read.insert(source.path.clone()) {
                self.scripts += 1;
                interpreter.lint(&source).into_iter().for_each(|fault| self.tell(fault, "script"));
            }
        }
    }

    /// Parameters that `--name` does not reach, for xnet has an option of that name.
    fn hidden_params(&mut self, task: &Task, entry: &Entry) {
        for param in task.params.iter().filter(|param| KEYWORDS.contains(&param.name.as_str())) {
            let place = param_span(entry, &param.name).map(|span| entry.file.place(span));
            let message =
                format!("task `{0}`: `{1}` is a word of Rhai, which cannot read `params.{1}`", task.name, param.name);
            let hint = format!("scripts and expressions write params[\"{}\"], or it has another name", param.name);
            self.warnings.push(Diagnostic::new(message).code("keyword").at(place).hint(Some(hint)));
        }
        for param in task.params.iter().filter(|param| is_hidden(param)) {
            let place = param_span(entry, &param.name).map(|span| entry.file.place(span));
            let message =
                format!("task `{0}`: `--{1}` is an option of xnet, not parameter `{1}`", task.name, param.name);
            let hint =
                format!("another name lets `--name` reach it; now it is given as {}=VALUE, or after `--`", param.name);
            self.warnings.push(Diagnostic::new(message).code("hidden").at(place).hint(Some(hint)));
        }
    }

    /// Each fault once, however many ways lead to it.
    fn tell(&mut self, fault: Diagnostic, code: &'static str) {
        let place = fault.place.as_ref().map(|at| (at.path.clone(), at.line, at.column));
        let is_file = fault.place.is_none().then(|| fault.notes.clone());
        if self.seen.insert(format!("{place:?}{is_file:?}{}", fault.message)) {
            self.faults.push(if fault.code.is_empty() { fault.code(code) } else { fault });
        }
    }
}

/// Words that no member of a map can be called by in Rhai.
const KEYWORDS: [&str; 59] = [
    "let",
    "const",
    "if",
    "else",
    "switch",
    "do",
    "while",
    "until",
    "loop",
    "for",
    "in",
    "continue",
    "break",
    "fn",
    "private",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "this",
    "return",
    "throw",
    "try",
    "catch",
    "import",
    "export",
    "as",
    "true",
    "false",
    "Fn",
    "call",
    "curry",
    "type_of",
    "print",
    "eval",
    "go",
    "thread",
    "spawn",
    "async",
    "await",
    "yield",
    "use",
    "with",
    "module",
    "package",
    "case",
    "match",
    "var",
    "static",
    "public",
    "super",
    "shared",
    "goto",
    "void",
    "new",
    "sync",
    "default",
    "is",
    "nil",
    "null",
];

/// The tree of a task in its file, under its short name.
fn tree(root: &config::Node, entry: &Entry) -> Option<(config::Key, config::Node)> {
    let name = |short: &str| entry.name == short || entry.name.ends_with(&format!(":{short}"));
    let config::Value::Map(tasks) = &root.get("tasks")?.value else { return None };
    tasks.iter().find(|(key, _)| name(&key.name)).cloned()
}

/// Where the name of a parameter stands.
fn param_span(entry: &Entry, name: &str) -> Option<config::Span> {
    let (_, task) = tree(&config::parse(&entry.file.text).ok()?, entry)?;
    let config::Value::List(params) = &task.get("params")?.value else { return None };
    let named = params.iter().filter_map(|param| param.get("name"));
    named.into_iter().find(|node| node.scalar().as_deref() == Some(name))?.span
}

/// All that the reader does not accept of a task: it stops at the first.
fn misread(entry: &Entry) -> Vec<Diagnostic> {
    let Ok(root) = config::parse(&entry.file.text) else { return Vec::new() };
    let Some((key, node)) = tree(&root, entry) else { return Vec::new() };
    let told = |fault: config::Fault| {
        let code = if matches!(fault.problem, Problem::UnknownKey { .. }) { "unknown-key" } else { "value" };
        let place = fault.span.map(|span| entry.file.place(span));
        Diagnostic::new(format!("task `{}`: {fault}", key.name))
            .code(code)
            .at(place)
            .hint(fault.hint().or_else(|| shape::hint(&fault)))
    };
    let known = |_| false;
    let mut faults = config::faults::<TaskSpec>(&node, &known);
    // The reader takes these from the tree.
    for steps in ["on_error", "finally"].iter().filter_map(|key| node.get(key)) {
        if matches!(steps.value, config::Value::List(_)) {
            faults.extend(config::faults::<Vec<StepSpec>>(steps, &known));
        }
    }
    faults.into_iter().map(told).collect()
}
