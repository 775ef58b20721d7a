//! A question on the terminal that Ctrl-C ends.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

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

/// The same for a secret: what is typed is not shown.
pub fn ask_hidden(question: &str, cancel: &Cancel) -> Result<Option<String>, Unanswered> {
    let silence = Silence::begin()?;
    let answer = ask(question, cancel);
    drop(silence);
    // The end of the line was not shown either.
    io::stderr().lock().write_all(b"\n")?;
    answer
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK | LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
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
