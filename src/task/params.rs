//! From what was given to a value for each of a task's parameters.

use std::path::Path;

use super::environment::environment;
use super::error::Error;
use super::kind::ParamValue;
use super::model::Task;
use super::param::Param;
use super::schema::ParamKind;
use super::scope::Overlay;
use crate::model::names;
use crate::view::Diagnostic;

/// Names with the texts given for them; a list may be there more than once.
pub type Given = Vec<(String, String)>;

/// The options of `xnet run`, which a parameter of the same name does not replace.
pub const OPTIONS: [&str; 16] = [
    "color",
    "config",
    "context",
    "dry-run",
    "help",
    "host",
    "jobs",
    "json",
    "max-call-depth",
    "max-operations",
    "output",
    "probe",
    "quiet",
    "report",
    "verbose",
    "yes",
];

/// Whether `--name` is xnet's, and not this parameter.
pub(super) fn is_hidden(param: &Param) -> bool {
    OPTIONS.contains(&param.name.as_str())
}

/// The parameter of this name. `dashed` is whether it was typed as `--name`.
pub(super) fn known<'a>(task: &'a Task, name: &str, dashed: bool) -> Result<&'a Param, Error> {
    task.param(name).ok_or_else(|| {
        let options: &[&str] = if dashed { &OPTIONS } else { &[] };
        let near = names::nearest(name, task.param_names().chain(options.iter().copied()));
        let denied = name.strip_prefix("no-").and_then(|name| names::nearest(name, task.param_names()));
        let denied = denied.filter(|name| task.param(name).is_some_and(|param| param.kind == ParamKind::Bool));
        let hint = match (near, denied) {
            _ if dashed && OPTIONS.contains(&name) => {
                format!("options of xnet stand before a `--`: xnet run {} --{name}", task.name)
            }
            (_, Some(param)) => format!("did you mean `--no-{param}`?"),
            (Some(near), _) if dashed => format!("did you mean `--{near}`?"),
            (Some(near), _) => format!("did you mean `{near}`?"),
            _ if task.params.is_empty() => String::from("the task takes no parameters"),
            _ => format!("it is run as: {}", usage(task)),
        };
        // What is far from any name may be a secret that was typed in the wrong place.
        if near.is_none() && denied.is_none() && task.has_secrets() {
            return Error::advised(format!("task `{}` has no parameter of a name that was given", task.name), hint);
        }
        let what = if dashed {
            format!("neither xnet nor task `{}` has `--{name}`", task.name)
        } else {
            format!("task `{}` has no parameter `{name}`", task.name)
        };
        Error::advised(what, hint)
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

/// The values that variables give to parameters with `env`. An empty variable gives none.
fn variables(task: &Task) -> Result<Vec<(&str, String)>, Error> {
    let asking = || task.params.iter().filter_map(|param| Some((param, param.env.as_deref()?)));
    if asking().next().is_none() {
        return Ok(Vec::new());
    }
    let files: Overlay = environment(task)?;
    let value = |variable: &str| match std::env::var_os(variable) {
        Some(value) => value.into_string().map_err(|_| Error::invalid(format!("`{variable}` is not UTF-8 text"))),
        None => Ok(files.get(variable).cloned().unwrap_or_default()),
    };
    let found = asking().map(|(param, variable)| Ok((param.name.as_str(), value(variable)?)));
    found.filter(|found| found.as_ref().map_or(true, |(_, value)| !value.is_empty())).collect()
}

/// The required parameters without a value.
pub(super) fn missing<'a>(task: &'a Task, given: &Given) -> Result<Vec<&'a Param>, Error> {
    let variables = variables(task)?;
    let has = |param: &Param| {
        given.iter().any(|(name, _)| *name == param.name) || variables.iter().any(|(name, _)| *name == param.name)
    };
    Ok(task.params.iter().filter(|param| param.required && !has(param)).collect())
}

/// Refuses names the task does not have, and the lack of those it needs.
pub(super) fn complete(task: &Task, given: &Given) -> Result<(), Error> {
    for (name, _) in given {
        known(task, name, false)?;
    }
    let missing = missing(task, given)?;
    if missing.is_empty() {
        return Ok(());
    }
    let each =
        |show: fn(&Param) -> String, between| missing.iter().map(|param| show(param)).collect::<Vec<_>>().join(between);
    let needs = each(|param| format!("`{}`", param.name), ", ");
    let flags = each(|param| format!("{}=VALUE", param.name), " ");
    let variables = missing.iter().filter_map(|param| param.env.as_ref()).map(|name| format!("${name}"));
    let variables = variables.collect::<Vec<_>>().join(", ");
    let or = if variables.is_empty() { String::new() } else { format!(", or set {variables}") };
    let message = format!("task `{}` needs a value for {needs}", task.name);
    Err(Error::advised(message, format!("xnet run {} {flags}{or}", task.name)))
}

/// The value of every parameter: given, that of its variable, default, or absent. An empty text for anything but a string
/// or a list is not given.
pub(super) fn bind(task: &Task, given: &Given) -> Result<Vec<(String, ParamValue)>, Error> {
    complete(task, given)?;
    values(task, given)
}

/// The same, and those that are missing are absent: what is wrong with the others shows before somebody is asked.
pub(super) fn values(task: &Task, given: &Given) -> Result<Vec<(String, ParamValue)>, Error> {
    let variables = variables(task)?;
    let base = task.file.base();
    let here = std::env::current_dir().unwrap_or_default();
    let value = |param: &Param| {
        let texts: Vec<&str> =
            given.iter().filter(|(name, _)| *name == param.name).map(|(_, text)| text.as_str()).collect();
        let empty = !matches!(param.kind, ParamKind::String | ParamKind::List) && !param.required;
        let text = (!texts.is_empty()).then(|| texts.join(",")).filter(|text| !(empty && text.is_empty()));
        if let Some(text) = text {
            return read(task, param, &text, &base, "");
        }
        match variables.iter().find(|(name, _)| *name == param.name) {
            Some((_, text)) => {
                let from = format!(" (from ${})", param.env.as_deref().unwrap_or_default());
                read(task, param, text, &here, &from)
            }
            None => Ok(param.default.clone().unwrap_or_else(ParamValue::absent)),
        }
    };
    task.params.iter().map(|param| Ok((param.name.clone(), value(param)?))).collect()
}

fn read(task: &Task, param: &Param, text: &str, base: &Path, from: &str) -> Result<ParamValue, Error> {
    param.read(text, base).map_err(|refused| {
        let message = format!("task `{}`, parameter `{}`{from}: {}", task.name, param.name, refused.message);
        Error::Invalid(Box::new(Diagnostic::new(message).hint(refused.hint)))
    })
}
