//! A report of a run as XML that test runners write: a case for each step.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;

use super::super::output::text_of;
use super::event::{Event, Sink, StepEvent, StepId};

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

#[derive(PartialEq, Eq)]
enum Ending {
    Well,
    Skipped,
    PassedOver(String),
    Failed(String),
}

impl Case {
    /// What stands within its element.
    fn within(&self) -> String {
        let property =
            |(name, value): &(_, String)| format!("<property name=\"{name}\" value=\"{}\"/>", escaped(value));
        let properties: String = self.properties.iter().map(property).collect();
        let properties =
            if properties.is_empty() { properties } else { format!("<properties>{properties}</properties>") };
        match &self.ending {
            Ending::Well => properties,
            Ending::Skipped => format!("{properties}<skipped/>"),
            Ending::PassedOver(why) => format!("{properties}<skipped message=\"{}\"/>", escaped(why)),
            Ending::Failed(why) => format!("{properties}<failure message=\"{}\"/>", escaped(why)),
        }
    }
}

impl Junit {
    /// The report, as XML. An error of the run that is that of no step has a case of its own.
    pub fn text(&self, error: Option<&str>) -> String {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |wanted: fn(&Ending) -> bool| state.cases.iter().filter(|case| wanted(&case.ending)).count();
        let failures = count(|ending| matches!(ending, Ending::Failed(_)));
        let skipped = count(|ending| matches!(ending, Ending::Skipped | Ending::PassedOver(_)));
        let error = error.filter(|_| failures == 0);
        let errors = usize::from(error.is_some());
        let (tests, time) = (state.cases.len() + errors, state.duration.as_secs_f64());
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let head = format!(
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time:.3}\""
        );
        // Writing into a text cannot fail.
        let _ = writeln!(text, "<testsuites {head}>\n<testsuite name=\"xnet\" {head}>");
        for case in &state.cases {
            let (task, title, time) = (escaped(&case.task), escaped(&case.title), case.duration.as_secs_f64());
            let _ = write!(text, "<testcase classname=\"{task}\" name=\"{title}\" time=\"{time:.3}\"");
            let _ = match case.within().as_str() {
                "" => writeln!(text, "/>"),
                within => writeln!(text, ">{within}</testcase>"),
            };
        }
        if let Some(why) = error.map(escaped) {
            let case = "<testcase classname=\"xnet\" name=\"run\" time=\"0.000\">";
            let _ = writeln!(text, "{case}<error message=\"{why}\"/></testcase>");
        }
        text.push_str("</testsuite>\n</testsuites>\n");
        text
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

/// Text within an attribute; XML has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
