//! Rhai in YAML: conditions and scripts, with the places of their text.

use serde_json::Value as Json;

use super::error::Error;
use super::scope::Scope;
use super::text::Text;
use crate::script::{self, Interpreter, Source};

/// An inline text as a source whose errors point into the YAML.
pub(super) fn source(text: &Text) -> Source {
    let mut source =
        Source::inline(&*text.file.name, text.file.text.clone(), text.value.clone(), text.line, text.column);
    source.folder.clone_from(&text.file.folder);
    source
}

/// The file that a path names, from the project's root.
pub(super) fn file(text: &Text, path: &str) -> Result<Source, Error> {
    let path = path.trim();
    let full = text.file.folder.as_deref().map_or_else(|| path.into(), |folder| folder.join(path));
    Source::file(&full).map_err(|error| Error::at(error.message().to_owned(), text, error.diagnostic().hint))
}

/// What an expression of a task gives.
pub(super) fn value(text: &Text, scope: &Scope, project: &str, interpreter: &Interpreter) -> Result<Json, Error> {
    let interpreter = interpreter.with_env(scope.overlay());
    let globals = scope.globals(project, &text.value);
    interpreter.run(&source(text), &globals).map_err(|error| match why_no_json(&error, scope) {
        Some(why) => broken(error, text).note(why),
        None => broken(error, text),
    })
}

/// Whether a condition holds. Anything but true or false is an error.
pub(super) fn holds(text: &Text, scope: &Scope, project: &str, interpreter: &Interpreter) -> Result<bool, Error> {
    match value(text, scope, project, interpreter)? {
        Json::Bool(holds) => Ok(holds),
        other => {
            let message = format!("`when` must be true or false, and this is {}", kind(&other));
            Err(Error::at(message, text, None))
        }
    }
}

/// What to say besides when a script asked for a `json` that is not there.
pub(super) fn why_no_json(error: &script::Error, scope: &Scope) -> Option<String> {
    error.message().contains("`json`").then(|| scope.no_json()).flatten()
}

/// A condition that is no expression, or fails: the task is wrong, unless the run was told to stop.
pub(super) fn broken(error: script::Error, text: &Text) -> Error {
    if matches!(error.exit_code(), 130 | 141) {
        return Error::Script { error: Box::new(error), notes: Vec::new() };
    }
    let mut diagnostic = error.diagnostic();
    diagnostic.notes.push(String::from("in the condition of a step"));
    if text.value.contains("${") {
        diagnostic.hint = Some(String::from("a condition is an expression: write `params.x`, not `${params.x}`"));
    }
    Error::Invalid(Box::new(diagnostic))
}

pub(super) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}
