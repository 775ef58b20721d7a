//! A run of xnet that goes on: wait for its words, send it signals, or wait for its end. Nothing here waits for ever.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use super::names::Names;
use super::outcome::Outcome;

/// A run that is longer than this hangs.
pub(crate) const BOUND: Duration = Duration::from_mins(1);
const STEP: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Running {
    command: String,
    child: Child,
    streams: [Stream; 2],
    names: Names,
    folder: TempDir,
    ended: Option<ExitStatus>,
}

#[derive(Debug, Default)]
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut piece = [0; 8192];
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                kept.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

impl Running {
    pub(crate) fn start(mut command: Command, names: Names, folder: TempDir) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy);
        let words = words.collect::<Vec<_>>().join(" ");
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{words}: {error}"));
        let streams = [Stream::read(child.stdout.take().unwrap()), Stream::read(child.stderr.take().unwrap())];
        Self { command: words, child, streams, names, folder, ended: None }
    }

    /// What came so far, on stdout and then on stderr.
    pub(crate) fn heard(&self) -> String {
        self.streams[0].text() + &self.streams[1].text()
    }

    /// Waits until stdout or stderr holds these words.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) -> &mut Self {
        let words = self.names.fill(words);
        let began = Instant::now();
        while !self.streams.iter().any(|stream| stream.text().contains(&words)) {
            let gone = self.child.try_wait().expect("the state of the process").is_some();
            if gone || began.elapsed() > BOUND {
                // What was written last may be on its way still.
                sleep(Duration::from_millis(100));
                if self.streams.iter().any(|stream| stream.text().contains(&words)) {
                    break;
                }
                panic!("waited in vain for: {words}\n{}", self.report());
            }
            sleep(STEP);
        }
        self
    }

    /// Ctrl-C as a terminal sends it: to the whole foreground group.
    pub(crate) fn interrupt(&self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::INT);
    }

    /// To xnet alone.
    pub(crate) fn terminate(&self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
    }

    /// SIGKILL, to xnet alone; what it started is ended with this value.
    pub(crate) fn kill(&self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::KILL);
    }

    /// Waits for the end. A run that hangs, or leaves a process that holds its output, fails the test.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Outcome {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the state of the process") {
                break status;
            }
            assert!(began.elapsed() < BOUND, "still running after {BOUND:?}\n{}", self.report());
            sleep(STEP);
        };
        self.ended = Some(status);
        for index in 0..2 {
            let reader = self.streams[index].reader.take().expect("read once");
            while !reader.is_finished() {
                assert!(began.elapsed() < BOUND, "ended, but its output is held open\n{}", self.report());
                sleep(STEP);
            }
        }
        let [out, err] = [0, 1].map(|index| std::mem::take(&mut *self.streams[index].bytes.lock().unwrap()));
        let folder = self.folder.path().join("work").display().to_string();
        Outcome { command: self.command.clone(), status, out, err, names: self.names.clone(), folder }
    }

    fn report(&self) -> String {
        format!("--- {}\n--- stdout\n{}\n--- stderr\n{}", self.command, self.streams[0].text(), self.streams[1].text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Also what the process started and left: the group outlives its leader.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        if self.ended.is_none() {
            let _ = self.child.wait();
        }
    }
}
