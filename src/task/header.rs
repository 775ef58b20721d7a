//! What stands in a task file beside its tasks: `vars`, `secrets`, `dotenv` and `include`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::declare::is_variable;
use super::dotenv::{self, DotenvSpec};
use super::files;
use super::schema::Scalars;
use super::shape;
use super::text::{File, Text};
use crate::config::{self, Node, Span, Value};
use crate::view::Diagnostic;

/// The keys of a task file that are no topology.
pub(super) const KEYS: [&str; 5] = ["tasks", "include", "vars", "secrets", "dotenv"];
/// A larger secret is none: it could not be given to a command.
const LARGEST: u64 = 64 * 1024;

/// What all tasks of one file know.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) vars: Vec<(String, Text)>,
    pub(super) dotenv: Vec<(DotenvSpec, Text)>,
    secrets: Vec<(String, SecretSpec)>,
    /// Read once: what was masked must not change.
    values: OnceLock<Vec<(String, Result<String, String>)>>,
}

/// Where a secret comes from: exactly one of `env`, `file` and `dotenv`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("oneOf" = [{"required": ["env"]}, {"required": ["file"]}, {"required": ["dotenv"]}]))]
pub(super) struct SecretSpec {
    /// The environment variable that holds it.
    env: Option<String>,
    /// The file that holds it, and nothing else.
    file: Option<String>,
    /// The file of `NAME=value` lines that holds it.
    dotenv: Option<String>,
    /// The variable of the dotenv file; that of the secret's own name when absent.
    name: Option<String>,
}

/// `other.yaml`, or `{file: other.yaml, as: name}`.
#[derive(Debug)]
pub(super) struct Include {
    pub(super) file: String,
    /// What its tasks are called by, before a `:`.
    pub(super) namespace: String,
    pub(super) span: Option<Span>,
}

type Fault = Box<Diagnostic>;

impl Header {
    pub(super) fn read(root: &Node, file: &Arc<File>) -> Result<Self, Fault> {
        let section = |key: &'static str| root.get(key).map(|node| (key, node));
        if let Some((key, node)) = section("vars") {
            read::<Option<Scalars>>(key, node, file)?;
        }
        let mut header = Self { vars: vars(root, file)?, ..Self::default() };
        if let Some((key, node)) = section("dotenv") {
            let specs = read::<Option<Vec<DotenvSpec>>>(key, node, file)?.unwrap_or_default();
            header.dotenv = dotenvs(specs, node, file);
        }
        if let Some((key, node)) = section("secrets") {
            for (name, spec) in read::<Option<BTreeMap<String, SecretSpec>>>(key, node, file)?.unwrap_or_default() {
                let at = node.get(&name).unwrap_or(node);
                if !is_variable(&name) {
                    return Err(fault(
                        format!("`{name}` cannot be the name of a secret"),
                        at,
                        file,
                        "letters, digits and `_`",
                    ));
                }
                if !spec.is_sound() {
                    let message =
                        format!("secret `{name}`: exactly one of `env`, `file` and `dotenv` says where it is");
                    return Err(fault(message, at, file, "for example: {env: DB_PASSWORD}"));
                }
                header.secrets.push((name, spec));
            }
        }
        Ok(header)
    }

    pub(super) fn secret_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.secrets.iter().map(|(name, _)| name.as_str())
    }

    /// Every secret, or why there is none.
    pub(super) fn secrets(&self, file: &File) -> &[(String, Result<String, String>)] {
        let value = |(name, spec): &(String, SecretSpec)| (name.clone(), spec.value(name, file));
        self.values.get_or_init(|| self.secrets.iter().map(value).collect())
    }
}

impl SecretSpec {
    fn is_sound(&self) -> bool {
        let sources = [&self.env, &self.file, &self.dotenv].into_iter().flatten().count();
        sources == 1 && (self.name.is_none() || self.dotenv.is_some())
    }

