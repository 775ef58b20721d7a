//! Results in the Test Anything Protocol, version 14.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::{Ending, Finished, Sink, Tally};
use super::human::{in_line, indented};
use crate::view::{Diagnostic, Printer};

pub struct Tap {
    printer: Printer,
    /// How many were told.
    count: Mutex<usize>,
}

impl Tap {
    pub fn new(printer: Printer) -> Self {
        printer.data("TAP version 14");
        Self { printer, count: Mutex::default() }
    }
}

/// `#` would begin a directive.
fn escaped(text: &str) -> String {
    in_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

impl Sink for Tap {
    fn tell(&self, finished: &Finished) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        let title = format!("{} - {}", *count, escaped(&format!("{}: {}", finished.file, finished.name)));
        match &finished.ending {
            Ending::Passed => self.printer.data(&format!("ok {title}")),
            Ending::Flaky(why) => {
                self.printer.data(&format!("ok {title}"));
                self.details(finished, why, "flaky");
            }
            Ending::Skipped(why) => self.printer.data(&format!("ok {title} # SKIP {}", escaped(why))),
            Ending::Interrupted => self.printer.data(&format!("not ok {title} # interrupted")),
            Ending::NotRun => self.printer.data(&format!("not ok {title} # not run")),
            Ending::Failed(failed) => {
                self.printer.data(&format!("not ok {title}"));
                self.details(finished, &failed.diagnostic, &failed.kind);
            }
        }
    }

    fn end(&self, tally: &Tally, _duration: Duration) {
        self.printer.data(&format!("1..{}", tally.all()));
    }
}

impl Tap {
    /// What is known of it, as YAML; JSON texts are YAML too.
    fn details(&self, finished: &Finished, why: &Diagnostic, kind: &str) {
        let text = |text: &str| serde_json::Value::from(self.printer.masked(text).as_ref()).to_string();
        let mut lines = vec![
            "---".to_owned(),
            format!("message: {}", text(&why.message)),
            format!("kind: {}", text(kind)),
            format!("duration_ms: {}", finished.duration.as_millis()),
            format!("tries: {}", finished.tries),
        ];
        if let Some(place) = &why.place {
            lines.push(format!("at: {}", text(&format!("{}:{}:{}", place.path, place.line, place.column))));
        }
        lines.extend(why.hint.as_deref().map(|hint| format!("hint: {}", text(hint))));
        if !finished.output.is_empty() {
            lines.push(format!("output: {}", text(&finished.output)));
        }
        lines.push("...".to_owned());
        self.printer.data(&indented(&lines.join("\n"), 2));
    }
}
