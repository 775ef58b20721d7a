//! A question on the terminal that Ctrl-C ends.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::cancel::{Cancel, Reason};
use super::wait::Stopped;

/// How soon a cancelled question ends.
const GLANCE: Duration = Duration::from_millis(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("{0}")]
    Stopped(Stopped),
    #[error("the terminal cannot be asked: {0}")]
    Io(#[from] io::Error),
}

/// Asks on stderr and reads a line of stdin, without its end; `None` when stdin has ended.
pub fn ask(question: &str, cancel: &Cancel) -> Result<Option<String>, Unanswered> {
    let mut err = io::stderr().lock();
    err.write_all(question.as_bytes())?;
    err.flush()?;
    drop(err);
    let (sender, receiver) = mpsc::channel();
    // A read of a terminal cannot be interrupted; the thread that is left behind ends with the process.
    thread::Builder::new().name("xnet-prompt".into()).spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        // Nobody waits any more when the question was cancelled.
        let _ = sender.send(read.map(|read| (read > 0).then_some(line)));
    })?;
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(answer) => return Ok(answer?.map(|line| line.trim_end_matches(['\n', '\r']).to_owned())),
            Err(RecvTimeoutError::Timeout) if cancel.reason().is_none() => {}
            Err(_) => {
                return Err(Unanswered::Stopped(Stopped::Cancelled(cancel.reason().unwrap_or(Reason::Interrupted))));
            }
        }
    }
}
