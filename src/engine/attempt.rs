//! Where an engine was looked for, and why none answered there.

use std::fmt;
use std::time::Duration;

use super::place::HOST_CALL;
use crate::model::duration::seconds;
use crate::model::names;

/// One place where an engine was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Who named the place: `--host`, `DOCKER_HOST`, `context "lab"`, `default socket`.
    pub origin: String,
    /// The address, when it is known.
    pub address: Option<String>,
    pub reason: Unreachable,
}

/// Why no engine answered at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreachable {
    Missing,
    Denied,
    Refused,
    TimedOut(Duration),
    /// There is no Docker context of that name.
    NoContext {
        known: Vec<String>,
    },
    /// In the words of whoever failed.
    Failed(String),
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.address {
            Some(address) => write!(f, "{} ({address}): {}", self.origin, self.reason),
            None => write!(f, "{}: {}", self.origin, self.reason),
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such socket"),
            Self::Denied => f.write_str("permission denied"),
            Self::Refused => f.write_str("connection refused"),
            Self::TimedOut(after) => write!(f, "no answer within {}", seconds(*after)),
            Self::NoContext { .. } => f.write_str("there is no such context"),
            Self::Failed(words) => f.write_str(words),
        }
    }
}

/// What to do when no engine answers.
pub(super) fn reach_hint(tried: &[Attempt]) -> String {
    for attempt in tried {
        match &attempt.reason {
            Unreachable::Denied => {
                return "join the docker group: `sudo usermod -aG docker $USER`, then log in again".into();
            }
            Unreachable::NoContext { known } => {
                let name = attempt.origin.split('"').nth(1).unwrap_or_default();
                let known = known.iter().map(String::as_str).collect::<Vec<_>>();
                return names::suggestion(name, known.iter().copied())
                    .unwrap_or_else(|| "`docker context ls` lists those that are there".into());
            }
            _ => {}
        }
    }
    let explicit = tried.len() == 1 && !tried[0].origin.contains("socket");
    if explicit && tried[0].origin == HOST_CALL {
        return "check the address: unix:///path, tcp://host:port, https://host:port, ssh://user@host, or a context"
            .into();
    }
    if explicit {
        return format!("check {}, or leave it out to use the local engine", tried[0].origin);
    }
    "start it (`sudo systemctl start docker`), or say where it is with --host or DOCKER_HOST".into()
}
