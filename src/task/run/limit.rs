//! A time limit over work that heeds a token.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::super::error::Error;
use super::super::text::Text;
use super::sink::brief;
use crate::runtime::{Cancel, Reason};
use crate::view::Diagnostic;

/// Work under a token of its own, which the limit trips; tells whether it did.
pub(super) fn limited<T>(
    cancel: &Cancel,
    limit: Option<Duration>,
    work: impl FnOnce(&Cancel) -> T,
) -> Result<(T, bool), Error> {
    let Some(limit) = limit else { return Ok((work(cancel), false)) };
    let own = cancel.child();
    let tripped = AtomicBool::new(false);
    let (done, ended) = channel::<()>();
    thread::scope(|scope| {
        let (own, tripped) = (&own, &tripped);
        let watch = move || {
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                tripped.store(true, Ordering::SeqCst);
                own.cancel(Reason::TimedOut);
            }
        };
        let clock = thread::Builder::new().name("xnet-timeout".into());
        clock
            .spawn_scoped(scope, watch)
            .map_err(|error| Error::invalid(format!("no thread for a timeout: {error}")))?;
        let answer = work(own);
        drop(done);
        Ok(answer)
    })
    .map(|answer| (answer, tripped.load(Ordering::SeqCst)))
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
