//! A process of this machine: its output handed on as it comes, ended with all it started when the work is to stop.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until};

use super::cancel::{Cancel, Reason};
use super::ending::end;
use super::living::Living;
use super::pipes::{LINGER, Pipes};
use super::wait::{Stopped, wait};

pub use super::pipes::Output;

/// Kept of stderr, for the error.
pub const TAIL: usize = 64 * 1024;
/// Kept of stdout, when it is asked for.
pub const CAPTURE: usize = 16 * 1024 * 1024;
/// How long what a process left running may go on writing.
const AFTERWARDS: Duration = Duration::from_secs(5);
/// What a pipe holds. Whoever has read so much since the process ended has read all that it wrote.
const PIPE: usize = 64 * 1024;

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
    #[error("the working folder {} cannot be used: {error}", folder.display())]
    NoFolder { folder: PathBuf, error: io::Error },
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

    fn command(&self, grouped: bool, apart: bool) -> Command {
        let mut words = self.arguments.iter();
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command.args(words).envs(self.env.iter().cloned());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if self.stdin.is_some() {
            command.stdin(Stdio::piped());
        } else if apart {
            command.stdin(Stdio::null());
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
        if let Some(folder) = &self.folder {
            enterable(folder).map_err(|error| Unfinished::NoFolder { folder: folder.clone(), error })?;
        }
        // At a terminal the group must stay the terminal's own, whatever stdin is: another group is stopped when it
        // reads `/dev/tty`.
        let at_terminal = File::open("/dev/tty").is_ok();
        // What cleans up must not get the terminal's Ctrl-C, so it does without the terminal.
        let apart = at_terminal && cancel.is_spared();
        let grouped = !at_terminal || apart;
        let program = || self.arguments.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let not_started = |error| Unfinished::NotStarted { program: program(), error };
        let (mut child, living) = Living::start(&mut self.command(grouped, apart)).map_err(not_started)?;
        let mut pipes = Pipes::of(&mut child);
        let mut kept = Kept { stdout: Vec::new(), stderr: VecDeque::new(), capture: self.capture };
        let feeding = feed(child.stdin.take(), self.stdin.as_deref());
        let limit = self.timeout.unwrap_or(Duration::MAX);
        let ended = tokio::select! {
            biased;
            () = sleep(limit) => Err(Unfinished::TimedOut { after: limit }),
            () = cancel.cancelled() => {
                Err(Unfinished::Stopped(Stopped::Cancelled(cancel.reason().unwrap_or(Reason::Interrupted))))
            }
            never = feeding => match never {},
            ended = follow(&mut child, &mut pipes, &mut kept, sink) => ended,
        };
        match ended {
            Ok(status) => Ok(kept.finish(status, begun.elapsed())),
            Err(why) => {
                end(&mut child, &living, grouped, &mut pipes, sink).await;
                Err(why)
            }
        }
    }
}

