//! A UDP datagram, and whether anything comes back.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::net::{SendFlags, SocketType, connect, send};
use tokio::io::Interest;

use super::attempts::{TRIES, until_answered};
use super::namespace::Namespace;
use super::setback::{self, Asked, Setback};
use super::socket;
use crate::model::probe::order::{Answer, Found};
use crate::model::probe::verdict::Cause;

/// The longest datagram that there is.
const LONGEST: usize = 65_536;

pub(super) async fn datagram(namespace: &Namespace, to: SocketAddr, payload: &[u8], within: Duration) -> Answer {
    until_answered(within, TRIES, Cause::NoAnswer, || attempt(namespace, to, payload)).await
}

/// A socket that has sent its datagram, by both clocks.
pub(super) struct Sent {
    pub(super) socket: OwnedFd,
    pub(super) local: Option<SocketAddr>,
    pub(super) at: Instant,
    pub(super) time: Duration,
}

/// Connects a socket, which only sets its addresses, and sends one message through it.
pub(super) fn dispatch(socket: OwnedFd, to: SocketAddr, payload: &[u8]) -> io::Result<Sent> {
    connect(&socket, &to)?;
    let local = socket::local(&socket);
    let (at, time) = (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
    send(&socket, payload, SendFlags::NOSIGNAL)?;
    Ok(Sent { socket, local, at, time })
}

async fn attempt(namespace: &Namespace, to: SocketAddr, payload: &[u8]) -> Result<Found, Setback> {
    let payload = payload.to_vec();
    let sent = namespace.inside(move || dispatch(socket::open(to.ip(), SocketType::DGRAM, None)?, to, &payload)).await;
    let sent = sent.map_err(|error| setback::of(error, None, Asked::Datagram, to.ip(), None))?;
    let mut buffer = vec![0; LONGEST];
    let (latency, length) = answered(sent, Asked::Datagram, to, &mut buffer, |_| true).await?;
    buffer.truncate(length);
    Ok(Found::Answered { latency, payload: buffer })
}

/// Waits for the first message that is `wanted`, or an error. The latency goes by the time at which the kernel had it.
pub(super) async fn answered(
    sent: Sent,
    asked: Asked,
    to: SocketAddr,
    buffer: &mut [u8],
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<(Duration, usize), Setback> {
    let interest = Interest::READABLE | Interest::ERROR;
    let socket = socket::watched(sent.socket, interest).map_err(Setback::Busy)?;
    loop {
        let mut ready = socket.ready(interest).await.map_err(Setback::Busy)?;
        match socket::receive(socket.get_ref(), buffer) {
            Ok(message) if wanted(&buffer[..message.length]) => {
                let elapsed = sent.at.elapsed();
                // The wall clock may have been set meanwhile.
                let kernel = message.arrived.and_then(|arrived| arrived.checked_sub(sent.time));
                let latency = kernel.filter(|latency| !latency.is_zero() && *latency < elapsed).unwrap_or(elapsed);
                return Ok((latency, message.length));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if let Some(returned) = socket::returned(socket.get_ref()) {
                    let error = io::Error::from_raw_os_error(returned.errno);
                    return Err(setback::of(error, Some(returned), asked, to.ip(), sent.local.map(|local| local.ip())));
                }
                ready.clear_ready();
            }
            Err(error) => {
                let returned = socket::returned(socket.get_ref());
                return Err(setback::of(error, returned, asked, to.ip(), sent.local.map(|local| local.ip())));
            }
        }
    }
}
