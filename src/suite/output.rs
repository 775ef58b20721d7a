//! What tests print: kept, and shown where it helps.

use std::sync::{Arc, Mutex, PoisonError};

/// More of one test is not kept: its end is.
const MOST: usize = 256 << 10;

/// Takes what a printer hands over.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        if kept.len() > 2 * MOST {
            let excess = kept.len() - MOST;
            kept.drain(..excess);
        }
    }

    /// What came since it was last taken.
    pub(super) fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let begin = bytes.len().saturating_sub(MOST);
        let text = String::from_utf8_lossy(&bytes[begin..]).into_owned();
        if begin == 0 { text } else { format!("(the beginning is left out)\n{text}") }
    }
}
