//! What a failed step leaves, and what its `on_failure` does.

use std::time::Instant;

use super::super::error::Error;
use super::super::model::{Action, OnFailure};
use super::super::output::{Output, OutputKind, Said};
use super::super::text::Text;
use super::event::{StepEvent, StepId};
use super::runner::Runner;
use super::step_run::StepRun;

/// Lines of a failed command's stderr that its error repeats.
const LAST_LINES: usize = 10;

impl Runner<'_> {
    pub(super) fn failed(&self, error: Error, run: &StepRun) -> Result<(), Error> {
        let (step, id) = (run.step, run.id);
        let handled = match &step.on_failure {
            OnFailure::Abort => return Err(error),
            OnFailure::Continue => {
                let said = match &error {
                    Error::Failed(failure) if id.quiet => failure.stderr.clone(),
                    _ => String::new(),
                };
                self.tell(id, StepEvent::PassedOver { why: error.to_string(), said });
                self.count(|outcome| outcome.failed += 1);
                return Ok(());
            }
            OnFailure::Command(text) => self.handle(text, run),
            OnFailure::Call(call) => self.call(call, run.scope, run.frame).map(|_| ()),
        };
        match handled {
            Ok(()) => Err(error),
            Err(second) if second.is_stopped() => Err(second.note(format!("before that: {error}"))),
            Err(second) => Err(error.note(format!("what `on_failure` says failed too: {second}"))),
        }
    }

    /// Runs the command of an `on_failure`: where the step ran, there its failure is handled.
    fn handle(&self, text: &Text, run: &StepRun) -> Result<(), Error> {
        let what = text.headline();
        let id = self.id_at(text, &format!("{what} (on failure)"), run.frame);
        let id = StepId { quiet: false, ..id };
        self.tell(&id, StepEvent::Handling { what });
        let began = Instant::now();
        let (output, failed) = self.command(text, &StepRun { capture: false, ..run.told_as(&id) });
        if let Some(error) = &failed {
            self.tell(&id, StepEvent::Failed { why: error.to_string() });
        }
        // What could not begin, or was stopped, has no exit code of its own.
        let exit_code = output.exit_code.unwrap_or_else(|| failed.as_ref().map_or(0, Error::exit_code));
        self.tell(&id, StepEvent::Ended { exit_code, duration: began.elapsed(), why: None });
        failed.map_or(Ok(()), Err)
    }
}

/// The result of a step that has not run.
pub(super) fn skipped(action: &Action) -> Output {
    let kind = match action {
        Action::Command(_) | Action::Exec(_) => OutputKind::Command(Said::default()),
        Action::Script(_) => OutputKind::Script(serde_json::Value::Null),
        Action::Call(_) => OutputKind::Call(serde_json::Value::Null),
    };
    Output { kind, ..Output::default() }
}

pub(super) fn last_lines(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    crate::view::printable(&lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"))
}
