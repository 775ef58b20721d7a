//! A time limit over work that heeds a token.

use std::time::Duration;

use super::super::error::Error;
use super::super::text::Text;
use super::sink::brief;
use crate::runtime::{self, Cancel, Reason};
use crate::view::Diagnostic;

/// Work under a token of its own, which the limit trips; tells whether it did.
pub(super) fn limited<T>(
    cancel: &Cancel,
    limit: Option<Duration>,
    work: impl FnOnce(&Cancel) -> T,
) -> Result<(T, bool), Error> {
    runtime::limited(cancel, limit, work).map_err(|error| Error::invalid(format!("no thread for a timeout: {error}")))
}

/// The error of work that its own limit has stopped.
pub(super) fn timed_out(error: Error, what: &str, limit: Duration, text: &Text) -> Error {
    let stopped = match &error {
        Error::Stopped { reason, .. } => *reason == Reason::TimedOut,
        Error::Script { error, .. } => error.stopped() == Some(Reason::TimedOut),
        _ => false,
    };
    if !stopped {
        return error;
    }
    let message = format!("{what}: it did not finish within {}", brief(limit));
    let timed_out = Error::TimedOut(Box::new(Diagnostic::new(message).at(Some(text.whole()))));
    error.into_notes().into_iter().fold(timed_out, Error::note)
}
