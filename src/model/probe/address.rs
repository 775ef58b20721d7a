//! The addresses of a network namespace as users see them, with the networks they belong to.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::interface::{Assigned, Interface, LinkState, Scope};
use super::surroundings::Surroundings;

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
