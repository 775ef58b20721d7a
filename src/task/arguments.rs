//! The words after `xnet run TASK`: which parameter each gives a value.

use super::error::Error;
use super::model::Task;
use super::param::Param;
use super::params::{Given, known, usage};
use super::schema::ParamKind;
use crate::view::Diagnostic;

/// Reads `name=value`, `--name=value` and `--name value`; a bool may stand alone as `--name` or `--no-name`, a list may be
/// given more than once.
pub fn parse(task: &Task, words: &[String]) -> Result<Given, Error> {
    let mut given = Given::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let dashed = word.strip_prefix("--");
        let (name, value) = match dashed.unwrap_or(word).split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (dashed.unwrap_or(word), None),
        };
        if dashed.is_none() && value.is_none() {
            let hint = format!("values are given as name=value, for example: {}", usage(task));
            let diagnostic = Diagnostic::new(format!("`{word}` gives no parameter a value"));
            return Err(Error::Invalid(Box::new(diagnostic.hint(Some(hint)))));
        }
        let (param, value) = match (denied(task, name, dashed.is_some()), value) {
            (Some(param), None) => (param, Some(String::from("false"))),
            (Some(param), Some(_)) => {
                let hint = Some(format!("--{0}, --no-{0} or {0}=false", param.name));
                return Err(Error::Invalid(Box::new(Diagnostic::new(format!("`--{name}` takes no value")).hint(hint))));
            }
            (None, value) => (known(task, name)?, value),
        };
        let value = match value {
            Some(value) => value,
            None if param.kind == ParamKind::Bool => {
                words.next_if(|word| *word == "true" || *word == "false").cloned().unwrap_or_else(|| "true".into())
            }
            None => words.next().cloned().ok_or_else(|| Error::invalid(format!("`--{name}` needs a value")))?,
        };
        if param.kind != ParamKind::List && given.iter().any(|(other, _)| *other == param.name) {
            return Err(Error::invalid(format!("`{}` is given twice", param.name)));
        }
        given.push((param.name.clone(), from_here(param, value)));
    }
    Ok(given)
}

/// The bool that `--no-name` denies, unless a parameter is called so.
fn denied<'a>(task: &'a Task, name: &str, dashed: bool) -> Option<&'a Param> {
    let denied = name.strip_prefix("no-").filter(|_| dashed && task.param(name).is_none())?;
    task.param(denied).filter(|param| param.kind == ParamKind::Bool)
}

/// A path as it is from everywhere: it begins where the user stands, and commands run elsewhere.
pub(super) fn from_here(param: &Param, value: String) -> String {
    if param.kind != ParamKind::Path || value.is_empty() || value.starts_with("~/") {
        return value;
    }
    let here = std::env::current_dir().unwrap_or_default().join(&value);
    here.into_os_string().into_string().unwrap_or(value)
}
