//! A step: whether it runs, what it leaves behind, and what happens when it fails.

use std::sync::Arc;
use std::time::Instant;

use super::super::error::Error;
use super::super::model::{Action, OnFailure, Step};
use super::super::output::Output;
use super::super::scope::Scope;
use super::super::script_text::holds;
use super::action::is_wanted;
use super::event::StepEvent;
use super::failure::skipped;
use super::runner::{Frame, Runner};
use super::step_run::{Ran, StepRun};
use super::values::{put, set};
use super::whole::record;

impl Runner<'_> {
    /// Runs a step, or its loop.
    pub(super) fn step(&self, step: &Step, index: usize, scope: &Scope, frame: &Frame) -> Ran {
        match &step.each {
            Some(each) => self.foreach(step, each, index, scope, frame),
            None => self.once(step, index, scope, frame),
        }
    }

    fn is_due(&self, step: &Step, scope: &Scope, frame: &Frame) -> Result<bool, Error> {
        let Some(when) = &step.when else { return Ok(true) };
        holds(when, scope, self.project(), &self.interpreter(&frame.cancel))
    }

    pub(super) fn once(&self, step: &Step, index: usize, scope: &Scope, frame: &Frame) -> Ran {
        let nothing = |error| (Arc::new(skipped(&step.action)), Err(error));
        if let Some(reason) = frame.cancel.reason() {
            return nothing(Error::stopped(reason));
        }
        let mut id = self.id(step, frame);
        match self.is_due(step, scope, frame) {
            Ok(true) => {}
            Ok(false) => {
                self.tell(&id, StepEvent::Skipped);
                self.count(|outcome| outcome.skipped += 1);
                return (Arc::new(skipped(&step.action)), Ok(()));
            }
            Err(error) => return nothing(self.faulty(&id, error, &format!("`when` of {}", frame.name_of(step)))),
        }
        let mut inner = scope.clone();
        let ready = set(&step.env, &mut inner, frame);
        if let Action::Exec(exec) = &step.action {
            // One that cannot be told is the step's error.
            id.part.container = put(&exec.container, &inner, frame).ok();
        }
        self.tell(&id, StepEvent::Started);
        self.count(|outcome| outcome.ran += 1);
        let began = Instant::now();
        let (output, error) = match ready {
            Ok(()) => {
                let capture = is_wanted(step, index, frame.task);
                self.attempts(&StepRun { step, scope: &inner, frame, id: &id, capture })
            }
            Err(error) => (Output { exit_code: Some(error.exit_code()), ..skipped(&step.action) }, Some(error)),
        };
        let passed = matches!(step.on_failure, OnFailure::Continue) && error.as_ref().is_some_and(Error::is_failure);
        if let (Some(error), false) = (&error, passed) {
            self.tell(&id, StepEvent::Failed { why: error.to_string() });
        }
        let exit_code = output.exit_code.unwrap_or_default();
        let output = Arc::new(output);
        self.tell(&id, StepEvent::Ended { exit_code, duration: began.elapsed(), why: None });
        let Some(error) = error else { return (output, Ok(())) };
        if !error.is_failure() {
            return (output, Err(error));
        }
        record(step, &output, &mut inner);
        let result = self.failed(error, &StepRun { step, scope: &inner, frame, id: &id, capture: false });
        (output, result)
    }
}
