//! What a task says about itself.

use super::model::{Call, Task};
use super::param::Param;
use super::params::{is_hidden, usage};
use crate::view::Table;

/// The text of `xnet run TASK --help`, without a final newline.
pub fn help(task: &Task) -> String {
    let mut text = String::new();
    if let Some(description) = &task.description {
        text += description.trim_end();
        text += "\n\n";
    }
    text.extend(["Usage: ", &usage(task), "\n"]);
    if !task.about.aliases.is_empty() {
        text.extend(["Also called: ", &task.about.aliases.join(", "), "\n"]);
    }
    if !task.params.is_empty() {
        let mut table = Table::new(["PARAMETER", "TYPE", "DEFAULT", "DESCRIPTION"]);
        for param in &task.params {
            table.row([param.name.clone(), param.kind.to_string(), default(param), description(param)]);
        }
        text.extend(["\n", &table.render(), "\n"]);
    }
    if !task.needs.is_empty() {
        text.extend(["\nRuns first: ", &task.needs.iter().map(call).collect::<Vec<_>>().join(", "), "\n"]);
    }
    if let Some(question) = &task.about.confirm {
        text.extend(["\nAsks before it runs: ", question.value.trim_end(), "\n"]);
    }
    text.extend(["\nDefined in ", task.origin()]);
    text
}

/// A task that is called, with what it is given.
fn call(call: &Call) -> String {
    let with = call.with.iter().map(|(name, text)| format!("{name}={}", text.value.trim_end()));
    let with = with.collect::<Vec<_>>().join(" ");
    if with.is_empty() { call.task.value.clone() } else { format!("{} ({with})", call.task.value) }
}

fn default(param: &Param) -> String {
    match (&param.default, param.required) {
        (Some(_), _) if param.secret => String::from("***"),
        (Some(value), _) if value.text.is_empty() => String::from("\"\""),
        (Some(value), _) => value.text.clone(),
        (None, true) => String::from("(required)"),
        (None, false) => String::from("(none)"),
    }
}

fn description(param: &Param) -> String {
    let about = param.description.as_deref().unwrap_or_default().trim_end();
    let mut limits = param.limits();
    if is_hidden(param) {
        limits.push(format!("given as {}=VALUE, for --{} is xnet's", param.name, param.name));
    }
    let limits = limits.join("; ");
    match (about.is_empty(), limits.is_empty()) {
        (_, true) => about.to_owned(),
        (true, false) => format!("({limits})"),
        (false, false) => format!("{about} ({limits})"),
    }
}
