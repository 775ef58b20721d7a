//! The words after `xnet run TASK`: which parameter each gives a value.

use super::error::Error;
use super::model::Task;
use super::param::Param;
use super::params::{Given, known, usage};
use super::schema::ParamKind;

/// Reads `name=value`, `--name=value` and `--name value`; a bool may stand alone as `--name` or `--no-name`, a list may be
/// given more than once. Options of xnet before a `--` are taken out already. A value that begins with `--` stands behind a
/// `=`, so that no name is taken for one.
pub fn parse(task: &Task, words: &[String]) -> Result<Given, Error> {
    let mut given = Given::new();
    let mut words = words.iter().peekable();
    let mut open = true;
    while let Some(word) = words.next() {
        if open && word == "--" {
            open = false;
            continue;
        }
        let dashed = word.strip_prefix("--");
        let (name, value) = match dashed.unwrap_or(word).split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (dashed.unwrap_or(word), None),
        };
        // `-name=value`: of one dash there are only xnet's own.
        if let (None, Some(_), Some(single)) = (dashed, &value, name.strip_prefix('-')) {
            return Err(known(task, single, true).map_or_else(|error| error, single_dash));
        }
        if dashed.is_none() && value.is_none() {
            return Err(loose(task, word));
        }
        let (param, value) = match (denied(task, name, dashed.is_some()), value) {
            (Some(param), None) => (param, Some(String::from("false"))),
            (Some(param), Some(_)) => {
                let hint = format!("--{0}, --no-{0} or {0}=false", param.name);
                return Err(Error::advised(format!("`--no-{}` takes no value", param.name), hint));
            }
            (None, value) => (known(task, name, dashed.is_some())?, value),
        };
        let value = match value {
            Some(value) => value,
            None if param.kind == ParamKind::Bool => {
                words.next_if(|word| *word == "true" || *word == "false").cloned().unwrap_or_else(|| "true".into())
            }
            None => words.next_if(|word| !word.starts_with("--")).cloned().ok_or_else(|| valueless(param))?,
        };
        if param.kind != ParamKind::List && given.iter().any(|(other, _)| *other == param.name) {
            return Err(Error::advised(
                format!("`{}` is given twice", param.name),
                format!("once is enough; only a parameter of `type: list` takes more: {}", usage(task)),
            ));
        }
        given.push((param.name.clone(), from_here(param, value)));
    }
    Ok(given)
}

fn single_dash(param: &Param) -> Error {
    let message = format!("`-{}` is no option of xnet, and parameters have two dashes or none", param.name);
    Error::advised(message, format!("did you mean `--{}`?", param.name))
}

fn valueless(param: &Param) -> Error {
    let hint = format!("--{0} VALUE or {0}=VALUE; one that looks like an option stands behind the `=`", param.name);
    Error::advised(format!("`--{}` needs a value", param.name), hint)
}

/// A word that is neither an option nor `name=value`.
fn loose(task: &Task, word: &str) -> Error {
    let shown = if task.has_secrets() { String::from("a word after the task") } else { format!("`{word}`") };
    if word.starts_with('-') && word.len() > 1 {
        let message = format!("{shown} is no option of xnet, and gives no parameter of task `{}` a value", task.name);
        return Error::advised(message, format!("options: xnet run --help; parameters: {}", usage(task)));
    }
    // A name with a space or a colon where the `=` is to be.
    let name = word.split(':').next().unwrap_or(word);
    let hint = match task.params.as_slice() {
        [] => String::from("the task takes no parameters"),
        params if params.iter().any(|param| param.name == name) => {
            format!("did you mean `{name}=VALUE`? No space stands beside the `=`")
        }
        [param] if !param.secret => format!("did you mean `{}={}`?", param.name, quoted(word)),
        _ => format!("values are given as name=value; one with spaces in quotes: {}", usage(task)),
    };
    Error::advised(format!("{shown} gives no parameter a value"), hint)
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| String::from("VALUE"), std::borrow::Cow::into_owned)
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
