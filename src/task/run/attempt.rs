//! A step's action under its time limit, tried again as `retry` says.

use std::time::Duration;

use super::super::error::Error;
use super::super::model::{Action, Retry};
use super::super::output::Output;
use super::super::script_text::holds;
use super::event::StepEvent;
use super::failure::skipped;
use super::limit::{limited, timed_out};
use super::runner::Runner;
use super::step_run::StepRun;
use crate::runtime::{self, Cancel};

/// No delay becomes longer than this by `backoff`.
const LONGEST: Duration = Duration::from_hours(24);

impl Runner<'_> {
    pub(super) fn attempts(&self, run: &StepRun) -> (Output, Option<Error>) {
        let step = run.step;
        let mut delay = step.retry.as_ref().map_or(Duration::ZERO, |retry| retry.delay);
        let mut attempt = 1;
        loop {
            let (mut output, error) = self.attempt(run);
            let Some(retry) = &step.retry else { return (output, error) };
            output.attempts = Some(attempt);
            if error.as_ref().is_some_and(|error| !error.is_failure()) {
                return (output, error);
            }
            match self.again(retry, attempt, &output, error.as_ref(), run) {
                Ok(false) => return (output, error),
                Ok(true) => {}
                Err(fault) => {
                    let error = self.undecided(error, fault, run);
                    return (Output { exit_code: Some(error.exit_code()), ..output }, Some(error));
                }
            }
            let why = match &error {
                Some(error) => error.to_string(),
                None => format!("{}: the condition of `retry` holds", run.name()),
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
            self.tell(run.id, StepEvent::Again { attempt, times: retry.times, after: delay, why });
            if let Err(stopped) = pause(delay, run.cancel()) {
                return (output, Some(stopped));
            }
            if matches!(step.action, Action::Call(_)) {
                self.needs.forgive();
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
        run: &StepRun,
    ) -> Result<bool, Error> {
        let Some(when) = &retry.when else { return Ok(error.is_some()) };
        let mut scope = run.scope.clone();
        scope.bind_result("result", output);
        scope.bind("attempt", attempt.into());
        holds(when, &scope, self.project(), &self.interpreter(run.cancel()))
    }

    /// The error of a step whose condition of `retry` cannot be evaluated: its own where it has failed itself.
    fn undecided(&self, error: Option<Error>, fault: Error, run: &StepRun) -> Error {
        let fault = fault.note(format!("in the condition of `retry` of {}", run.name()));
        let Some(error) = error else { return fault };
        if fault.is_stopped() {
            return fault.note(format!("before that: {error}"));
        }
        let diagnostic = fault.diagnostic();
        let at = diagnostic.place.map(|place| format!(" at {}:{}:{}", place.path, place.line, place.column));
        let why = format!("the condition of `retry` is broken{}: {}", at.unwrap_or_default(), diagnostic.message);
        // A failure that is passed over must not hide that.
        self.tell(run.id, StepEvent::Warned { what: format!("{}: {why}", run.name()) });
        error.note(why)
    }

    fn attempt(&self, run: &StepRun) -> (Output, Option<Error>) {
        let step = run.step;
        let ran = limited(run.cancel(), step.timeout, |cancel| self.action(&run.within(&run.frame.under(cancel))));
        let ((output, error), tripped) = match ran {
            Ok(ran) => ran,
            Err(error) => ((skipped(&step.action), Some(error)), false),
        };
        let error = match error {
            Some(error) if tripped => {
                Some(timed_out(error, &run.name(), step.timeout.unwrap_or_default(), step.text()))
            }
            error => error,
        };
        match error {
            // What did not come to its end has no result, but it did run.
            Some(error) if output.exit_code.is_none() => {
                (Output::of(skipped(&step.action).kind, error.exit_code()), Some(error))
            }
            error => (output, error),
        }
    }
}

/// Waits, unless told to stop.
fn pause(duration: Duration, cancel: &Cancel) -> Result<(), Error> {
    Ok(runtime::wait(cancel, async { tokio::time::sleep(duration).await })?)
}
