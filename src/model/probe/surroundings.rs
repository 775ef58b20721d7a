//! What the engine knows about a network namespace: whose it is, which networks it is on, and who else is there. Made from
//! the engine's own JSON.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value};

use super::interface::Interface;
use crate::model::container::NetworkMode;
use crate::model::ports::Protocol;

/// Gives names to what an agent finds in one namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whose namespace it is, where that is not the container's own: `host`, or a container.
    pub shared_with: Option<String>,
    /// Whether the engine's DNS answers in it.
    pub has_engine_dns: bool,
    /// Whether it is that of the machine.
    is_host: bool,
    links: Vec<Link>,
    /// Addresses that somebody has, on the networks of this namespace.
    known: HashMap<IpAddr, String>,
    /// Containers by their hardware addresses, which tell whose a link-local address is.
    macs: HashMap<String, String>,
    /// Names of running containers by their full id.
    containers: HashMap<String, String>,
    published: HashMap<(Protocol, u16), String>,
}

/// A network that the namespace is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Link {
    network: String,
    /// The name of the host's bridge.
    bridge: Option<String>,
    mac: Option<String>,
    addresses: Vec<IpAddr>,
    subnets: Vec<IpNet>,
}

/// Who the host is called among neighbours.
const HOST: &str = "host";
/// The bridge by which containers on overlays get out; the engine's lists do not say who is on it.
const GATEWAY_BRIDGE: &str = "docker_gwbridge";

impl Surroundings {
    /// Of the machine itself, by the engine's lists of networks and of running containers.
    pub fn of_host(networks: &[Value], running: &[Value]) -> Self {
        let there: Vec<(&Value, &Value)> =
            running.iter().flat_map(|one| endpoints(one).map(move |(_, endpoint)| (one, endpoint))).collect();
        let known = there.iter().flat_map(|(one, endpoint)| named(&name(one), &addresses(endpoint)));
        let macs = there.iter().filter_map(|(one, endpoint)| Some((mac(endpoint)?, name(one))));
        Self {
            is_host: true,
            links: networks.iter().map(bridge).collect(),
            known: known.collect(),
            macs: macs.collect(),
            containers: running.iter().map(|one| (text(&one["Id"]), name(one))).collect(),
            published: running.iter().flat_map(published).collect(),
            ..Self::default()
        }
    }

    /// Of a container. `owner` is the container whose namespace it is, as inspect shows it: another one where it shares.
    pub fn of_container(whole: &Value, owner: &Value, networks: &[Value], running: &[Value]) -> Self {
        let mode = |one: &Value| NetworkMode::parse(one["HostConfig"]["NetworkMode"].as_str().unwrap_or_default());
        let host = Self::of_host(networks, running);
        if mode(owner) == NetworkMode::Host {
            return Self { shared_with: Some(HOST.to_owned()), ..host };
        }
        let mut links: Vec<Link> = endpoints(owner).map(|(network, endpoint)| link(network, endpoint)).collect();
        let is_on = |network: &str| links.iter().any(|link| link.network == network);
        let there = running.iter().flat_map(|one| endpoints(one).map(move |(network, there)| (one, network, there)));
        let peers: Vec<(&Value, &Value)> =
            there.filter(|(_, network, _)| is_on(network)).map(|(one, _, there)| (one, there)).collect();
        let mut known: HashMap<IpAddr, String> =
            peers.iter().flat_map(|(one, there)| named(&name(one), &addresses(there))).collect();
        let macs = peers.iter().filter_map(|(one, there)| Some((mac(there)?, name(one)))).collect();
        let bridges = networks.iter().filter(|network| network["Driver"] == "bridge");
        for network in bridges.filter(|network| is_on(&text(&network["Name"]))) {
            let own = &owner["NetworkSettings"]["Networks"][text(&network["Name"])];
            known.extend(gateways(network, own).map(|address| (address, HOST.to_owned())));
        }
        let user_defined = |link: &Link| !matches!(link.network.as_str(), "bridge" | "host" | "none");
        let has_engine_dns = links.iter().any(user_defined);
        links.extend(
            networks
                .iter()
                .filter(|network| network["Name"] == GATEWAY_BRIDGE)
                .map(|network| Link { bridge: None, ..bridge(network) }),
        );
        let shared_with = (whole["Id"] != owner["Id"]).then(|| name(owner));
        Self { shared_with, has_engine_dns, is_host: false, links, known, macs, ..host }
    }

    /// The container, or `host`, that has an address on one of the networks.
    pub fn who(&self, address: IpAddr) -> Option<String> {
        self.known.get(&address).cloned()
    }

    /// The same, by the hardware address where the address is not the engine's to give.
    pub fn who_has(&self, address: IpAddr, mac: &str) -> Option<String> {
        self.who(address).or_else(|| self.macs.get(mac).cloned())
    }

