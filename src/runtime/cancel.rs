//! A token that ends waits, and why it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

/// Why work was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Ctrl-C, SIGTERM or SIGHUP.
    Interrupted,
    /// A time limit passed.
    TimedOut,
    /// The reader of our output went away.
    PipeClosed,
}

/// Shared by everything that one command does. Clones are the same token; a child ends with its parent.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    token: CancellationToken,
    reason: Arc<AtomicU8>,
    parent: Option<Arc<Cancel>>,
    spared: bool,
}

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that ends with this one, and may end alone.
    #[must_use]
    pub fn child(&self) -> Self {
        let (token, parent) = (self.token.child_token(), Some(Arc::new(self.clone())));
        Self { token, reason: Arc::default(), parent, spared: self.spared }
    }

    /// A token for work that the first signal must not stop.
    pub fn sparing() -> Self {
        Self { spared: true, ..Self::default() }
    }

    /// Whether the first signal must not stop this work.
    pub fn is_spared(&self) -> bool {
        self.spared
    }

    /// Ends every wait on this token and its children. The first reason stays.
    pub fn cancel(&self, reason: Reason) {
        let code = match reason {
            Reason::Interrupted => 1,
            Reason::TimedOut => 2,
            Reason::PipeClosed => 3,
        };
        let _ = self.reason.compare_exchange(0, code, Ordering::SeqCst, Ordering::SeqCst);
        self.token.cancel();
    }

    /// Whether both are clones of one token.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.reason, &other.reason)
    }

    /// The reason, once cancelled.
    pub fn reason(&self) -> Option<Reason> {
        match self.reason.load(Ordering::SeqCst) {
            1 => Some(Reason::Interrupted),
            2 => Some(Reason::TimedOut),
            3 => Some(Reason::PipeClosed),
            _ => self.parent.as_ref().and_then(|parent| parent.reason()),
        }
    }

    /// Resolves once cancelled.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }
}
