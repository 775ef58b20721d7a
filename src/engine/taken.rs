//! Which subnets and bridges are taken, by networks of the engine and by routes of its machine. Pure.

use ipnet::IpNet;
use serde_json::Value;

use super::errors::{Error, Result};
use super::network_fault::NetworkFault;
use super::owner::Owner;
use crate::model::network::{BRIDGE_NAME, NetworkSpec};
use crate::model::subnet;

/// The networks of an engine, and the routes of its machine where they can be known.
#[derive(Debug, Default)]
pub(super) struct Ground {
    pub(super) networks: Vec<Value>,
    pub(super) routes: Vec<(String, IpNet)>,
}

/// Addresses are handed out apart for networks of one engine and for those of a swarm: only within one do subnets collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Local,
    Swarm,
}

/// Where a network asked for gets its addresses; `None` for a template, or another's address management.
pub(super) fn space(spec: &NetworkSpec) -> Option<Space> {
    let managed = spec.ipam.as_ref().and_then(|ipam| ipam.driver.as_deref()).is_none_or(|driver| driver == "default");
    if spec.config_only || !managed {
        return None;
    }
    let shared = spec.driver() == "overlay" || spec.scope.as_deref().is_some_and(|scope| scope != "local");
    Some(if shared { Space::Swarm } else { Space::Local })
}

fn space_of(network: &Value) -> Option<Space> {
    let driver = network["IPAM"]["Driver"].as_str().unwrap_or_default();
    if network["ConfigOnly"] == true || !["", "default"].contains(&driver) {
        return None;
    }
    Some(if network["Scope"] == "local" { Space::Local } else { Space::Swarm })
}

/// A network's subnets; 20.10 keeps them as they were given, host bits and all.
pub(super) fn subnets(network: &Value) -> impl Iterator<Item = IpNet> + '_ {
    let pools = network["IPAM"]["Config"].as_array().into_iter().flatten();
    pools.filter_map(|pool| pool["Subnet"].as_str()?.parse::<IpNet>().ok()).map(|subnet| subnet.trunc())
}

/// The bridge that a network has on the engine's machine.
fn bridge(network: &Value) -> Option<String> {
    let named = network["Options"][BRIDGE_NAME].as_str().map(str::to_owned);
    let own = || Some(format!("br-{}", network["Id"].as_str()?.get(..12)?));
    if network["Driver"] == "bridge" { named.or_else(own) } else { None }
}

impl Ground {
    /// The same once a network is gone, with its route.
    pub(super) fn without(mut self, id: &str) -> Self {
        let device = self.networks.iter().find(|network| network["Id"] == id).and_then(bridge);
        self.networks.retain(|network| network["Id"] != id);
        self.routes.retain(|(other, _)| device.as_deref() != Some(other));
        self
    }

    /// Refuses what the engine would refuse, and what it would accept to the harm of something else: a subnet to which a
    /// route of its machine leads, a bridge that is another network's, overlays on one subnet.
    pub(super) fn fits(&self, spec: &NetworkSpec) -> Result<()> {
        if let Some(name) = spec.bridge_name() {
            // Engine 20.10 takes even its own `docker0` for a second network, and the first loses its addresses.
            if let Some(network) = self.networks.iter().find(|network| bridge(network).as_deref() == Some(name)) {
                let network = network["Name"].as_str().unwrap_or_default().to_owned();
                return Err(NetworkFault::BridgeTaken { bridge: name.to_owned(), network }.into());
            }
        }
        for (net, ranged) in self.asked(spec) {
            if let Some(owner) = self.owner(net, ranged, spec) {
                return Err(Error::Overlap { subnet: net, owner: Some(owner), free: self.free(net, spec) });
            }
        }
        Ok(())
    }

    /// The subnets asked for, those of a template too, and whether each has a range of its own.
    fn asked(&self, spec: &NetworkSpec) -> Vec<(IpNet, bool)> {
        let own = spec.pools().into_iter().filter_map(|pool| Some((pool.subnet?, pool.ip_range.is_some()))).collect();
        let Some(template) = &spec.config_from else { return own };
        let is_template = |network: &&Value| network["Name"] == **template && network["ConfigOnly"] == true;
        let named = self.networks.iter().find(is_template);
        named.map(|network| subnets(network).map(|net| (net, false)).collect()).unwrap_or_default()
    }

