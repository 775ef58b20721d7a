//! A sink before a sink: what is told loses its secrets on the way, also those that are split over pieces of output.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::event::{Event, Part, Sink, StepEvent, StepId};
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

    /// What an event says in words, masked: a sink may write it to a file.
    fn words<'a>(&self, event: &'a StepEvent, what: &'a mut String) -> StepEvent<'a> {
        let mask = |text: &str| self.secrets.text(text).into_owned();
        match event {
            StepEvent::Started => StepEvent::Started,
            StepEvent::Skipped => StepEvent::Skipped,
            StepEvent::Output(output, bytes) => StepEvent::Output(*output, bytes),
            StepEvent::Again { attempt, times, after, why } => {
                StepEvent::Again { attempt: *attempt, times: *times, after: *after, why: mask(why) }
            }
            StepEvent::Warned { what } => StepEvent::Warned { what: mask(what) },
            StepEvent::Failed { why } => StepEvent::Failed { why: mask(why) },
            StepEvent::PassedOver { why, said } => StepEvent::PassedOver { why: mask(why), said: mask(said) },
            StepEvent::Handling { what: plain } => {
                *what = mask(plain);
                StepEvent::Handling { what }
            }
            StepEvent::Ended { exit_code, duration } => StepEvent::Ended { exit_code: *exit_code, duration: *duration },
        }
    }

    fn value(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => self.secrets.text(text).into_owned().into(),
            Json::Array(all) => all.iter().map(|value| self.value(value)).collect(),
            Json::Object(all) => {
                let entry = |(name, value): (&String, &Json)| (self.secrets.text(name).into_owned(), self.value(value));
                Json::Object(all.iter().map(entry).collect())
            }
            other => other.clone(),
        }
    }

    fn step(&self, id: &StepId, event: &StepEvent) {
        let mask = |text: &str| self.secrets.text(text).into_owned();
        let label = id.label.as_deref().map(mask);
        let masked = |value: &Json| self.value(value);
        let part = Part {
            item: id.part.item.as_ref().map(masked),
            matrix: id.part.matrix.as_ref().map(masked),
            ..id.part.clone()
        };
        let id = &StepId { task: mask(&id.task), title: mask(&id.title), label, part, ..id.clone() };
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
            Event::TaskStarted { .. } | Event::TaskEnded { .. } | Event::Targets(_) | Event::Finished { .. } => {
                self.inner.tell(event);
            }
        }
    }
}
