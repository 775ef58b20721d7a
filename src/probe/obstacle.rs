//! Why an agent cannot work where it was to, and whether it ever could: what a rule of the engine's machine forbids is told
//! from what went wrong once.

use super::far::NotStarted;
use crate::engine;
use crate::model::probe::verdict::{Cause, Miss};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It is so for every container, and will be.
    Everywhere(String),
    /// It is so for this container.
    Here(String),
    /// It may be otherwise the next time.
    Passing(String),
}

/// What engines and kernels say when they will not: rights that are refused, folders that are missing, user namespaces, what
/// they do not know.
const RULES: [&str; 15] = [
    "operation not permitted",
    "permission denied",
    "not authorized",
    "authorization denied",
    "forbidden",
    "not allowed",
    "no such file or directory",
    "not a directory",
    "path does not exist",
    "user namespace",
    "userns",
    "not supported",
    "not implemented",
    "read-only file system",
    "exec format error",
];

impl Obstacle {
    /// Of an agent that could not be started.
    pub(super) fn starting(error: &NotStarted) -> Self {
        let why = error.to_string();
        match error {
            NotStarted::Engine(
                engine::Error::Refused { status: 400 | 401 | 403 | 405 | 501, .. } | engine::Error::Invalid { .. },
            )
            | NotStarted::Executable(_) => Self::Everywhere(why),
            NotStarted::Engine(engine::Error::Refused { .. }) | NotStarted::Mute(_) if is_rule(&why) => {
                Self::Everywhere(why)
            }
            NotStarted::Engine(_) | NotStarted::Mute(_) => Self::Passing(why),
        }
    }

    /// Of an agent that could not get into a place.
    pub(super) fn entering(miss: Miss) -> Self {
        match miss.cause {
            Cause::SourceGone => Self::Here(miss.detail),
            _ if is_rule(&miss.detail) => Self::Everywhere(miss.detail),
            _ => Self::Passing(miss.detail),
        }
    }

    pub(super) fn why(self) -> String {
        match self {
            Self::Everywhere(why) | Self::Here(why) | Self::Passing(why) => why,
        }
    }
}

fn is_rule(words: &str) -> bool {
    let words = words.to_lowercase();
    RULES.iter().any(|rule| words.contains(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, words: &str) -> Obstacle {
        Obstacle::starting(&NotStarted::Engine(engine::Error::Refused { status, words: words.into() }))
    }

    #[test]
    fn what_a_rule_forbids_is_told_from_what_went_wrong_once() {
        for (status, words) in [
            (400, "invalid mount config for type \"bind\": bind source path does not exist: /var/run/docker/netns"),
            (400, "cannot share the host PID namespace when user namespaces are enabled"),
            (403, "authorization denied by plugin: SYS_ADMIN"),
            (500, "OCI runtime create failed: unable to apply caps: operation not permitted"),
            (500, "statfs /var/run/docker/netns: no such file or directory"),
        ] {
            assert!(matches!(refused(status, words), Obstacle::Everywhere(_)), "{status} {words}");
        }
        for (status, words) in [
            (500, "something went wrong"),
            (500, "failed to create shim task: context deadline exceeded"),
            (503, "the server is busy"),
            (409, "removal of container abc is already in progress"),
        ] {
            assert!(matches!(refused(status, words), Obstacle::Passing(_)), "{status} {words}");
        }
        let lost = engine::Error::Transport { address: "tcp://far".into(), words: "connection reset".into() };
        assert!(matches!(Obstacle::starting(&NotStarted::Engine(lost)), Obstacle::Passing(_)));
    }

    #[test]
    fn a_namespace_that_may_not_be_entered_is_a_rule_and_files_that_ran_out_are_none() {
        let entering = |cause, words: &str| Obstacle::entering(Miss::new(cause, words, std::time::Duration::ZERO));
        let forbidden = entering(Cause::NotSent, "Operation not permitted (os error 1)");
        assert!(matches!(forbidden, Obstacle::Everywhere(_)));
        assert!(matches!(entering(Cause::NotSent, "Too many open files (os error 24)"), Obstacle::Passing(_)));
        assert!(matches!(entering(Cause::SourceGone, "it is not here"), Obstacle::Here(_)));
    }
}
