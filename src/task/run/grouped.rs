//! Sinks that keep the output of each step together, or mark every line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anstyle::Style;

use super::event::{Event, Sink, StepEvent, StepId};
use super::junit::lineage;
use super::sink::Plain;
use crate::runtime::process::Output;
use crate::view::Printer;

/// Kept of one step; what writes more is shown in parts.
const MOST: usize = 1024 * 1024;

/// The output of each step as one piece, under its title, once it has ended.
pub struct Grouped {
    printer: Printer,
    plain: Plain,
    /// As workflow commands of GitHub: groups that fold, errors that are annotated.
    is_github: bool,
    kept: Mutex<BTreeMap<usize, Kept>>,
    called: Mutex<Called>,
}

/// Failures of called tasks: errors once the run has ended, unless who called them is tried again or passed over.
#[derive(Default)]
struct Called {
    parents: BTreeMap<usize, usize>,
    failures: Vec<(StepId, String)>,
}

#[derive(Default)]
struct Kept {
    pieces: Vec<(Output, Vec<u8>)>,
    size: usize,
}

impl Grouped {
    pub fn new(printer: Printer, is_github: bool) -> Self {
        Self {
            plain: Plain::new(printer.clone()),
            printer,
            is_github,
            kept: Mutex::default(),
            called: Mutex::default(),
        }
    }

    fn take(&self, id: &StepId, output: Output, bytes: &[u8]) {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(id.number).or_default();
        match kept.pieces.last_mut() {
            Some((last, piece)) if *last == output => piece.extend_from_slice(bytes),
            _ => kept.pieces.push((output, bytes.to_vec())),
        }
        kept.size += bytes.len();
        if kept.size > MOST {
            self.show(id, &std::mem::take(kept));
        }
    }

    fn error(&self, id: &StepId, why: &str) {
        let (file, line) = &id.place;
        let (file, title) = (property(file), property(&id.task));
        self.printer.data(&format!("::error file={file},line={line},title={title}::{}", escaped(why)));
    }

    fn warning(&self, id: &StepId, what: &str) {
        let (file, line) = &id.place;
        self.printer.data(&format!("::warning file={},line={line}::{}", property(file), escaped(what)));
    }

    fn failed(&self, id: &StepId, why: &str) {
        if id.caller.is_none() {
            return self.error(id, why);
        }
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        called.failures.push((id.clone(), why.to_owned()));
    }

    /// What a step has called is no error when the step is tried again or passed over.
    fn forgive(&self, id: &StepId) {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let Called { parents, failures } = &mut *called;
        let is_within = |step: usize| lineage(parents, step).any(|number| number == id.number);
        let (forgiven, rest) = std::mem::take(failures).into_iter().partition(|(id, _)| is_within(id.number));
        *failures = rest;
        drop(called);
        let forgiven: Vec<(StepId, String)> = forgiven;
        forgiven.iter().for_each(|(id, why)| self.warning(id, why));
    }

    fn blame(&self) {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = std::mem::take(&mut called.failures);
        drop(called);
        failures.iter().for_each(|(id, why)| self.error(id, why));
    }

    /// The lock on what is kept is held meanwhile, so that groups do not mix.
    fn show(&self, id: &StepId, kept: &Kept) {
        if self.is_github {
            self.printer.data(&format!("::group::{}", escaped(&id.title)));
        } else {
            self.printer.talk(&self.printer.paint_talk(Style::new().bold(), &id.title));
        }
        for (output, bytes) in &kept.pieces {
            let end: &[u8] = if bytes.ends_with(b"\n") { b"" } else { b"\n" };
            let whole = [bytes.as_slice(), end].concat();
            match output {
                Output::Stdout => self.printer.bytes(&whole),
                Output::Stderr => self.printer.error_bytes(&whole),
            }
        }
        if self.is_github {
            self.printer.data("::endgroup::");
        }
    }
}

impl Sink for Grouped {
    fn tell(&self, event: &Event) {
        let Event::Step(id, what) = event else {
            if let Event::Finished { .. } = event {
                self.blame();
            }
            return self.plain.tell(event);
        };
        if let (Some(parent), true) = (id.outer.or(id.caller), self.is_github) {
            self.called.lock().unwrap_or_else(PoisonError::into_inner).parents.insert(id.number, parent);
        }
        match what {
            StepEvent::Started | StepEvent::Output(..) | StepEvent::Ended { .. } if id.quiet => {}
            StepEvent::Started => {
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(id.number, Kept::default());
            }
            StepEvent::Output(output, bytes) => self.take(id, *output, bytes),
            StepEvent::Ended { .. } => {
                let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(kept) = all.remove(&id.number) {
                    self.show(id, &kept);
                }
            }
            StepEvent::Failed { why } if self.is_github => self.failed(id, why),
            StepEvent::Warned { what } if self.is_github => self.warning(id, what),
            StepEvent::Again { .. } | StepEvent::PassedOver { .. } if self.is_github => {
                self.forgive(id);
                self.plain.tell(event);
            }
            _ => self.plain.tell(event),
        }
    }
}

/// Text within a workflow command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text in a property of one.
fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// Marks every line with its task, also where nothing else runs at the same time.
pub struct Prefixed(Plain);

impl Prefixed {
    pub fn new(printer: Printer) -> Self {
        Self(Plain::new(printer))
    }
}

impl Sink for Prefixed {
    fn tell(&self, event: &Event) {
        match event {
            Event::Step(id, StepEvent::Output(output, bytes)) if id.label.is_none() => {
                self.0.tell(&Event::Step(&marked(id), StepEvent::Output(*output, bytes)));
            }
            Event::Step(id, StepEvent::Ended { exit_code, duration, why }) if id.label.is_none() => {
                let ended = StepEvent::Ended { exit_code: *exit_code, duration: *duration, why: why.clone() };
                self.0.tell(&Event::Step(&marked(id), ended));
            }
            event => self.0.tell(event),
        }
    }
}

fn marked(id: &StepId) -> StepId {
    StepId { label: Some(id.task.clone()), ..id.clone() }
}

/// Tells two sinks.
pub struct Both(pub Arc<dyn Sink>, pub Arc<dyn Sink>);

impl Sink for Both {
    fn tell(&self, event: &Event) {
        self.0.tell(event);
        self.1.tell(event);
    }
}