    /// The name of a running container by its full id.
    pub fn container(&self, id: &str) -> Option<String> {
        self.containers.get(id).cloned()
    }

    /// The container that a port of the host leads to, where the engine's own process listens there.
    pub fn published(&self, process: &str, port: u16, protocol: Protocol) -> Option<String> {
        if process != "docker-proxy" {
            return None;
        }
        self.published.get(&(protocol, port)).cloned()
    }

    /// The network that an interface belongs to.
    pub fn network_of(&self, interface: &Interface) -> Option<String> {
        let addresses = || interface.addresses.iter().map(|assigned| assigned.address);
        let within = |link: &Link| addresses().any(|address| link.subnets.iter().any(|net| net.contains(&address)));
        let fits = |link: &&Link| match (&link.bridge, &link.mac) {
            // Another engine on this machine may have a bridge of the same name.
            (Some(bridge), _) => *bridge == interface.name && (link.subnets.is_empty() || within(link)),
            (None, Some(mac)) if !interface.mac.is_empty() => *mac == interface.mac,
            _ => addresses().any(|address| link.addresses.contains(&address)) || within(link),
        };
        self.links.iter().find(fits).map(|link| link.network.clone())
    }

    /// Whether it is the host's end of a container's cable.
    pub fn is_cable_end(&self, interface: &Interface) -> bool {
        self.is_host && interface.kind == "veth" && interface.master.is_some()
    }
}

/// A container's side of a network, by its inspect data or its entry in the list.
fn link(network: &str, endpoint: &Value) -> Link {
    Link { network: network.to_owned(), mac: mac(endpoint), addresses: addresses(endpoint), ..Link::default() }
}

/// The host's side of a network. A bridge without a name of its own is called after the network's id.
fn bridge(network: &Value) -> Link {
    let id = text(&network["Id"]);
    let own = network["Options"]["com.docker.network.bridge.name"].as_str().map(str::to_owned);
    let bridge = own.or_else(|| Some(format!("br-{}", id.get(..12)?)));
    let subnets = pools(network).filter_map(|pool| pool["Subnet"].as_str()?.parse().ok()).collect();
    Link {
        network: text(&network["Name"]),
        // One that no bridge can have: of other drivers the host has no side.
        bridge: Some(bridge.filter(|_| network["Driver"] == "bridge").unwrap_or_default()),
        subnets,
        ..Link::default()
    }
}

fn pools(network: &Value) -> impl Iterator<Item = &Value> {
    network["IPAM"]["Config"].as_array().into_iter().flatten()
}

/// The host's own addresses on a bridge: old engines leave out of the network what they gave the container.
fn gateways(network: &Value, endpoint: &Value) -> impl Iterator<Item = IpAddr> {
    let own = ["Gateway", "IPv6Gateway"].into_iter().filter_map(|key| bare(&endpoint[key]));
    pools(network).filter_map(|pool| bare(&pool["Gateway"])).chain(own)
}

/// In lower case.
fn mac(endpoint: &Value) -> Option<String> {
    Some(text(&endpoint["MacAddress"]).to_lowercase()).filter(|mac| !mac.is_empty())
}

fn endpoints(container: &Value) -> impl Iterator<Item = (&String, &Value)> {
    container["NetworkSettings"]["Networks"].as_object().into_iter().flat_map(Map::iter)
}

fn addresses(endpoint: &Value) -> Vec<IpAddr> {
    ["IPAddress", "GlobalIPv6Address"].iter().filter_map(|key| bare(&endpoint[key])).collect()
}

/// An address, with or without a prefix.
fn bare(value: &Value) -> Option<IpAddr> {
    value.as_str()?.split('/').next()?.parse().ok()
}

fn named(name: &str, addresses: &[IpAddr]) -> Vec<(IpAddr, String)> {
    addresses.iter().map(|address| (*address, name.to_owned())).collect()
}

fn published(container: &Value) -> Vec<((Protocol, u16), String)> {
    let one = |port: &Value| {
        let protocol = match port["Type"].as_str()? {
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => Protocol::Tcp,
        };
        let number = port["PublicPort"].as_u64().and_then(|number| u16::try_from(number).ok())?;
        Some(((protocol, number), name(container)))
    };
    container["Ports"].as_array().into_iter().flatten().filter_map(one).collect()
}

/// By the engine's list, or by inspect. In the list, a name with a second slash is a link of another container.
fn name(container: &Value) -> String {
    let listed = container["Names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut own = listed.map(|name| name.trim_start_matches('/')).filter(|name| !name.contains('/'));
    let inspected = || text(&container["Name"]).trim_start_matches('/').to_owned();
    own.next().map_or_else(inspected, str::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
