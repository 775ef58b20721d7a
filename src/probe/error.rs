//! Why a probe could not be sent. What a probe found is never an error.

use crate::engine;
use crate::model::probe::verdict::Miss;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("container \"{container}\" is not running ({state}): nothing can be sent from it")]
    NotRunning { container: String, state: String },
    /// For what is no question of reaching: a list that could not be read.
    #[error(transparent)]
    Miss(#[from] Miss),
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

impl Error {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotRunning { .. } => "not_running",
            Self::Miss(_) => "probe",
            Self::Engine(error) => error.kind(),
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotRunning { container, .. } => Some(format!("start it: `docker start {container}`")),
            Self::Miss(_) => None,
            Self::Engine(error) => error.hint(),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotRunning { .. } | Self::Miss(_) => 1,
            Self::Engine(error) => error.exit_code(),
        }
    }
}
