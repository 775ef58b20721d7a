//! Results for people: a line for each test, and for those that failed what is known of it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::event::{Ending, Finished, Sink, Tally};
use crate::view::{Printer, printable};

pub struct Human {
    printer: Printer,
    turn: Mutex<()>,
}

impl Human {
    pub fn new(printer: Printer) -> Self {
        Self { printer, turn: Mutex::default() }
    }

    fn paint(&self, colour: AnsiColor, text: &str) -> String {
        let style = Style::new().fg_color(Some(colour.into()));
        if self.printer.colours_data() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// A length of time, as exact as people need it.
pub(super) fn brief(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// A text that stays in its line.
pub(super) fn in_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// Every line of a text further right.
pub(super) fn indented(text: &str, by: usize) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{:by$}{line}", "") });
    lines.collect::<Vec<_>>().join("\n")
}

impl Sink for Human {
    fn tell(&self, finished: &Finished) {
        let title = in_line(&format!("{}: {}", finished.file, finished.name));
        let time = brief(finished.duration);
        let (line, why) = match &finished.ending {
            Ending::Passed => (format!("{} {title} ({time})", self.paint(AnsiColor::Green, "✓")), None),
            Ending::Flaky(why) => {
                let mark = self.paint(AnsiColor::Yellow, "✓");
                (format!("{mark} {title} ({time}, flaky: passed at try {})", finished.tries), Some(&**why))
            }
            Ending::Failed(failed) => {
                let tries = if finished.tries > 1 { format!(", {} tries", finished.tries) } else { String::new() };
                let mark = self.paint(AnsiColor::Red, "✗");
                (format!("{mark} {title} ({time}{tries})"), Some(&failed.diagnostic))
            }
            Ending::Skipped(why) => (format!("- {title} (skipped: {})", in_line(why)), None),
            Ending::Interrupted => (format!("{} {title} ({time}, interrupted)", self.paint(AnsiColor::Red, "✗")), None),
            Ending::NotRun => (format!("- {title} (not run)"), None),
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let is_well = matches!(finished.ending, Ending::Passed | Ending::Skipped(_));
        if self.printer.quiet() && is_well {
            return;
        }
        self.printer.data(&line);
        if let Some(why) = why {
            self.printer.data(&indented(&self.printer.drawn(why), 4));
        }
        if !finished.output.is_empty()
            && (matches!(finished.ending, Ending::Failed(_) | Ending::Interrupted) || self.printer.verbose())
        {
            self.printer.data(&format!("    output:\n{}", indented(finished.output.trim_end(), 6)));
        }
    }

    fn end(&self, tally: &Tally, duration: Duration) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let colour = if tally.exit_code() == 0 { AnsiColor::Green } else { AnsiColor::Red };
        self.printer.data(&format!("{} in {}", self.paint(colour, &tally.words()), brief(duration)));
    }
}
