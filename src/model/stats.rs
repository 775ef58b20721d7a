//! How a container's use is asked for: the options of `docker.stats`.

use serde::Deserialize;

use super::duration::Span;

/// The options of `docker.stats`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatsSpec {
    /// Ends the following after this long.
    pub timeout: Option<Span>,
}

/// One sample has no time to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`timeout` is for following")]
pub struct NotFollowed;

impl NotFollowed {
    pub fn hint(self) -> String {
        "docker.stats(c, #{timeout: \"10s\"}, |sample| …)".into()
    }
}

impl StatsSpec {
    /// What can be asked for as a single sample.
    pub fn single(&self) -> Result<(), NotFollowed> {
        if self.timeout.is_some() { Err(NotFollowed) } else { Ok(()) }
    }
}
