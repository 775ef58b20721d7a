//! A step's action under its time limit, tried again as `retry` says.

use std::time::Duration;

use super::super::error::Error;
use super::super::model::{Retry, Step};
use super::super::scope::{Output, Scope};
use super::super::script_text::holds;
use super::event::{StepEvent, StepId};
use super::failure::skipped;
use super::limit::{limited, timed_out};
use super::runner::{Frame, Runner};
use crate::runtime::{self, Cancel};

/// No delay becomes longer than this by `backoff`.
const LONGEST: Duration = Duration::from_hours(24);

impl Runner<'_> {
    pub(super) fn attempts(
        &self,
        step: &Step,
        index: usize,
        scope: &Scope,
        frame: &Frame,
        id: &StepId,
    ) -> (Output, Option<Error>) {
        let mut delay = step.retry.as_ref().map_or(Duration::ZERO, |retry| retry.delay);
        let mut attempt = 1;
        loop {
            let (output, error) = self.attempt(step, index, scope, frame, id);
            let Some(retry) = &step.retry else { return (output, error) };
            if error.as_ref().is_some_and(|error| !error.is_failure()) {
                return (output, error);
            }
            match self.again(retry, attempt, &output, error.as_ref(), scope, frame) {
                Ok(false) => return (output, error),
                Ok(true) => {}
                Err(fault) => return (output, Some(fault)),
            }
            let why = match &error {
                Some(error) => error.to_string(),
                None => format!("task `{}`, step `{}`: the condition of `retry` holds", frame.task.name, step.title()),
            };
            if attempt >= retry.times {
                let unmet = || Error::unmet(format!("{why} after {attempt} attempts"), step.text());
                let error = match error {
                    Some(error) if retry.times > 1 => error.note(format!("{attempt} attempts were made")),
                    Some(error) => error,
                    None => unmet(),
                };
                return (Output { exit_code: Some(error.exit_code()), ..output }, Some(error));
            }
            self.tell(id, StepEvent::Again { attempt, times: retry.times, after: delay, why });
            if let Err(stopped) = pause(delay, &frame.cancel) {
                return (output, Some(stopped));
            }
            delay = Duration::try_from_secs_f64(delay.as_secs_f64() * retry.backoff).unwrap_or(LONGEST).min(LONGEST);
            attempt += 1;
        }
    }

    /// Whether the condition, or a failure where there is none, asks for another attempt.
    fn again(
        &self,
        retry: &Retry,
        attempt: u32,
        output: &Output,
        error: Option<&Error>,
        scope: &Scope,
        frame: &Frame,
    ) -> Result<bool, Error> {
        let Some(when) = &retry.when else { return Ok(error.is_some()) };
        let mut scope = scope.clone();
        scope.bind_result("result", output);
        scope.bind("attempt", attempt.into());
        holds(when, &scope, self.project(), &self.interpreter(&frame.cancel))
    }

    fn attempt(&self, step: &Step, index: usize, scope: &Scope, frame: &Frame, id: &StepId) -> (Output, Option<Error>) {
        let ran =
            limited(&frame.cancel, step.timeout, |cancel| self.action(step, index, scope, &frame.under(cancel), id));
        let ((output, error), tripped) = match ran {
            Ok(ran) => ran,
            Err(error) => ((skipped(&step.action), Some(error)), false),
        };
        let what = || format!("task `{}`, step `{}`", frame.task.name, step.title());
        let error = match error {
            Some(error) if tripped => Some(timed_out(error, &what(), step.timeout, Some(step.text()))),
            error => error,
        };
        match error {
            // What did not come to its end has no result, but it did run.
            Some(error) if output.exit_code.is_none() => {
                let kind = skipped(&step.action).kind;
                (Output { kind, exit_code: Some(error.exit_code()) }, Some(error))
            }
            error => (output, error),
        }
    }
}

/// Waits, unless told to stop.
fn pause(duration: Duration, cancel: &Cancel) -> Result<(), Error> {
    Ok(runtime::wait(cancel, async { tokio::time::sleep(duration).await })?)
}