    /// Who has a subnet that a network asks for.
    fn owner(&self, net: IpNet, ranged: bool, spec: &NetworkSpec) -> Option<Owner> {
        let space = space(spec)?;
        let bridged = spec.driver() == "bridge";
        let of_network = |network: &Value| {
            // Networks may share a subnet by ranges of their own, unless both are bridges.
            let apart = ranged && space == Space::Local && !(bridged && network["Driver"] == "bridge");
            let subnet = subnets(network).find(|other| subnet::overlap(net, *other))?;
            let name = network["Name"].as_str().unwrap_or_default().to_owned();
            (space_of(network) == Some(space) && !apart).then_some(Owner::Network { name, subnet })
        };
        let route = || {
            let checked = bridged && space == Space::Local && !spec.allow_route_overlap;
            self.routes.iter().filter(|_| checked).find(|(device, route)| {
                // A bridge of somebody else's making may be given to a network, with its subnet.
                subnet::overlap(net, *route) && spec.bridge_name() != Some(device) && !self.is_own(device)
            })
        };
        let network = self.networks.iter().find_map(of_network);
        network.or_else(|| route().map(|(device, subnet)| Owner::Route { device: device.clone(), subnet: *subnet }))
    }

    /// Whether the device is the bridge of a network, which stands for its route already.
    fn is_own(&self, device: &str) -> bool {
        self.networks.iter().any(|network| bridge(network).as_deref() == Some(device))
    }

    /// A subnet of the same size that nothing here has.
    pub(super) fn free(&self, wanted: IpNet, spec: &NetworkSpec) -> Option<IpNet> {
        let others = spec.subnets().into_iter().filter(|net| *net != wanted);
        let routes = self.routes.iter().map(|(_, subnet)| *subnet);
        let taken: Vec<IpNet> = self.networks.iter().flat_map(subnets).chain(routes).chain(others).collect();
        subnet::next_free(wanted, &taken)
    }

