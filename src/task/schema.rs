//! The keys of a task in YAML, as typed. Whatever is not here is refused by the reader.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::dotenv::DotenvSpec;

/// Keys with scalar values; an empty value is an empty text.
pub(super) type Scalars = BTreeMap<String, Option<String>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TaskSpec {
    pub(super) description: Option<String>,
    pub(super) params: Option<Vec<ParamSpec>>,
    pub(super) steps: Option<Vec<StepSpec>>,
    /// Short for one step.
    pub(super) command: Option<String>,
    pub(super) script: Option<String>,
    pub(super) env: Option<Scalars>,
    // What it knows, and how it is found.
    pub(super) vars: Option<Scalars>,
    pub(super) dotenv: Option<Vec<DotenvSpec>>,
    pub(super) private: bool,
    pub(super) aliases: Option<Vec<String>>,
    pub(super) group: Option<String>,
    pub(super) confirm: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParamSpec {
    pub(super) name: String,
    pub(super) description: Option<String>,
    #[serde(rename = "type", default)]
    pub(super) kind: ParamKind,
    pub(super) required: Option<bool>,
    /// A scalar, or a list of them for a list: read from the tree, which knows what was typed.
    pub(super) default: Option<IgnoredAny>,
    pub(super) values: Option<Vec<String>>,
    pub(super) pattern: Option<String>,
    pub(super) min: Option<String>,
    pub(super) max: Option<String>,
    pub(super) env: Option<String>,
    #[serde(default)]
    pub(super) secret: bool,
}

/// What a parameter's value is; nothing else decides it, so `1.10` stays `1.10` as a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamKind {
    #[default]
    String,
    Int,
    Float,
    Bool,
    /// One of `values`.
    Enum,
    /// Strings, with commas between them.
    List,
    Path,
    Port,
    Cidr,
    /// One that the engine has.
    Container,
    Network,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StepSpec {
    pub(super) name: Option<String>,
    pub(super) command: Option<String>,
    pub(super) script: Option<String>,
    pub(super) task: Option<String>,
    pub(super) with: Option<Scalars>,
    pub(super) env: Option<Scalars>,
    pub(super) when: Option<String>,
    pub(super) register: Option<String>,
    pub(super) on_failure: Option<OnFailureSpec>,
}

#[derive(Debug)]
pub(super) enum OnFailureSpec {
    Abort,
    Continue,
    Run(HandlerSpec),
}

/// What runs when a step fails.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HandlerSpec {
    pub(super) command: Option<String>,
    pub(super) task: Option<String>,
    pub(super) with: Option<Scalars>,
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
