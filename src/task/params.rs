//! From the words after `xnet run TASK` to values for the task's parameters.

use std::io::{self, IsTerminal};

use super::error::Error;
use super::model::Task;
use super::param::{Param, ParamValue};
use super::schema::ParamKind;
use crate::model::names;
use crate::runtime::Cancel;
use crate::runtime::prompt::{self, Unanswered};
use crate::view::Diagnostic;

/// Names with the texts given for them.
pub type Given = Vec<(String, String)>;

/// Reads `name=value`, `--name=value` and `--name value`; a bool may stand alone as `--name`.
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
            return Err(Error::Invalid(Box::new(
                Diagnostic::new(format!("`{word}` gives no parameter a value")).hint(Some(hint)),
            )));
        }
        let param = known(task, name)?;
        let is_bool = param.kind == ParamKind::Bool;
        let value = match value {
            Some(value) => value,
            None if is_bool => {
                words.next_if(|word| *word == "true" || *word == "false").cloned().unwrap_or_else(|| "true".into())
            }
            None => words.next().cloned().ok_or_else(|| Error::invalid(format!("`--{name}` needs a value")))?,
        };
        if given.iter().any(|(other, _)| other == name) {
            return Err(Error::invalid(format!("`{name}` is given twice")));
        }
        given.push((name.to_owned(), value));
    }
    Ok(given)
}

/// Options of xnet itself, which are no parameters.
const GLOBAL: [&str; 8] = ["host", "context", "config", "json", "quiet", "verbose", "color", "yes"];

fn known<'a>(task: &'a Task, name: &str) -> Result<&'a Param, Error> {
    task.param(name).ok_or_else(|| {
        let hint = if GLOBAL.contains(&name) {
            Some(format!("options of xnet stand before the task: xnet --{name} run {}", task.name))
        } else if task.params.is_empty() {
            Some(String::from("the task takes no parameters"))
        } else {
            names::suggestion(name, task.param_names())
        };
        let message = format!("task `{}` has no parameter `{name}`", task.name);
        Error::Invalid(Box::new(Diagnostic::new(message).hint(hint)))
    })
}

/// How the task is called.
pub(super) fn usage(task: &Task) -> String {
    let mut line = format!("xnet run {}", task.name);
    for param in &task.params {
        let (open, close) = if param.required { (" ", "=VALUE") } else { (" [", "=VALUE]") };
        line.extend([open, &param.name, close]);
    }
    line
}

/// Asks on the terminal for what is required and not given; elsewhere nothing is asked.
pub fn ask(task: &Task, given: &mut Given, cancel: &Cancel) -> Result<(), Error> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(());
    }
    for param in missing(task, given) {
        let about = param.description.as_deref().map(|text| format!(" ({text})")).unwrap_or_default();
        match prompt::ask(&format!("{}{about}: ", param.name), cancel) {
            Ok(Some(line)) => given.push((param.name.clone(), line)),
            Ok(None) => return Ok(()),
            Err(Unanswered::Stopped(stopped)) => return Err(stopped.into()),
            Err(unanswered) => return Err(Error::invalid(unanswered.to_string())),
        }
    }
    Ok(())
}

/// The required parameters without a value.
fn missing<'a>(task: &'a Task, given: &Given) -> Vec<&'a Param> {
    let has = |param: &Param| given.iter().any(|(name, _)| *name == param.name);
    task.params.iter().filter(|param| param.required && !has(param)).collect()
}

/// Refuses names the task does not have, and the lack of those it needs.
pub(super) fn complete(task: &Task, given: &Given) -> Result<(), Error> {
    for (name, _) in given {
        known(task, name)?;
    }
    let missing: Vec<&str> = missing(task, given).into_iter().map(|param| param.name.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let needs = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let flags = missing.iter().map(|name| format!("{name}=VALUE")).collect::<Vec<_>>().join(" ");
    let message = format!("task `{}` needs a value for {needs}", task.name);
    let hint = format!("xnet run {} {flags}", task.name);
    Err(Error::Invalid(Box::new(Diagnostic::new(message).hint(Some(hint)))))
}

/// The value of every parameter: given, default, or absent. An empty text for anything but a string is not given.
pub(super) fn bind(task: &Task, given: &Given) -> Result<Vec<(String, ParamValue)>, Error> {
    complete(task, given)?;
    let value = |param: &Param| {
        let text = given.iter().find(|(name, _)| *name == param.name).map(|(_, text)| text.as_str());
        let left_out = text.is_none_or(|text| text.is_empty() && param.kind != ParamKind::String && !param.required);
        match text.filter(|_| !left_out) {
            Some(text) => param.kind.read(text).map_err(|message| {
                Error::invalid(format!("task `{}`, parameter `{}`: {message}", task.name, param.name))
            }),
            None => Ok(param.default.clone().unwrap_or_else(ParamValue::absent)),
        }
    };
    task.params.iter().map(|param| Ok((param.name.clone(), value(param)?))).collect()
}