    /// The bridges that must be devices of this machine if the engine is on it.
    pub(super) fn bridges(&self) -> Vec<String> {
        self.networks.iter().filter(|network| network["ConfigOnly"] != true).filter_map(bridge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, read};
    use serde_json::json;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    fn ground() -> Ground {
        let network = |name: &str, id: &str, driver: &str, scope: &str, subnet: &str| {
            json!({"Name": name, "Id": id, "Driver": driver, "Scope": scope,
                   "IPAM": {"Driver": "default", "Config": [{"Subnet": subnet}]}, "Options": {}})
        };
        let mut template = network("plan", "dddddddddddddddd", "null", "local", "10.4.0.0/24");
        template["ConfigOnly"] = true.into();
        let mut default = network("bridge", "eeeeeeeeeeeeeeee", "bridge", "local", "172.17.0.0/16");
        default["Options"][BRIDGE_NAME] = "docker0".into();
        Ground {
            networks: vec![
                network("app", "aaaaaaaaaaaaaaaa", "bridge", "local", "10.1.0.0/24"),
                network("lan", "bbbbbbbbbbbbbbbb", "macvlan", "local", "10.2.0.0/24"),
                network("swarm", "cccccccccccccccc", "overlay", "swarm", "10.3.0.0/24"),
                template,
                default,
            ],
            routes: vec![
                ("br-aaaaaaaaaaaa".into(), net("10.1.0.0/24")),
                ("docker0".into(), net("172.17.0.0/16")),
                ("tun0".into(), net("10.9.0.0/16")),
                ("eth0".into(), net("fd00::/64")),
            ],
        }
    }

    /// The owner that a network with these options meets.
    fn owner(options: Value) -> Option<String> {
        let spec: NetworkSpec = read(&Node::from(options)).unwrap();
        match ground().fits(&spec) {
            Err(Error::Overlap { owner, .. }) => owner.map(|owner| owner.to_string()),
            Err(Error::Network(NetworkFault::BridgeTaken { network, .. })) => Some(network),
            other => other.err().map(|error| error.to_string()),
        }
    }

    #[test]
    fn a_subnet_meets_those_of_its_own_address_space() {
        let at = |driver: &str, subnet: &str| owner(json!({"driver": driver, "ipam": {"subnet": subnet}}));
        assert_eq!(at("bridge", "10.1.0.128/25").unwrap(), "10.1.0.0/24 of network \"app\"");
        assert_eq!(at("macvlan", "10.1.0.0/16").unwrap(), "10.1.0.0/24 of network \"app\"");
        assert_eq!(at("bridge", "10.2.0.0/24").unwrap(), "10.2.0.0/24 of network \"lan\"");
        assert_eq!(at("overlay", "10.3.0.0/24").unwrap(), "10.3.0.0/24 of network \"swarm\"");
        assert_eq!(
            (at("bridge", "10.3.0.0/24"), at("overlay", "10.1.0.0/24"), at("bridge", "10.4.0.0/24")),
            (None, None, None)
        );
    }

    #[test]
    fn a_route_stops_a_bridge_and_nothing_else() {
        let route = Some("the host's route 10.9.0.0/16 on tun0".to_owned());
        assert_eq!(owner(json!({"ipam": {"subnet": "10.9.3.0/24"}})), route);
        assert_eq!(
            owner(json!({"internal": true, "ipam": {"subnet": "10.0.0.0/12"}})).unwrap(),
            "10.1.0.0/24 of network \"app\""
        );
        assert_eq!(owner(json!({"driver": "macvlan", "ipam": {"subnet": "10.9.3.0/24"}})), None);
        assert_eq!(owner(json!({"allow_route_overlap": true, "ipam": {"subnet": "10.9.3.0/24"}})), None);
        assert_eq!(owner(json!({"options": {BRIDGE_NAME: "tun0"}, "ipam": {"subnet": "10.9.0.0/16"}})), None);
        let six = json!({"enable_ipv6": true, "ipam": {"subnet": "fd00::/64"}});
        assert_eq!(owner(six).unwrap(), "the host's route fd00::/64 on eth0");
    }

    #[test]
    fn ranges_of_their_own_may_share_a_subnet_but_for_two_bridges() {
        let pool = json!({"subnet": "10.1.0.0/24", "ip_range": "10.1.0.128/25"});
        assert_eq!(owner(json!({"driver": "macvlan", "ipam": pool})), None);
        assert!(owner(json!({"ipam": pool})).is_some());
    }

    #[test]
    fn a_template_is_checked_where_it_is_used() {
        assert_eq!(owner(json!({"config_only": true, "ipam": {"subnet": "10.1.0.0/24"}})), None);
        let mut ground = ground();
        ground.networks[3]["IPAM"]["Config"][0]["Subnet"] = "10.1.0.0/24".into();
        let spec = NetworkSpec { config_from: Some("plan".into()), ..NetworkSpec::default() };
        assert!(ground.fits(&spec).is_err());
    }

    #[test]
    fn a_bridge_belongs_to_one_network() {
        assert_eq!(owner(json!({"options": {BRIDGE_NAME: "docker0"}})).unwrap(), "bridge");
        assert_eq!(owner(json!({"options": {BRIDGE_NAME: "br-aaaaaaaaaaaa"}})).unwrap(), "app");
        assert_eq!(owner(json!({"options": {BRIDGE_NAME: "br-own"}})), None);
    }

    #[test]
    fn a_network_that_goes_leaves_its_subnet_and_its_route() {
        let spec: NetworkSpec = read(&Node::from(json!({"ipam": {"subnet": "10.1.0.0/16"}}))).unwrap();
        assert!(ground().fits(&spec).is_err());
        assert_eq!(ground().without("aaaaaaaaaaaaaaaa").fits(&spec), Ok(()));
        assert!(ground().without("bbbbbbbbbbbbbbbb").fits(&spec).is_err());
    }

    #[test]
    fn what_is_proposed_is_free_of_networks_and_routes() {
        let spec = NetworkSpec::default();
        assert_eq!(ground().free(net("10.1.0.0/24"), &spec), Some(net("10.1.1.0/24")));
        assert_eq!(ground().free(net("10.9.0.0/24"), &spec), Some(net("10.10.0.0/24")));
        assert_eq!(ground().free(net("fd00::/64"), &spec), Some(net("fd00:0:0:1::/64")));
    }
}
