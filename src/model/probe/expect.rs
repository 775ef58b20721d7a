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

/// Options of `assert_no_reach` besides those of `reach`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CauseSpec {
    /// The one cause that counts.
    pub cause: Option<Counted>,
}

/// The causes that a test may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    Refused,
    Filtered,
    NoRoute,
    NameUnknown,
    TimedOut,
}

impl From<Counted> for Expectation {
    fn from(cause: Counted) -> Self {
        match cause {
            Counted::Refused => Self::Refused,
            Counted::Filtered => Self::Filtered,
            Counted::NoRoute => Self::NoRoute,
            Counted::NameUnknown => Self::NameUnknown,
            Counted::TimedOut => Self::TimedOut,
        }
    }
}

/// What is known of a probe's end, besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    pub cause: Cause,
    /// Whether the destination names a container of the engine.
    pub is_container: bool,
    /// How each address that was asked ended: those of that container, where its name is not known.
    pub asked: &'a [Cause],
    /// Addresses that the name has beyond those.
    pub unasked: usize,
}

/// Whether something came back, so that the way there is open.
pub fn is_open(cause: Cause) -> bool {
    matches!(cause, Cause::Reachable | Cause::Refused | Cause::TimedOut | Cause::Protocol | Cause::Tls | Cause::Status)
}

/// Why what was found is not what was expected; `None` when it is.
pub fn judge(expected: Expectation, seen: Seen<'_>) -> Option<&'static str> {
    if let Some(cause) = expected.cause() {
        return (seen.cause != cause).then_some("it ended otherwise");
    }
    match (expected, seen.cause) {
        (Expectation::Reach, Cause::Reachable) => None,
        (Expectation::Reach, _) => Some("it does not"),
        (_, Cause::Reachable) => Some("it does"),
        (_, Cause::TimedOut | Cause::Protocol | Cause::Tls | Cause::Status) => {
            Some("it does, though the answer is not as it should be")
        }
        (_, Cause::Refused) => Some("the way is open: it is refused there, because nothing listens"),
        (_, Cause::Filtered | Cause::NoRoute) => unmeasured(seen),
        (_, Cause::NoAnswer) => Some("that is not known: over UDP, silence may be an open port that does not answer"),
        (_, Cause::NameUnknown) if seen.asked.iter().any(|cause| is_open(*cause)) => {
            Some("only the name is unknown there: by its address the way is open")
        }
        (_, Cause::NameUnknown) if seen.is_container => unmeasured(seen),
        (_, Cause::NameUnknown) => Some("that is not known: no container has the name, which may be mistyped"),
        (_, Cause::DnsSilent | Cause::DnsFailed | Cause::NoNameserver) => {
            Some("that is not known: the name could not be looked up")
        }
        (_, Cause::NotRunning) => Some("that is not known: it does not run"),
        (_, Cause::SourceGone) => Some("that is not known: the container that the probe starts in has ended"),
        (_, Cause::NotSent) => Some("that is not known: the probe could not be sent"),
    }
}

/// Why the end tells nothing of every address; `None` when each was measured and kept away.
fn unmeasured(seen: Seen<'_>) -> Option<&'static str> {
    let kept = |cause: &Cause| matches!(cause, Cause::Filtered | Cause::NoRoute);
    if seen.asked.is_empty() {
        return Some("that is not known: it has no address that could be asked");
    }
    if seen.asked.contains(&Cause::NoAnswer) {
        return Some("that is not known: over UDP, silence may be an open port that does not answer");
    }
    if !seen.asked.iter().all(kept) {
        return Some("that is not known: not every address of it could be asked");
    }
    (seen.unasked > 0).then_some("that is not known: not every address of the name was asked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cause: Cause) -> Seen<'static> {
        Seen { cause, is_container: true, asked: &[Cause::Filtered], unasked: 0 }
    }

    #[test]
    fn isolation_passes_only_for_what_the_network_does() {
        let passes = |seen: Seen<'_>| judge(Expectation::NoReach, seen).is_none();
        for (cause, wanted) in [
            (Cause::Filtered, true),
            (Cause::NoRoute, true),
            (Cause::NameUnknown, true),
            (Cause::Reachable, false),
            (Cause::Refused, false),
            (Cause::TimedOut, false),
            (Cause::Protocol, false),
            (Cause::NoAnswer, false),
            (Cause::DnsSilent, false),
            (Cause::NotRunning, false),
            (Cause::SourceGone, false),
            (Cause::NotSent, false),
        ] {
            assert_eq!(passes(seen(cause)), wanted, "{cause:?}");
        }
        assert!(!passes(Seen { is_container: false, ..seen(Cause::NameUnknown) }), "a mistyped name");
        let by_address = [Cause::Filtered, Cause::Refused];
        assert!(!passes(Seen { asked: &by_address, ..seen(Cause::NameUnknown) }), "reached by its address");
    }

    #[test]
    fn isolation_needs_every_address_measured() {
        let passes = |seen: Seen<'_>| judge(Expectation::NoReach, seen).is_none();
        for cause in [Cause::Filtered, Cause::NoRoute, Cause::NameUnknown] {
            assert!(!passes(Seen { asked: &[], ..seen(cause) }), "nothing was asked");
            assert!(!passes(Seen { unasked: 1, ..seen(cause) }), "one was not asked");
            for other in [Cause::NotSent, Cause::SourceGone, Cause::NoAnswer] {
                assert!(!passes(Seen { asked: &[Cause::Filtered, other], ..seen(cause) }), "{other:?}");
            }
        }
    }

    #[test]
    fn a_cause_is_that_very_cause() {
        assert_eq!(judge(Expectation::Refused, seen(Cause::Refused)), None);
        assert!(judge(Expectation::Refused, seen(Cause::Filtered)).is_some());
        assert!(judge(Expectation::Reach, seen(Cause::Refused)).is_some());
        assert_eq!(judge(Expectation::Reach, seen(Cause::Reachable)), None);
    }
}
