//! A TCP handshake.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{SocketType, connect, getpeername, sockopt};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::attempts::{TRIES, until_answered};
use super::flight::{Gate, SILENT};
use super::namespace::Namespace;
use super::setback::{self, Asked, Setback};
use super::socket;
use crate::model::probe::order::{Answer, Found};
use crate::model::probe::verdict::Cause;

pub(super) async fn handshake(namespace: &Namespace, to: SocketAddr, within: Duration, gate: &Gate) -> Answer {
    // The time begins when it is this one's turn.
    let turn = Mutex::new(gate.pass().await);
    until_answered(within, TRIES, Cause::Filtered, || {
        let turn = turn.lock().ok().and_then(|mut turn| turn.take());
        attempt(namespace, to, gate, turn)
    })
    .await
}

/// A socket that has sent its SYN.
struct Sent {
    socket: OwnedFd,
    local: Option<SocketAddr>,
    at: Instant,
    done: Result<(), Errno>,
}

fn send(to: SocketAddr) -> io::Result<Sent> {
    let socket = socket::open(to.ip(), SocketType::STREAM, None)?;
    let at = Instant::now();
    let done = connect(&socket, &to);
    Ok(Sent { local: socket::local(&socket), socket, at, done })
}

async fn attempt(
    namespace: &Namespace,
    to: SocketAddr,
    gate: &Gate,
    turn: Option<OwnedSemaphorePermit>,
) -> Result<Found, Setback> {
    let turn = match turn {
        Some(turn) => Some(turn),
        None => gate.pass().await,
    };
    let refused = |error: io::Error| setback::of(error, None, Asked::Handshake, to.ip(), None);
    let Sent { socket, local, at, done } = namespace.inside(move || send(to)).await.map_err(refused)?;
    if let Err(error) = done
        && error != Errno::INPROGRESS
    {
        return Err(setback::of(error.into(), socket::returned(&socket), Asked::Handshake, to.ip(), None));
    }
    let socket = socket::watched(socket, Interest::WRITABLE | Interest::ERROR).map_err(Setback::Busy)?;
    let mut answer = Box::pin(answered(&socket));
    let (outcome, at_once) = if let Ok(outcome) = timeout(SILENT, &mut answer).await {
        (outcome, true)
    } else {
        // Whoever is next may try: this one waits without pressing the listener.
        drop(turn);
        (answer.await, false)
    };
    let waited = at.elapsed();
    outcome.map_err(|error| {
        let returned = socket::returned(socket.get_ref());
        setback::of(error, returned, Asked::Handshake, to.ip(), local.map(|local| local.ip()))
    })?;
    let measured = socket::round_trip(socket.get_ref());
    let local = socket::local(socket.get_ref()).or(local).unwrap_or(to);
    let latency = measured.map_or(waited, |measured| if at_once { measured.min(waited) } else { measured });
    Ok(Found::Connected { latency, local })
}

/// Waits for the end of the handshake, one way or the other.
async fn answered(socket: &AsyncFd<OwnedFd>) -> io::Result<()> {
    loop {
        let mut ready = socket.ready(Interest::WRITABLE | Interest::ERROR).await?;
        sockopt::socket_error(socket.get_ref())??;
        match getpeername(socket.get_ref()) {
            Ok(_) => return Ok(()),
            // Woken too early.
            Err(Errno::NOTCONN) => ready.clear_ready(),
            Err(error) => return Err(error.into()),
        }
    }
}
