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
use super::shapes::{Either, NeedSpec, OneOrMore, ScalarOrList, TargetSpec};
use crate::model::duration::Span;
use crate::model::flow::Backoff;
use crate::model::text::{CommandLine, Words};

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
    /// Where its commands run, from the project's folder.
    pub(super) workdir: Option<String>,
    /// How long the whole task may take, such as `90s`.
    pub(super) timeout: Option<Span>,
    /// Tasks that must have run before: names, or maps with `task` and `with`.
    #[schemars(with = "OneOrMore<Either<String, NeedSpec>>")]
    pub(super) needs: Option<IgnoredAny>,
    /// The steps run at the same time.
    pub(super) parallel: Option<bool>,
    /// How many of them at a time.
    pub(super) max_parallel: Option<u16>,
    /// Whether the first failure stops the others; it does when this is left out.
    pub(super) fail_fast: Option<bool>,
    /// Names with lists of values: the steps run for each combination.
    pub(super) matrix: Option<BTreeMap<String, Vec<Option<String>>>>,
    /// Steps or a command, once a step has failed.
    #[schemars(with = "Either<String, Vec<StepSpec>>")]
    pub(super) on_error: Option<IgnoredAny>,
    /// Steps or a command that run at the end, however that came.
    #[serde(rename = "finally")]
    #[schemars(with = "Either<String, Vec<StepSpec>>")]
    pub(super) last: Option<IgnoredAny>,
    /// What a task that is called gives back: an expression.
    pub(super) returns: Option<String>,
    /// Each of its commands runs inside each of these containers.
    #[schemars(with = "OneOrMore<Either<String, TargetSpec>>")]
    pub(super) targets: Option<IgnoredAny>,
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
#[schemars(extend("oneOf" = [{"required": ["command"]}, {"required": ["script"]}, {"required": ["task"]}, {"required": ["exec"]}]))]
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
    /// A command inside a container.
    pub(super) exec: Option<ExecStepSpec>,
    /// The step runs once for each element: an expression or a list.
    #[schemars(with = "ScalarOrList")]
    pub(super) foreach: Option<IgnoredAny>,
    /// What `foreach` calls the element; `item` by default.
    #[serde(rename = "as")]
    pub(super) binding: Option<String>,
    /// How many elements of `foreach` at a time.
    pub(super) parallel: Option<Width>,
    /// How often and how soon it is tried again when it fails.
    pub(super) retry: Option<RetrySpec>,
    /// How long it may take, such as `30s`.
    pub(super) timeout: Option<Span>,
    /// Where its command runs, from the project's folder.
    pub(super) workdir: Option<String>,
    /// It runs although an earlier step failed.
    pub(super) always: Option<bool>,
    /// Its output is not shown, only kept.
    pub(super) quiet: Option<bool>,
    /// The program, with its arguments, that is given the command as its last one.
    pub(super) shell: Option<Words>,
    /// Its command runs inside each of these containers.
    #[schemars(with = "OneOrMore<Either<String, TargetSpec>>")]
    pub(super) targets: Option<IgnoredAny>,
}

/// A command inside a container.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecStepSpec {
    /// Its name or id.
    #[serde(rename = "container")]
    _container: String,
    /// A text for the container's shell, or a list of arguments that no shell sees.
    pub(super) command: CommandLine,
    /// User, or user:group, to run as.
    #[serde(rename = "user")]
    _user: Option<String>,
    /// Environment variables for the command.
    #[serde(rename = "env")]
    _env: Option<Scalars>,
    /// The folder inside that it runs in; `working_dir` is the same.
    #[serde(rename = "workdir", alias = "working_dir", alias = "workingDir")]
    _workdir: Option<String>,
}

/// How often and how soon a step is tried again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetrySpec {
    /// Attempts, the first included.
    pub(super) times: u32,
    /// How long it waits before the next, such as `2s`.
    pub(super) delay: Option<Span>,
    /// By what each delay is longer than the one before.
    pub(super) backoff: Option<Backoff>,
    /// An expression: it is tried again only while this is true.
    #[serde(rename = "when")]
    _when: Option<String>,
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
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HandlerSpec {
    /// A text for `/bin/sh`.
    pub(super) command: Option<String>,
    /// Another task.
    pub(super) task: Option<String>,
    /// Values for the parameters of `task`.
    pub(super) with: Option<Scalars>,
    /// The step again.
    pub(super) retry: Option<RetrySpec>,
}

impl JsonSchema for Width {
    fn schema_name() -> Cow<'static, str> {
        "Width".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["boolean", "number"], "minimum": 1, "maximum": 65535})
    }
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
