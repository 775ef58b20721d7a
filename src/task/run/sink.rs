//! Sinks: what a run tells, shown to people, or written as lines of JSON.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::Style;
use serde_json::{Value as Json, json};

use super::super::error::indented;
use super::event::{Event, Sink, StepEvent, StepId, TargetRow};
use super::lines::Lines;
use crate::runtime::process::Output;
use crate::view::{Printer, Table};

/// Output as it comes. Of steps that run at the same time each line is whole, and marked with where it is from.
pub struct Plain {
    printer: Printer,
    begun: Begun,
}

/// The lines that steps have begun, by step and stream.
type Begun = Mutex<BTreeMap<(usize, bool), Lines>>;

impl Plain {
    pub fn new(printer: Printer) -> Self {
        Self { printer, begun: Mutex::default() }
    }

    fn step(&self, id: &StepId, event: &StepEvent) {
        let printer = &self.printer;
        match event {
            StepEvent::Started if !id.quiet => {
                printer.talk(&printer.paint_talk(Style::new().bold(), &id.title));
            }
            StepEvent::Skipped if !id.quiet => printer.talk(&format!("{} (skipped)", id.title)),
            StepEvent::Output(output, bytes) if !id.quiet => match &id.label {
                None => self.write(*output, bytes),
                Some(label) => {
                    let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
                    let lines = begun.entry((id.number, *output == Output::Stdout)).or_default();
                    lines.take(bytes, &mut |line| self.line(*output, label, line));
                }
            },
            StepEvent::Again { attempt, times, after, why } => {
                let after = if after.is_zero() { String::new() } else { format!(" in {}", brief(*after)) };
                printer.talk(&format!("{why}; trying again{after} ({attempt} of {times} attempts made)"));
            }
            StepEvent::Warned { what } => printer.warn(what),
            StepEvent::PassedOver { why, said } => {
                printer.warn(&format!("{why}; continuing, as `on_failure` says"));
                if !said.is_empty() {
                    printer.talk(&indented(said));
                }
            }
            StepEvent::Handling { .. } => printer.talk(&id.title),
            StepEvent::Ended { .. } => {
                let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
                for output in [Output::Stdout, Output::Stderr] {
                    if let Some(mut lines) = begun.remove(&(id.number, output == Output::Stdout)) {
                        let label = id.label.as_deref().unwrap_or_default();
                        lines.finish(&mut |line| self.line(output, label, line));
                    }
                }
            }
            StepEvent::Started | StepEvent::Skipped | StepEvent::Output(..) | StepEvent::Failed { .. } => {}
        }
    }

    fn line(&self, output: Output, label: &str, line: &[u8]) {
        self.write(output, &[label.as_bytes(), b" | ", line, b"\n"].concat());
    }

    fn write(&self, output: Output, bytes: &[u8]) {
        match output {
            Output::Stdout => self.printer.bytes(bytes),
            Output::Stderr => self.printer.error_bytes(bytes),
        }
    }
}

impl Sink for Plain {
    fn tell(&self, event: &Event) {
        match event {
            Event::Step(id, event) => self.step(id, event),
            Event::Targets(rows) => self.printer.talk(&table(rows)),
            Event::Finished { outcome, duration, .. } => {
                let (ran, skipped, failed) = (outcome.ran, outcome.skipped, outcome.failed);
                self.printer.detail(&format!(
                    "{ran} steps ran, {skipped} were skipped, {failed} failed and were passed over, in {}",
                    brief(*duration)
                ));
            }
            Event::TaskStarted { .. } | Event::TaskEnded { .. } => {}
        }
    }
}

fn table(rows: &[TargetRow]) -> String {
    let mut table = Table::new(["STEP", "CONTAINER", "OUTCOME", "TIME"]);
    for row in rows {
        table.row([row.step.clone(), row.container.clone(), row.outcome.clone(), brief(row.duration)]);
    }
    table.render()
}

/// One object of JSON for each event, on a line of its own.
pub struct JsonLines {
    printer: Printer,
    begun: Begun,
}

