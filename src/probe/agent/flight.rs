//! How many probes are under way at once: overall, as open files allow, and towards one listener, as its queue allows.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// More would only wait in the kernel's queues, and spoil what is measured.
const MOST: u64 = 4096;
/// Open files left for all that is no probe.
const RESERVED: u64 = 256;
/// The most sockets that one order has open at a time.
pub(super) const SOCKETS_EACH: u64 = 4;
/// Handshakes that one listener is asked for at a time.
const AT_ONCE: usize = 4;
/// Who has not answered by then will not be pressed harder by the next.
pub(super) const SILENT: Duration = Duration::from_millis(10);

/// Open files are a limit of the process, so this is one too.
static OVERALL: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(room()));

/// Waits for room for one order.
pub(super) async fn admitted() -> Option<tokio::sync::SemaphorePermit<'static>> {
    OVERALL.acquire().await.ok()
}

/// Raises the soft limit of open files to the hard one, and says how many orders fit.
fn room() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // Where it is refused, the soft limit is what there is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let orders = (files.saturating_sub(RESERVED) / SOCKETS_EACH).clamp(8, MOST);
    usize::try_from(orders).unwrap_or(8)
}

/// The gates of listeners that are being asked now.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<SocketAddr, Weak<Semaphore>>>);

impl Gates {
    pub(super) fn of(&self, listener: SocketAddr) -> Gate {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(&listener).and_then(Weak::upgrade) {
            return Gate(gate);
        }
        if gates.len() >= 1024 {
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        gates.insert(listener, Arc::downgrade(&gate));
        Gate(gate)
    }
}

/// Lets a few at a time through to one listener.
#[derive(Debug, Clone)]
pub(super) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(super) async fn pass(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().acquire_owned().await.ok()
    }
}
