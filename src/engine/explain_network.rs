//! Turns an engine's refusal about a network into what is known: who has the subnet or the address, who is attached, what
//! the kernel lacks. The words are those of engines 20.10 to 28, and of Podman 4.
//!
//! All of it is looked up only once something failed. What cannot be looked up is left out; the refusal stays.

use ipnet::IpNet;
use serde_json::Value;

use super::attached::name_of;
use super::client::Engine;
use super::errors::Error;
use super::explain::Thing;
use super::network_fault::{AddressFault, NetworkFault};
use super::owner::Owner;
use super::taken::{self, Ground};
use super::{filters, procfs};
use crate::model::network::{EndpointSpec, NetworkSpec};
use crate::model::subnet;

/// What an engine says of pools that are used up: up to 26, and from 27 on.
const EXHAUSTED: [&str; 2] = ["non-overlapping", "fully subnetted"];
const OVERLAPS: [&str; 4] =
    ["pool overlaps", "overlapping ipv", "overlaps with other one", "already used on the host or by another config"];
/// Refusals to connect whose own words say enough, but not what to do.
const CONNECT_ADVICE: [(&str, &str); 4] = [
    ("in private (none) mode", "disconnect it from \"none\" first: docker.network.disconnect(\"none\", \"CONTAINER\")"),
    ("host network", "the host's network is chosen when a container is made: docker.run(image, #{network: \"host\"})"),
    ("sharing network namespace", "connect the container whose network it shares"),
    ("network-scoped alias is supported only", "make a network of your own: the default bridge has no names"),
];

fn says(words: &str, any: &[&str]) -> bool {
    any.iter().any(|part| words.contains(part))
}

impl Engine {
    pub(super) async fn explain_create_network(
        &self,
        error: Error,
        name: &str,
        spec: &NetworkSpec,
        ground: &Ground,
    ) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let low = words.to_lowercase();
        if says(&low, &EXHAUSTED) {
            return exhausted(words, ground, spec);
        }
        if says(&low, &OVERLAPS) {
            return self.overlap(spec, status, words).await;
        }
        if says(&low, &["swarm manager", "swarm mode", "swarm is not active", "global scope network"]) {
            return Error::NotSwarm { words };
        }
        if says(&low, &["plugin", "unsupported driver"]) {
            let info = self.info().await.unwrap_or_default();
            let drivers = info["Plugins"]["Network"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let known = drivers.map(str::to_owned).collect();
            return Error::UnknownDriver { driver: spec.driver().to_owned(), known, words };
        }
        if low.contains("only one instance of") {
            let driver = spec.driver().to_owned();
            let one = ground.networks.iter().find(|network| network["Driver"] == *driver);
            let network = one.and_then(|network| network["Name"].as_str()).unwrap_or(&driver).to_owned();
            return NetworkFault::OneOnly { driver, network }.into();
        }
        if let Some(error) = parent(&low, &words, spec, ground) {
            return error;
        }
        let advice = if low.contains("no available addresses on this pool") {
            "the subnet is too small for a gateway and a container: take a /30 or a larger one".to_owned()
        } else if low.contains("predefined") {
            format!("the engine keeps the name \"{name}\" for its own network: choose another")
        } else if low.contains("configuration network") && status == 404 {
            "the template is a network made with `config_only: true`".to_owned()
        } else if low.contains("ingress network") && low.contains("already present") {
            "a swarm has one: docker.network.remove(\"ingress\") first".to_owned()
        } else if status == 409 || low.contains("network already exists") {
            return Error::NameTaken { what: "network", name: name.to_owned() };
        } else {
            return Error::Refused { status, words };
        };
        Error::Advised { status, words, hint: advice }
    }

