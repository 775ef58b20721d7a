//! What all tests of a run share: how it goes, who is told, and what came of it so far.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::{Ending, Finished, Sink, Tally};
use crate::script::{Context, Patience};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files at a time.
    pub jobs: usize,
    /// Only tests whose `FILE: NAME` holds this text.
    pub filter: Option<String>,
    pub patience: Patience,
    /// Whether nothing more begins after a failure.
    pub fail_fast: bool,
}

/// What the units of a run share.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) options: &'a Options,
    sinks: &'a [&'a dyn Sink],
    tally: Mutex<Tally>,
    failed: AtomicBool,
}

impl<'a> Run<'a> {
    pub(super) fn new(context: &'a Context, options: &'a Options, sinks: &'a [&'a dyn Sink]) -> Self {
        Self { context, options, sinks, tally: Mutex::default(), failed: AtomicBool::new(false) }
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn tell(&self, finished: &Finished) {
        if matches!(finished.ending, Ending::Failed(_)) {
            self.failed.store(true, Ordering::SeqCst);
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).count(finished);
        self.sinks.iter().for_each(|sink| sink.tell(finished));
    }

    /// Whether another test is to begin.
    pub(super) fn goes_on(&self) -> bool {
        let stopped = self.options.fail_fast && self.failed.load(Ordering::SeqCst);
        !stopped && self.context.cancel.reason().is_none()
    }

    pub(super) fn not_run(&self, file: &str, name: &str) {
        self.tell(&Finished {
            file: file.to_owned(),
            name: name.to_owned(),
            ending: Ending::NotRun,
            duration: Duration::ZERO,
            tries: 0,
            output: String::new(),
        });
    }

    pub(super) fn wants(&self, file: &str, name: &str) -> bool {
        self.options.wants(file, name)
    }
}

impl Options {
    pub(super) fn wants(&self, file: &str, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|text| format!("{file}: {name}").contains(text.as_str()))
    }
}
