//! Which needed tasks run or have run: each runs once in a run with the same parameters.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::super::error::Error;
use crate::runtime::Cancel;

/// How often whoever waits for a task that another thread runs looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(50);

/// A task and its parameters.
pub(super) type Key = (String, Vec<(String, String)>);

/// Whether what a task needs is given up, since one of it has failed: that one, with its exit code.
#[derive(Debug)]
pub(super) struct GivenUp {
    first: OnceLock<(String, u8)>,
    /// Of the task that needs the task.
    outer: Option<Arc<GivenUp>>,
}

impl GivenUp {
    pub(super) fn within(outer: Option<Arc<Self>>) -> Self {
        Self { first: OnceLock::new(), outer }
    }

    /// The first that failed stays.
    pub(super) fn set(&self, failed: (String, u8)) {
        let _ = self.first.set(failed);
    }

    pub(super) fn first(&self) -> Option<&(String, u8)> {
        self.first.get().or_else(|| self.outer.as_ref()?.first())
    }
}

#[derive(Debug, Default)]
pub(super) struct Needs {
    known: Mutex<BTreeMap<Key, State>>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Running,
    /// With its exit code.
    Ended(u8),
}

impl Needs {
    /// Claims a task: `None` when this thread is to run it, its exit code once another has.
    pub(super) fn claim(&self, key: &Key, cancel: &Cancel) -> Result<Option<u8>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match known.get(key) {
                None => {
                    known.insert(key.clone(), State::Running);
                    return Ok(None);
                }
                Some(State::Ended(code)) => return Ok(Some(*code)),
                Some(State::Running) => {}
            }
            if let Some(reason) = cancel.reason() {
                return Err(Error::stopped(reason));
            }
            known = self.changed.wait_timeout(known, GLANCE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Those that failed are run anew when they are needed next: what they fail by may be over.
    pub(super) fn forgive(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, state| matches!(state, State::Running | State::Ended(0)));
    }

    /// With its exit code; `None` for one that was stopped, which whoever needs it next runs anew.
    pub(super) fn end(&self, key: Key, code: Option<u8>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match code {
            Some(code) => known.insert(key, State::Ended(code)),
            None => known.remove(&key),
        };
        drop(known);
        self.changed.notify_all();
    }
}
