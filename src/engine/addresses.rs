//! A container's fixed address against the network it is for, before the engine is asked.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};
use super::network_fault::{AddressFault, NetworkFault};
use super::owner::Owner;
use super::taken;
use crate::model::container::NetworkMode;
use crate::model::network::EndpointSpec;
use crate::model::subnet;

impl Engine {
    /// Checks the fixed addresses of all endpoints.
    pub(super) async fn check_addresses(&self, endpoints: &[(String, EndpointSpec)]) -> Result<()> {
        for (network, endpoint) in endpoints {
            self.check_endpoint(network, endpoint).await?;
        }
        Ok(())
    }

    /// Asks for the network only when there is something to check.
    pub(super) async fn check_endpoint(&self, network: &str, endpoint: &EndpointSpec) -> Result<()> {
        endpoint.check()?;
        if fixed(endpoint).is_empty() && endpoint.links.0.is_empty() {
            return Ok(());
        }
        place(&self.inspect_network(network).await?, network, endpoint)
    }

    /// Checks that there are all the networks, and that they can give the addresses, for one that takes the place of another
    /// container.
    pub(super) async fn check_places(&self, endpoints: &[(String, EndpointSpec)], leaving: &str) -> Result<()> {
        for (network, endpoint) in endpoints {
            endpoint.check()?;
            // The default bridge goes by several names, and is there.
            if NetworkMode::parse(network) == NetworkMode::Default && fixed(endpoint).is_empty() {
                continue;
            }
            let mut there = match self.inspect_network(network).await {
                Ok(there) => there,
                // A worker of a swarm sees a shared network only once it is used there.
                Err(Error::NotFound { .. }) if self.is_worker().await => continue,
                Err(error) => return Err(error),
            };
            if let Some(containers) = there["Containers"].as_object_mut() {
                containers.remove(leaving);
            }
            place(&there, network, endpoint)?;
        }
        Ok(())
    }

    async fn is_worker(&self) -> bool {
        let info = self.info().await.unwrap_or_default();
        info["Swarm"]["LocalNodeState"] == "active" && info["Swarm"]["ControlAvailable"] != true
    }
}

/// Whether a network, as inspect shows it, is one for such an endpoint.
fn place(there: &Value, network: &str, endpoint: &EndpointSpec) -> Result<()> {
    if !endpoint.links.0.is_empty() && is_default(there) {
        let hint = "make a network of your own, where links are names; or say `links` when the container is made";
        let message = format!("links do nothing when a container is connected to \"{network}\"");
        return Err(Error::Invalid { message, hint: Some(hint.into()) });
    }
    fixed(endpoint).into_iter().try_for_each(|address| fits(there, network, address))
}

fn fixed(endpoint: &EndpointSpec) -> Vec<IpAddr> {
    let (v4, v6) = (endpoint.ipv4_address.map(IpAddr::V4), endpoint.ipv6_address.map(IpAddr::V6));
    v4.into_iter().chain(v6).collect()
}

fn is_default(network: &Value) -> bool {
    network["Options"]["com.docker.network.bridge.default_bridge"] == "true"
}

/// Whether a network, as inspect shows it, can give the address.
fn fits(there: &Value, network: &str, address: IpAddr) -> Result<()> {
    let fault = |fault| Err(NetworkFault::BadAddress { address, network: network.to_owned(), fault }.into());
    let subnets: Vec<IpNet> = taken::subnets(there).collect();
    // No subnet: addresses come from elsewhere, or, of a swarm's network that no container here uses, are not shown.
    if subnets.is_empty() {
        return Ok(());
    }
    if is_default(there) {
        return fault(AddressFault::DefaultBridge);
    }
    let family: Vec<IpNet> = subnets.iter().copied().filter(|net| net.addr().is_ipv6() == address.is_ipv6()).collect();
    if address.is_ipv6() && family.is_empty() {
        return fault(AddressFault::NoIpv6 { subnets });
    }
    let held = held(there);
    let taken: Vec<IpAddr> = held.iter().map(|(address, _)| *address).collect();
    let free = |net: &IpNet| subnet::free_address(*net, &taken);
    let Some(net) = family.iter().find(|net| net.contains(&address)) else {
        return fault(AddressFault::Outside { free: family.iter().find_map(free), subnets: family });
    };
    let kept = subnet::kept(*net, address).map(|what| Owner::Reserved { what: format!("as its {what}") });
    let owner = kept.or_else(|| held.into_iter().find(|(other, _)| *other == address).map(|(_, owner)| owner));
    match owner {
        None => Ok(()),
        owner => Err(Error::AddressTaken {
            address: address.to_string(),
            network: network.to_owned(),
            owner,
            free: free(net),
        }),
    }
}

