//! What of a container's output is asked for: the options of `logs`.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::duration::Span;
use super::moment::Moment;

/// The options of `logs`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogsSpec {
    /// Only this many lines from the end.
    #[serde(alias = "lines", deserialize_with = "tail")]
    pub tail: Option<u64>,
    /// Only what was written from then on.
    pub since: Option<Moment>,
    /// Only what was written until then. `until` is a word of the script language, and needs quotes there.
    #[serde(alias = "before")]
    pub until: Option<Moment>,
    /// Each line begins with its time.
    pub timestamps: bool,
    pub stdout: bool,
    pub stderr: bool,
    /// Goes on with what is written from now on, until the container ends.
    pub follow: bool,
    /// Following ends after this long.
    pub timeout: Option<Span>,
}

/// A number of lines, or Docker's word for all of them.
fn tail<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.as_deref() {
        None | Some("all") => Ok(None),
        Some(text) => {
            let why = || D::Error::custom(format!("expected a number of lines or \"all\", found \"{text}\""));
            text.parse().map(Some).map_err(|_| why())
        }
    }
}

impl Default for LogsSpec {
    fn default() -> Self {
        Self {
            tail: None,
            since: None,
            until: None,
            timestamps: false,
            stdout: true,
            stderr: true,
            follow: false,
            timeout: None,
        }
    }
}

/// Options that together make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogsFault {
    #[error("`stdout: false` and `stderr: false` together leave nothing")]
    NoStream,
    #[error("`follow` needs a function that takes the lines")]
    NoFunction,
    #[error("`timeout` is for following")]
    TimeoutAlone,
}

impl LogsFault {
    pub fn hint(self) -> String {
        match self {
            Self::NoStream => "leave one of them out".into(),
            Self::NoFunction => "docker.logs(c, #{follow: true}, |line, stream| print(line))".into(),
            Self::TimeoutAlone => "say `follow: true`, or leave it out".into(),
        }
    }
}

impl LogsSpec {
    /// `handed` says that a function takes the lines one by one.
    pub fn check(&self, handed: bool) -> Result<(), LogsFault> {
        if !self.stdout && !self.stderr {
            Err(LogsFault::NoStream)
        } else if self.follow && !handed {
            Err(LogsFault::NoFunction)
        } else if self.timeout.is_some() && !self.follow {
            Err(LogsFault::TimeoutAlone)
        } else {
            Ok(())
        }
    }
}
