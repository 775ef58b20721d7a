//! What is told while tests run: each as it ends, and all of them at the end.

use std::time::Duration;

use crate::view::Diagnostic;

/// A test that has ended, or will not run any more.
#[derive(Debug)]
pub struct Finished {
    /// The file that it stands in, as people call it.
    pub file: String,
    pub name: String,
    pub ending: Ending,
    /// All tries together.
    pub duration: Duration,
    pub tries: u32,
    /// What was printed meanwhile, masked.
    pub output: String,
}

#[derive(Debug)]
pub enum Ending {
    Passed,
    /// It passed when it was tried again; why it failed first.
    Flaky(Box<Diagnostic>),
    Failed(Failed),
    Skipped(String),
    /// It was under way when the run was interrupted.
    Interrupted,
    /// Something ended the run before it began.
    NotRun,
}

/// Why a test, or what stands around the tests of a file, did not do well.
#[derive(Debug)]
pub struct Failed {
    pub diagnostic: Diagnostic,
    /// `assertion`, `timeout`, `not_found`, …
    pub kind: String,
    /// What xnet would end with for this alone.
    pub code: u8,
}

/// Who is told. Tests run on several threads: a sink takes one at a time.
pub trait Sink: Send + Sync {
    fn tell(&self, finished: &Finished);

    /// Once, after all of them.
    fn end(&self, tally: &Tally, duration: Duration);
}

/// How many ended how.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    /// Of those that passed, not at the first try.
    pub flaky: usize,
    pub failed: usize,
    pub skipped: usize,
    pub interrupted: usize,
    pub not_run: usize,
    /// The exit codes that failures call for.
    codes: Vec<u8>,
}

impl Tally {
    pub(super) fn count(&mut self, finished: &Finished) {
        match &finished.ending {
            Ending::Passed => self.passed += 1,
            Ending::Flaky(_) => (self.passed, self.flaky) = (self.passed + 1, self.flaky + 1),
            Ending::Failed(failed) => {
                self.failed += 1;
                self.codes.push(failed.code);
            }
            Ending::Skipped(_) => self.skipped += 1,
            Ending::Interrupted => self.interrupted += 1,
            Ending::NotRun => self.not_run += 1,
        }
    }

    pub fn all(&self) -> usize {
        self.passed + self.failed + self.skipped + self.interrupted + self.not_run
    }

    /// 0 when nothing failed; 2 for a bad file, 3 without an engine, else 1.
    pub fn exit_code(&self) -> u8 {
        let bad = [2, 3].into_iter().find(|code| self.codes.contains(code));
        bad.unwrap_or(u8::from(self.failed + self.interrupted + self.not_run > 0))
    }

    /// In words: `3 passed (1 flaky), 1 failed`.
    pub fn words(&self) -> String {
        let flaky = if self.flaky > 0 { format!(" ({} flaky)", self.flaky) } else { String::new() };
        let parts = [
            (self.failed, "failed"),
            (self.skipped, "skipped"),
            (self.interrupted, "interrupted"),
            (self.not_run, "not run"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
        format!("{} passed{flaky}{}", self.passed, parts.collect::<String>())
    }
}