    /// An overlap that was not seen beforehand: somebody was faster, or the engine knows more.
    async fn overlap(&self, spec: &NetworkSpec, status: u16, words: String) -> Error {
        let ground = self.ground(self.networks().await.unwrap_or_default()).await;
        if let Err(error) = ground.fits(spec) {
            return error;
        }
        let wanted = spec.subnets();
        let owner = |net: &IpNet| {
            ground.networks.iter().find_map(|network| {
                let subnet = taken::subnets(network).find(|other| subnet::overlap(*net, *other))?;
                Some(Owner::Network { name: network["Name"].as_str()?.to_owned(), subnet })
            })
        };
        let met = wanted.iter().find_map(|net| Some((*net, owner(net)?)));
        match (met, wanted.first()) {
            (Some((net, owner)), _) => Error::Overlap { subnet: net, owner: Some(owner), free: ground.free(net, spec) },
            (None, Some(net)) => Error::Overlap { subnet: *net, owner: None, free: ground.free(*net, spec) },
            (None, None) => Error::Refused { status, words },
        }
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
        if says(&low, &["already exists in network", "already attached to network", "network is already connected"]) {
            return self.exists_already(network, container).await;
        }
        if let Some(error) = self.explain_endpoint(&low, network, endpoint).await {
            return error;
        }
        if low.contains("invalid network mode") {
            let words = format!("{words}: it is {}", self.mode_in_words(container).await);
            let hint = format!("name its networks when it is made: docker.run(image, #{{networks: [\"{network}\"]}})");
            return Error::Advised { status, words, hint };
        }
        if let Some((_, advice)) = CONNECT_ADVICE.iter().find(|(part, _)| low.contains(part)) {
            return Error::Advised { status, words, hint: advice.replace("CONTAINER", container) };
        }
        self.explain_either(status, words, network, container).await
    }

    /// Podman does not say which network mode of a container it is that keeps it from networks.
    async fn mode_in_words(&self, container: &str) -> String {
        let whole = self.inspect_container(container).await.unwrap_or_default();
        match whole["HostConfig"]["NetworkMode"].as_str() {
            Some("none") => "in private (none) mode".into(),
            Some("host") => "on the host network".into(),
            Some(mode) if mode.starts_with("container:") => "sharing the network of another container".into(),
            mode => format!("in network mode {}", mode.unwrap_or("unknown")),
        }
    }

    /// What an engine says of an endpoint, when a container is connected and when it starts.
    pub(super) async fn explain_endpoint(&self, low: &str, network: &str, endpoint: &EndpointSpec) -> Option<Error> {
        let v4 = endpoint.ipv4_address.map(std::net::IpAddr::V4);
        let address = v4.or(endpoint.ipv6_address.map(std::net::IpAddr::V6));
        let network_name = network.to_owned();
        if let Some((address, id)) = allocated(low) {
            let whole = self.inspect_container(id).await.unwrap_or_default();
            let name = whole["Name"].as_str().map(|name| name.trim_start_matches('/').to_owned());
            let owner = name.map(|name| Owner::Container { name });
            return Some(Error::AddressTaken { address: address.into(), network: network_name, owner, free: None });
        }
        if low.contains("address already in use") {
            let address = address?;
            let checked = self.check_endpoint(network, endpoint).await.err();
            let unseen =
                Error::AddressTaken { address: address.to_string(), network: network_name, owner: None, free: None };
            return Some(checked.unwrap_or(unseen));
        }
        if low.contains("only when connecting to networks with user configured subnets") {
            let fault = AddressFault::NotChosen;
            return Some(NetworkFault::BadAddress { address: address?, network: network_name, fault }.into());
        }
        if low.contains("not manually attachable") {
            return Some(NetworkFault::NotAttachable { network: network_name }.into());
        }
        if says(
            low,
            &[
                "no available ipv4 addresses",
                "no available ipv6 addresses",
                "no available addresses",
                "failed to find free ip",
            ],
        ) {
            let there = self.inspect_network(network).await.unwrap_or_default();
            let attached = there["Containers"].as_object().map_or(0, serde_json::Map::len);
            let subnets = taken::subnets(&there).collect();
            return Some(NetworkFault::NetworkFull { network: network_name, subnets, attached }.into());
        }
        None
    }

    /// A container that did not start, by what its networks could not give it.
    pub(super) async fn explain_endpoints_of(&self, error: Error, container: &str) -> Error {
        let Error::Refused { .. } = error else { return error };
        let whole = self.inspect_container(container).await.unwrap_or_default();
        self.explain_attachments(error, &endpoints(&whole)).await
    }

