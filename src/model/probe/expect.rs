//! What a test expects of a probe, and whether what was found is that. A test of isolation must not pass for a wrong reason.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::verdict::Cause;

/// What a test expects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// The other side answers.
    #[default]
    Reach,
    /// The network does not let it through.
    NoReach,
    /// It answers with a refusal: the way is open, and nothing listens.
    Refused,
    /// No answer: dropped on the way.
    Filtered,
    /// There is no route, or nobody has the address.
    NoRoute,
    /// The name means nothing where the probe starts.
    NameUnknown,
    /// It is reached, and does not answer in time.
    TimedOut,
}

impl Expectation {
    /// The one cause that it asks for; `None` for those that several fulfil.
    fn cause(self) -> Option<Cause> {
        match self {
            Self::Reach | Self::NoReach => None,
            Self::Refused => Some(Cause::Refused),
            Self::Filtered => Some(Cause::Filtered),
            Self::NoRoute => Some(Cause::NoRoute),
            Self::NameUnknown => Some(Cause::NameUnknown),
            Self::TimedOut => Some(Cause::TimedOut),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Reach => "reach",
            Self::NoReach => "no_reach",
            Self::Refused => "refused",
            Self::Filtered => "filtered",
            Self::NoRoute => "no_route",
            Self::NameUnknown => "name_unknown",
            Self::TimedOut => "timed_out",
        })
    }
}

/// What is known of a probe's end, besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub ok: bool,
    pub cause: Cause,
    /// Whether the destination names a container of the engine.
    pub is_container: bool,
    /// Whether an address of that container answers though its name is not known.
    pub by_address: bool,
    /// Whether silence says anything: it does not of UDP, where an open port may stay silent.
    pub is_certain: bool,
}

/// Why what was found is not what was expected; `None` when it is.
pub fn judge(expected: Expectation, seen: Seen) -> Option<&'static str> {
    if let Some(cause) = expected.cause() {
        return (seen.cause != cause || seen.ok).then_some("it ended otherwise than was expected");
    }
    match (expected, seen.ok, seen.cause) {
        (Expectation::Reach, true, _) => None,
        (Expectation::Reach, false, _) => Some("it is not reached"),
        (_, true, _) | (_, _, Cause::Reachable) => Some("it is reached"),
        (.., Cause::TimedOut | Cause::Protocol) => Some("it is reached, though it does not answer as it should"),
        (.., Cause::Refused) => Some("the way is open: it answers with a refusal, because nothing listens there"),
        (.., Cause::Filtered) if !seen.is_certain => {
            Some("nothing is known: over UDP, silence may be an open port that does not answer")
        }
        (.., Cause::Filtered | Cause::NoRoute) => None,
        (.., Cause::NameUnknown) if seen.by_address => {
            Some("only its name is unknown there: by its address it is reached")
        }
        (.., Cause::NameUnknown) if seen.is_container => None,
        (.., Cause::NameUnknown) => Some("nothing is known: no container has that name, which may be mistyped"),
        (.., Cause::NotRunning) => Some("nothing is known: what is probed does not run"),
        (.., Cause::SourceGone) => Some("nothing is known: the container that the probe starts in has ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cause: Cause) -> Seen {
        Seen { ok: cause == Cause::Reachable, cause, is_container: true, by_address: false, is_certain: true }
    }

    #[test]
    fn isolation_passes_only_for_what_the_network_does() {
        let passes = |seen: Seen| judge(Expectation::NoReach, seen).is_none();
        for (cause, wanted) in [
            (Cause::Filtered, true),
            (Cause::NoRoute, true),
            (Cause::NameUnknown, true),
            (Cause::Reachable, false),
            (Cause::Refused, false),
            (Cause::TimedOut, false),
            (Cause::Protocol, false),
            (Cause::NotRunning, false),
            (Cause::SourceGone, false),
        ] {
            assert_eq!(passes(seen(cause)), wanted, "{cause:?}");
        }
        assert!(!passes(Seen { is_container: false, ..seen(Cause::NameUnknown) }), "a mistyped name");
        assert!(!passes(Seen { by_address: true, ..seen(Cause::NameUnknown) }), "reached by its address");
        assert!(!passes(Seen { is_certain: false, ..seen(Cause::Filtered) }), "silence over UDP");
    }

    #[test]
    fn a_cause_is_that_very_cause() {
        assert_eq!(judge(Expectation::Refused, seen(Cause::Refused)), None);
        assert!(judge(Expectation::Refused, seen(Cause::Filtered)).is_some());
        assert!(judge(Expectation::Reach, seen(Cause::Refused)).is_some());
        assert_eq!(judge(Expectation::Reach, seen(Cause::Reachable)), None);
    }
}
