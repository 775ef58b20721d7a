//! The token of what runs at the end, however that came: Ctrl-C does not stop it, a second Ctrl-C does.

use std::sync::{Mutex, PoisonError};

use crate::runtime::{Cancel, second_signal};

#[derive(Debug)]
pub(super) struct Cleanup {
    token: Cancel,
    /// How many clean up at this time.
    open: Mutex<usize>,
}

/// While it is held, a second signal goes to the token.
pub(super) struct Cleaning<'a>(&'a Cleanup);

impl Default for Cleanup {
    fn default() -> Self {
        Self { token: Cancel::sparing(), open: Mutex::default() }
    }
}

impl Cleanup {
    /// `None` once a second signal came: then nothing more begins.
    pub(super) fn begin(&self) -> Option<Cleaning<'_>> {
        if self.token.reason().is_some() {
            return None;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        *open += 1;
        second_signal(Some(&self.token));
        Some(Cleaning(self))
    }
}

impl Cleaning<'_> {
    pub(super) fn token(&self) -> &Cancel {
        &self.0.token
    }
}

impl Drop for Cleaning<'_> {
    fn drop(&mut self) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        *open -= 1;
        if *open == 0 {
            second_signal(None);
        }
    }
}