    /// The refusal of one endpoint, where a container is started with several.
    pub(super) async fn explain_attachments(&self, error: Error, endpoints: &[(String, EndpointSpec)]) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let low = words.to_lowercase();
        if let Some((endpoint, network)) = existing_endpoint(&words) {
            return self.exists_already(network, endpoint).await;
        }
        let named = endpoints.iter().find(|(network, _)| words.contains(network.as_str()));
        let fixed = endpoints.iter().find(|(_, endpoint)| endpoint.ipv4_address.is_some());
        let (network, endpoint) = match named.or(fixed).or(endpoints.first()) {
            // The words on a port that is taken have its number.
            Some(first) if procfs::endpoint_in(&words).is_none() => first,
            _ => return Error::Refused { status, words },
        };
        let explained = self.explain_endpoint(&low, network, endpoint).await;
        explained.unwrap_or(Error::Refused { status, words })
    }

    /// The engine has an endpoint of the container's name. That is a failure when it is not the container's.
    async fn exists_already(&self, network: &str, container: &str) -> Error {
        let whole = self.inspect_container(container).await.unwrap_or_default();
        let name = whole["Name"].as_str().unwrap_or(container).trim_start_matches('/').to_owned();
        if self.stale_endpoints(network).await.contains(&name) {
            return NetworkFault::StaleEndpoints { network: network.to_owned(), endpoints: vec![name] }.into();
        }
        Error::AlreadyConnected { network: network.to_owned(), container: container.to_owned() }
    }

    /// Endpoints of a network that no container has: the engine lists them under their own ids.
    pub(super) async fn stale_endpoints(&self, network: &str) -> Vec<String> {
        let there = self.inspect_network(network).await.unwrap_or_default();
        let entries = there["Containers"].as_object().into_iter().flatten();
        let stale = entries.filter(|(key, _)| key.starts_with("ep-"));
        stale.filter_map(|(_, endpoint)| endpoint["Name"].as_str()).map(str::to_owned).collect()
    }

    pub(super) async fn explain_disconnect(&self, error: Error, network: &str, container: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        if words.contains("is not connected to") {
            let inspected = self.inspect_container(container).await.unwrap_or_default();
            let networks = inspected["NetworkSettings"]["Networks"].as_object();
            let networks = networks.into_iter().flatten().map(|(name, _)| name.clone()).collect();
            return Error::NotConnected { network: network.to_owned(), container: container.to_owned(), networks };
        }
        // By force an endpoint is looked for as well, once there is no such container.
        if status == 404 && words.contains("endpoint") {
            return self.missing(Thing::Container, container).await;
        }
        let low = words.to_lowercase();
        if low.contains("invalid network mode") {
            let words = format!("{words}: it is {}", self.mode_in_words(container).await);
            return Error::Advised { status, words, hint: "only a container made anew has other networks".into() };
        }
        if low.contains("host network") {
            let hint = "the host's network is left only by removing the container".to_owned();
            return Error::Advised { status, words, hint };
        }
        self.explain_either(status, words, network, container).await
    }

    pub(super) async fn explain_remove_network(&self, error: Error, network: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let name = network.to_owned();
        if says(&words, &["active endpoints", "network is being used"]) {
            let endpoints = self.attached_to(network).await.unwrap_or_default();
            let stale = self.stale_endpoints(network).await;
            return if endpoints.is_empty() && !stale.is_empty() {
                NetworkFault::StaleEndpoints { network: name, endpoints: stale }.into()
            } else {
                Error::ActiveEndpoints { network: name, endpoints }
            };
        }
        if words.contains("configuration network") {
            let networks = self.networks().await.unwrap_or_default();
            let made = networks.iter().filter(|other| other["ConfigFrom"]["Network"] == *network);
            let users = made.filter_map(|other| other["Name"].as_str()).map(|user| format!("network \"{user}\""));
            return NetworkFault::NetworkUsed { network: name, users: users.collect(), template: true }.into();
        }
        if words.contains("is in use by") {
            let containers = self.attached_to(network).await.unwrap_or_default();
            let by = words.rsplit("is in use by ").next().unwrap_or_default().trim().to_owned();
            let users = if containers.is_empty() { vec![by] } else { containers };
            return NetworkFault::NetworkUsed { network: name, users, template: false }.into();
        }
        if words.contains("pre-defined network") {
            let hint = "the engine makes it anew at every start; it harms nobody".to_owned();
            return Error::Advised { status, words, hint };
        }
        self.explain(Error::Refused { status, words }, Thing::Network, network).await
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

    /// Every container attached to a network, with its state; stopped ones included.
    pub(super) async fn attached_to(&self, network: &str) -> super::errors::Result<Vec<String>> {
        let found = self.inspect_network(network).await.unwrap_or_default();
        let (id, name) = (found["Id"].as_str(), found["Name"].as_str().unwrap_or(network));
        let containers = self.containers(true).await?;
        let here = |endpoint: (&String, &Value)| {
            // One that never ran knows its networks by name only.
            endpoint.0 == name || (id.is_some() && endpoint.1["NetworkID"].as_str() == id)
        };
        let attached = containers.iter().filter(|container| {
            container["NetworkSettings"]["Networks"].as_object().is_some_and(|networks| networks.iter().any(here))
        });
        Ok(attached
            .map(|container| format!("{} ({})", name_of(container), container["State"].as_str().unwrap_or("?")))
            .collect())
    }

    /// Whose removal would harm: every container attached to a network. Of the engine's own networks nobody is looked for.
    pub(super) async fn users_of(&self, there: &Value, name: &str) -> super::errors::Result<Vec<String>> {
        // The engine's own are never removed, and it says so itself.
        if filters::builtin(there) { Ok(Vec::new()) } else { self.attached_to(name).await }
    }
}

