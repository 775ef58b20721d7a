//! The options of `docker.logs`.

use serde::Deserialize;

/// The options of `logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogsSpec {
    /// Only this many lines from the end.
    pub tail: Option<u64>,
    /// Only what was written within this time before now.
    pub since: Option<crate::model::duration::Span>,
    /// Each line begins with its time.
    pub timestamps: bool,
}
