//! Turns an engine's refusal into what is known about it: who owns the subnet or the port, which names there are.
//!
//! All of it is looked up only once something failed. What cannot be looked up is left out; the refusal stays.

use ipnet::IpNet;
use serde_json::Value;

use super::attached::name_of;
use super::client::Engine;
use super::errors::{Error, Owner};
use super::procfs;
use super::raw::Request;
use crate::model::network::{EndpointSpec, IpamSpec, NetworkSpec};
use crate::model::ports::Protocol;
use crate::model::subnet;

/// What a request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Network,
    Container,
}

impl Engine {
    /// Not found becomes the thing's name with those that there are; "not running" is told apart.
    pub(super) async fn explain(&self, error: Error, thing: Thing, name: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        // An engine redirects a path that is not clean, `..` or `a//b`: nothing has such a name.
        if status == 404 || status == 301 {
            return self.missing(thing, name).await;
        }
        if thing == Thing::Network && words.contains("matches found based on name") {
            let networks = self.networks().await.unwrap_or_default();
            let same = networks.into_iter().filter(|network| network["Name"] == name);
            let ids = same.filter_map(|network| network["Id"].as_str().and_then(|id| id.get(..12)).map(str::to_owned));
            return Error::Ambiguous { name: name.to_owned(), ids: ids.collect() };
        }
        if status == 409 && words.contains("is not running") {
            let inspected = self.send(&Request::get(&["containers", name, "json"])).await.unwrap_or_default();
            let state = inspected["State"]["Status"].as_str().unwrap_or("stopped").to_owned();
            return Error::NotRunning { container: name.to_owned(), state };
        }
        Error::Refused { status, words }
    }

    async fn missing(&self, thing: Thing, name: &str) -> Error {
        let known = match thing {
            Thing::Network => self.networks().await.map(|all| names_under(&all, "Name")),
            Thing::Container => {
                self.containers(true).await.map(|all| all.iter().map(|c| name_of(c).to_owned()).collect())
            }
        };
        let what = match thing {
            Thing::Network => "network",
            Thing::Container => "container",
        };
        Error::NotFound { what, name: name.to_owned(), known: known.unwrap_or_default() }
    }

    pub(super) async fn explain_create_network(&self, error: Error, name: &str, spec: &NetworkSpec) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let low = words.to_lowercase();
        if low.contains("non-overlapping") || low.contains("fully subnetted") {
            return self.exhausted(words).await;
        }
        if low.contains("pool overlaps") || low.contains("overlapping ipv") {
            return self.overlap(spec, status, words).await;
        }
        if low.contains("swarm manager") || low.contains("swarm mode") {
            return Error::NotSwarm { words };
        }
        if low.contains("plugin") {
            let info = self.info().await.unwrap_or_default();
            let drivers = info["Plugins"]["Network"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let known = drivers.map(str::to_owned).collect();
            return Error::UnknownDriver { driver: spec.driver().to_owned(), known, words };
        }
        if status == 409 {
            return Error::NameTaken { what: "network", name: name.to_owned() };
        }
        Error::Refused { status, words }
    }

    async fn overlap(&self, spec: &NetworkSpec, status: u16, words: String) -> Error {
        let wanted: Vec<IpNet> =
            spec.ipam.as_ref().map(IpamSpec::pools).unwrap_or_default().iter().filter_map(|pool| pool.subnet).collect();
        let taken = self.taken().await;
        let nets: Vec<IpNet> = taken.iter().map(owned).collect();
        for net in &wanted {
            if let Some(owner) = taken.iter().find(|owner| subnet::overlap(*net, owned(owner))) {
                let free = subnet::next_free(*net, &nets);
                return Error::Overlap { subnet: *net, owner: Some(owner.clone()), free };
            }
        }
        match wanted.first() {
            Some(net) => Error::Overlap { subnet: *net, owner: None, free: None },
            None => Error::Refused { status, words },
        }
    }

    async fn exhausted(&self, words: String) -> Error {
        let networks = self.networks().await.map_or(0, |all| all.len());
        let taken: Vec<IpNet> = self.taken().await.iter().map(owned).collect();
        let ipv6 = words.contains("IPv6");
        let start = if ipv6 { "fd00::/64" } else { "10.0.0.0/24" };
        let free = start.parse().ok().and_then(|start| subnet::next_free(start, &taken));
        Error::PoolsExhausted { ipv6, networks, free, words }
    }

