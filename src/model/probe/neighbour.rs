//! Who is known on the links (ARP, neighbour discovery): as the kernel tells it, and as users see it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::interface::Interface;
use super::surroundings::Surroundings;

/// One entry, as an agent finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    pub address: IpAddr,
    /// Empty where nobody has answered.
    pub mac: String,
    pub interface: String,
    pub state: NeighbourState,
}

/// What the kernel knows of a neighbour (rtnetlink(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeighbourState {
    /// It is asked for now.
    Incomplete,
    Reachable,
    /// Known, and not heard of for a while.
    Stale,
    Delay,
    Probe,
    /// It did not answer.
    Failed,
    /// Nobody needs to ask: multicast, loopback.
    Noarp,
    Permanent,
}

impl fmt::Display for NeighbourState {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.serialize(f)
    }
}

/// Options of `neighbours`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeighboursSpec {
    /// Those that the kernel makes by itself, of multicast addresses, too.
    #[serde(default)]
    pub all: bool,
}

/// A neighbour with the names of its network and container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedNeighbour {
    pub address: IpAddr,
    pub mac: Option<String>,
    pub interface: String,
    pub state: NeighbourState,
    /// The engine's network that it is on.
    pub network: Option<String>,
    /// The container that has the address, or `host`.
    pub container: Option<String>,
}

/// The neighbours in the order of interfaces and addresses.
pub fn neighbours(
    found: Vec<Neighbour>,
    interfaces: &[Interface],
    around: &Surroundings,
    spec: NeighboursSpec,
) -> Vec<NamedNeighbour> {
    let mut shown: Vec<Neighbour> =
        found.into_iter().filter(|one| spec.all || one.state != NeighbourState::Noarp).collect();
    shown.sort_by(|a, b| (&a.interface, a.address).cmp(&(&b.interface, b.address)));
    let named = |one: Neighbour| {
        let through = interfaces.iter().find(|interface| interface.name == one.interface);
        NamedNeighbour {
            network: through.and_then(|interface| around.network_of(interface)),
            container: around.who_has(one.address, &one.mac),
            address: one.address,
            mac: Some(one.mac).filter(|mac| !mac.is_empty()),
            interface: one.interface,
            state: one.state,
        }
    };
    shown.into_iter().map(named).collect()
}
