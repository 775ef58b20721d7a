//! A TCP connection that is kept: its socket is made inside, its bytes are relayed from anywhere.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::namespace::Namespace;
use super::setback::{self, Asked, Setback};
use crate::model::probe::verdict::{Cause, Miss};

pub(super) async fn dial(namespace: &Namespace, to: SocketAddr, within: Duration) -> Result<TcpStream, Miss> {
    let begun = Instant::now();
    let missed = |error: io::Error| match setback::of(error, None, Asked::Handshake, to.ip(), None) {
        Setback::Final(cause, detail) => Miss::new(cause, detail, begun.elapsed()),
        Setback::Busy(error) => Miss::new(Cause::NotSent, error.to_string(), begun.elapsed()),
        Setback::Silent => silent(begun.elapsed()),
    };
    let make = move || if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = namespace.inside(make).await.map_err(missed)?;
    let stream = match timeout(within, socket.connect(to)).await {
        Ok(connected) => connected.map_err(missed)?,
        Err(_) => return Err(silent(within)),
    };
    stream.set_nodelay(true).map_err(missed)?;
    Ok(stream)
}

fn silent(after: Duration) -> Miss {
    let words = format!("no answer within {}", crate::model::duration::seconds(after));
    Miss::new(Cause::Filtered, words, after)
}
