//! The JSON Schema of task files, made from the types that the reader uses, so that editors know what it accepts.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::dotenv::DotenvSpec;
use super::header::{IncludeSpec, SecretSpec};
use super::schema::{Scalars, TaskSpec};
use crate::model::test::DeclaredTest;

/// A task file of xnet: `.xnet/config.yaml`, or a file under `tasks/`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "xnet tasks", rename = "File", extend("type" = ["object", "null"]))]
#[allow(dead_code, reason = "the loader reads the sections one by one, so that a fault spoils only its own")]
struct FileSpec {
    /// Tasks by name.
    tasks: Option<BTreeMap<String, TaskSpec>>,
    /// Files whose tasks are called `NAMESPACE:NAME` here.
    include: Option<Vec<IncludeSpec>>,
    /// Texts that all tasks of the file may refer to as `${vars.NAME}`, set in their order.
    vars: Option<Scalars>,
    /// Values that are masked wherever they are printed, as `${secrets.NAME}`.
    secrets: Option<BTreeMap<String, SecretSpec>>,
    /// Files of `NAME=value` lines for the environment of all tasks of the file.
    dotenv: Option<Vec<DotenvSpec>>,
    /// Declared topology, in `.xnet/config.yaml` only: networks.
    networks: Option<Value>,
    /// Declared topology, in `.xnet/config.yaml` only: containers and services.
    targets: Option<Value>,
    /// Declared topology, in `.xnet/config.yaml` only: who may reach whom.
    policies: Option<Value>,
    /// What must be reached and what must not, in `.xnet/config.yaml` only: `xnet test` runs these.
    tests: Option<Vec<DeclaredTest>>,
}

/// The schema, in JSON Schema 2020-12.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(AsRead);
    settings.into_generator().into_root_schema_for::<FileSpec>().to_value()
}

/// What the reader takes beyond the types: any scalar for a text, as it was typed, and digits in quotes for a number.
#[derive(Clone)]
struct AsRead;

impl Transform for AsRead {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        // One that is bounded otherwise is read as what it is.
        if ["enum", "const", "minLength", "pattern"].iter().any(|key| schema.get(*key).is_some()) {
            return;
        }
        schema.remove("format");
        let Some(kinds) = schema.get("type").map(kinds) else { return };
        let has = |kind: &str| kinds.iter().any(|known| known == kind);
        let more: &[&str] = match () {
            () if has("string") => &["number", "boolean"],
            () if has("integer") => {
                schema.insert("pattern".into(), json!("^[+-]?[0-9]+$"));
                &["string"]
            }
            () => return,
        };
        let more = more.iter().map(|kind| (*kind).to_owned()).filter(|kind| !has(kind));
        let all: Vec<String> = kinds.iter().cloned().chain(more).collect();
        schema.insert("type".into(), json!(all));
    }
}

fn kinds(kind: &Value) -> Vec<String> {
    let text = |kind: &Value| kind.as_str().map(str::to_owned);
    kind.as_array().map_or_else(|| text(kind).into_iter().collect(), |all| all.iter().filter_map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::header;

    #[test]
    fn the_schema_has_every_section_that_the_loader_reads() {
        let schema = schema();
        let known: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        for key in header::KEYS {
            assert!(known.iter().any(|name| *name == key), "{key}");
        }
    }

    #[test]
    fn every_key_is_described() {
        fn walk(path: &str, value: &Value, lacking: &mut Vec<String>) {
            if let Some(properties) = value.get("properties").and_then(Value::as_object) {
                for (name, inner) in properties {
                    if inner.get("description").is_none() {
                        lacking.push(format!("{path}.{name}"));
                    }
                }
            }
            match value {
                Value::Object(entries) => entries.iter().for_each(|(key, value)| walk(key, value, lacking)),
                Value::Array(items) => items.iter().for_each(|value| walk(path, value, lacking)),
                _ => {}
            }
        }
        let mut lacking = Vec::new();
        walk("", &schema(), &mut lacking);
        assert!(lacking.is_empty(), "keys without words: {lacking:?}");
    }
}
