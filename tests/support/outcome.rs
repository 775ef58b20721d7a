//! What a run of xnet gave, and what a test says of it. Every text given here may hold placeholders.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use serde_json::Value;

use super::names::Names;

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) command: String,
    pub(crate) status: ExitStatus,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
    pub(crate) names: Names,
    /// The folder the test ran in, written `<dir>` in what is compared.
    pub(crate) folder: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn success(&self) -> &Self {
        self.code(0)
    }

    #[track_caller]
    pub(crate) fn code(&self, code: i32) -> &Self {
        // A shell reports a death by signal as 128 and the signal's number; so does this.
        let found = self.status.code().or_else(|| self.status.signal().map(|signal| 128 + signal));
        self.check(found == Some(code), &format!("exit code {code}, found {found:?}"))
    }

    /// One of these, where several are right.
    #[track_caller]
    pub(crate) fn check_code(&self, codes: &[i32]) -> &Self {
        let found = self.status.code();
        self.check(found.is_some_and(|code| codes.contains(&code)), &format!("one of the exit codes {codes:?}"))
    }

    /// Exactly this on stdout.
    #[track_caller]
    pub(crate) fn stdout(&self, text: &str) -> &Self {
        let text = self.names.fill(text);
        self.check(self.out_text() == text, &format!("stdout:\n{text}"))
    }

    #[track_caller]
    pub(crate) fn stdout_has(&self, words: &str) -> &Self {
        let words = self.names.fill(words);
        self.check(self.out_text().contains(&words), &format!("in stdout: {words}"))
    }

    #[track_caller]
    pub(crate) fn stdout_lacks(&self, words: &str) -> &Self {
        let words = self.names.fill(words);
        self.check(!self.out_text().contains(&words), &format!("not in stdout: {words}"))
    }

    #[track_caller]
    pub(crate) fn stderr_has(&self, words: &str) -> &Self {
        let words = self.names.fill(words);
        self.check(self.err_text().contains(&words), &format!("in stderr: {words}"))
    }

    #[track_caller]
    pub(crate) fn stderr_lacks(&self, words: &str) -> &Self {
        let words = self.names.fill(words);
        self.check(!self.err_text().contains(&words), &format!("not in stderr: {words}"))
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("stdout is not JSON: {error}\n{}", self.report()),
        }
    }

    pub(crate) fn out_text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub(crate) fn err_text(&self) -> String {
        String::from_utf8_lossy(&self.err).replace(&self.folder, "<dir>")
    }

    pub(crate) fn report(&self) -> String {
        format!(
            "--- {} ({})\n--- stdout\n{}\n--- stderr\n{}",
            self.command,
            self.status,
            self.out_text(),
            self.err_text()
        )
    }

    #[track_caller]
    pub(crate) fn check(&self, holds: bool, wanted: &str) -> &Self {
        assert!(holds, "wanted {wanted}\n{}", self.report());
        self
    }
}
