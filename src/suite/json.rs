//! Results for programs: a JSON object on a line for each test, and one at the end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::event::{Ending, Finished, Sink, Tally};
use crate::view::{Diagnostic, Printer};

pub struct JsonLines {
    printer: Printer,
    turn: Mutex<()>,
}

impl JsonLines {
    pub fn new(printer: Printer) -> Self {
        Self { printer, turn: Mutex::default() }
    }
}

fn told(why: &Diagnostic) -> Value {
    let place = why.place.as_ref();
    json!({
        "message": why.message,
        "file": place.map(|at| &at.path),
        "line": place.map(|at| at.line),
        "column": place.map(|at| at.column),
        "notes": why.notes,
        "hint": why.hint,
    })
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

impl Sink for JsonLines {
    fn tell(&self, finished: &Finished) {
        let (outcome, more) = match &finished.ending {
            Ending::Passed => ("passed", Value::Null),
            Ending::Flaky(why) => ("flaky", told(why)),
            Ending::Failed(failed) => {
                let mut why = told(&failed.diagnostic);
                why["kind"] = failed.kind.as_str().into();
                ("failed", why)
            }
            Ending::Skipped(why) => ("skipped", json!({"message": why})),
            Ending::Interrupted => ("interrupted", Value::Null),
            Ending::NotRun => ("not_run", Value::Null),
        };
        let line = json!({
            "event": "test",
            "file": finished.file,
            "name": finished.name,
            "outcome": outcome,
            "duration_ms": millis(finished.duration),
            "tries": finished.tries,
            "why": more,
            "output": finished.output,
        });
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.printer.value_line(&line);
    }

    fn end(&self, tally: &Tally, duration: Duration) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.printer.value_line(&json!({
            "event": "finished",
            "passed": tally.passed,
            "flaky": tally.flaky,
            "failed": tally.failed,
            "skipped": tally.skipped,
            "interrupted": tally.interrupted,
            "not_run": tally.not_run,
            "exit_code": tally.exit_code(),
            "duration_ms": millis(duration),
        }));
    }
}
