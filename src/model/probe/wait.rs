//! Waiting until a port answers.

use serde::Deserialize;

use crate::model::duration::Span;

/// The options of `wait_for_port`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WaitForPortSpec {
    /// For the whole; 30s when absent.
    pub timeout: Option<Span>,
    /// Between one attempt and the next; 100ms when absent.
    pub every: Option<Span>,
}