/// The addresses of a network that somebody has: its gateways, what is kept for others, and its running containers'.
fn held(there: &Value) -> Vec<(IpAddr, Owner)> {
    let address = |value: &Value| value.as_str()?.split('/').next()?.parse::<IpAddr>().ok();
    let mut held = Vec::new();
    for pool in there["IPAM"]["Config"].as_array().into_iter().flatten() {
        let subnet = pool["Subnet"].as_str().and_then(|text| text.parse::<IpNet>().ok());
        // 20.10 gives a bridge without a gateway the first address of its subnet, and shows none.
        let guessed = there["Driver"] == "bridge" && pool["IPRange"].is_null();
        let first = || subnet.filter(|_| guessed).map(|net| subnet::first(net.trunc()));
        let gateway = address(&pool["Gateway"]).or_else(first);
        held.extend(gateway.map(|gateway| (gateway, Owner::Reserved { what: "as its gateway".into() })));
        for (name, value) in pool["AuxiliaryAddresses"].as_object().into_iter().flatten() {
            let what = format!("as its auxiliary address \"{name}\"");
            held.extend(address(value).map(|address| (address, Owner::Reserved { what })));
        }
    }
    for container in there["Containers"].as_object().into_iter().flatten().map(|(_, container)| container) {
        let name = container["Name"].as_str().unwrap_or_default();
        for key in ["IPv4Address", "IPv6Address"] {
            held.extend(address(&container[key]).map(|one| (one, Owner::Container { name: name.to_owned() })));
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn there() -> Value {
        json!({
            "Name": "n", "Driver": "bridge", "IPAM": {"Config": [
                {"Subnet": "10.5.0.0/24", "AuxiliaryAddresses": {"router": "10.5.0.7"}},
                {"Subnet": "fd00:5::/64", "Gateway": "fd00:5::1"}
            ]},
            "Containers": {"c1": {"Name": "web", "IPv4Address": "10.5.0.2/24", "IPv6Address": ""}}
        })
    }

    #[track_caller]
    fn says(there: &Value, address: &str, words: &str, hint: &str) {
        let error = fits(there, "n", address.parse().unwrap()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().unwrap_or_default().as_str()), (words, hint));
    }

    #[test]
    fn what_a_network_cannot_give_is_said_with_the_reason() {
        let there = there();
        for (address, by) in [
            ("10.5.0.0", "as its network address"),
            ("10.5.0.255", "as its broadcast address"),
            ("10.5.0.1", "as its gateway"),
            ("10.5.0.7", "as its auxiliary address \"router\""),
            ("10.5.0.2", "by container \"web\""),
        ] {
            let words = format!("address {address} of network \"n\" is already in use {by}");
            says(&there, address, &words, "10.5.0.3 is free");
        }
        says(
            &there,
            "10.6.0.3",
            "address 10.6.0.3 of network \"n\" lies outside its subnet 10.5.0.0/24",
            "10.5.0.3 is free",
        );
        says(
            &there,
            "fd00:6::3",
            "address fd00:6::3 of network \"n\" lies outside its subnet fd00:5::/64",
            "fd00:5::2 is free",
        );
        for address in ["10.5.0.9", "fd00:5::9", "10.5.0.254"] {
            assert_eq!(fits(&there, "n", address.parse().unwrap()), Ok(()), "{address}");
        }
    }

    #[test]
    fn a_network_without_ipv6_and_the_default_bridge_are_told_apart() {
        let mut four = there();
        four["IPAM"]["Config"].as_array_mut().unwrap().pop();
        let error = fits(&four, "n", "fd00:5::9".parse().unwrap()).unwrap_err();
        assert!(error.to_string().ends_with("is IPv6, and the network has only subnet 10.5.0.0/24"), "{error}");
        four["Options"]["com.docker.network.bridge.default_bridge"] = "true".into();
        let error = fits(&four, "bridge", "10.5.0.9".parse().unwrap()).unwrap_err();
        assert!(matches!(error, Error::Network(NetworkFault::BadAddress { fault: AddressFault::DefaultBridge, .. })));
        assert_eq!(fits(&json!({}), "n", "10.5.0.9".parse().unwrap()), Ok(()));
    }
}
