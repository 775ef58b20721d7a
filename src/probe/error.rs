//! Why a probe could not be sent. What a probe found is never an error.

use std::time::Duration;

use super::input::InputFault;
use crate::engine;
use crate::model::duration::seconds;
use crate::model::probe::place::DestinationFault;
use crate::model::probe::verdict::Miss;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("container \"{container}\" is not running ({state}): it has no network until it runs")]
    NotRunning { container: String, state: String },
    /// For what is no question of reaching: a list that could not be read.
    #[error(transparent)]
    Miss(#[from] Miss),
    #[error(transparent)]
    Destination(#[from] DestinationFault),
    #[error("{message}")]
    Invalid { message: String, hint: Option<String> },
    #[error("{to} did not answer {from} within {}: {last}", seconds(*.after))]
    NeverAnswered { from: String, to: String, after: Duration, last: String, hint: Option<String> },
    #[error(transparent)]
    Input(#[from] InputFault),
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

impl Error {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotRunning { .. } => "not_running",
            Self::Miss(_) => "probe",
            Self::Destination(_) | Self::Invalid { .. } | Self::Input(_) => "invalid",
            Self::NeverAnswered { .. } => "timeout",
            Self::Engine(error) => error.kind(),
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotRunning { container, .. } => Some(format!("start it: `docker start {container}`")),
            Self::Miss(_) => None,
            Self::Destination(_) => {
                Some("write db, db:5432, db:53/udp, 10.0.0.2:80, [fd00::2]:80, host:8080 or internet".to_owned())
            }
            Self::Invalid { hint, .. } | Self::NeverAnswered { hint, .. } => hint.clone(),
            Self::Input(fault) => fault.hint(),
            Self::Engine(error) => error.hint(),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotRunning { .. } | Self::Miss(_) => 1,
            Self::Destination(_) | Self::Invalid { .. } | Self::Input(_) => 2,
            Self::NeverAnswered { .. } => 5,
            Self::Engine(error) => error.exit_code(),
        }
    }
}