    /// Every subnet that is taken: those of networks first, then the routes of this machine when the engine runs on it.
    async fn taken(&self) -> Vec<Owner> {
        let mut taken = Vec::new();
        for network in self.networks().await.unwrap_or_default() {
            let name = network["Name"].as_str().unwrap_or_default();
            for pool in network["IPAM"]["Config"].as_array().into_iter().flatten() {
                // 20.10 keeps a subnet as it was given, host bits and all.
                if let Some(subnet) = pool["Subnet"].as_str().and_then(|text| text.parse::<IpNet>().ok()) {
                    taken.push(Owner::Network { name: name.to_owned(), subnet: subnet.trunc() });
                }
            }
        }
        if self.is_local() {
            taken.extend(procfs::routes().into_iter().map(|(device, subnet)| Owner::Route { device, subnet }));
        }
        taken
    }

    pub(super) async fn explain_connect(
        &self,
        error: Error,
        network: &str,
        container: &str,
        endpoint: &EndpointSpec,
    ) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let low = words.to_lowercase();
        if low.contains("already exists in network") || low.contains("already attached to network") {
            return Error::AlreadyConnected { network: network.to_owned(), container: container.to_owned() };
        }
        if low.contains("address already in use") {
            let address = endpoint.ipv4_address.map(|a| a.to_string());
            let address = address.or(endpoint.ipv6_address.map(|a| a.to_string())).unwrap_or_default();
            let owner = self.holder_of_address(network, &address).await;
            return Error::AddressTaken { address, network: network.to_owned(), owner };
        }
        if low.contains("supported only when connecting to networks with user configured subnets") {
            let hint = format!("create \"{network}\" with a subnet of its own: `ipam: #{{subnet: \"172.30.0.0/16\"}}`");
            return Error::Invalid { message: words, hint: Some(hint) };
        }
        self.explain_either(status, words, network, container).await
    }

    async fn holder_of_address(&self, network: &str, address: &str) -> Option<Owner> {
        let found = self.inspect_network(network).await.ok()?;
        let holder = found["Containers"].as_object()?.values().find(|container| {
            ["IPv4Address", "IPv6Address"].iter().any(|key| {
                container[*key].as_str().and_then(|text| text.split('/').next()).is_some_and(|text| text == address)
            })
        })?;
        Some(Owner::Container { name: holder["Name"].as_str()?.to_owned() })
    }

    pub(super) async fn explain_disconnect(&self, error: Error, network: &str, container: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        if words.contains("is not connected to") {
            let inspected = self.inspect_container(container).await.unwrap_or_default();
            let networks = inspected["NetworkSettings"]["Networks"].as_object();
            let networks = networks.into_iter().flatten().map(|(name, _)| name.clone()).collect();
            return Error::NotConnected { network: network.to_owned(), container: container.to_owned(), networks };
        }
        self.explain_either(status, words, network, container).await
    }

    /// A refusal that names either the network or the container.
    async fn explain_either(&self, status: u16, words: String, network: &str, container: &str) -> Error {
        let (thing, name) = if words.contains("No such container") || words.contains("no such container") {
            (Thing::Container, container)
        } else {
            (Thing::Network, network)
        };
        self.explain(Error::Refused { status, words }, thing, name).await
    }

    /// A container that could not be created or started: ports, names, images, networks. `own` is its id, not to be blamed.
    pub(super) async fn explain_run(&self, error: Error, name: Option<&str>, own: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let low = words.to_lowercase();
        if low.contains("port is already allocated") || low.contains("address already in use") {
            return self.port_taken(words, name.unwrap_or_default(), own).await;
        }
        if low.contains("all ports are allocated") {
            return self.range_taken(status, words, name.unwrap_or_default(), own).await;
        }
        if status == 409 && low.contains("already in use by container") {
            return Error::NameTaken { what: "container", name: name.unwrap_or_default().to_owned() };
        }
        if low.contains("invalid reference format") || low.contains("repository name must be lowercase") {
            return Error::Invalid {
                message: words,
                hint: Some("an image is written NAME[:TAG] in lower case".into()),
            };
        }
        for (start, thing) in [("network ", Thing::Network), ("no such container: ", Thing::Container)] {
            let Some(found) = low.strip_prefix(start) else { continue };
            if status == 404 {
                let typed = words.get(start.len()..).unwrap_or(found).trim_end_matches(" not found");
                return self.missing(thing, typed).await;
            }
        }
        Error::Refused { status, words }
    }

    async fn port_taken(&self, words: String, name: &str, own: &str) -> Error {
        let Some((address, port)) = procfs::endpoint_in(&words) else { return Error::Refused { status: 500, words } };
        let subject = if own.is_empty() { name } else { own };
        let says =
            |protocol: &str| words.contains(&format!("listen {protocol}")) || words.contains(&format!("/{protocol}:"));
        let protocol = match (says("udp"), says("tcp")) {
            (true, false) => Protocol::Udp,
            (false, true) => Protocol::Tcp,
            _ => self.protocol_of(subject, port).await,
        };
        let owner = self.owner_of(port, protocol, own).await;
        let address = if protocol == Protocol::Tcp { address } else { format!("{address}/{protocol}") };
        Error::PortTaken { address, owner, words }
    }

    /// None of a range of host ports is free: the engine does not say which range that is.
    async fn range_taken(&self, status: u16, words: String, name: &str, own: &str) -> Error {
        let subject = if own.is_empty() { name } else { own };
        let whole = self.send(&Request::get(&["containers", subject, "json"])).await.unwrap_or_default();
        for (key, bindings) in whole["HostConfig"]["PortBindings"].as_object().into_iter().flatten() {
            for binding in bindings.as_array().into_iter().flatten() {
                let range = binding["HostPort"].as_str().unwrap_or_default();
                let Some(Ok(first)) = range.split_once('-').map(|(first, _)| first.parse::<u16>()) else { continue };
                let protocol = if key.ends_with("/udp") { Protocol::Udp } else { Protocol::Tcp };
                let Some(owner) = self.owner_of(first, protocol, own).await else { continue };
                let address = format!("{}:{range}", binding["HostIp"].as_str().unwrap_or_default());
                return Error::PortTaken { address, owner: Some(owner), words };
            }
        }
        Error::Refused { status, words }
    }

    /// The protocol with which a container wants a host port.
    async fn protocol_of(&self, container: &str, port: u16) -> Protocol {
        let whole = self.send(&Request::get(&["containers", container, "json"])).await.unwrap_or_default();
        let wanted = whole["HostConfig"]["PortBindings"].as_object();
        let here = |binding: &Value| {
            let range = binding["HostPort"].as_str().unwrap_or_default();
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            first.parse::<u16>().is_ok_and(|first| first <= port) && last.parse::<u16>().is_ok_and(|last| port <= last)
        };
        let found =
            wanted.into_iter().flatten().find(|(_, list)| list.as_array().is_some_and(|list| list.iter().any(here)));
        match found.and_then(|(key, _)| key.split_once('/')) {
            Some((_, "udp")) => Protocol::Udp,
            Some((_, "sctp")) => Protocol::Sctp,
            _ => Protocol::Tcp,
        }
    }

    /// Who has a TCP port of this machine: a container that publishes it, else a process, where that can be known.
    pub async fn port_owner(&self, port: u16) -> Option<Owner> {
        self.owner_of(port, Protocol::Tcp, "").await
    }

    async fn owner_of(&self, port: u16, protocol: Protocol, own: &str) -> Option<Owner> {
        let containers = self.containers(false).await.unwrap_or_default();
        let bound = |entry: &Value| entry["PublicPort"] == port && entry["Type"] == protocol.to_string();
        let publishes = |container: &&Value| {
            container["Id"] != own && container["Ports"].as_array().into_iter().flatten().any(bound)
        };
        let container = containers.iter().find(publishes).map(|c| Owner::Container { name: name_of(c).to_owned() });
        let process = || {
            let (name, pid) = self.is_local().then(|| procfs::listener(port, protocol)).flatten()?;
            Some(Owner::Process { name, pid })
        };
        container.or_else(process)
    }
}

fn owned(owner: &Owner) -> IpNet {
    match owner {
        Owner::Network { subnet, .. } | Owner::Route { subnet, .. } => *subnet,
        Owner::Container { .. } | Owner::Process { .. } => IpNet::default(),
    }
}

fn names_under(all: &[Value], key: &str) -> Vec<String> {
    all.iter().filter_map(|one| one[key].as_str()).map(str::to_owned).collect()
}
