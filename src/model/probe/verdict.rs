//! What a probe found, told apart by cause.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a probe came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The other side answered.
    Reachable,
    /// It said no at once: a TCP reset, or "port unreachable" for UDP.
    Refused,
    /// No answer, though asked again: dropped on the way, or nobody there. Or a firewall said so itself.
    Filtered,
    /// The source has no route, or nobody on the link has the address.
    NoRoute,
    /// The name means nothing where the probe starts.
    NameUnknown,
    /// No name server answered, so that it is not known what the name means.
    DnsSilent,
    /// The name servers answered that they could not, or would not say.
    DnsFailed,
    /// Nobody is there to be asked for names.
    NoNameserver,
    /// It was reached, and then did not answer in time.
    TimedOut,
    /// Silence that does not tell why: UDP has none for an open port whose owner does not answer.
    NoAnswer,
    /// The network namespace that the probe starts in has ended.
    SourceGone,
    /// What is probed is a container that does not run.
    NotRunning,
    /// It answered, and not in the protocol that was spoken.
    Protocol,
    /// The TLS handshake failed, or the server's certificate is not to be believed.
    Tls,
    /// It answered that it has nothing, or cannot: an HTTP status of 400 or above.
    Status,
    /// It was never sent: rights that lack, or a limit of the machine that the agent is on.
    NotSent,
}

impl fmt::Display for Cause {
    /// As scripts and tables have it: `no_route`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}

/// A probe that did not find what it was sent for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Miss {
    pub cause: Cause,
    /// The evidence in words: "connection refused", "no answer within 2s, asked twice".
    pub detail: String,
    /// Until it was known.
    pub after: Duration,
}

impl Miss {
    pub fn new(cause: Cause, detail: impl Into<String>, after: Duration) -> Self {
        Self { cause, detail: detail.into(), after }
    }
}
