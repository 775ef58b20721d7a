//! A command of a step: run by `/bin/sh`, streamed as it comes, ended with all it started when the run is to stop.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::runtime::{Cancel, Reason, Stopped, wait};
use crate::view::Printer;

/// Kept of stderr, for the error.
const TAIL: usize = 64 * 1024;
/// Kept of stdout, when something refers to it.
pub(super) const CAPTURE: usize = 16 * 1024 * 1024;
/// Between asking a command to end and ending it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long output may still come from what a command left running.
const LINGER: Duration = Duration::from_millis(250);

/// How a command ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) exit_code: u8,
    pub(super) signal: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    #[error("the shell could not be started: {0}")]
    NotStarted(#[source] io::Error),
    #[error("{0}")]
    Stopped(Stopped),
    #[error("the output is larger than {} MiB, which is more than a step's result can hold", CAPTURE / 1024 / 1024)]
    TooMuch,
}

/// Runs a command. `capture` keeps its stdout too.
pub(super) fn run(
    text: &str,
    env: Vec<(String, OsString)>,
    capture: bool,
    printer: &Printer,
    cancel: &Cancel,
) -> Result<Finished, Unfinished> {
    if let Some(reason) = cancel.reason() {
        return Err(Unfinished::Stopped(Stopped::Cancelled(reason)));
    }
    // The command is told to end before its wait is given up, so the token is heeded within.
    wait(&Cancel::new(), attend(text, env, capture, printer, cancel)).map_err(Unfinished::Stopped)?
}

async fn attend(
    text: &str,
    env: Vec<(String, OsString)>,
    capture: bool,
    printer: &Printer,
    cancel: &Cancel,
) -> Result<Finished, Unfinished> {
    let grouped = !io::stdin().is_terminal();
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(text).envs(env).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if grouped {
        // On a terminal the group must stay: another one could not read from it.
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(Unfinished::NotStarted)?;
    let id = child.id();
    let mut collected = Collected { stdout: Vec::new(), stderr: VecDeque::new() };
    let ended = tokio::select! {
        ended = follow(&mut child, &mut collected, capture, printer) => ended,
        () = cancel.cancelled() => {
            Err(Unfinished::Stopped(Stopped::Cancelled(cancel.reason().unwrap_or(Reason::Interrupted))))
        }
    };
    match ended {
        Ok(status) => {
            let signal = status.signal();
            let code = status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default());
            let exit_code = u8::try_from(code).unwrap_or(u8::MAX);
            Ok(Finished { exit_code, signal, stdout: collected.stdout, stderr: collected.stderr.into() })
        }
        Err(why) => {
            end(&mut child, id, grouped).await;
            Err(why)
        }
    }
}

struct Collected {
    stdout: Vec<u8>,
    stderr: VecDeque<u8>,
}

/// Passes output on until the command has ended and its pipes are empty.
async fn follow(
    child: &mut Child,
    collected: &mut Collected,
    capture: bool,
    printer: &Printer,
) -> Result<ExitStatus, Unfinished> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let mut out_buffer = vec![0; 64 * 1024];
    let mut err_buffer = vec![0; 16 * 1024];
    let mut status = None;
    while out.is_some() || err.is_some() || status.is_none() {
        tokio::select! {
            read = piece(&mut out, &mut out_buffer), if out.is_some() => {
                let bytes = &out_buffer[..read];
                printer.bytes(bytes);
                if capture {
                    collected.stdout.extend_from_slice(bytes);
                    if collected.stdout.len() > CAPTURE {
                        return Err(Unfinished::TooMuch);
                    }
                }
            }
            read = piece(&mut err, &mut err_buffer), if err.is_some() => {
                printer.error_bytes(&err_buffer[..read]);
                collected.stderr.extend(&err_buffer[..read]);
                let excess = collected.stderr.len().saturating_sub(TAIL);
                collected.stderr.drain(..excess);
            }
            ended = child.wait(), if status.is_none() => status = Some(ended.map_err(Unfinished::NotStarted)?),
            // A daemon that was left running may hold the pipes for ever.
            () = sleep(LINGER), if status.is_some() => break,
        }
    }
    match status {
        Some(status) => Ok(status),
        None => child.wait().await.map_err(Unfinished::NotStarted),
    }
}

/// The next bytes of a pipe; 0 once it has ended, and then it is gone.
async fn piece<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> usize {
    let Some(reader) = pipe else { return 0 };
    let read = reader.read(buffer).await.unwrap_or(0);
    if read == 0 {
        *pipe = None;
    }
    read
}

/// Asks the command to end, with all it started where that can be told; insists after a while.
async fn end(child: &mut Child, id: Option<u32>, grouped: bool) {
    let pid = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let send = |signal| {
        // It may have ended by itself.
        let _ = pid.map(|pid| if grouped { kill_process_group(pid, signal) } else { kill_process(pid, signal) });
    };
    send(Signal::TERM);
    if timeout(PATIENCE, child.wait()).await.is_err() {
        send(Signal::KILL);
        let _ = child.wait().await;
    }
}
