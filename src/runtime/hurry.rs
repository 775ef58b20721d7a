//! Waits for processes to end in peace, and the second signal that ends them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

static ALL: Mutex<Vec<(usize, CancellationToken)>> = Mutex::new(Vec::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A process that may have to be waited for, until this is dropped.
#[derive(Debug)]
pub struct Hurry {
    number: usize,
    token: CancellationToken,
}

impl Hurry {
    #[allow(clippy::new_without_default, reason = "it makes itself known")]
    pub fn new() -> Self {
        let (number, token) = (COUNT.fetch_add(1, Ordering::Relaxed), CancellationToken::new());
        ALL.lock().unwrap_or_else(PoisonError::into_inner).push((number, token.clone()));
        Self { number, token }
    }

    /// Resolves when the end must not be waited for any longer.
    pub async fn hurried(&self) {
        self.token.cancelled().await;
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        ALL.lock().unwrap_or_else(PoisonError::into_inner).retain(|(number, _)| *number != self.number);
    }
}

/// Ends the patience with all processes that run; `false` when there are none that this could hurry.
pub(super) fn hurry() -> bool {
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let mut any = false;
    for (_, token) in all.iter().filter(|(_, token)| !token.is_cancelled()) {
        token.cancel();
        any = true;
    }
    any
}
