//! Undoes what was half-made when the future that made it is dropped.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::client::Engine;
use super::raw::Request;

static PENDING: Mutex<usize> = Mutex::new(0);
static LESS: Condvar = Condvar::new();
static LENT: Mutex<Vec<Weak<Lent>>> = Mutex::new(Vec::new());

/// Counts one piece of cleaning up for as long as it lives.
struct Pending;

impl Pending {
    fn begin() -> Self {
        *PENDING.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        *PENDING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        LESS.notify_all();
    }
}

/// Ends what is lent still, and blocks until all cleaning up that was left to the runtime is done, at most `limit`. True
/// when it is.
///
/// A process that ends after an interruption calls it last; otherwise the cleaning up ends with the process.
pub fn settle(limit: Duration) -> bool {
    let things = std::mem::take(&mut *LENT.lock().unwrap_or_else(PoisonError::into_inner));
    things.iter().filter_map(Weak::upgrade).for_each(|lent| lent.end());
    let end = Instant::now() + limit;
    let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
    while *pending > 0 {
        let Some(left) = end.checked_duration_since(Instant::now()) else { return false };
        pending = LESS.wait_timeout(pending, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    true
}

/// Starts work that outlives its caller and that [`settle`] waits for.
pub(super) fn detach(handle: &Handle, work: impl Future<Output = ()> + Send + 'static) {
    let pending = Pending::begin();
    handle.spawn(async move {
        work.await;
        drop(pending);
    });
}

/// Runs `work` to its end even when the caller goes away; `undo` then takes back what it made.
///
/// For requests that create: the engine goes on with them after the connection closed, so they cannot just be dropped.
pub(super) async fn or_undo<T, E, W, U>(work: W, undo: impl FnOnce(T) -> U + Send + 'static) -> Option<Result<T, E>>
where
    T: Send + 'static,
    E: Send + 'static,
    W: Future<Output = Result<T, E>> + Send + 'static,
    U: Future<Output = ()> + Send,
{
    let (sender, receiver) = oneshot::channel();
    detach(&Handle::current(), async move {
        if let Err(Ok(made)) = sender.send(work.await) {
            undo(made).await;
        }
    });
    receiver.await.ok()
}

/// Something half-made that is removed when this is dropped, unless kept.
pub(super) struct Unfinished {
    engine: Engine,
    removal: Option<Request>,
    handle: Handle,
}

impl Unfinished {
    /// Must be called on the runtime, as it cleans up there.
    pub(super) fn new(engine: &Engine, removal: Request) -> Self {
        Self { engine: engine.clone(), removal: Some(removal), handle: Handle::current() }
    }

    /// It is whole: leave it.
    pub(super) fn keep(mut self) {
        self.removal = None;
    }

    /// Removes it now, rather than behind the caller's back; true when that was done.
    pub(super) async fn remove(mut self) -> bool {
        let Some(removal) = &self.removal else { return false };
        let gone = self.engine.send(removal).await.is_ok();
        self.removal = None;
        gone
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(removal) = self.removal.take() else { return };
        let engine = self.engine.clone();
        detach(&self.handle, async move {
            let _ = engine.send(&removal).await;
        });
    }
}

/// Something on the engine that is there only as long as somebody here needs it: it is removed when the last lets go of
/// it, and at the latest when the process ends in an orderly way.
pub(super) struct Lent {
    removal: Mutex<Option<BoxFuture<'static, ()>>>,
    handle: Handle,
}

impl Lent {
    /// Must be called on the runtime, as it cleans up there. `at_end`: also when somebody still holds it at the end.
    pub(super) fn new(removal: impl Future<Output = ()> + Send + 'static, at_end: bool) -> Arc<Self> {
        let lent = Arc::new(Self { removal: Mutex::new(Some(Box::pin(removal))), handle: Handle::current() });
        if at_end {
            let mut all = LENT.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|other| other.strong_count() > 0);
            all.push(Arc::downgrade(&lent));
        }
        lent
    }

    fn end(&self) {
        if let Some(removal) = self.removal.lock().unwrap_or_else(PoisonError::into_inner).take() {
            detach(&self.handle, removal);
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

/// Removes a container whatever its state, with its anonymous volumes.
pub(super) fn removal(id: &str) -> Request {
    Request::delete(&["containers", id]).switch("force", true).switch("v", true)
}
