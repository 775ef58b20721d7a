//! What a binding throws: the map that a script catches as `e`.

use rhai::{Dynamic, EvalAltResult, Map, Position};

use crate::config;
use crate::engine;
use crate::model::container::SpecFault;
use crate::model::plan::PlanFault;
use crate::model::service::ServiceFault;
use crate::model::swarm::SwarmFault;
use crate::probe;
use crate::runtime::{Reason, Stopped};

/// An error of a binding. Scripts see `kind`, `message`, `hint`, `status`, `resource` and, for commands, `exit_code`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fault {
    /// `no_engine`, `not_found`, `conflict`, `invalid`, `refused`, `timeout`, `command`, `io`, …
    pub kind: String,
    pub message: String,
    pub hint: Option<String>,
    /// HTTP status of the engine's answer.
    pub status: Option<u16>,
    /// Name of the network, container or image that it is about.
    pub resource: Option<String>,
    /// Exit code of the command that failed.
    pub exit_code: Option<i64>,
    /// What ends xnet with, where the kind alone does not say it.
    pub process_code: Option<u8>,
    /// Set when the script was told to stop: not catchable.
    pub stopped: Option<Reason>,
}

impl Fault {
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into(), ..Self::default() }
    }

    /// A value that is not what the function takes.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid", message)
    }

    /// The script was told to stop.
    pub(super) fn stop(reason: Reason) -> Self {
        Stopped::Cancelled(reason).into()
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The thrown map.
    pub fn to_map(&self) -> Map {
        let text = |value: &Option<String>| value.clone().map_or(Dynamic::UNIT, Dynamic::from);
        let mut map = Map::new();
        map.insert("kind".into(), self.kind.clone().into());
        map.insert("message".into(), self.message.clone().into());
        map.insert("hint".into(), text(&self.hint));
        map.insert("status".into(), self.status.map_or(Dynamic::UNIT, |status| Dynamic::from_int(status.into())));
        map.insert("resource".into(), text(&self.resource));
        map.insert("exit_code".into(), self.exit_code.map_or(Dynamic::UNIT, Dynamic::from_int));
        if let Some(code) = self.process_code {
            map.insert(PROCESS_CODE.into(), Dynamic::from_int(code.into()));
        }
        map
    }

    /// Reads a thrown map back; `None` for a map of the script's own making without a message.
    pub fn from_map(map: &Map) -> Option<Self> {
        let text = |key: &str| map.get(key).filter(|value| !value.is_unit()).map(ToString::to_string);
        let number = |key: &str| map.get(key).and_then(|value| value.as_int().ok());
        Some(Self {
            kind: text("kind").unwrap_or_else(|| "thrown".into()),
            message: text("message")?,
            hint: text("hint"),
            status: number("status").and_then(|status| status.try_into().ok()),
            resource: text("resource"),
            exit_code: number("exit_code"),
            process_code: number(PROCESS_CODE).and_then(|code| code.try_into().ok()),
            stopped: None,
        })
    }
}

/// A network or container that a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// What the engine is asked for. A handle's is its id: by its name another could be met that took it since.
    pub(super) id: String,
    /// What errors call it.
    pub(super) name: String,
    /// The address of a handle's own engine.
    pub(super) home: Option<String>,
}

impl Subject {
    /// Refuses a handle of another engine: there, its id means nothing, and its name something else.
    pub(super) fn is_at(&self, here: &str) -> Result<(), Fault> {
        match &self.home {
            Some(home) if home != here => {
                let message = format!("\"{}\" is on the engine {home}, and this call is to {here}", self.name);
                let fault = Fault::invalid(message).hint("use a handle with the engine that it came from");
                Err(Fault { resource: Some(self.name.clone()), ..fault })
            }
            _ => Ok(()),
        }
    }

    /// The fault with the name in place of the id.
    pub(super) fn told(&self, fault: Fault) -> Fault {
        if self.id == self.name {
            return fault;
        }
        let gone = fault.kind == "not_found" && fault.resource.as_ref() == Some(&self.id);
        let hint = fault.hint.filter(|_| !gone);
        let hint =
            hint.or_else(|| gone.then(|| "what the handle stands for was removed, whoever has its name now".into()));
        Fault {
            message: fault.message.replace(&self.id, &self.name),
            hint: hint.map(|hint| hint.replace(&self.id, &self.name)),
            resource: fault.resource.map(|resource| resource.replace(&self.id, &self.name)),
            ..fault
        }
    }
}

/// Key under which the exit code for xnet itself travels through a script that does not catch.
const PROCESS_CODE: &str = "xnet_exit_code";

/// Carried by `exit(code)` through a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExitCode(pub(super) u8);

impl From<Fault> for Box<EvalAltResult> {
    fn from(fault: Fault) -> Self {
        Box::new(match fault.stopped {
            Some(reason) => EvalAltResult::ErrorTerminated(Dynamic::from(reason), Position::NONE),
            None => EvalAltResult::ErrorRuntime(Dynamic::from_map(fault.to_map()), Position::NONE),
        })
    }
}

impl From<Stopped> for Fault {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled(reason) => {
                Self { stopped: Some(reason), ..Self::new("stopped", Stopped::Cancelled(reason).to_string()) }
            }
            Stopped::NoRuntime(error) => Self::new("io", format!("the runtime could not start: {error}")),
        }
    }
}

impl From<engine::Error> for Fault {
    fn from(error: engine::Error) -> Self {
        Self {
            kind: error.kind().to_owned(),
            message: error.to_string(),
            hint: error.hint(),
            status: error.status(),
            resource: error.resource(),
            exit_code: error.ended_with(),
            process_code: Some(error.exit_code()),
            stopped: None,
        }
    }
}

impl From<probe::Error> for Fault {
    fn from(error: probe::Error) -> Self {
        if let probe::Error::Engine(error) = error {
            return error.into();
        }
        let fault = Self::new(error.kind(), error.to_string());
        Self { hint: error.hint(), process_code: Some(error.exit_code()), ..fault }
    }
}

impl From<config::Fault> for Fault {
    fn from(fault: config::Fault) -> Self {
        let hint = fault.hint();
        Self { hint, ..Self::invalid(fault.to_string()) }
    }
}

impl From<PlanFault> for Fault {
    fn from(fault: PlanFault) -> Self {
        let hint = fault.hint();
        Self { hint, ..Self::invalid(fault.to_string()) }
    }
}

impl From<SwarmFault> for Fault {
    fn from(fault: SwarmFault) -> Self {
        let hint = fault.hint();
        Self { hint, ..Self::invalid(fault.to_string()) }
    }
}

impl From<ServiceFault> for Fault {
    fn from(fault: ServiceFault) -> Self {
        let hint = fault.hint();
        Self { hint, ..Self::invalid(fault.to_string()) }
    }
}

impl From<SpecFault> for Fault {
    fn from(fault: SpecFault) -> Self {
        let hint = fault.hint();
        Self { hint, ..Self::invalid(fault.to_string()) }
    }
}