    fn value(&self, own: &str, file: &File) -> Result<String, String> {
        let folder = file.folder.as_deref();
        if let Some(variable) = &self.env {
            let value = std::env::var_os(variable).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| format!("the environment variable `{variable}` is not set"))?;
            return value.into_string().map_err(|_| format!("the environment variable `{variable}` is not UTF-8 text"));
        }
        if let Some(path) = &self.dotenv {
            let name = self.name.as_deref().unwrap_or(own);
            let spec = DotenvSpec { file: path.clone(), required: true };
            let found = dotenv::read(&spec, folder)?.unwrap_or_default().into_iter().rev();
            return found
                .into_iter()
                .find_map(|(known, value)| (known == name).then_some(value))
                .ok_or_else(|| format!("{path} has no `{name}`"));
        }
        let path = self.file.as_deref().unwrap_or_default();
        let text = files::text(&files::located(path, folder), LARGEST);
        let rule = || files::beside(path, file).map(|rule| format!("; {rule}")).unwrap_or_default();
        let text = text.map_err(|error| format!("{path} could not be read: {error}{}", rule()))?;
        if text.contains('\0') {
            return Err(format!("{path} holds a NUL byte, which no command can be given"));
        }
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

/// The variables under `vars` of a file or a task, in their order.
pub(super) fn vars(node: &Node, file: &Arc<File>) -> Result<Vec<(String, Text)>, Fault> {
    let Some(Value::Map(entries)) = node.get("vars").map(|node| &node.value) else { return Ok(Vec::new()) };
    let mut vars = Vec::with_capacity(entries.len());
    for (key, node) in entries {
        let text = Text::new(node, file).unwrap_or_else(|| Text::empty(node, file));
        if !is_variable(&key.name) {
            let message = format!("`{}` cannot be the name of a variable", key.name);
            return Err(fault(message, node, file, "letters, digits and `_`"));
        }
        vars.push((key.name.clone(), text));
    }
    Ok(vars)
}

/// The dotenv files of a file or a task, with their places.
pub(super) fn dotenvs(specs: Vec<DotenvSpec>, list: &Node, file: &Arc<File>) -> Vec<(DotenvSpec, Text)> {
    let Value::List(items) = &list.value else { return Vec::new() };
    let place = |item: &Node| {
        let named = item.get("file").unwrap_or(item);
        Text::new(named, file).unwrap_or_else(|| Text::empty(item, file))
    };
    specs.into_iter().zip(items).map(|(spec, item)| (spec, place(item))).collect()
}

/// The files that a file includes.
pub(super) fn includes(root: &Node, file: &Arc<File>) -> Result<Vec<Include>, Fault> {
    let Some(node) = root.get("include") else { return Ok(Vec::new()) };
    let specs = read::<Option<Vec<IncludeSpec>>>("include", node, file)?.unwrap_or_default();
    let Value::List(items) = &node.value else { return Ok(Vec::new()) };
    let mut includes: Vec<Include> = Vec::with_capacity(specs.len());
    for (spec, item) in specs.into_iter().zip(items) {
        let own = || std::path::Path::new(&spec.file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let namespace = spec.namespace.clone().or_else(own).unwrap_or_default();
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if namespace.is_empty() || namespace.starts_with('-') || !namespace.chars().all(named) {
            let message = format!("tasks cannot be called by `{namespace}:`");
            return Err(fault(
                message,
                item,
                file,
                "`{file: …, as: name}` calls them otherwise: letters, digits, `-`, `_`, `.`",
            ));
        }
        if includes.iter().any(|other| other.namespace == namespace) {
            let message = format!("two included files are called `{namespace}`");
            return Err(fault(message, item, file, "`{file: …, as: name}` calls one otherwise"));
        }
        includes.push(Include { file: spec.file, namespace, span: item.span });
    }
    Ok(includes)
}

pub(super) struct IncludeSpec {
    file: String,
    namespace: Option<String>,
}

/// Another file of tasks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LongInclude {
    /// From the project's folder, or from home for `~/`.
    file: String,
    /// What its tasks are called by, before a `:`; the file's name when this is left out.
    #[serde(rename = "as")]
    namespace: Option<String>,
}

impl JsonSchema for IncludeSpec {
    fn schema_name() -> Cow<'static, str> {
        "Include".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<LongInclude>();
        json_schema!({"oneOf": [{"type": "string", "minLength": 1}, long]})
    }
}

impl<'de> Deserialize<'de> for IncludeSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SpecVisitor;
        impl<'de> Visitor<'de> for SpecVisitor {
            type Value = IncludeSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a path, or a map with `file` and `as`")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<Self::Value, E> {
                Ok(IncludeSpec { file: path.to_owned(), namespace: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let long = LongInclude::deserialize(MapAccessDeserializer::new(map))?;
                Ok(IncludeSpec { file: long.file, namespace: long.namespace })
            }
        }
        deserializer.deserialize_any(SpecVisitor)
    }
}

/// Reads what stands under a key.
fn read<T: serde::de::DeserializeOwned>(key: &str, node: &Node, file: &Arc<File>) -> Result<T, Fault> {
    config::read(node).map_err(|fault| {
        let place = fault.span.or(node.span).map(|span| file.place(span));
        let lead = if fault.path.is_empty() { format!("`{key}`: ") } else { format!("under `{key}`: ") };
        let hint = fault
            .hint()
            .or_else(|| shape::hint(&fault))
            .or_else(|| fault.path.is_empty().then(|| shape::example(key)).flatten());
        Box::new(Diagnostic::new(format!("{lead}{fault}")).at(place).hint(hint))
    })
}

fn fault(message: String, node: &Node, file: &Arc<File>, hint: &str) -> Fault {
    let place = node.span.map(|span| file.place(span));
    Box::new(Diagnostic::new(message).at(place).hint(Some(hint.to_owned())))
}
