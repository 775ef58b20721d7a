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
    duration: Duration,
}

struct Case {
    number: usize,
    /// The step of which it is a part.
    outer: Option<usize>,
    task: String,
    title: String,
    duration: Duration,
    /// The element, the combination, the container, by name.
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

impl Sink for Junit {
    fn tell(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Step(id, StepEvent::Failed { why }) => {
                state.failed.insert(id.number, why.clone());
            }
            Event::Step(id, StepEvent::Skipped) => {
                let (task, title) = (id.task.clone(), id.title.clone());
                let (number, outer) = (id.number, id.outer);
                let duration = Duration::ZERO;
                let (properties, ending) = (properties(id), Ending::Skipped);
                state.cases.push(Case { number, outer, task, title, duration, properties, ending });
            }
            Event::Step(id, StepEvent::Ended { exit_code, duration }) => {
                let why = state.failed.remove(&id.number);
                let ending = match why {
                    Some(why) => Ending::Failed(why),
                    None if *exit_code == 0 => Ending::Well,
                    None => Ending::Failed(format!("exit code {exit_code}")),
                };
                let (task, title) = (id.task.clone(), id.title.clone());
                let (number, outer, duration) = (id.number, id.outer, *duration);
                // Of several attempts in one container the last counts.
                state.cases.retain(|case| outer.is_none() || case.outer != outer || case.title != title);
                // A step that ran in containers is told by its parts, unless what went wrong was in none.
                let parts = |case: &Case| case.outer == Some(number);
                let (divided, blamed) = (
                    state.cases.iter().any(parts),
                    state.cases.iter().filter(|case| parts(case)).any(|case| matches!(case.ending, Ending::Failed(_))),
                );
                if !divided || ending != Ending::Well && !blamed {
                    let properties = properties(id);
                    state.cases.push(Case { number, outer, task, title, duration, properties, ending });
                }
            }
            Event::Step(id, StepEvent::PassedOver { why, .. }) => {
                for case in &mut state.cases {
                    let own = case.number == id.number || case.outer == Some(id.number);
                    if own && matches!(case.ending, Ending::Failed(_)) {
                        case.ending = Ending::PassedOver(why.clone());
                    }
                }
            }
            Event::Finished { duration, .. } => state.duration = *duration,
            _ => {}
        }
    }
}

fn properties(id: &StepId) -> Vec<(&'static str, String)> {
    let text = |value: &Json| String::from_utf8_lossy(&text_of(value)).into_owned();
    id.part.fields().into_iter().map(|(name, value)| (name, text(&value))).collect()
}
