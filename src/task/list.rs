//! The listing of all tasks, for people and for programs.

use serde_json::{Value as Json, json};

use super::catalogue::{Catalogue, Origin};
use super::model::Task;
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
    /// A row for each task: name, parameters, description, where it is defined.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["TASK", "PARAMETERS", "DESCRIPTION", "DEFINED IN"]);
        for (task, _) in self.tasks() {
            let params = task
                .params
                .iter()
                .map(|param| if param.required { param.name.clone() } else { format!("[{}]", param.name) });
            let description = task.description.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
            table.row([
                task.name.clone(),
                params.collect::<Vec<_>>().join(" "),
                description.to_owned(),
                task.origin().to_owned(),
            ]);
        }
        table
    }

    /// One task for programs; null when there is none.
    pub fn describe(&self, name: &str) -> Json {
        self.tasks().find(|(task, _)| task.name == name).map_or(Json::Null, |(task, origin)| entry(task, origin))
    }

    /// The same for programs, with types and defaults.
    pub fn json(&self) -> Json {
        self.tasks().map(|(task, origin)| entry(task, origin)).collect()
    }
}

fn entry(task: &Task, origin: Origin) -> Json {
    let params: Vec<Json> = task
        .params
        .iter()
        .map(|param| {
            json!({
                "name": param.name,
                "description": param.description,
                "type": param.kind.to_string(),
                "required": param.required,
                "default": param.default.as_ref().map(|value| &value.json),
            })
        })
        .collect();
    json!({
        "name": task.name,
        "description": task.description,
        "params": params,
        "origin": origin.as_str(),
        "file": task.origin(),
    })
}
