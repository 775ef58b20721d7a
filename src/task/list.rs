//! The listing of all tasks, for people and for programs.

use serde_json::{Value as Json, json};

use super::catalogue::{Catalogue, Origin};
use super::model::Task;
use super::param::Param;
use crate::view::Table;

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Project => "project",
            Self::User => "user",
            Self::Embedded => "built in",
        }
    }
}

impl Catalogue {
    /// A row for each task: name, parameters, description, where it is defined. Groups follow those that have none.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["TASK", "PARAMETERS", "DESCRIPTION", "DEFINED IN"]);
        let mut groups: Vec<Option<&str>> = vec![None];
        for (task, _) in self.tasks() {
            let group = task.about.group.as_deref();
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        for group in groups {
            if let Some(group) = group {
                table.row([format!("[{group}]"), String::new(), String::new(), String::new()]);
            }
            for (task, _) in self.tasks().filter(|(task, _)| task.about.group.as_deref() == group) {
                table.row(row(task));
            }
        }
        table
    }

    /// One task for programs; null when there is none.
    pub fn describe(&self, name: &str) -> Json {
        let named = |task: &Task| task.name == name || task.about.aliases.iter().any(|alias| alias == name);
        self.tasks().find(|(task, _)| named(task)).map_or(Json::Null, |(task, origin)| entry(task, origin))
    }

    /// The same for programs, with types and defaults.
    pub fn json(&self) -> Json {
        self.tasks().map(|(task, origin)| entry(task, origin)).collect()
    }
}

fn row(task: &Task) -> [String; 4] {
    let params =
        task.params.iter().map(|param| if param.required { param.name.clone() } else { format!("[{}]", param.name) });
    let aliases = &task.about.aliases;
    let name = if aliases.is_empty() { task.name.clone() } else { format!("{} ({})", task.name, aliases.join(", ")) };
    let description = task.description.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
    [name, params.collect::<Vec<_>>().join(" "), description.to_owned(), task.origin().to_owned()]
}

fn entry(task: &Task, origin: Origin) -> Json {
    json!({
        "name": task.name,
        "aliases": task.about.aliases,
        "group": task.about.group,
        "description": task.description,
        "params": task.params.iter().map(param).collect::<Vec<_>>(),
        "needs": task.needs.iter().map(|call| &call.task.value).collect::<Vec<_>>(),
        "confirm": task.about.confirm.as_ref().map(|text| &text.value),
        "origin": origin.as_str(),
        "file": task.origin(),
        "line": task.about.line,
    })
}

fn param(param: &Param) -> Json {
    let default = param.default.as_ref().map(|value| if param.secret { Json::from("***") } else { value.json.clone() });
    json!({
        "name": param.name,
        "description": param.description,
        "type": param.kind.to_string(),
        "required": param.required,
        "default": default,
        "values": (!param.values.is_empty() && !param.secret).then_some(&param.values),
        "pattern": param.pattern.as_ref().map(|pattern| &pattern.text),
        "min": param.min.as_ref().map(|bound| &bound.text),
        "max": param.max.as_ref().map(|bound| &bound.text),
        "env": param.env,
        "secret": param.secret,
    })
}