/// The endpoints that a container was made with.
fn endpoints(whole: &Value) -> Vec<(String, EndpointSpec)> {
    let networks = whole["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    let fixed = |endpoint: &Value| EndpointSpec {
        ipv4_address: endpoint["IPAMConfig"]["IPv4Address"].as_str().and_then(|text| text.parse().ok()),
        ipv6_address: endpoint["IPAMConfig"]["IPv6Address"].as_str().and_then(|text| text.parse().ok()),
        ..EndpointSpec::default()
    };
    networks.map(|(network, endpoint)| (network.clone(), fixed(endpoint))).collect()
}

/// `endpoint with name web already exists in network app`
fn existing_endpoint(words: &str) -> Option<(&str, &str)> {
    let (before, network) = words.split_once(" already exists in network ")?;
    Some((before.rsplit(' ').next()?, network.split_whitespace().next()?))
}

/// Podman's word for an address that is taken, and the id of the container that has it.
fn allocated(low: &str) -> Option<(&str, &str)> {
    let (_, rest) = low.split_once("requested ip address ")?;
    rest.split_once(" is already allocated to container id ")
}

/// What macvlan and ipvlan networks need of the machine.
fn parent(low: &str, words: &str, spec: &NetworkSpec, ground: &Ground) -> Option<Error> {
    let driver = spec.driver().to_owned();
    if !["macvlan", "ipvlan"].contains(&driver.as_str()) {
        return None;
    }
    let parent = spec.options.0.get("parent").filter(|parent| !parent.is_empty()).cloned();
    if low.contains("operation not supported") {
        let hint = match (driver.as_str(), parent) {
            ("macvlan", None) => {
                "say which interface it is on: `options: #{parent: \"eth0\"}`; without one it needs the module `dummy`"
                    .into()
            }
            ("macvlan", Some(parent)) if parent.contains('.') => format!(
                "\"{parent}\" is a VLAN, for which the kernel needs the module `8021q`; an interface that is there works"
            ),
            _ => format!("it lacks the module `{driver}`: `modprobe {driver}` there, or use driver \"bridge\""),
        };
        return Some(NetworkFault::Kernel { driver, hint, words: words.to_owned() }.into());
    }
    let parent = parent?;
    if low.contains("invalid subinterface vlan name") || low.contains("failed to find parent") {
        let here = !ground.routes.is_empty();
        let known = if here { procfs::devices() } else { Vec::new() };
        return Some(NetworkFault::NoParent { driver, parent, known }.into());
    }
    if low.contains("already using parent interface") {
        let same = |network: &&Value| network["Options"]["parent"] == *parent;
        let network = ground.networks.iter().find(same).and_then(|network| network["Name"].as_str());
        return Some(NetworkFault::ParentTaken { network: network.unwrap_or("?").to_owned(), parent }.into());
    }
    None
}

fn exhausted(words: String, ground: &Ground, spec: &NetworkSpec) -> Error {
    let ipv6 = words.contains("IPv6");
    let start = if ipv6 { "fd00::/64" } else { "10.0.0.0/24" };
    let free = start.parse().ok().and_then(|start| ground.free(start, spec));
    Error::PoolsExhausted { ipv6, networks: ground.networks.len(), free, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_an_address_is_read_from_podman_s_words() {
        let words = "ipam error: requested ip address 10.0.0.2 is already allocated to container id 5cd1b6d3";
        assert_eq!(allocated(words), Some(("10.0.0.2", "5cd1b6d3")));
        assert_eq!(allocated("address already in use"), None);
    }
}
