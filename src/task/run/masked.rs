//! A sink before a sink: what is told loses its secrets on the way, also those that are split over pieces of output.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::event::{Event, Part, Sink, StepEvent, StepId, TargetRow};
use serde_json::Value as Json;

use crate::runtime::process::Output;
use crate::view::{SecretStream, Secrets};

pub(super) struct Masked {
    inner: Arc<dyn Sink>,
    secrets: Secrets,
    /// The streams of the steps that run, with what is held back of each.
    streams: Mutex<BTreeMap<(usize, bool), SecretStream>>,
}

impl Masked {
    pub(super) fn new(inner: Arc<dyn Sink>, secrets: &Secrets) -> Self {
        Self { inner, secrets: secrets.clone(), streams: Mutex::default() }
    }

    fn output(&self, id: &StepId, output: Output, bytes: &[u8]) {
        let shown = {
            let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (id.number, output == Output::Stdout);
            streams.entry(key).or_insert_with(|| SecretStream::new(&self.secrets)).take(bytes).into_owned()
        };
        self.pass(id, output, &shown);
    }

    fn finish(&self, id: &StepId) {
        for output in [Output::Stdout, Output::Stderr] {
            let stream = {
                let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
                streams.remove(&(id.number, output == Output::Stdout))
            };
            self.pass(id, output, &stream.map(|mut stream| stream.finish()).unwrap_or_default());
        }
    }

    fn pass(&self, id: &StepId, output: Output, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.inner.tell(&Event::Step(id, StepEvent::Output(output, bytes)));
        }
    }

    fn text(&self, text: &str) -> String {
        self.secrets.text(text).into_owned()
    }

    /// Of which step an event is. All fields are named, so that one that is added cannot be forgotten here.
    fn id(&self, id: &StepId) -> StepId {
        let StepId { number, task, title, label, outer, caller, quiet, part, place } = id;
        let Part { item, index, matrix, container } = part;
        let part = Part {
            item: item.as_ref().map(|item| self.value(item)),
            index: *index,
            matrix: matrix.as_ref().map(|matrix| self.value(matrix)),
            container: container.as_deref().map(|container| self.text(container)),
        };
        StepId {
            number: *number,
            task: self.text(task),
            title: self.text(title),
            label: label.as_deref().map(|label| self.text(label)),
            outer: *outer,
            caller: *caller,
            quiet: *quiet,
            part,
            place: (self.text(&place.0), place.1),
        }
    }

    /// What an event says in words: a sink may write it to a file.
    fn words<'a>(&self, event: &'a StepEvent, what: &'a mut String) -> StepEvent<'a> {
        match event {
            StepEvent::Started => StepEvent::Started,
            StepEvent::Skipped => StepEvent::Skipped,
            StepEvent::Output(output, bytes) => StepEvent::Output(*output, bytes),
            StepEvent::Again { attempt, times, after, why } => {
                StepEvent::Again { attempt: *attempt, times: *times, after: *after, why: self.text(why) }
            }
            StepEvent::Warned { what } => StepEvent::Warned { what: self.text(what) },
            StepEvent::Failed { why } => StepEvent::Failed { why: self.text(why) },
            StepEvent::PassedOver { why, said } => StepEvent::PassedOver { why: self.text(why), said: self.text(said) },
            StepEvent::Handling { what: plain } => {
                *what = self.text(plain);
                StepEvent::Handling { what }
            }
            StepEvent::Ended { exit_code, duration, why } => {
                let why = why.as_deref().map(|why| self.text(why));
                StepEvent::Ended { exit_code: *exit_code, duration: *duration, why }
            }
        }
    }

    fn value(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => self.text(text).into(),
            Json::Array(all) => all.iter().map(|value| self.value(value)).collect(),
            Json::Object(all) => {
                Json::Object(all.iter().map(|(name, value)| (self.text(name), self.value(value))).collect())
            }
            // A number may be a secret too.
            Json::Number(number) => match self.text(&number.to_string()) {
                masked if masked != number.to_string() => masked.into(),
                _ => value.clone(),
            },
            Json::Null | Json::Bool(_) => value.clone(),
        }
    }

    fn row(&self, row: &TargetRow) -> TargetRow {
        let TargetRow { number, step, container, outcome, duration } = row;
        let (step, container, outcome) = (self.text(step), self.text(container), self.text(outcome));
        TargetRow { number: *number, step, container, outcome, duration: *duration }
    }

    fn step(&self, id: &StepId, event: &StepEvent) {
        let id = &self.id(id);
        match event {
            StepEvent::Output(output, bytes) => return self.output(id, *output, bytes),
            StepEvent::Ended { .. } => self.finish(id),
            _ => {}
        }
        let mut what = String::new();
        self.inner.tell(&Event::Step(id, self.words(event, &mut what)));
    }
}

impl Sink for Masked {
    fn tell(&self, event: &Event) {
        match event {
            Event::Step(id, event) => self.step(id, event),
            Event::TaskStarted { task } => self.inner.tell(&Event::TaskStarted { task: &self.text(task) }),
            Event::TaskEnded { task, exit_code, duration } => {
                let (task, exit_code, duration) = (&*self.text(task), *exit_code, *duration);
                self.inner.tell(&Event::TaskEnded { task, exit_code, duration });
            }
            // A table is made of what is masked: its columns would tell how long a secret is.
            Event::Targets(rows) => {
                let rows: Vec<TargetRow> = rows.iter().map(|row| self.row(row)).collect();
                self.inner.tell(&Event::Targets(&rows));
            }
            Event::Finished { .. } => self.inner.tell(event),
        }
    }
}
