//! Waiting until a port answers.

use serde::Deserialize;

use super::timeout::Timeout;
use crate::model::duration::Span;

/// The options of `wait_for_port`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WaitForPortSpec {
    /// For the whole; 30s when absent.
    pub timeout: Option<Timeout>,
    /// Between one attempt and the next; 100ms when absent.
    pub every: Option<Span>,
}
