//! A process of this machine: its output handed on as it comes, ended with all it started when the work is to stop.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until, timeout};

use super::cancel::{Cancel, Reason};
use super::descendants::{birth, tree};
use super::wait::{Stopped, wait};

/// Kept of stderr, for the error.
pub const TAIL: usize = 64 * 1024;
/// Kept of stdout, when it is asked for.
pub const CAPTURE: usize = 16 * 1024 * 1024;
/// Between asking a process to end and ending it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether all have ended.
const GLANCE: Duration = Duration::from_millis(20);
/// How long the output may pause once the process has ended: what it left running may hold the pipes for ever.
const LINGER: Duration = Duration::from_millis(250);
/// How long what a process left running may go on writing.
const AFTERWARDS: Duration = Duration::from_secs(5);
/// What a pipe holds. Whoever has read so much since the process ended has read all that it wrote.
const PIPE: usize = 64 * 1024;

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
        if let Some(folder) = &self.folder {
            enterable(folder).map_err(|error| Unfinished::NoFolder { folder: folder.clone(), error })?;
        }
        // At a terminal the group must stay the terminal's own, whatever stdin is: another group is stopped when it
        // reads `/dev/tty`.
        let grouped = File::open("/dev/tty").is_err();
        let program = || self.arguments.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let not_started = |error| Unfinished::NotStarted { program: program(), error };
        let mut child = self.command(grouped).spawn().map_err(not_started)?;
        let id = child.id();
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
            ended = follow(&mut child, &mut kept, sink) => ended,
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
    kept: &mut Kept,
    sink: &(dyn Fn(Output, &[u8]) + Sync),
) -> Result<ExitStatus, Unfinished> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let mut out_buffer = vec![0; 64 * 1024];
    let mut err_buffer = vec![0; 16 * 1024];
    let mut ended: Option<Ended> = None;
    loop {
        if let (Some(ended), true) = (&ended, out.is_none() && err.is_none()) {
            return Ok(ended.status);
        }
        let wants = |output| ended.as_ref().is_none_or(|ended| ended.wants(output));
        let (wants_out, wants_err) = (out.is_some() && wants(Output::Stdout), err.is_some() && wants(Output::Stderr));
        let quiet = ended.as_ref().map_or_else(tokio::time::Instant::now, |ended| ended.quiet);
        // Neither stream may starve the other, so only the outer choice has an order: what can be read is read before
        // the pipes are given up.
        let next = async {
            tokio::select! {
                read = piece(&mut out, &mut out_buffer), if wants_out => (Output::Stdout, read),
                read = piece(&mut err, &mut err_buffer), if wants_err => (Output::Stderr, read),
            }
        };
        let (output, read) = tokio::select! {
            biased;
            status = child.wait(), if ended.is_none() => {
                let status = status.map_err(|error| Unfinished::NotStarted { program: "the process".into(), error })?;
                ended = Some(Ended::now(status));
                continue;
            }
            next = next, if wants_out || wants_err => next,
            () = sleep_until(quiet), if ended.is_some() => {
                (out, err) = (None, None);
                continue;
            }
        };
        let bytes = if output == Output::Stdout { &out_buffer[..read] } else { &err_buffer[..read] };
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
///
/// Its group is not enough: at a terminal it has none of its own, and what it started may have left it.
async fn end(child: &mut Child, id: Option<u32>, grouped: bool) {
    let group = id.filter(|_| grouped).and_then(known);
    let mut all = Vec::new();
    // The id of a process that was waited for may be another's by now.
    if let Some(pid) = child.id().and_then(known) {
        gather(&mut all, tree(pid.as_raw_nonzero().get()));
    }
    send(group, &all, Signal::TERM);
    let ending = async {
        let _ = child.wait().await;
        while !all.is_empty() {
            sleep(GLANCE).await;
            survivors(&mut all);
        }
    };
    if timeout(PATIENCE, ending).await.is_err() {
        survivors(&mut all);
        send(group, &all, Signal::KILL);
        let _ = child.wait().await;
    }
}

fn known(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// Adds those that live, with their birth, which tells them from later processes of the same id.
fn gather(all: &mut Vec<(i32, u64)>, pids: Vec<i32>) {
    // Parents first: one that is still to be told could start another child in place of one that was.
    for found in pids.into_iter().rev().filter_map(|pid| birth(pid).map(|birth| (pid, birth))) {
        if !all.contains(&found) {
            all.push(found);
        }
    }
}

/// Forgets those that have ended, and adds what the others started since.
fn survivors(all: &mut Vec<(i32, u64)>) {
    all.retain(|(pid, born)| birth(*pid) == Some(*born));
    for (pid, _) in all.clone() {
        gather(all, tree(pid));
    }
}

/// A signal to the group, if it has one, and to each; they may have ended by themselves.
fn send(group: Option<Pid>, all: &[(i32, u64)], signal: Signal) {
    let _ = group.map(|group| kill_process_group(group, signal));
    let outside = |pid: &Pid| group.is_none() || getpgid(Some(*pid)).ok() != group;
    for pid in all.iter().filter_map(|(pid, _)| Pid::from_raw(*pid)).filter(outside) {
        let _ = kill_process(pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    fn lives(command: &str) -> bool {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes.into_iter().any(|process| {
            fs::read(process.path().join("cmdline")).is_ok_and(|words| words == command.replace(' ', "\0").as_bytes())
        })
    }

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
        let begun = Instant::now();
        let text = "(for i in $(seq 200); do echo tick; sleep 0.1; done) & echo done";
        Process::shell(text).run(&Cancel::new(), &|_, _| {}).unwrap();
        assert!((AFTERWARDS..AFTERWARDS * 2).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    #[test]
    fn what_left_the_group_is_ended_too() {
        let text = "setsid sleep 71.25 & (trap '' TERM; while :; do sleep 71.26; done) & sleep 71.27";
        let process = Process { timeout: Some(Duration::from_millis(300)), ..Process::shell(text) };
        assert!(matches!(process.run(&Cancel::new(), &|_, _| {}), Err(Unfinished::TimedOut { .. })));
        thread::sleep(GLANCE * 5);
        for seconds in ["71.25\0", "71.26\0", "71.27\0"] {
            assert!(!lives(&format!("sleep {seconds}")), "sleep {seconds} was left");
        }
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
