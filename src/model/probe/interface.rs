//! Network interfaces and their addresses, as the kernel tells them.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One interface, as an agent finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    pub name: String,
    /// The kernel's word, such as `veth` or `bridge`; empty for a plain device.
    pub kind: String,
    /// Empty where it has none.
    pub mac: String,
    pub mtu: u32,
    pub state: LinkState,
    /// The interface that it is a port of.
    pub master: Option<String>,
    pub addresses: Vec<Assigned>,
}

/// Whether an interface carries anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Up,
    Down,
    /// Switched on, with nothing at the other end.
    NoCarrier,
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}

/// An address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    pub address: IpAddr,
    pub prefix: u8,
    pub scope: Scope,
}

/// How far an address or a route is good for (rtnetlink(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Global,
    Site,
    Link,
    Host,
    Nowhere,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}
