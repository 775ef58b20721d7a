//! A sink before a sink: output loses its secrets on the way, also those that are split over its pieces.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::event::{Event, Sink, StepEvent, StepId};
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
}

impl Sink for Masked {
    fn tell(&self, event: &Event) {
        match event {
            Event::Step(id, StepEvent::Output(output, bytes)) => return self.output(id, *output, bytes),
            Event::Step(id, StepEvent::Ended { .. }) => self.finish(id),
            _ => {}
        }
        self.inner.tell(event);
    }
}
