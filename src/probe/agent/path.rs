//! Packets sent to find out about the way: with few hops to live, or whole and large. The kernel keeps what comes back for
//! them in the socket's queue of errors, so that no raw rights are needed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{SendFlags, SocketType, connect, getpeername, send, sockopt};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use super::echo;
use super::namespace::Namespace;
use super::setback::{self, Asked, Setback};
use super::socket::{self, Returned};
use crate::model::probe::path::Packet;
use crate::model::probe::verdict::{Cause, Miss};

/// How a packet is sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Manner {
    /// It lives for so many hops.
    Hops(u8),
    /// It is never cut into pieces.
    Whole,
}

/// What came of a packet.
#[derive(Debug)]
pub(super) enum Event {
    /// The destination has it: it answered, or refused.
    Reached,
    /// It is too large; at most so much goes on from there. Nobody said so where it is this machine's own interface.
    TooLarge {
        most: u32,
        by: Option<IpAddr>,
    },
    /// It came to the end of its life there.
    Expired {
        by: IpAddr,
    },
    Failed(Cause, String, Option<IpAddr>),
}

struct Sent {
    socket: OwnedFd,
    raw: bool,
    at: Instant,
    local: Option<IpAddr>,
    /// Of an echo.
    sequence: u16,
    done: Result<(), Errno>,
}

/// Sends one packet and waits for what comes of it; `None` for silence.
pub(super) async fn shot(
    namespace: &Namespace,
    to: IpAddr,
    packet: Packet,
    manner: Manner,
    wait: Duration,
) -> Result<Option<(Duration, Event)>, Miss> {
    let unsent = |error: io::Error| Miss::new(Cause::NotSent, error.to_string(), Duration::ZERO);
    let sent = namespace.inside(move || dispatch(to, packet, manner)).await.map_err(unsent)?;
    let (at, local) = (sent.at, sent.local);
    let asked = asked(packet);
    if let Err(error) = sent.done
        && error != Errno::INPROGRESS
    {
        let event = event(error.into(), socket::returned(&sent.socket), asked, to, local);
        return Ok(event.map(|event| (at.elapsed(), event)));
    }
    let interest = if asked == Asked::Handshake { Interest::WRITABLE } else { Interest::READABLE } | Interest::ERROR;
    let (raw, sequence) = (sent.raw, sent.sequence);
    let socket = socket::watched(sent.socket, interest).map_err(unsent)?;
    let ended = timeout(wait, async {
        if asked == Asked::Handshake {
            handshake(&socket).await
        } else {
            reply(&socket, to, sequence, raw, asked).await
        }
    });
    let Ok(ended) = ended.await else { return Ok(None) };
    let took = at.elapsed();
    Ok(match ended {
        Ok(()) => Some((took, Event::Reached)),
        Err((error, returned)) => event(error, returned, asked, to, local).map(|event| (took, event)),
    })
}

fn asked(packet: Packet) -> Asked {
    match packet {
        Packet::Echo { .. } => Asked::Echo,
        Packet::Datagram { .. } => Asked::Datagram,
        Packet::Handshake { .. } => Asked::Handshake,
    }
}

fn dispatch(to: IpAddr, packet: Packet, manner: Manner) -> io::Result<Sent> {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let sequence = NEXT.fetch_add(1, Ordering::Relaxed);
    let (socket, raw) = match packet {
        Packet::Echo { .. } => echo::open(to)?,
        Packet::Datagram { .. } => (socket::open(to, SocketType::DGRAM, None)?, false),
        Packet::Handshake { .. } => (socket::open(to, SocketType::STREAM, None)?, false),
    };
    match manner {
        Manner::Hops(hops) if to.is_ipv4() => sockopt::set_ip_ttl(&socket, hops.into())?,
        Manner::Hops(hops) => sockopt::set_ipv6_unicast_hops(&socket, Some(hops))?,
        Manner::Whole => socket::keep_whole(&socket, to)?,
    }
    let port = match packet {
        Packet::Echo { .. } => 0,
        Packet::Datagram { port } | Packet::Handshake { port } => port,
    };
    let at = Instant::now();
    let done = connect(&socket, &SocketAddr::new(to, port)).and_then(|()| match packet {
        Packet::Echo { size } => send(&socket, &echo::request(to, size, sequence), SendFlags::NOSIGNAL).map(drop),
        Packet::Datagram { .. } => send(&socket, &[], SendFlags::NOSIGNAL).map(drop),
        Packet::Handshake { .. } => Ok(()),
    });
    let local = socket::local(&socket).map(|local| local.ip());
    Ok(Sent { socket, raw, at, local, sequence, done })
}

type Ended = Result<(), (io::Error, Option<Returned>)>;

async fn reply(socket: &AsyncFd<OwnedFd>, to: IpAddr, sequence: u16, raw: bool, asked: Asked) -> Ended {
    let mut buffer = vec![0; 1 << 16];
    let failed = |error: io::Error| (error, socket::returned(socket.get_ref()));
    loop {
        let mut ready = socket.ready(Interest::READABLE | Interest::ERROR).await.map_err(|error| (error, None))?;
        match socket::receive(socket.get_ref(), &mut buffer) {
            Ok(message) => {
                let bytes = buffer.get(..message.length).unwrap_or_default();
                if asked != Asked::Echo || echo::is_reply(bytes, to, sequence, raw) {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if let Some(returned) = socket::returned(socket.get_ref()) {
                    return Err((io::Error::from_raw_os_error(returned.errno), Some(returned)));
                }
                ready.clear_ready();
            }
            Err(error) => return Err(failed(error)),
        }
    }
}

async fn handshake(socket: &AsyncFd<OwnedFd>) -> Ended {
    let failed = |error: io::Error| (error, socket::returned(socket.get_ref()));
    loop {
        let mut ready = socket.ready(Interest::WRITABLE | Interest::ERROR).await.map_err(|error| (error, None))?;
        match sockopt::socket_error(socket.get_ref()) {
            Ok(Ok(())) => {}
            Ok(Err(error)) | Err(error) => return Err(failed(error.into())),
        }
        match getpeername(socket.get_ref()) {
            Ok(_) => return Ok(()),
            Err(Errno::NOTCONN) => ready.clear_ready(),
            Err(error) => return Err(failed(error.into())),
        }
    }
}

/// What an error says of the way; `None` where it says nothing.
fn event(
    error: io::Error,
    returned: Option<Returned>,
    asked: Asked,
    to: IpAddr,
    local: Option<IpAddr>,
) -> Option<Event> {
    let by = returned.and_then(|returned| returned.by);
    if error.raw_os_error() == Some(libc::EMSGSIZE) {
        let most = returned.map_or(0, |returned| returned.most);
        return Some(Event::TooLarge { most, by: by.filter(|_| returned.is_some_and(|one| one.icmp.is_some())) });
    }
    match (to, returned.and_then(|returned| returned.icmp), by) {
        (IpAddr::V4(_), Some((11, _)), Some(by)) | (IpAddr::V6(_), Some((3, _)), Some(by)) => {
            return Some(Event::Expired { by });
        }
        // The destination itself has no such port.
        (IpAddr::V4(_), Some((3, 3)), Some(by)) | (IpAddr::V6(_), Some((1, 4)), Some(by)) if by == to => {
            return Some(Event::Reached);
        }
        _ => {}
    }
    match setback::of(error, returned, asked, to, local) {
        Setback::Final(Cause::Refused, _) => Some(Event::Reached),
        Setback::Final(cause, words) | Setback::Unfound(cause, words) => Some(Event::Failed(cause, words, by)),
        Setback::Busy(_) | Setback::Silent => None,
    }
}
