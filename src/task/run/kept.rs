//! What is kept of a command's output while it runs: the beginning of its stdout, if that is asked for, and the end of its
//! stderr. The same bounds hold on this machine and in containers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::output::{LINES, Output as Result, STDERR, STDOUT, Said};
use crate::runtime::process::Output;

#[derive(Debug)]
pub(super) struct Kept {
    /// Bytes of stdout that are kept.
    bound: usize,
    said: Mutex<Saying>,
}

#[derive(Debug, Default)]
struct Saying {
    stdout: Vec<u8>,
    stdout_cut: bool,
    lines: usize,
    stderr: VecDeque<u8>,
    stderr_cut: bool,
}

impl Kept {
    /// For one of so many commands that run at the same time.
    pub(super) fn new(capture: bool, at_once: usize) -> Self {
        Self { bound: if capture { STDOUT / at_once.max(1) } else { 0 }, said: Mutex::default() }
    }

    pub(super) fn take(&self, output: Output, bytes: &[u8]) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match output {
            Output::Stdout if self.bound == 0 => {}
            Output::Stdout => {
                let room = self.bound - said.stdout.len();
                said.stdout_cut |= bytes.len() > room;
                let bytes = &bytes[..room.min(bytes.len())];
                said.lines += bytes.split(|byte| *byte == b'\n').count() - 1;
                said.stdout.extend_from_slice(bytes);
            }
            Output::Stderr => {
                said.stderr.extend(bytes);
                let excess = said.stderr.len().saturating_sub(STDERR);
                said.stderr.drain(..excess);
                said.stderr_cut |= excess > 0;
            }
        }
    }

    /// What is kept, and what to say of what is not.
    pub(super) fn finish(self) -> (Said, Vec<String>) {
        let said = self.said.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut warnings = Vec::new();
        if said.stdout_cut {
            warnings.push(format!("of its stdout the first {} are kept for its result", size(self.bound)));
        } else if said.lines > LINES {
            warnings.push(format!("`lines` of its result has the first {LINES} of {}", said.lines));
        }
        let mut stderr = Vec::from(said.stderr);
        if said.stderr_cut {
            // From the first line that is whole: the rest of a secret would not be known as one.
            let begin = stderr.iter().position(|byte| *byte == b'\n').map_or(stderr.len(), |newline| newline + 1);
            stderr.drain(..begin);
            if self.bound > 0 {
                warnings.push(format!("of its stderr the last {} are kept for its result", size(STDERR)));
            }
        }
        (Said { stdout: said.stdout, stderr, truncated: said.stdout_cut || said.stderr_cut }, warnings)
    }
}

/// What the elements of a loop, or the containers of a step, may keep together.
#[derive(Debug)]
pub(super) struct Room {
    left: AtomicUsize,
    is_short: AtomicBool,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { left: AtomicUsize::new(STDOUT), is_short: AtomicBool::new(false) }
    }

    /// The result as it is, or without its output when there is no room for that.
    pub(super) fn fit(&self, result: Arc<Result>) -> Arc<Result> {
        let size = result.size();
        let take = |left: usize| left.checked_sub(size);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
            return result;
        }
        self.is_short.store(true, Ordering::SeqCst);
        Arc::new(result.emptied())
    }

    pub(super) fn warning(&self) -> Option<String> {
        let short = self.is_short.load(Ordering::SeqCst);
        short.then(|| format!("together they said more than the {} that are kept for its result", size(STDOUT)))
    }
}

fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    if bytes >= KIB * KIB { format!("{} MiB", bytes / KIB / KIB) } else { format!("{} KiB", bytes / KIB) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_stdout_and_the_end_of_stderr_are_kept() {
        let kept = Kept::new(true, 1);
        for _ in 0..20 {
            kept.take(Output::Stdout, &vec![b'o'; 1024 * 1024]);
        }
        kept.take(Output::Stderr, b"first\n");
        kept.take(Output::Stderr, &vec![b'e'; STDERR - 2]);
        kept.take(Output::Stderr, b"\nlast");
        let (said, warnings) = kept.finish();
        assert_eq!((said.stdout.len(), said.truncated, warnings.len()), (STDOUT, true, 2));
        assert_eq!(said.stderr, b"last");
        let kept = Kept::new(false, 1);
        kept.take(Output::Stdout, b"unasked");
        let (said, warnings) = kept.finish();
        assert!(said.stdout.is_empty() && !said.truncated && warnings.is_empty());
    }
}
