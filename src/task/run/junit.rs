//! A report of a run as XML that test runners write: a case for each step.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;

use super::super::output::text_of;
use super::event::{Event, Sink, StepEvent, StepId};
use crate::view::{JunitCase, JunitEnding as Ending, JunitSuite, junit};

#[derive(Default)]
pub struct Junit {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cases: Vec<Case>,
    /// Why steps failed, until they have ended.
    failed: BTreeMap<usize, String>,
    /// The step that each is part of or is called by.
    parents: BTreeMap<usize, usize>,
    /// How often steps were tried that were tried again.
    attempts: BTreeMap<usize, u32>,
    duration: Duration,
}

struct Case {
    number: usize,
    /// The step of which it is a part.
    outer: Option<usize>,
    task: String,
    title: String,
    duration: Duration,
    /// The element, the combination, the container, the attempts, by name.
    properties: Vec<(&'static str, String)>,
    ending: Ending,
}

impl Junit {
    /// The report, as XML. An error of the run that is that of no step has a case of its own.
    pub fn text(&self, error: Option<&str>) -> String {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = state.cases.iter().any(|case| matches!(case.ending, Ending::Failed(_)));
        let cases = state.cases.iter().map(|case| JunitCase {
            class: case.task.clone(),
            name: case.title.clone(),
            duration: case.duration,
            ending: case.ending.clone(),
            properties: case.properties.clone(),
            output: String::new(),
        });
        let error = error.filter(|_| !failed).map(str::to_owned);
        let suite = JunitSuite { name: "xnet".into(), cases: cases.collect(), duration: state.duration, error };
        junit(&[suite], state.duration)
    }
}

impl State {
    /// Whether a case is that of a step, or of what the step has called or ran in its containers.
    fn is_within(&self, case: &Case, step: usize) -> bool {
        lineage(&self.parents, case.number).any(|number| number == step)
    }

    fn begun(&mut self, id: &StepId) {
        if let Some(parent) = id.outer.or(id.caller) {
            self.parents.insert(id.number, parent);
        }
    }

    /// Of several attempts the last counts, with all it called.
    fn again(&mut self, id: &StepId, attempt: u32) {
        let cases = std::mem::take(&mut self.cases);
        self.cases = cases.into_iter().filter(|case| !self.is_within(case, id.number)).collect();
        self.attempts.insert(id.number, attempt + 1);
    }

    fn ended(&mut self, id: &StepId, exit_code: u8, duration: Duration, why: Option<&String>) {
        let ending = match self.failed.remove(&id.number).or_else(|| why.cloned()) {
            Some(why) => Ending::Failed(why),
            None if exit_code == 0 => Ending::Well,
            None => Ending::Failed(format!("exit code {exit_code}")),
        };
        // A step that ran in containers is told by its parts, unless what went wrong was in none.
        let parts = || self.cases.iter().filter(|case| case.outer == Some(id.number));
        let divided = parts().next().is_some();
        let blamed = parts().any(|case| matches!(case.ending, Ending::Failed(_)));
        if !divided || ending != Ending::Well && !blamed {
            self.push(id, duration, ending);
        }
    }

    fn passed_over(&mut self, id: &StepId, why: &str) {
        let within: Vec<bool> = self.cases.iter().map(|case| self.is_within(case, id.number)).collect();
        for (case, _) in self.cases.iter_mut().zip(within).filter(|(_, within)| *within) {
            if let Ending::Failed(own) = &case.ending {
                let why = if case.number == id.number { why } else { own };
                case.ending = Ending::PassedOver(why.to_owned());
            }
        }
    }

    fn push(&mut self, id: &StepId, duration: Duration, ending: Ending) {
        let attempts = self.attempts.get(&id.number).map(|attempts| ("attempts", attempts.to_string()));
        self.cases.push(Case {
            number: id.number,
            outer: id.outer,
            task: id.task.clone(),
            title: id.title.clone(),
            duration,
            properties: properties(id).into_iter().chain(attempts).collect(),
            ending,
        });
    }
}

/// A step, the step it is part of or is called by, and so on.
pub(super) fn lineage(parents: &BTreeMap<usize, usize>, step: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(step), |number| parents.get(number).copied())
}

impl Sink for Junit {
    fn tell(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, event) = match event {
            Event::Step(id, event) => (id, event),
            Event::Finished { duration, .. } => {
                state.duration = *duration;
                return;
            }
            Event::TaskStarted { .. } | Event::TaskEnded { .. } | Event::Targets(_) => return,
        };
        state.begun(id);
        match event {
            StepEvent::Failed { why } => {
                state.failed.insert(id.number, why.clone());
            }
            StepEvent::Skipped => state.push(id, Duration::ZERO, Ending::Skipped),
            StepEvent::Again { attempt, .. } => state.again(id, *attempt),
            StepEvent::Ended { exit_code, duration, why } => state.ended(id, *exit_code, *duration, why.as_ref()),
            StepEvent::PassedOver { why, .. } => state.passed_over(id, why),
            StepEvent::Started | StepEvent::Output(..) | StepEvent::Warned { .. } | StepEvent::Handling { .. } => {}
        }
    }
}

fn properties(id: &StepId) -> Vec<(&'static str, String)> {
    let text = |value: &Json| String::from_utf8_lossy(&text_of(value)).into_owned();
    id.part.fields().into_iter().map(|(name, value)| (name, text(&value))).collect()
}
