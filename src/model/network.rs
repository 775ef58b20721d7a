//! What a network is asked to be, and how a container is attached to one.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::Deserialize;

use super::text::{self, Pairs, Words};

/// A network as asked for: the options of `docker.network.create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSpec {
    /// Driver; `bridge` when absent.
    pub driver: Option<String>,
    /// `local`, `swarm` or `global`; the driver decides when absent.
    pub scope: Option<String>,
    /// No way out and none in.
    pub internal: bool,
    /// Standalone containers may join a swarm network.
    pub attachable: bool,
    /// The swarm's routing mesh network.
    pub ingress: bool,
    /// A template for other networks, never attached to.
    #[serde(alias = "configOnly")]
    pub config_only: bool,
    /// Take the configuration from this config-only network.
    #[serde(alias = "configFrom")]
    pub config_from: Option<String>,
    #[serde(alias = "enableIPv6", alias = "enableIpv6", alias = "ipv6")]
    pub enable_ipv6: bool,
    /// Overlay only: becomes the driver option `encrypted`.
    pub encrypted: bool,
    pub ipam: Option<IpamSpec>,
    /// Driver options, passed through.
    #[serde(alias = "driver_opts")]
    pub options: Pairs,
    pub labels: Pairs,
}

/// Address management: a list of pools, or the shorthand for a single one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IpamSpec {
    pub driver: Option<String>,
    pub config: Vec<PoolSpec>,
    pub options: Pairs,
    pub subnet: Option<IpNet>,
    pub gateway: Option<IpAddr>,
    #[serde(alias = "ipRange", alias = "iprange")]
    pub ip_range: Option<IpNet>,
    #[serde(alias = "auxAddresses", alias = "aux_address")]
    pub aux_addresses: BTreeMap<String, IpAddr>,
}

/// One address pool of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoolSpec {
    pub subnet: Option<IpNet>,
    pub gateway: Option<IpAddr>,
    /// Part of the subnet that containers get their addresses from.
    #[serde(alias = "ipRange", alias = "iprange")]
    pub ip_range: Option<IpNet>,
    /// Addresses kept for others, by name.
    #[serde(alias = "auxAddresses", alias = "aux_address")]
    pub aux_addresses: BTreeMap<String, IpAddr>,
}

impl IpamSpec {
    /// All pools, the shorthand first.
    pub fn pools(&self) -> Vec<PoolSpec> {
        let shorthand = PoolSpec {
            subnet: self.subnet,
            gateway: self.gateway,
            ip_range: self.ip_range,
            aux_addresses: self.aux_addresses.clone(),
        };
        let mut pools = Vec::with_capacity(self.config.len() + 1);
        if shorthand != PoolSpec::default() {
            pools.push(shorthand);
        }
        pools.extend(self.config.iter().cloned());
        pools
    }
}

/// How a container is attached to a network: the options of `docker.network.connect`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EndpointSpec {
    #[serde(alias = "alias", alias = "network_alias", alias = "networkAlias")]
    pub aliases: Words,
    #[serde(alias = "ipv4Address", alias = "ip")]
    pub ipv4_address: Option<Ipv4Addr>,
    #[serde(alias = "ipv6Address", alias = "ip6")]
    pub ipv6_address: Option<Ipv6Addr>,
    #[serde(alias = "linkLocalIPs", alias = "linkLocalIps")]
    pub link_local_ips: Vec<IpAddr>,
    pub links: Words,
    #[serde(alias = "macAddress")]
    pub mac_address: Option<String>,
    #[serde(alias = "driverOpts")]
    pub driver_opts: Pairs,
    /// Engine API 1.48 and newer: the highest takes the default route.
    #[serde(alias = "gwPriority")]
    pub gw_priority: Option<i64>,
}

/// Docker's list filters: a name with one or several values, or label `key=value`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkFilters {
    pub driver: Words,
    pub id: Words,
    pub label: Words,
    pub name: Words,
    pub scope: Words,
    /// `custom` or `builtin`.
    #[serde(rename = "type")]
    pub kind: Words,
    /// Used by no running container.
    #[serde(deserialize_with = "text::truth")]
    pub dangling: Option<bool>,
}

/// What `prune` can be narrowed by. Engines know no other filters for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PruneFilters {
    /// `key` or `key=value`.
    pub label: Words,
    /// Created before this time or age (`24h`).
    pub until: Words,
}

/// What is wrong with a network's address plan, found before the engine is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    #[error("subnet {subnet} has host bits set")]
    HostBits { subnet: IpNet },
    #[error("{what} {address} lies outside its subnet {subnet}")]
    Outside { what: String, address: String, subnet: IpNet },
    #[error("{what} is given without a subnet")]
    NoSubnet { what: &'static str },
    #[error("the subnets {first} and {second} overlap")]
    Overlap { first: IpNet, second: IpNet },
    #[error("{first} and {second} both take the address {address}")]
    Twice { first: String, second: String, address: IpAddr },
    #[error("`encrypted` belongs to the overlay driver, not to {driver}")]
    NotOverlay { driver: String },
}

