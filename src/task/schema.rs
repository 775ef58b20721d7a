//! The keys of a task in YAML, as typed. Whatever is not here is refused by the reader.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::dotenv::DotenvSpec;
use crate::model::duration::Span;
use crate::model::text::{CommandLine, Words};

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
    pub(super) workdir: Option<String>,
    pub(super) timeout: Option<Span>,
    /// Tasks that must have run before: names, or maps with `task` and `with`.
    pub(super) needs: Option<IgnoredAny>,
    /// The steps run at the same time.
    pub(super) parallel: Option<bool>,
    pub(super) max_parallel: Option<u16>,
    pub(super) fail_fast: Option<bool>,
    /// Names with lists of values: the steps run for each combination.
    pub(super) matrix: Option<BTreeMap<String, Vec<Option<String>>>>,
    /// Steps or a command, once a step has failed.
    pub(super) on_error: Option<IgnoredAny>,
    /// Steps that run at the end, however that came.
    #[serde(rename = "finally")]
    pub(super) last: Option<IgnoredAny>,
    /// What a task that is called gives back: an expression.
    pub(super) returns: Option<String>,
    pub(super) targets: Option<IgnoredAny>,
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
    pub(super) exec: Option<ExecStepSpec>,
    /// An expression or a list.
    pub(super) foreach: Option<IgnoredAny>,
    /// What `foreach` calls the element; `item` by default.
    #[serde(rename = "as")]
    pub(super) binding: Option<String>,
    /// How many elements of `foreach` at a time.
    pub(super) parallel: Option<Width>,
    pub(super) retry: Option<RetrySpec>,
    pub(super) timeout: Option<Span>,
    pub(super) workdir: Option<String>,
    pub(super) always: Option<bool>,
    pub(super) quiet: Option<bool>,
    pub(super) shell: Option<Words>,
    pub(super) targets: Option<IgnoredAny>,
}

/// A command inside a container.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecStepSpec {
    #[serde(rename = "container")]
    _container: String,
    pub(super) command: CommandLine,
    #[serde(rename = "user")]
    _user: Option<String>,
    #[serde(rename = "env")]
    _env: Option<Scalars>,
    #[serde(rename = "workdir", alias = "working_dir", alias = "workingDir")]
    _workdir: Option<String>,
}

/// How often and how soon a step is tried again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetrySpec {
    /// Attempts, the first included.
    pub(super) times: u32,
    pub(super) delay: Option<Span>,
    pub(super) backoff: Option<Backoff>,
    #[serde(rename = "when")]
    _when: Option<String>,
}

/// By what each delay is longer than the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Backoff(pub(super) f64);

impl<'de> Deserialize<'de> for Backoff {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BackoffVisitor;
        impl Visitor<'_> for BackoffVisitor {
            type Value = Backoff;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a factor from 1 to 100, `constant` or `exponential`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Backoff, E> {
                match word {
                    "constant" => Ok(Backoff(1.0)),
                    "exponential" => Ok(Backoff(2.0)),
                    _ => Err(E::unknown_variant(word, &["constant", "exponential"])),
                }
            }

            fn visit_i64<E: Error>(self, factor: i64) -> Result<Backoff, E> {
                self.visit_f64(f64::from(i32::try_from(factor).unwrap_or(-1)))
            }

            fn visit_f64<E: Error>(self, factor: f64) -> Result<Backoff, E> {
                let fault = || E::custom("a factor from 1 to 100 is needed, so that delays do not become shorter");
                (1.0..=100.0).contains(&factor).then_some(Backoff(factor)).ok_or_else(fault)
            }
        }
        deserializer.deserialize_any(BackoffVisitor)
    }
}

/// `true`, or how many at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Switch(bool),
    At(u16),
}

impl<'de> Deserialize<'de> for Width {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WidthVisitor;
        impl Visitor<'_> for WidthVisitor {
            type Value = Width;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`true`, `false`, or how many at a time")
            }

            fn visit_bool<E>(self, on: bool) -> Result<Width, E> {
                Ok(Width::Switch(on))
            }

            fn visit_i64<E: Error>(self, at: i64) -> Result<Width, E> {
                let at = u16::try_from(at).ok().filter(|at| *at > 0);
                at.map(Width::At).ok_or_else(|| E::custom("at least 1, and no more than 65535, can run at a time"))
            }
        }
        deserializer.deserialize_any(WidthVisitor)
    }
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
    pub(super) retry: Option<RetrySpec>,
}

impl<'de> Deserialize<'de> for OnFailureSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnFailureVisitor;
        impl<'de> Visitor<'de> for OnFailureVisitor {
            type Value = OnFailureSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`abort`, `continue`, or a map with `command`, `task` or `retry`")
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
