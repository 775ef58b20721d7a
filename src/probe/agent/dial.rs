//! A TCP connection that is kept, made inside a network namespace.

use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use super::namespace::Namespace;
use crate::model::duration::seconds;
use crate::model::probe::verdict::{Cause, Miss};

pub(super) async fn dial(namespace: &Namespace, to: SocketAddr, within: Duration) -> Result<TcpStream, Miss> {
    let begun = Instant::now();
    let (cause, detail) = match timeout(within, connected(namespace, to)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => (cause(&error), format!("{to}: {}", words(&error))),
        Err(_) => (Cause::Filtered, format!("{to} did not answer within {}", seconds(within))),
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

fn cause(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => Cause::NoRoute,
        io::ErrorKind::TimedOut | io::ErrorKind::PermissionDenied => Cause::Filtered,
        _ => Cause::SourceGone,
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::NetworkUnreachable => "there is no route to it".into(),
        io::ErrorKind::HostUnreachable => "nobody on the link has the address".into(),
        _ => error.to_string(),
    }
}
