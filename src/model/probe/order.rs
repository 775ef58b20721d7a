//! What an agent is asked to do inside a network namespace, and what it finds there. Sent over the wire as it stands.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::interface::Interface;
use super::names::{Heard, Lookup};
use super::neighbour::Neighbour;
use super::path::{Measured, Packet, Traced};
use super::route::Route;
use super::socket::{Socket, Which};
use super::verdict::Miss;

/// Where the sockets of an order are made.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Where the agent itself is.
    Own,
    Inside(Inside),
}

/// The network namespace of a running container, by all that may lead there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Inside {
    /// The container's full id.
    pub id: String,
    /// Its first process, as the engine's machine counts them.
    pub pid: u32,
    /// The file that the engine keeps of its namespace: `/var/run/docker/netns/1a2b3c`; empty where it has none.
    pub sandbox: String,
}

/// One thing to do. The agent ends it when `within` is over, counted from when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub from: Stand,
    pub ask: Ask,
    pub within: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// An ICMP echo with so many bytes of payload, sent so many times within the time until it is answered.
    Echo { to: IpAddr, size: u16, tries: u8 },
    /// A TCP handshake; asked again within the time.
    Connect { to: SocketAddr },
    /// A UDP datagram, and whether anything comes back; asked again within the time.
    Datagram { to: SocketAddr, payload: Vec<u8> },
    /// Whom packets pass, at most so many, each given so long.
    Trace { to: IpAddr, packet: Packet, most: u8, wait: Duration },
    /// The largest packet that arrives whole.
    PathMtu { to: IpAddr, within: Duration },
    /// Questions to name servers.
    Names(Lookup),
    /// The sockets that there are, of TCP and UDP.
    Sockets(Which),
    /// How many handshakes the namespace has dropped because a listener's queue was full.
    Overflows,
    /// How many neighbours the kernel had no room for. Only the machine's own namespace tells.
    NeighbourOverflows,
    /// Take a neighbour out of the list that ARP made, so that a crowd fits.
    Forget(Ipv4Addr),
    /// The network interfaces with their addresses.
    Interfaces,
    /// The routes of all tables.
    Routes,
    /// Who is known on the links.
    Neighbours,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// `latency` is that of the echo itself, without waiting in queues.
    Echoed {
        latency: Duration,
    },
    /// `latency` is that of the handshake, as the kernel measured it.
    Connected {
        latency: Duration,
        local: SocketAddr,
    },
    Answered {
        latency: Duration,
        payload: Vec<u8>,
    },
    Traced(Traced),
    PathMtu(Measured),
    Names(Heard),
    Sockets(Vec<Socket>),
    Count(u64),
    Forgotten,
    Interfaces(Vec<Interface>),
    Routes(Vec<Route>),
    Neighbours(Vec<Neighbour>),
}

impl Found {
    /// Of what measures one.
    pub fn latency(&self) -> Option<Duration> {
        match self {
            Self::Echoed { latency } | Self::Connected { latency, .. } | Self::Answered { latency, .. } => {
                Some(*latency)
            }
            _ => None,
        }
    }
}

pub type Answer = Result<Found, Miss>;
