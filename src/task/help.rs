//! What a task says about itself.

use super::model::Task;
use super::params::usage;
use crate::view::Table;

/// The text of `xnet run TASK --help`, without a final newline.
pub fn help(task: &Task) -> String {
    let mut text = String::new();
    if let Some(description) = &task.description {
        text += description.trim_end();
        text += "\n\n";
    }
    text.extend(["Usage: ", &usage(task), "\n"]);
    if !task.params.is_empty() {
        let mut table = Table::new(["PARAMETER", "TYPE", "DEFAULT", "DESCRIPTION"]);
        for param in &task.params {
            let default = match (&param.default, param.required) {
                (Some(value), _) if value.text.is_empty() => String::from("\"\""),
                (Some(value), _) => value.text.clone(),
                (None, true) => String::from("(required)"),
                (None, false) => String::from("(none)"),
            };
            let description = param.description.clone().unwrap_or_default();
            table.row([param.name.clone(), param.kind.to_string(), default, description]);
        }
        text.extend(["\n", &table.render(), "\n"]);
    }
    text.extend(["\nDefined in ", task.origin()]);
    text
}