impl JsonLines {
    pub fn new(printer: Printer) -> Self {
        Self { printer, begun: Mutex::default() }
    }

    fn step(&self, id: &StepId, event: &StepEvent) {
        let tell = |event: &str, more: Json| {
            let mut whole = json!({ "event": event, "step": id.number, "task": id.task, "title": id.title });
            if let (Some(whole), Json::Object(more)) = (whole.as_object_mut(), more) {
                whole.extend(id.outer.map(|outer| (String::from("of"), outer.into())));
                whole.extend(id.caller.map(|caller| (String::from("called_by"), caller.into())));
                whole.extend(id.part.fields().into_iter().map(|(name, value)| (name.to_owned(), value)));
                whole.extend(more);
            }
            self.printer.value_line(&whole);
        };
        let output = |output: Output, line: &[u8]| {
            let stream = if output == Output::Stdout { "stdout" } else { "stderr" };
            tell("output", json!({ "stream": stream, "line": String::from_utf8_lossy(line) }));
        };
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            StepEvent::Started => tell("step_started", json!({ "file": id.place.0, "line": id.place.1 })),
            StepEvent::Skipped => tell("step_skipped", json!({})),
            StepEvent::Output(stream, bytes) => {
                let lines = begun.entry((id.number, *stream == Output::Stdout)).or_default();
                lines.take(bytes, &mut |line| output(*stream, line));
            }
            StepEvent::Again { attempt, times, after, why } => {
                tell("step_again", json!({"attempt": attempt, "times": times, "after_ms": millis(*after), "why": why}));
            }
            StepEvent::Warned { what } => tell("step_warned", json!({ "what": what })),
            StepEvent::Failed { why } => {
                tell("step_failed", json!({ "why": why, "file": id.place.0, "line": id.place.1 }));
            }
            StepEvent::PassedOver { why, said } if said.is_empty() => tell("step_passed_over", json!({ "why": why })),
            StepEvent::PassedOver { why, said } => tell("step_passed_over", json!({ "why": why, "said": said })),
            StepEvent::Handling { what } => tell("step_handling", json!({ "what": what })),
            StepEvent::Ended { exit_code, duration, why } => {
                for stream in [Output::Stdout, Output::Stderr] {
                    if let Some(mut lines) = begun.remove(&(id.number, stream == Output::Stdout)) {
                        lines.finish(&mut |line| output(stream, line));
                    }
                }
                let mut more = json!({ "exit_code": exit_code, "duration_ms": millis(*duration) });
                if let Some(why) = why {
                    more["why"] = why.as_str().into();
                }
                tell("step_ended", more);
            }
        }
    }
}

impl Sink for JsonLines {
    fn tell(&self, event: &Event) {
        let value = match event {
            Event::Step(id, event) => return self.step(id, event),
            Event::TaskStarted { task } => json!({ "event": "task_started", "task": task }),
            Event::TaskEnded { task, exit_code, duration } => {
                let duration = millis(*duration);
                json!({"event": "task_ended", "task": task, "exit_code": exit_code, "duration_ms": duration})
            }
            Event::Targets(rows) => {
                let row = |row: &TargetRow| {
                    let duration = millis(row.duration);
                    json!({"number": row.number, "step": row.step, "container": row.container, "outcome": row.outcome, "duration_ms": duration})
                };
                json!({ "event": "targets", "rows": rows.iter().map(row).collect::<Vec<_>>() })
            }
            Event::Finished { outcome, exit_code, duration } => json!({
                "event": "finished", "exit_code": exit_code, "duration_ms": millis(*duration),
                "ran": outcome.ran, "skipped": outcome.skipped, "passed_over": outcome.failed,
            }),
        };
        self.printer.value_line(&value);
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A duration as people read it.
pub(super) fn brief(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        return format!("{}m{}s", seconds / 60, seconds % 60);
    }
    if seconds >= 1 { format!("{:.1}s", duration.as_secs_f64()) } else { format!("{}ms", duration.as_millis()) }
}