/// A start in a folder that is not there would be told as if the program were not.
fn enterable(folder: &Path) -> io::Result<()> {
    if fs::metadata(folder)?.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
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

/// What is known once the process has ended, while its pipes may still hold output.
struct Ended {
    status: ExitStatus,
    at: tokio::time::Instant,
    /// When the pipes are given up unless something comes.
    quiet: tokio::time::Instant,
    /// Read since, of stdout and of stderr.
    read: [usize; 2],
}

impl Ended {
    fn now(status: ExitStatus) -> Self {
        let now = tokio::time::Instant::now();
        Self { status, at: now, quiet: now + LINGER, read: [0; 2] }
    }

    fn late(&self) -> bool {
        self.at.elapsed() > AFTERWARDS
    }

    /// Whether more is wanted. All that the process itself wrote is, however slowly it is taken from us.
    fn wants(&self, output: Output) -> bool {
        !self.late() || self.read[output as usize] < PIPE
    }

    fn took(&mut self, output: Output, bytes: usize) {
        self.read[output as usize] += bytes;
        if !self.late() {
            self.quiet = tokio::time::Instant::now() + LINGER;
        }
    }
}

/// Passes output on until the process has ended and its pipes are empty.
async fn follow(
    child: &mut Child,
    pipes: &mut Pipes,
    kept: &mut Kept,
    sink: &(dyn Fn(Output, &[u8]) + Sync),
) -> Result<ExitStatus, Unfinished> {
    let mut ended: Option<Ended> = None;
    loop {
        if let (Some(ended), true) = (&ended, pipes.are_empty()) {
            return Ok(ended.status);
        }
        let wants = |output| pipes.has(output) && ended.as_ref().is_none_or(|ended| ended.wants(output));
        let wanted = [wants(Output::Stdout), wants(Output::Stderr)];
        let quiet = ended.as_ref().map_or_else(tokio::time::Instant::now, |ended| ended.quiet);
        let (output, read) = tokio::select! {
            biased;
            status = child.wait(), if ended.is_none() => {
                let status = status.map_err(|error| Unfinished::NotStarted { program: "the process".into(), error })?;
                ended = Some(Ended::now(status));
                continue;
            }
            // What can be read is read before the pipes are given up.
            next = pipes.next(wanted), if wanted != [false; 2] => next,
            () = sleep_until(quiet), if ended.is_some() => {
                pipes.close();
                continue;
            }
        };
        let bytes = pipes.bytes(output, read);
        // The end of a pipe is no output.
        if read > 0 {
            sink(output, bytes);
        }
        kept.keep(output, bytes)?;
        if let Some(ended) = &mut ended {
            ended.took(output, read);
        }
        // Output without end must not keep the limit and the token from being looked at.
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn all_output_reaches_a_slow_reader() {
        let taken = AtomicUsize::new(0);
        let slow = |_, bytes: &[u8]| {
            taken.fetch_add(bytes.len(), Ordering::SeqCst);
            thread::sleep(LINGER * 2);
        };
        Process::shell("head -c 200000 /dev/zero").run(&Cancel::new(), &slow).unwrap();
        assert_eq!(taken.into_inner(), 200_000);
    }

    #[test]
    fn what_goes_on_writing_does_not_hold_the_end_for_ever() {
        let ticks = AtomicUsize::new(0);
        let text = "(for i in $(seq 200); do echo; sleep 0.1; done) &";
        let sink = |_, bytes: &[u8]| {
            ticks.fetch_add(bytes.len(), Ordering::SeqCst);
        };
        Process::shell(text).run(&Cancel::new(), &sink).unwrap();
        let heard = ticks.into_inner();
        assert!((1..200).contains(&heard), "{heard} of what would go on for long");
    }

    /// What a process said until its limit ended it.
    fn said(text: &str) -> String {
        let said = std::sync::Mutex::new(Vec::new());
        let process = Process { timeout: Some(Duration::from_millis(500)), ..Process::shell(text) };
        let sink = |_, bytes: &[u8]| said.lock().unwrap().extend_from_slice(bytes);
        let ended = process.run(&Cancel::new(), &sink);
        assert!(matches!(ended, Err(Unfinished::TimedOut { .. })), "{ended:?}");
        String::from_utf8(said.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn a_process_that_is_ended_may_print_while_it_cleans_up() {
        let text = "trap 'for i in 1 2 3; do echo tidy $i; sleep 0.1; done; echo err >&2; exit 1' TERM; while :; do sleep 0.05; done";
        let said = said(text);
        // A shell may tell that its own child was ended.
        let own: Vec<&str> = said.lines().filter(|line| *line != "Terminated").collect();
        assert_eq!(own, ["tidy 1", "tidy 2", "tidy 3", "err"]);
    }

    #[test]
    fn all_that_was_started_is_ended_also_what_was_left_by_its_parent() {
        let text =
            "setsid sh -c 'echo $$; exec sleep 571' & (sh -c 'echo $$; trap \"\" TERM; while :; do sleep 1; done' &)
            (setsid sh -c 'echo $$; exec sleep 572' &)
            sh -c 'sh -c \"echo \\$\\$; exec sleep 573\" & exit' & sleep 574";
        let said = said(text);
        assert_eq!(said.lines().count(), 4, "{said}");
        for pid in said.lines() {
            assert_eq!(super::super::descendants::birth(pid.parse().unwrap()), None, "{pid} of {said} lives on");
        }
    }

    #[test]
    fn what_is_left_on_purpose_lives_on_and_leaves_no_zombie() {
        let told = |text: &str| {
            let process = Process { capture: true, ..Process::shell(text) };
            String::from_utf8(process.run(&Cancel::new(), &|_, _| {}).unwrap().stdout).unwrap()
        };
        let pid = told("(sleep 575 > /dev/null 2>&1 & echo $!)");
        assert!(super::super::descendants::birth(pid.trim().parse().unwrap()).is_some());
        told(&format!("kill {pid}; while grep -q '^State:.[^Z]' /proc/{}/status 2> /dev/null; do :; done", pid.trim()));
        assert!(!Path::new(&format!("/proc/{}", pid.trim())).exists());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        for folder in ["/no/such/folder", "/dev/null"] {
            let process = Process { folder: Some(folder.into()), ..Process::shell("true") };
            let error = process.run(&Cancel::new(), &|_, _| {}).unwrap_err().to_string();
            assert!(error.contains(folder), "{error}");
        }
    }
}
