//! The keys of a task in YAML, as typed. Whatever is not here is refused by the reader.
//!
//! The words above a key are what editors show for it: they go into the JSON Schema.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::dotenv::DotenvSpec;

/// Keys with scalar values; an empty value is an empty text.
pub(super) type Scalars = BTreeMap<String, Option<String>>;

/// What is done under a name: exactly one of `steps`, `command` and `script`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("oneOf" = [{"required": ["steps"]}, {"required": ["command"]}, {"required": ["script"]}]))]
pub(super) struct TaskSpec {
    /// Shown by `xnet tasks` and `--help`.
    pub(super) description: Option<String>,
    /// What the task takes.
    pub(super) params: Option<Vec<ParamSpec>>,
    /// Run in order; the first that fails ends the task.
    #[schemars(length(min = 1))]
    pub(super) steps: Option<Vec<StepSpec>>,
    /// In place of `steps`: a text for `/bin/sh`.
    pub(super) command: Option<String>,
    /// In place of `steps`: Rhai, or the path of a `.rhai` file.
    pub(super) script: Option<String>,
    /// Environment variables for all its steps.
    pub(super) env: Option<Scalars>,
    // What it knows, and how it is found.
    /// Texts that later ones may refer to as `${vars.NAME}`.
    pub(super) vars: Option<Scalars>,
    /// Files of `NAME=value` lines for the environment of its steps.
    pub(super) dotenv: Option<Vec<DotenvSpec>>,
    /// Only other tasks may call it; it is not listed.
    pub(super) private: bool,
    /// Other names of it.
    pub(super) aliases: Option<Vec<String>>,
    /// The heading it is listed under.
    pub(super) group: Option<String>,
    /// Asked before it runs; `xnet --yes` answers it.
    pub(super) confirm: Option<String>,
}

/// Something that a task takes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParamSpec {
    /// `${params.NAME}` in texts, `params.NAME` in scripts, `--NAME` on the command line.
    pub(super) name: String,
    /// Shown by `xnet run TASK --help`.
    pub(super) description: Option<String>,
    /// What its value is; a string when this is left out.
    #[serde(rename = "type", default)]
    pub(super) kind: ParamKind,
    /// Whether it must be given; so it is unless it has a `default`.
    pub(super) required: Option<bool>,
    // Read from the tree, which knows what was typed.
    /// The value when none is given: a scalar, or a list of them for a list.
    #[schemars(with = "Option<ScalarOrList>")]
    pub(super) default: Option<IgnoredAny>,
    /// All that it may be.
    pub(super) values: Option<Vec<String>>,
    /// A regular expression that the whole value matches.
    pub(super) pattern: Option<String>,
    /// The least it may be; for a string, how long.
    pub(super) min: Option<String>,
    /// The most it may be; for a string, how long.
    pub(super) max: Option<String>,
    /// The environment variable that gives the value when the command line does not.
    pub(super) env: Option<String>,
    /// Masked wherever xnet prints it.
    #[serde(default)]
    pub(super) secret: bool,
}

/// What `default` may be.
pub(super) enum ScalarOrList {}

impl JsonSchema for ScalarOrList {
    fn schema_name() -> Cow<'static, str> {
        "ScalarOrList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let scalar = json_schema!({"type": ["string", "number", "boolean"]});
        json_schema!({"type": ["string", "number", "boolean", "array"], "items": scalar})
    }
}

/// What a parameter's value is; nothing else decides it, so `1.10` stays `1.10` as a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    /// Any text.
    #[default]
    String,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
    /// One of `values`.
    Enum,
    /// Strings, with commas between them.
    List,
    /// A path, which begins where the user stands.
    Path,
    /// 1 to 65535.
    Port,
    /// A subnet.
    Cidr,
    /// A container that the engine has.
    Container,
    /// A network that the engine has.
    Network,
}

/// A step does exactly one thing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("oneOf" = [{"required": ["command"]}, {"required": ["script"]}, {"required": ["task"]}]))]
pub(super) struct StepSpec {
    /// Shown while it runs, and in errors; later steps may refer to it.
    pub(super) name: Option<String>,
    /// A text for `/bin/sh`; `${params.x}` and the like travel in the environment.
    pub(super) command: Option<String>,
    /// Rhai, or the path of a `.rhai` file.
    pub(super) script: Option<String>,
    /// Another task.
    pub(super) task: Option<String>,
    /// Values for the parameters of `task`.
    pub(super) with: Option<Scalars>,
    /// Environment variables for this step.
    pub(super) env: Option<Scalars>,
    /// A Rhai expression; the step is skipped unless it is true.
    pub(super) when: Option<String>,
    /// A name for the result: `stdout`, `exit_code`, `ok` and more.
    pub(super) register: Option<String>,
    /// `abort` (which it is when left out), `continue`, or what runs then.
    pub(super) on_failure: Option<OnFailureSpec>,
}

#[derive(Debug)]
pub(super) enum OnFailureSpec {
    Abort,
    Continue,
    Run(HandlerSpec),
}

/// What runs when a step fails.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HandlerSpec {
    /// A text for `/bin/sh`.
    pub(super) command: Option<String>,
    /// Another task.
    pub(super) task: Option<String>,
    /// Values for the parameters of `task`.
    pub(super) with: Option<Scalars>,
}

impl JsonSchema for OnFailureSpec {
    fn schema_name() -> Cow<'static, str> {
        "OnFailure".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let handler = generator.subschema_for::<HandlerSpec>();
        json_schema!({"oneOf": [{"enum": ["abort", "continue"]}, handler]})
    }
}

impl<'de> Deserialize<'de> for OnFailureSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnFailureVisitor;
        impl<'de> Visitor<'de> for OnFailureVisitor {
            type Value = OnFailureSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`abort`, `continue`, or a map with `command` or `task`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                match word {
                    "abort" => Ok(OnFailureSpec::Abort),
                    "continue" => Ok(OnFailureSpec::Continue),
                    _ => Err(E::unknown_variant(word, &["abort", "continue"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                HandlerSpec::deserialize(MapAccessDeserializer::new(map)).map(OnFailureSpec::Run)
            }
        }
        deserializer.deserialize_any(OnFailureVisitor)
    }
}
