//! The probers of a run: one for each engine, so that all that probes in it shares the agents.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::prober::Prober;
use super::settings::Settings;
use crate::engine::Engine;

/// Clones share the probers.
#[derive(Clone, Default)]
pub struct Probers {
    settings: Settings,
    /// By the engine's address.
    known: Arc<Mutex<HashMap<String, Prober>>>,
}

impl Probers {
    pub fn new(settings: Settings) -> Self {
        Self { settings, known: Arc::default() }
    }

    pub fn on(&self, engine: &Engine) -> Prober {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Prober::with(engine.clone(), self.settings.clone());
        known.entry(engine.address().to_owned()).or_insert_with(made).clone()
    }
}

impl fmt::Debug for Probers {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Probers").field("settings", &self.settings).finish_non_exhaustive()
    }
}
