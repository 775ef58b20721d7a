//! The listener of one forward, its relays, and what has passed through them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::target::Target;
use crate::engine::Engine;
use crate::model::forward::Mapping;

/// Measured: the default of 8 KiB costs half of the throughput.
const BUFFER: usize = 64 * 1024;

/// What has passed through a forward so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    pub active: u64,
    pub connections: u64,
    /// Connections that never reached the container.
    pub failed: u64,
    /// Bytes of connections that have ended, towards the container and back.
    pub sent: u64,
    pub received: u64,
}

#[derive(Debug, Default)]
struct Counters {
    active: AtomicU64,
    connections: AtomicU64,
    failed: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

/// An open forward. It lives until it is closed; clones are the same forward.
#[derive(Debug, Clone)]
pub struct Forward {
    local: SocketAddr,
    container: String,
    mapping: Mapping,
    counters: Arc<Counters>,
    stop: CancellationToken,
    /// Disconnects once nothing listens any more.
    ended: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Forward {
    /// Listens, dials the container once to know that it answers, and relays from then on.
    pub async fn open(engine: &Engine, container: &str, mapping: Mapping) -> Result<Self, Error> {
        if !engine.is_local() {
            return Err(Error::Remote { engine: engine.address().to_owned() });
        }
        let wanted = SocketAddr::new(mapping.bind, mapping.local);
        let listener = match TcpListener::bind(wanted).await {
            Ok(listener) => listener,
            Err(source) => {
                let taken = source.kind() == io::ErrorKind::AddrInUse;
                let owner = if taken { engine.port_owner(wanted.port()).await } else { None };
                return Err(Error::Bind { address: wanted, owner, source });
            }
        };
        let local = listener.local_addr().map_err(|source| Error::Bind { address: wanted, owner: None, source })?;
        let target = Arc::new(Target::new(engine.clone(), container, mapping.remote));
        drop(target.dial().await?);
        let (open, ended) = mpsc::channel();
        let forward = Self {
            local,
            container: container.to_owned(),
            mapping,
            counters: Arc::default(),
            stop: CancellationToken::new(),
            ended: Arc::new(Mutex::new(ended)),
        };
        let listening = accept(listener, target, forward.counters.clone(), forward.stop.clone());
        tokio::spawn(async move {
            listening.await;
            drop(open);
        });
        Ok(forward)
    }

    /// Where it listens, with the port that the system chose.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    pub fn container(&self) -> &str {
        &self.container
    }

    pub fn remote(&self) -> u16 {
        self.mapping.remote
    }

    pub fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            active: read(&self.counters.active),
            connections: read(&self.counters.connections),
            failed: read(&self.counters.failed),
            sent: read(&self.counters.sent),
            received: read(&self.counters.received),
        }
    }

    /// Stops listening and ends every relay. The port is free when it returns.
    pub fn close(&self) {
        self.stop.cancel();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // It ends by disconnecting; the bound is for a runtime that is shutting down.
        let _ = ended.recv_timeout(Duration::from_secs(1));
    }
}

async fn accept(listener: TcpListener, target: Arc<Target>, counters: Arc<Counters>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((client, _)) = accepted else {
            // Out of descriptors or a connection that died in the queue: others may still come.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (target, counters, stop) = (target.clone(), counters.clone(), stop.clone());
        tokio::spawn(async move {
            counters.connections.fetch_add(1, Ordering::Relaxed);
            counters.active.fetch_add(1, Ordering::Relaxed);
            tokio::select! {
                () = stop.cancelled() => {}
                () = relay(client, &target, &counters) => {}
            }
            counters.active.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn relay(mut client: TcpStream, target: &Target, counters: &Counters) {
    let _ = client.set_nodelay(true);
    let Ok(mut server) = target.dial().await else {
        counters.failed.fetch_add(1, Ordering::Relaxed);
        return;
    };
    // A relay that breaks off says so to both ends by closing; there is nobody else to tell.
    if let Ok((sent, received)) = copy_bidirectional_with_sizes(&mut client, &mut server, BUFFER, BUFFER).await {
        counters.sent.fetch_add(sent, Ordering::Relaxed);
        counters.received.fetch_add(received, Ordering::Relaxed);
    }
}
