//! What of a container's output is asked for: the options of `logs`.

use serde::Deserialize;

use super::duration::Span;

/// The options of `logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogsSpec {
    /// Only this many lines from the end.
    pub tail: Option<u64>,
    /// Only what was written within this time before now.
    pub since: Option<Span>,
    /// Each line begins with its time.
    pub timestamps: bool,
}
