//! A process of this machine: its output handed on as it comes, ended with all it started when the work is to stop.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{sleep, sleep_until, timeout};

use super::cancel::{Cancel, Reason};
use super::wait::{Stopped, wait};

/// Kept of stderr, for the error.
const TAIL: usize = 64 * 1024;
/// Kept of stdout, when it is asked for.
pub const CAPTURE: usize = 16 * 1024 * 1024;
/// Between asking a process to end and ending it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long output may still come from what a process left running.
const LINGER: Duration = Duration::from_millis(250);

/// Which of its outputs a process wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Stdout,
    Stderr,
}

/// A process to run.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// The program and its arguments.
    pub arguments: Vec<OsString>,
    /// Added to this process's own environment.
    pub env: Vec<(OsString, OsString)>,
    pub folder: Option<PathBuf>,
    /// Given to it, then closed; it reads this process's own stdin when absent.
    pub stdin: Option<Vec<u8>>,
    /// Whether stdout is kept for the result.
    pub capture: bool,
    pub timeout: Option<Duration>,
}

/// How a process ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// As a shell says it: 128 and the signal's number for one that a signal ended.
    pub exit_code: u8,
    pub signal: Option<i32>,
    /// Empty unless captured.
    pub stdout: Vec<u8>,
    /// The last 64 KiB.
    pub stderr: Vec<u8>,
    pub duration: Duration,
}

/// Why a process did not come to its own end.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    #[error("{program} could not be started: {error}")]
    NotStarted { program: String, error: io::Error },
    #[error("{0}")]
    Stopped(Stopped),
    #[error("it did not finish within {after:?}")]
    TimedOut { after: Duration },
    #[error("its output is larger than {} MiB, which is more than can be kept", CAPTURE / 1024 / 1024)]
    TooMuch,
}

impl Process {
    /// A text for `/bin/sh`.
    pub fn shell(text: &str) -> Self {
        Self { arguments: vec!["/bin/sh".into(), "-c".into(), text.into()], ..Self::default() }
    }

    /// Runs it to its end. Cancelling, a time-out and too much output end it first, then return.
    pub fn run(&self, cancel: &Cancel, sink: &(dyn Fn(Output, &[u8]) + Sync)) -> Result<Finished, Unfinished> {
        if let Some(reason) = cancel.reason() {
            return Err(Unfinished::Stopped(Stopped::Cancelled(reason)));
        }
        // The process is told to end before its wait is given up, so the token is heeded within.
        wait(&Cancel::new(), self.attend(cancel, sink)).map_err(Unfinished::Stopped)?
    }

    fn command(&self, grouped: bool) -> Command {
        let mut words = self.arguments.iter();
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command.args(words).envs(self.env.iter().cloned());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if self.stdin.is_some() {
            command.stdin(Stdio::piped());
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if grouped {
            command.process_group(0);
        }
        command
    }

    async fn attend(&self, cancel: &Cancel, sink: &(dyn Fn(Output, &[u8]) + Sync)) -> Result<Finished, Unfinished> {
        let begun = Instant::now();
        // On a terminal the group must stay the terminal's own: another one could not read from it.
        let grouped = !io::stdin().is_terminal();
        let program = || self.arguments.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let not_started = |error| Unfinished::NotStarted { program: program(), error };
        let mut child = self.command(grouped).spawn().map_err(not_started)?;
        let id = child.id();
        let mut kept = Kept { stdout: Vec::new(), stderr: VecDeque::new(), capture: self.capture };
        let feeding = feed(child.stdin.take(), self.stdin.as_deref());
        let limit = self.timeout.unwrap_or(Duration::MAX);
        let ended = tokio::select! {
            ended = follow(&mut child, &mut kept, sink) => ended,
            never = feeding => match never {},
            () = sleep(limit) => Err(Unfinished::TimedOut { after: limit }),
            () = cancel.cancelled() => {
                Err(Unfinished::Stopped(Stopped::Cancelled(cancel.reason().unwrap_or(Reason::Interrupted))))
            }
        };
        match ended {
            Ok(status) => Ok(kept.finish(status, begun.elapsed())),
            Err(why) => {
                end(&mut child, id, grouped).await;
                Err(why)
            }
        }
    }
}

/// Gives a process its input, closes it, and then only waits to be dropped.
async fn feed(pipe: Option<ChildStdin>, bytes: Option<&[u8]>) -> std::convert::Infallible {
    if let (Some(mut pipe), Some(bytes)) = (pipe, bytes) {
        // A process that reads no more is no error of ours.
        let _ = pipe.write_all(bytes).await;
        let _ = pipe.shutdown().await;
    }
    std::future::pending().await
}

struct Kept {
    stdout: Vec<u8>,
    stderr: VecDeque<u8>,
    capture: bool,
}

impl Kept {
    fn finish(self, status: ExitStatus, duration: Duration) -> Finished {
        let signal = status.signal();
        let code = status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default());
        let exit_code = u8::try_from(code).unwrap_or(u8::MAX);
        Finished { exit_code, signal, stdout: self.stdout, stderr: self.stderr.into(), duration }
    }

    fn keep(&mut self, output: Output, bytes: &[u8]) -> Result<(), Unfinished> {
        match output {
            Output::Stdout if self.capture => {
                self.stdout.extend_from_slice(bytes);
                if self.stdout.len() > CAPTURE {
                    return Err(Unfinished::TooMuch);
                }
            }
            Output::Stdout => {}
            Output::Stderr => {
                self.stderr.extend(bytes);
                let excess = self.stderr.len().saturating_sub(TAIL);
                self.stderr.drain(..excess);
            }
        }
        Ok(())
    }
}

/// Passes output on until the process has ended and its pipes are empty.
async fn follow(
    child: &mut Child,
    kept: &mut Kept,
    sink: &(dyn Fn(Output, &[u8]) + Sync),
) -> Result<ExitStatus, Unfinished> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let mut out_buffer = vec![0; 64 * 1024];
    let mut err_buffer = vec![0; 16 * 1024];
    let mut ended: Option<(ExitStatus, tokio::time::Instant)> = None;
    loop {
        if let (Some((status, _)), true) = (ended, out.is_none() && err.is_none()) {
            return Ok(status);
        }
        let last = ended.map_or_else(tokio::time::Instant::now, |(_, until)| until);
        tokio::select! {
            read = piece(&mut out, &mut out_buffer), if out.is_some() => {
                sink(Output::Stdout, &out_buffer[..read]);
                kept.keep(Output::Stdout, &out_buffer[..read])?;
            }
            read = piece(&mut err, &mut err_buffer), if err.is_some() => {
                sink(Output::Stderr, &err_buffer[..read]);
                kept.keep(Output::Stderr, &err_buffer[..read])?;
            }
            status = child.wait(), if ended.is_none() => {
                let status = status.map_err(|error| Unfinished::NotStarted { program: "the process".into(), error })?;
                ended = Some((status, tokio::time::Instant::now() + LINGER));
            }
            // A daemon that was left running may hold the pipes for ever.
            () = sleep_until(last), if ended.is_some() => { out = None; err = None; }
        }
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

/// Asks the process to end, with all it started where that can be told; insists after a while.
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
