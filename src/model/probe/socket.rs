//! The sockets of a network namespace: as the kernel tells them, and as users see listeners and connections.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::surroundings::Surroundings;
use crate::model::ports::Protocol;

/// Which sockets are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// TCP sockets that listen, UDP sockets that take from anyone.
    Listening,
    All,
}

/// The kernel's states of a TCP socket. A UDP socket is `Established` when it has a peer, else `Close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Established,
    SynSent,
    SynReceived,
    FinWait1,
    FinWait2,
    TimeWait,
    Close,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

/// One socket, as an agent finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Socket {
    /// TCP or UDP.
    pub udp: bool,
    pub state: State,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// A socket of IPv6 that takes no IPv4.
    pub ipv6_only: bool,
    /// Of a listener the connections that wait to be accepted, else the bytes that wait to be read.
    pub received: u32,
    /// Of a listener how many connections may wait, else the bytes that the other side has not confirmed.
    pub sent: u32,
    /// Zero for a connection that no process holds any longer.
    pub inode: u64,
    pub holder: Option<Holder>,
    pub transfer: Option<Transfer>,
}

/// What the kernel knows of a TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The smoothed round trip, in microseconds.
    pub round_trip: u32,
    pub retransmits: u32,
    pub bytes_sent: u64,
    pub bytes_received: u64,
}

/// The process that holds a socket; of several the first that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    /// At most 15 characters, as the kernel keeps them.
    pub process: String,
    /// The full id of the container it belongs to.
    pub container: Option<String>,
}

impl Socket {
    pub fn listens(&self) -> bool {
        if self.udp { self.state == State::Close } else { self.state == State::Listen }
    }

    fn protocol(&self) -> &'static str {
        if self.udp { "udp" } else { "tcp" }
    }

    /// Whether the address can be reached from outside the namespace.
    fn loopback_only(&self) -> bool {
        self.local.ip().is_loopback()
    }

    /// The engine's DNS inside a namespace: the engine's own process listens on the address that resolv.conf names.
    fn is_engine_dns(&self, around: &Surroundings) -> bool {
        let foreign = self.holder.as_ref().is_none_or(|holder| holder.container.is_none());
        around.has_engine_dns && foreign && self.local.ip() == DNS
    }
}

/// Where the engine's DNS answers in every container that is on a user-defined network.
const DNS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 11));

/// Options of `listening`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListeningSpec {
    /// What the engine itself listens on inside the container too.
    #[serde(default)]
    pub all: bool,
}

/// Options of `sockets`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketsSpec {
    /// Those that only listen too.
    #[serde(default)]
    pub all: bool,
}

/// A socket that takes what comes to a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listener {
    pub address: IpAddr,
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Whether one at `::` takes IPv4 as well.
    pub dual_stack: bool,
    /// Whether only processes of the same namespace reach it.
    pub loopback_only: bool,
    /// `None` where it cannot be known.
    pub process: Option<String>,
    pub pid: Option<u32>,
    /// Whose process it is: a namespace may be shared.
    pub container: Option<String>,
    /// What of the engine listens: `docker dns`, `docker proxy`.
    pub owner: Option<&'static str>,
    /// How many connections may wait to be accepted; `None` for UDP.
    pub backlog: Option<u32>,
    /// How many connections wait to be accepted; of UDP, how many bytes wait to be read.
    pub queue: u32,
    /// Whose network namespace it is, where that is not the container's own: `host`, or a container.
    pub shared_with: Option<String>,
}

impl Listener {
    fn of(socket: &Socket, around: &Surroundings) -> Self {
        let holder = socket.holder.as_ref();
        let (address, port) = (socket.local.ip(), socket.local.port());
        let protocol = if socket.udp { Protocol::Udp } else { Protocol::Tcp };
        let published = holder.and_then(|holder| around.published(&holder.process, port, protocol));
        let own = holder.and_then(|holder| around.container(holder.container.as_deref()?));
        Self {
            address,
            port,
            protocol: socket.protocol(),
            dual_stack: address.is_ipv6() && address.is_unspecified() && !socket.ipv6_only,
            loopback_only: socket.loopback_only(),
            process: holder.map(|holder| holder.process.clone()),
            pid: holder.map(|holder| holder.pid),
            container: own.or(published.clone()),
            owner: match (socket.is_engine_dns(around), published) {
                (true, _) => Some("docker dns"),
                (false, Some(_)) => Some("docker proxy"),
                (false, None) => None,
            },
            backlog: (!socket.udp).then_some(socket.sent),
            queue: socket.received,
            shared_with: around.shared_with.clone(),
        }
    }
}

/// What listens, in the order of ports.
pub fn listeners(sockets: &[Socket], around: &Surroundings, spec: ListeningSpec) -> Vec<Listener> {
    let listening = sockets.iter().filter(|socket| socket.listens());
    let shown = listening.filter(|socket| spec.all || !socket.is_engine_dns(around));
    let mut all: Vec<Listener> = shown.map(|socket| Listener::of(socket, around)).collect();
    all.sort_by_key(|listener| (listener.protocol, listener.port, listener.address));
    all
}

/// A socket that is in use.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Connection {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    pub state: State,
    pub address: IpAddr,
    pub port: u16,
    /// The address of the other side; `None` where there is none.
    pub peer: Option<IpAddr>,
    pub peer_port: Option<u16>,
    /// The container that has the peer's address, or `host`.
    pub peer_container: Option<String>,
    /// `None` where it cannot be known.
    pub process: Option<String>,
    pub pid: Option<u32>,
    /// Whose process it is: a namespace may be shared.
    pub container: Option<String>,
    /// Bytes that wait to be read; of a listener, connections that wait to be accepted.
    pub receive_queue: u32,
    /// Bytes that the other side has not confirmed; of a listener, how many connections may wait.
    pub send_queue: u32,
    pub rtt_ms: Option<f64>,
    pub retransmits: Option<u32>,
    pub sent_bytes: Option<u64>,
    pub received_bytes: Option<u64>,
}

impl Connection {
    fn of(socket: &Socket, around: &Surroundings) -> Self {
        let peer = Some(socket.peer).filter(|peer| !peer.ip().is_unspecified());
        let (holder, transfer) = (socket.holder.as_ref(), socket.transfer.filter(|_| !socket.listens()));
        Self {
            protocol: socket.protocol(),
            state: socket.state,
            address: socket.local.ip(),
            port: socket.local.port(),
            peer: peer.map(|peer| peer.ip()),
            peer_port: peer.map(|peer| peer.port()),
            peer_container: peer.and_then(|peer| around.who(peer.ip())),
            process: holder.map(|holder| holder.process.clone()),
            pid: holder.map(|holder| holder.pid),
            container: holder.and_then(|holder| around.container(holder.container.as_deref()?)),
            receive_queue: socket.received,
            send_queue: socket.sent,
            rtt_ms: transfer.map(|transfer| f64::from(transfer.round_trip) / 1000.0),
            retransmits: transfer.map(|transfer| transfer.retransmits),
            sent_bytes: transfer.map(|transfer| transfer.bytes_sent),
            received_bytes: transfer.map(|transfer| transfer.bytes_received),
        }
    }
}

/// What is in use, in the order of local ports.
pub fn connections(sockets: &[Socket], around: &Surroundings, spec: SocketsSpec) -> Vec<Connection> {
    let shown = sockets.iter().filter(|socket| spec.all || !socket.listens());
    let mut all: Vec<Connection> = shown.map(|socket| Connection::of(socket, around)).collect();
    all.sort_by_key(|one| (one.protocol, one.port, one.peer, one.peer_port));
    all
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests;
