//! Rhai in YAML: conditions and scripts, with the places of their text.

use serde_json::Value as Json;

use super::error::Error;
use super::files;
use super::foreign;
use super::scope::Scope;
use super::text::Text;
use super::visible::no_condition;
use crate::script::{self, Comparisons, Interpreter, Kind, Source};

/// An inline text as a source whose errors point into the YAML.
pub(super) fn source(text: &Text) -> Source {
    let mut source =
        Source::inline(&*text.file.name, text.file.text.clone(), text.value.clone(), text.line, text.column);
    source.folder.clone_from(&text.file.folder);
    source.comparisons = Comparisons::Ordered;
    source
}

/// The file that a path names, from the project's root.
pub(super) fn file(text: &Text, path: &str) -> Result<Source, Error> {
    let path = path.trim();
    let full = text.file.folder.as_deref().map_or_else(|| path.into(), |folder| folder.join(path));
    let source = Source::file(&full).map_err(|error| {
        let hint = files::beside(path, &text.file).filter(|_| !full.exists()).or(error.diagnostic().hint);
        Error::at(error.message().to_owned(), text, hint)
    })?;
    Ok(Source { comparisons: Comparisons::Ordered, ..source })
}

/// What an expression of a task gives.
pub(super) fn value(text: &Text, scope: &Scope, project: &str, interpreter: &Interpreter) -> Result<Json, Error> {
    let interpreter = interpreter.with_env(scope.overlay());
    let globals = scope.globals(project, &text.value);
    let source = Source { comparisons: Comparisons::Alike, ..source(text) };
    interpreter.run(&source, &globals).map_err(|error| match why_no_json(&error, scope) {
        Some(why) => broken(error, text).note(why),
        None => broken(error, text),
    })
}

/// Whether a condition holds. Anything but true or false is an error.
pub(super) fn holds(text: &Text, scope: &Scope, project: &str, interpreter: &Interpreter) -> Result<bool, Error> {
    match value(text, scope, project, interpreter)? {
        Json::Bool(holds) => Ok(holds),
        other => {
            let (message, hint) = no_condition(of(&other));
            Err(Error::at(message, text, hint))
        }
    }
}

/// What to say besides when a script asked for a `json` that is not there.
pub(super) fn why_no_json(error: &script::Error, scope: &Scope) -> Option<String> {
    error.message().contains("`json`").then(|| scope.no_json()).flatten()
}

/// A condition that is no expression, or fails: the task is wrong, unless the run was told to stop.
pub(super) fn broken(error: script::Error, text: &Text) -> Error {
    if error.stopped().is_some() || matches!(error.exit_code(), 130 | 141) {
        return Error::Script { error: Box::new(error), notes: Vec::new() };
    }
    let mut diagnostic = error.diagnostic();
    if error.kind() == "syntax" {
        let note = "in an expression, which is Rhai: `params.x == \"y\" && steps.build.ok`";
        diagnostic.notes.push(String::from(note));
    }
    diagnostic.hint = foreign::in_expression(&text.value).or(diagnostic.hint);
    Error::Invalid(Box::new(diagnostic))
}

fn of(value: &Json) -> Kind {
    match value {
        Json::Null => Kind::Nothing,
        Json::Bool(_) => Kind::Bool,
        Json::Number(_) => Kind::Whole,
        Json::String(_) => Kind::Text,
        Json::Array(_) => Kind::List,
        Json::Object(_) => Kind::Map,
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &Json) -> &'static str {
    of(value).words()
}
