//! The token of what runs at the end, however that came: Ctrl-C does not stop it, a second Ctrl-C does.

use std::sync::{Mutex, PoisonError};

use super::cancel::Cancel;
use super::signals::{heed_second, spare};

/// Shared by all that one run does at its end.
#[derive(Debug)]
pub struct Cleanup {
    token: Cancel,
    /// How many clean up at this time.
    open: Mutex<usize>,
}

/// While it is held, a second signal goes to the token.
#[derive(Debug)]
pub struct Cleaning<'a>(&'a Cleanup);

impl Default for Cleanup {
    fn default() -> Self {
        Self { token: Cancel::sparing(), open: Mutex::default() }
    }
}

impl Cleanup {
    /// `None` once a second signal came: then nothing more begins.
    pub fn begin(&self) -> Option<Cleaning<'_>> {
        if self.token.reason().is_some() {
            return None;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        *open += 1;
        if *open == 1 {
            spare(&self.token);
        }
        Some(Cleaning(self))
    }
}

impl Cleaning<'_> {
    pub fn token(&self) -> &Cancel {
        &self.0.token
    }
}

impl Drop for Cleaning<'_> {
    fn drop(&mut self) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        *open -= 1;
        if *open == 0 {
            heed_second(&self.0.token);
        }
    }
}
