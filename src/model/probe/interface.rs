//! Network interfaces and their addresses: as the kernel tells them, and as users see them.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::surroundings::Surroundings;

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

/// Options of `addresses`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressesSpec {
    /// The host's ends of the containers' cables too.
    #[serde(default)]
    pub all: bool,
}

/// An address, or an interface that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    pub interface: String,
    pub address: Option<IpAddr>,
    pub prefix: Option<u8>,
    pub scope: Option<Scope>,
    pub mac: Option<String>,
    pub mtu: u32,
    /// Whether it is switched on and connected.
    pub up: bool,
    pub state: LinkState,
    /// The engine's network that it belongs to.
    pub network: Option<String>,
}

/// The addresses of all interfaces, those of one beside each other.
pub fn addresses(interfaces: &[Interface], around: &Surroundings, spec: AddressesSpec) -> Vec<Address> {
    let shown = interfaces.iter().filter(|interface| spec.all || !around.is_cable_end(interface));
    shown.flat_map(|interface| of(interface, around)).collect()
}

fn of(interface: &Interface, around: &Surroundings) -> Vec<Address> {
    let row = |assigned: Option<Assigned>| Address {
        interface: interface.name.clone(),
        address: assigned.map(|assigned| assigned.address),
        prefix: assigned.map(|assigned| assigned.prefix),
        scope: assigned.map(|assigned| assigned.scope),
        mac: Some(interface.mac.clone()).filter(|mac| !mac.is_empty()),
        mtu: interface.mtu,
        up: interface.state == LinkState::Up,
        state: interface.state,
        network: around.network_of(interface),
    };
    if interface.addresses.is_empty() {
        return vec![row(None)];
    }
    interface.addresses.iter().map(|assigned| row(Some(*assigned))).collect()
}
