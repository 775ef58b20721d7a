//! What can go wrong with swarms and their services.

use std::time::Duration;

use crate::model::duration::seconds;
use crate::model::service::ServiceFault;
use crate::model::swarm::{Refusal, SwarmFault};

/// Why a swarm did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwarmError {
    #[error("{refusal}: {words}")]
    Refused { refusal: Refusal, words: String },
    #[error(transparent)]
    Plan(#[from] SwarmFault),
    #[error(transparent)]
    Service(#[from] ServiceFault),
    #[error("{running} of {wanted} tasks of service \"{service}\" run{}{}", late(*after), below(words))]
    TasksDown {
        service: String,
        running: u64,
        wanted: u64,
        words: Vec<String>,
        after: Option<Duration>,
        /// The service was taken back.
        removed: bool,
    },
}

/// What to do with an engine that is no manager.
pub(super) fn manager_hint(words: &str) -> String {
    if words.contains("Worker nodes") {
        return "it is a worker: ask a manager, or let one promote it (`docker node promote`)".into();
    }
    "docker.swarm.init() or `docker swarm init` makes it one; \
     docker.swarm.join(\"HOST:2377\", #{token: …}) joins another"
        .into()
}

fn late(after: Option<Duration>) -> String {
    after.map(|after| format!(" after {}", seconds(after))).unwrap_or_default()
}

/// What the tasks say, each on a line of its own.
fn below(words: &[String]) -> String {
    words.iter().fold(String::new(), |text, line| format!("{text}\n  {line}"))
}

impl SwarmError {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refused { refusal: Refusal::AlreadyIn, .. } => "conflict",
            Self::Plan(_) | Self::Service(_) => "invalid",
            Self::TasksDown { after: Some(_), .. } => "timeout",
            Self::Refused { .. } | Self::TasksDown { .. } => "refused",
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal.hint().into()),
            Self::Plan(fault) => fault.hint(),
            Self::Service(fault) => fault.hint(),
            Self::TasksDown { removed: true, .. } => {
                Some("it was removed again; `wait: false` keeps it, and docker.service.ps(…) tells of each task".into())
            }
            Self::TasksDown { service, .. } => Some(format!(
                "docker.service.ps(\"{service}\") tells of each task; `wait: false` goes on without waiting"
            )),
        }
    }

    pub fn resource(&self) -> Option<&String> {
        match self {
            Self::TasksDown { service, .. } => Some(service),
            _ => None,
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Plan(_) | Self::Service(_) => 2,
            Self::TasksDown { after: Some(_), .. } => 5,
            Self::Refused { .. } | Self::TasksDown { .. } => 4,
        }
    }
}