impl PlanFault {
    /// What to type instead, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::HostBits { subnet } => Some(format!("write the network address: {}", subnet.trunc())),
            Self::Outside { subnet, .. } => {
                Some(format!("addresses of {subnet} run from {} to {}", subnet.network(), subnet.broadcast()))
            }
            Self::NoSubnet { .. } => Some("add `subnet`, for example \"172.30.0.0/16\"".into()),
            Self::Overlap { .. } => Some("two pools of one network must not share addresses".into()),
            Self::Twice { .. } => None,
            Self::NotOverlay { .. } => Some("use driver \"overlay\", or leave `encrypted` out".into()),
        }
    }
}

impl NetworkSpec {
    /// The driver, with Docker's default.
    pub fn driver(&self) -> &str {
        self.driver.as_deref().unwrap_or("bridge")
    }

    /// Checks what can be known without the engine: every address in its subnet, no host bits, no overlap.
    pub fn check(&self) -> Result<(), PlanFault> {
        if self.encrypted && self.driver() != "overlay" {
            return Err(PlanFault::NotOverlay { driver: self.driver().to_owned() });
        }
        let pools = self.ipam.as_ref().map(IpamSpec::pools).unwrap_or_default();
        for pool in &pools {
            pool.check()?;
        }
        for (index, first) in pools.iter().enumerate() {
            for second in &pools[index + 1..] {
                if let (Some(a), Some(b)) = (first.subnet, second.subnet)
                    && super::subnet::overlap(a, b)
                {
                    return Err(PlanFault::Overlap { first: a, second: b });
                }
            }
        }
        Ok(())
    }
}

impl PoolSpec {
    fn check(&self) -> Result<(), PlanFault> {
        let Some(subnet) = self.subnet else {
            return match (self.gateway, self.ip_range, self.aux_addresses.is_empty()) {
                (Some(_), _, _) => Err(PlanFault::NoSubnet { what: "gateway" }),
                (_, Some(_), _) => Err(PlanFault::NoSubnet { what: "ip_range" }),
                (_, _, false) => Err(PlanFault::NoSubnet { what: "aux_addresses" }),
                _ => Ok(()),
            };
        };
        if subnet != subnet.trunc() {
            return Err(PlanFault::HostBits { subnet });
        }
        let mut taken: Vec<(String, IpAddr)> = Vec::new();
        let named = self.gateway.map(|address| ("gateway".to_owned(), address));
        let reserved = self.aux_addresses.iter().map(|(name, address)| (format!("aux address {name}"), *address));
        for (what, address) in named.into_iter().chain(reserved) {
            if !subnet.contains(&address) {
                return Err(PlanFault::Outside { what, address: address.to_string(), subnet });
            }
            if let Some((first, _)) = taken.iter().find(|(_, other)| *other == address) {
                return Err(PlanFault::Twice { first: first.clone(), second: what, address });
            }
            taken.push((what, address));
        }
        if let Some(range) = self.ip_range
            && !subnet.contains(&range)
        {
            return Err(PlanFault::Outside { what: "ip_range".into(), address: range.to_string(), subnet });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(subnet: &str, gateway: Option<&str>) -> PoolSpec {
        PoolSpec {
            subnet: Some(subnet.parse().unwrap()),
            gateway: gateway.map(|g| g.parse().unwrap()),
            ..PoolSpec::default()
        }
    }

    fn spec(pools: Vec<PoolSpec>) -> NetworkSpec {
        NetworkSpec { ipam: Some(IpamSpec { config: pools, ..IpamSpec::default() }), ..NetworkSpec::default() }
    }

    #[test]
    fn a_gateway_outside_its_subnet_names_both() {
        let fault = spec(vec![pool("172.30.0.0/24", Some("172.31.0.1"))]).check().unwrap_err();
        assert_eq!(fault.to_string(), "gateway 172.31.0.1 lies outside its subnet 172.30.0.0/24");
    }

    #[test]
    fn host_bits_are_refused_with_the_network_address() {
        let fault = spec(vec![pool("172.30.0.5/24", None)]).check().unwrap_err();
        assert_eq!(fault.hint().unwrap(), "write the network address: 172.30.0.0/24");
    }

    #[test]
    fn overlapping_pools_are_refused() {
        let fault = spec(vec![pool("10.0.0.0/8", None), pool("10.1.0.0/16", None)]).check().unwrap_err();
        assert!(matches!(fault, PlanFault::Overlap { .. }));
    }
}
