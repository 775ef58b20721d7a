//! What a failed step leaves, and what its `on_failure` does.

use super::super::error::Error;
use super::super::model::{Action, OnFailure, Step};
use super::super::scope::{Output, OutputKind, Scope};
use super::event::{StepEvent, StepId};
use super::runner::{Frame, Runner};

/// Lines of a failed command's stderr that its error repeats.
const LAST_LINES: usize = 10;

impl Runner<'_> {
    pub(super) fn failed(
        &self,
        step: &Step,
        error: Error,
        scope: &Scope,
        frame: &Frame,
        id: &StepId,
    ) -> Result<(), Error> {
        let begin = |what: &str| {
            let id = StepId { title: frame.title.clone(), quiet: false, ..self.id(step, frame) };
            self.tell(&id, StepEvent::Handling { what });
            id
        };
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
            OnFailure::Command(text) => {
                let id = begin(text.headline());
                // Where the step ran, there its failure is handled.
                let (output, failed) = if step.targets.is_empty() {
                    self.command(text, step, scope, frame, &id, false)
                } else {
                    self.in_targets(text, step, scope, frame, &id, false)
                };
                let exit_code = output.exit_code.unwrap_or_default();
                self.tell(&id, StepEvent::Ended { exit_code, duration: std::time::Duration::ZERO });
                failed.map_or(Ok(()), Err)
            }
            OnFailure::Call(call) => self.call(call, scope, frame).map(|_| ()),
        };
        match handled {
            Ok(()) => Err(error),
            Err(second) if second.is_stopped() => Err(second.note(format!("before that: {error}"))),
            Err(second) => Err(error.note(format!("what `on_failure` says failed too: {second}"))),
        }
    }
}

/// The result of a step that has not run.
pub(super) fn skipped(action: &Action) -> Output {
    let kind = match action {
        Action::Command(_) | Action::Exec(_) => OutputKind::Command { stdout: Vec::new(), stderr: Vec::new() },
        Action::Script(_) => OutputKind::Script(serde_json::Value::Null),
        Action::Call(_) => OutputKind::Call(serde_json::Value::Null),
    };
    Output { kind, exit_code: None }
}

pub(super) fn last_lines(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    crate::view::printable(&lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"))
}
