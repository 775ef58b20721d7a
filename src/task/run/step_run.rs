//! One run of a step: what it does, with which values, for whom. Its attempts and its containers share it.

use std::sync::Arc;

use super::super::error::Error;
use super::super::model::Step;
use super::super::output::Output;
use super::super::scope::Scope;
use super::event::StepId;
use super::runner::Frame;
use crate::runtime::Cancel;

/// What came of a step, and whether the task goes on.
pub(super) type Ran = (Arc<Output>, Result<(), Error>);

#[derive(Clone)]
pub(super) struct StepRun<'a> {
    pub(super) step: &'a Step,
    pub(super) scope: &'a Scope,
    pub(super) frame: &'a Frame<'a>,
    pub(super) id: &'a StepId,
    /// Whether anything can ask for its output.
    pub(super) capture: bool,
}

impl<'a> StepRun<'a> {
    /// The same, with its events told under another number.
    pub(super) fn told_as(&self, id: &'a StepId) -> Self {
        Self { id, ..self.clone() }
    }

    /// The same under the token and the marks of another frame.
    pub(super) fn within(&self, frame: &'a Frame<'a>) -> Self {
        Self { frame, ..self.clone() }
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.frame.cancel
    }

    /// As errors name it.
    pub(super) fn name(&self) -> String {
        self.frame.name_of(self.step)
    }
}
