//! Why a task could not be run, or failed.

use std::fmt;

use super::text::Text;
use crate::engine;
use crate::runtime::{Reason, Stopped};
use crate::script;
use crate::view::{Diagnostic, Place};

#[derive(Debug)]
pub enum Error {
    /// A file, a task or the way it was called is wrong; nothing of it has run.
    Invalid(Box<Diagnostic>),
    /// A step could not be run to its end, for a reason that showed only then.
    Broken(Box<Diagnostic>),
    /// A command ended with another code than 0.
    Failed(Box<Failure>),
    /// A script threw.
    Script { error: Box<script::Error>, notes: Vec<String> },
    /// The engine refused, or could not be reached; the code says which.
    Engine { code: u8, diagnostic: Box<Diagnostic> },
    /// A step or a task took longer than its `timeout`.
    TimedOut(Box<Diagnostic>),
    /// A needed task has failed, which is told where it ran.
    Needed { task: String, code: u8, place: Box<Place>, notes: Vec<String> },
    /// The run was told to stop.
    Stopped { reason: Reason, notes: Vec<String> },
}

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    pub task: String,
    pub step: String,
    pub command: String,
    /// Its exit code, or 128 and the signal that ended it.
    pub exit_code: u8,
    pub signal: Option<i32>,
    /// The last it said.
    pub stderr: String,
    pub(super) place: Place,
    pub(super) notes: Vec<String>,
}

impl Error {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(Box::new(Diagnostic::new(message)))
    }

    /// Wrong usage, with what to do instead.
    pub(super) fn advised(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid(Box::new(Diagnostic::new(message).hint(Some(hint.into()))))
    }

    pub(super) fn stopped(reason: Reason) -> Self {
        Self::Stopped { reason, notes: Vec::new() }
    }

    pub(super) fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }

    pub(super) fn at(message: impl Into<String>, text: &Text, hint: Option<String>) -> Self {
        Self::Invalid(Box::new(Diagnostic::new(message).at(Some(text.whole())).hint(hint)))
    }

    /// The same fault, met while running: what has run so far stays.
    pub(super) fn while_running(self) -> Self {
        match self {
            Self::Invalid(diagnostic) => Self::Broken(diagnostic),
            other => other,
        }
    }

    /// The exit code of a process that ends with this error: that of the failing command or script, where one failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Invalid(_) => 2,
            Self::Broken(_) => 1,
            Self::Failed(failure) => failure.exit_code,
            Self::Script { error, .. } => error.exit_code(),
            Self::Engine { code, .. } | Self::Needed { code, .. } => *code,
            Self::Stopped { reason: Reason::Interrupted, .. } => 130,
            Self::TimedOut(_) | Self::Stopped { reason: Reason::TimedOut, .. } => 5,
            Self::Stopped { reason: Reason::PipeClosed, .. } => 141,
        }
    }

    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Invalid(diagnostic)
            | Self::Broken(diagnostic)
            | Self::TimedOut(diagnostic)
            | Self::Engine { diagnostic, .. } => (**diagnostic).clone(),
            Self::Needed { task, place, notes, .. } => {
                let message = format!("task `{task}`, which is needed, has failed");
                let mut diagnostic = Diagnostic::new(message).at(Some((**place).clone()));
                diagnostic.notes.extend(notes.iter().cloned());
                diagnostic
            }
            Self::Failed(failure) => failure.diagnostic(),
            Self::Script { error, notes } => {
                let mut diagnostic = error.diagnostic();
                diagnostic.notes.extend(notes.iter().cloned());
                diagnostic
            }
            Self::Stopped { reason, notes } => {
                let mut diagnostic = Diagnostic::new(Stopped::Cancelled(*reason).to_string());
                diagnostic.notes.extend(notes.iter().cloned());
                diagnostic
            }
        }
    }

    /// Whether a step's `on_failure` has a say: it has none when the run is to stop, or when the task itself is wrong.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Failed(_) | Self::Broken(_) | Self::Engine { .. } | Self::TimedOut(_) | Self::Needed { .. } => true,
            Self::Script { error, .. } => !matches!(error.exit_code(), 130 | 141),
            Self::Invalid(_) | Self::Stopped { .. } => false,
        }
    }

    /// The same, standing where a text of the task stands.
    pub(super) fn placed_at(mut self, text: &Text) -> Self {
        if let Self::Engine { diagnostic, .. } | Self::Broken(diagnostic) = &mut self {
            diagnostic.place.get_or_insert_with(|| text.whole());
        }
        self
    }

    /// What was noted of work that was stopped.
    pub(super) fn into_notes(self) -> Vec<String> {
        if let Self::Stopped { notes, .. } = self { notes } else { Vec::new() }
    }

    /// Adds where the error came through.
    pub(super) fn note(mut self, note: String) -> Self {
        match &mut self {
            Self::Invalid(diagnostic)
            | Self::Broken(diagnostic)
            | Self::TimedOut(diagnostic)
            | Self::Engine { diagnostic, .. } => diagnostic.notes.push(note),
            Self::Failed(failure) => failure.notes.push(note),
            Self::Script { notes, .. } | Self::Stopped { notes, .. } | Self::Needed { notes, .. } => notes.push(note),
        }
        self
    }
}

impl Failure {
    fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.to_string()).at(Some(self.place.clone()));
        if self.command.lines().count() > 1 {
            diagnostic.notes.push(format!("the command was:\n{}", indented(&self.command)));
        }
        if !self.stderr.is_empty() {
            diagnostic.notes.push(format!("the last it said:\n{}", indented(&self.stderr)));
        }
        diagnostic.notes.extend(self.notes.iter().cloned());
        diagnostic
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "task `{}`, step `{}`: ", self.task, self.step)?;
        match self.signal {
            Some(signal) => write!(f, "the command was ended by signal {signal}"),
            None => write!(f, "the command ended with exit code {}", self.exit_code),
        }
    }
}

pub(super) fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.diagnostic().message)
    }
}

impl std::error::Error for Error {}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        let diagnostic = Diagnostic::new(error.to_string()).hint(error.hint());
        Self::Engine { code: error.exit_code(), diagnostic: Box::new(diagnostic) }
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled(reason) => Self::stopped(reason),
            Stopped::NoRuntime(error) => Self::invalid(format!("the runtime could not start: {error}")),
        }
    }
}
