//! What a run tells while it goes on. How it is shown, or written down, is the business of a sink.

use std::time::Duration;

use serde_json::Value as Json;

use crate::runtime::process::Output;

/// Takes what a run tells. Steps may run at the same time, so it may be called by several threads.
pub trait Sink: Send + Sync {
    fn tell(&self, event: &Event);
}

#[derive(Debug)]
pub enum Event<'a> {
    TaskStarted {
        task: &'a str,
    },
    TaskEnded {
        task: &'a str,
        exit_code: u8,
        duration: Duration,
    },
    Step(&'a StepId, StepEvent<'a>),
    /// How the containers fared that steps ran in.
    Targets(&'a [TargetRow]),
    /// The run has ended, well or not.
    Finished {
        outcome: Outcome,
        exit_code: u8,
        duration: Duration,
    },
}

/// A step that runs: one for each element of a loop, and for each container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepId {
    /// Tells it from all others of the run.
    pub number: usize,
    pub task: String,
    /// The tasks and the step, as people are shown them.
    pub title: String,
    /// What its lines are marked with when others run at the same time.
    pub label: Option<String>,
    /// The step of which it is the part in one of several containers.
    pub outer: Option<usize>,
    /// The step that has called its task.
    pub caller: Option<usize>,
    /// Neither its beginning nor its output is shown.
    pub quiet: bool,
    pub part: Part,
    /// The file that says what it does, as people are shown it, and the line there.
    pub place: (String, usize),
}

/// Which it is of those that a loop, a matrix or targets make of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The element of `foreach`.
    pub item: Option<Json>,
    /// Its place in the list, from 0.
    pub index: Option<usize>,
    /// The values of the combination, by their names.
    pub matrix: Option<Json>,
    pub container: Option<String>,
}

impl Part {
    /// What there is of it, by name.
    pub fn fields(&self) -> Vec<(&'static str, Json)> {
        let container = self.container.as_deref().map(Json::from);
        let all = [
            ("item", self.item.clone()),
            ("index", self.index.map(Json::from)),
            ("matrix", self.matrix.clone()),
            ("container", container),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[derive(Debug)]
pub enum StepEvent<'a> {
    Started,
    Skipped,
    Output(Output, &'a [u8]),
    /// It failed and is tried again after a while.
    Again {
        attempt: u32,
        times: u32,
        after: Duration,
        why: String,
    },
    /// It failed, and that is not passed over; its end follows.
    Failed {
        why: String,
    },
    /// Something of its result is not as it may be expected.
    Warned {
        what: String,
    },
    /// It failed, which stops nothing.
    PassedOver {
        why: String,
        /// The last that a quiet command said.
        said: String,
    },
    /// What its `on_failure` says begins.
    Handling {
        what: &'a str,
    },
    Ended {
        exit_code: u8,
        duration: Duration,
        /// Why the part in one of several containers failed; of a whole step `Failed` and `PassedOver` tell it.
        why: Option<String>,
    },
}

/// How a command in one of several containers ended.
#[derive(Debug, Clone)]
pub struct TargetRow {
    /// Of the step, which may be tried again in the same container.
    pub number: usize,
    pub step: String,
    pub container: String,
    pub outcome: String,
    pub duration: Duration,
}

/// What a run has done, called tasks included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub ran: usize,
    pub skipped: usize,
    /// Steps that failed with `on_failure: continue`.
    pub failed: usize,
}
