//! A time limit over work that heeds a token.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::cancel::{Cancel, Reason};

/// Work under a token of its own, which the limit trips; tells whether it did. It fails where there is no thread to be had.
pub fn limited<T>(cancel: &Cancel, limit: Option<Duration>, work: impl FnOnce(&Cancel) -> T) -> io::Result<(T, bool)> {
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
        thread::Builder::new().name("xnet-timeout".into()).spawn_scoped(scope, watch)?;
        let answer = work(own);
        drop(done);
        Ok(answer)
    })
    .map(|answer| (answer, tripped.load(Ordering::SeqCst)))
}
