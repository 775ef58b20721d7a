//! Why a command did not do what it was asked, and the exit code that says so.

use std::io::Write;

use clap::error::{ContextKind, ErrorKind};

use super::door;
use crate::engine;
use crate::forward;
use crate::probe;
use crate::runtime::{Reason, Stopped};
use crate::script;
use crate::task;
use crate::view::{Diagnostic, Printer};

/// A command that failed: what to say, unless it was said already, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    diagnostic: Option<Diagnostic>,
}

impl Failure {
    pub(super) fn new(code: u8, diagnostic: Diagnostic) -> Self {
        Self { code, diagnostic: Some(diagnostic) }
    }

    /// Wrong usage.
    pub(super) fn usage(diagnostic: Diagnostic) -> Self {
        Self::new(2, diagnostic)
    }

    /// All has been said; only the code is left.
    pub(super) fn silent(code: u8) -> Self {
        Self { code, diagnostic: None }
    }

    pub(super) fn code(&self) -> u8 {
        self.code
    }

    /// Says it, and returns the exit code.
    pub(super) fn report(&self, printer: &Printer) -> u8 {
        if let Some(diagnostic) = &self.diagnostic {
            printer.error(diagnostic);
        }
        self.code
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        Self::new(
            error.exit_code(),
            Diagnostic::new(error.to_string()).hint(error.hint().map(|hint| door::hint(&hint))),
        )
    }
}

impl From<forward::Error> for Failure {
    fn from(error: forward::Error) -> Self {
        Self::new(
            error.exit_code(),
            Diagnostic::new(error.to_string()).hint(error.hint().map(|hint| door::hint(&hint))),
        )
    }
}

impl From<probe::Error> for Failure {
    fn from(error: probe::Error) -> Self {
        Self::new(
            error.exit_code(),
            Diagnostic::new(error.to_string()).hint(error.hint().map(|hint| door::hint(&hint))),
        )
    }
}

impl From<script::Error> for Failure {
    fn from(error: script::Error) -> Self {
        let silent = error.exited() || error.stopped() == Some(Reason::PipeClosed);
        if silent { Self::silent(error.exit_code()) } else { Self::new(error.exit_code(), error.diagnostic()) }
    }
}

impl From<task::Error> for Failure {
    fn from(error: task::Error) -> Self {
        match error.exit_code() {
            141 => Self::silent(141),
            code => Self::new(code, error.diagnostic()),
        }
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled(Reason::PipeClosed) => Self::silent(141),
            Stopped::Cancelled(Reason::Interrupted) => Self::new(130, Diagnostic::new("interrupted")),
            Stopped::Cancelled(Reason::TimedOut) => Self::new(5, Diagnostic::new("timed out")),
            Stopped::NoRuntime(error) => Self::new(1, Diagnostic::new(format!("the runtime could not start: {error}"))),
        }
    }
}

/// Prints clap's own words: help and version to stdout, mistakes to stderr. Returns the exit code.
pub(super) fn usage(error: &clap::Error) -> u8 {
    let text = error.render();
    if !error.use_stderr() {
        let colour = std::io::IsTerminal::is_terminal(&std::io::stdout()) && std::env::var_os("NO_COLOR").is_none();
        let text = if colour { text.ansi().to_string() } else { text.to_string() };
        let written = std::io::stdout().lock().write_all(text.as_bytes());
        return match written {
            Ok(()) => 0,
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 141,
            Err(error) => {
                let words = Diagnostic::new(format!("stdout cannot be written: {error}")).render(false);
                // Nobody is left to be told when stderr is gone too.
                let _ = writeln!(std::io::stderr().lock(), "{words}");
                1
            }
        };
    }
    if let Some(diagnostic) = before_the_task(error) {
        let colour = std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
        // Nobody is left to be told when stderr is gone.
        let _ = writeln!(std::io::stderr().lock(), "{}", diagnostic.render(colour));
        return 2;
    }
    let _ = error.print();
    2
}

/// A parameter that stands before its task: clap would advise to take it for the name of the task.
fn before_the_task(error: &clap::Error) -> Option<Diagnostic> {
    let text = |kind| error.get(kind).map(ToString::to_string);
    if error.kind() != ErrorKind::UnknownArgument || !text(ContextKind::Usage)?.contains("xnet run [OPTIONS] TASK") {
        return None;
    }
    let word = text(ContextKind::InvalidArg)?;
    let near = text(ContextKind::SuggestedArg).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let hint = format!("{near}A parameter stands after its task: xnet run TASK {word} …");
    Some(Diagnostic::new(format!("xnet run has no option `{word}`")).hint(Some(hint)))
}
