//! `confirm`: a question before a task runs.

use super::ask::{somebody, unanswered};
use super::error::Error;
use super::model::Task;
use crate::runtime::Cancel;
use crate::runtime::prompt;
use crate::view::{Diagnostic, Printer};

/// Refuses, before anything runs, a task that must be confirmed when nobody can be asked. `typed` is the task that was
/// asked for, which may be another that leads to it.
pub(super) fn check(task: &Task, typed: &str, yes: bool) -> Result<(), Error> {
    match &task.about.confirm {
        Some(text) if !yes && !somebody() => {
            let message = format!("task `{}` must be confirmed, and there is no terminal to ask at", task.name);
            Err(Error::at(message, text, Some(format!("`--yes` confirms it: xnet run {typed} … --yes"))))
        }
        _ => Ok(()),
    }
}

/// Asks; anything but yes is no.
pub(super) fn confirm(task: &Task, question: &str, printer: &Printer, cancel: &Cancel) -> Result<(), Error> {
    // One that might not have come to this was not refused before.
    if !somebody() {
        let message = format!("task `{}` must be confirmed, and there is no terminal to ask at", task.name);
        return Err(Error::advised(message, "`--yes` confirms it").while_running());
    }
    let question = format!("{} [y/N] ", printer.masked(question.trim_end()));
    let answer = prompt::ask(&question, cancel).map_err(unanswered)?.unwrap_or_default();
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::Broken(Box::new(Diagnostic::new(format!("task `{}` was not confirmed, and has not run", task.name)))))
}
