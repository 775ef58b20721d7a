//! A TCP connection that is kept, made inside a network namespace.

use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use super::namespace::Namespace;
use super::setback::{self, Asked, Setback};
use crate::model::duration::seconds;
use crate::model::probe::verdict::{Cause, Miss};

pub(super) async fn dial(namespace: &Namespace, to: SocketAddr, within: Duration) -> Result<TcpStream, Miss> {
    let begun = Instant::now();
    let (cause, detail) = match timeout(within, connected(namespace, to)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => why(error, to, within),
        Err(_) => silent(to, within),
    };
    Err(Miss { cause, detail, after: begun.elapsed() })
}

/// A stream to an address, as long as it takes.
pub(super) async fn connected(namespace: &Namespace, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = namespace
        .inside(move || {
            let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
            Ok(socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?)
        })
        .await?;
    TcpSocket::from_std_stream(StdTcpStream::from(socket)).connect(to).await
}

/// A socket that is kept is closed in order, unlike one that only asks.
fn why(error: io::Error, to: SocketAddr, within: Duration) -> (Cause, String) {
    match setback::of(error, None, Asked::Handshake, to.ip(), None) {
        Setback::Final(cause, words) | Setback::Unfound(cause, words) => (cause, format!("{to}: {words}")),
        Setback::Busy(error) => (Cause::NotSent, format!("{to}: {error}")),
        Setback::Silent => silent(to, within),
    }
}

fn silent(to: SocketAddr, within: Duration) -> (Cause, String) {
    // What is left of a bound is a hair less than what people wrote.
    let shown =
        Duration::from_millis((u64::try_from(within.as_millis()).unwrap_or(u64::MAX).saturating_add(5)) / 10 * 10);
    (Cause::Filtered, format!("{to} did not answer within {}", seconds(shown)))
}
