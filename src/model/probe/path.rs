//! The way that packets take: how large they may be, and whom they pass.

use std::net::IpAddr;
use std::num::NonZeroU8;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timeout::Timeout;
use super::verdict::Cause;

/// Options of `traceroute`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSpec {
    /// 30 when absent, as for everyone.
    pub max_hops: Option<NonZeroU8>,
    /// For the answer to one packet; 1 s when absent.
    pub wait: Option<Timeout>,
}

/// Options of `path_mtu`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PathMtuSpec {
    /// For the whole of it; 15 s when absent.
    pub timeout: Option<Timeout>,
}

/// What is sent to find the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Packet {
    /// An ICMP echo with so many bytes of payload.
    Echo { size: u16 },
    /// An empty UDP datagram.
    Datagram { port: u16 },
    /// A TCP SYN.
    Handshake { port: u16 },
}

/// One stop on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Nobody answered when absent.
    pub by: Option<IpAddr>,
    pub latency: Duration,
    /// Why the way ends here, where it does not end well.
    pub refused: Option<(Cause, String)>,
}

/// The stops on the way. The last is the destination where `reached` is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traced {
    pub hops: Vec<Hop>,
    pub reached: bool,
}

/// The largest packet that arrives whole, with its IP header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub mtu: u32,
    /// That of the interface of the source; more was not tried.
    pub link: u32,
    /// The router that said what it lets pass, where one did.
    pub by: Option<IpAddr>,
    /// Larger packets vanish without a word: found out by trying.
    pub silently: bool,
    pub latency: Duration,
}

/// A stop as `traceroute` tells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedHop {
    /// From 1.
    pub hop: usize,
    pub address: Option<IpAddr>,
    /// The container that has the address, or the network whose gateway it is.
    pub name: Option<String>,
    /// The network of the engine that the address is of.
    pub network: Option<String>,
    pub latency_ms: Option<f64>,
}

/// What `traceroute` tells. `ok` is true when the destination answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceProbe {
    pub ok: bool,
    pub cause: Option<Cause>,
    pub address: Option<IpAddr>,
    pub hops: Vec<NamedHop>,
    pub message: String,
    pub hint: Option<String>,
}

/// What `path_mtu` tells. `ok` is true when it was found out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathMtuProbe {
    pub ok: bool,
    pub cause: Option<Cause>,
    pub address: Option<IpAddr>,
    /// Bytes, with the IP header.
    pub mtu: Option<u32>,
    /// That of the interface of the source.
    pub link_mtu: Option<u32>,
    /// The router that said what it lets pass, where one did.
    pub by: Option<IpAddr>,
    /// Larger packets vanish without a word on the way.
    pub black_hole: bool,
    pub message: String,
    pub hint: Option<String>,
}
