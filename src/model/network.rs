//! What a network is asked to be, and how a container is attached to one.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::Deserialize;

use super::address;
use super::asked::Asked;
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
    pub enable_ipv6: Asked<bool>,
    /// Overlay only: becomes the driver option `encrypted`.
    pub encrypted: Asked<bool>,
    /// Take the subnet although a route of the engine's machine leads there.
    #[serde(alias = "allowRouteOverlap")]
    pub allow_route_overlap: bool,
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
    #[serde(deserialize_with = "address::a_subnet")]
    pub subnet: Option<IpNet>,
    #[serde(deserialize_with = "address::an_ip")]
    pub gateway: Option<IpAddr>,
    #[serde(alias = "ipRange", alias = "iprange", deserialize_with = "address::a_subnet")]
    pub ip_range: Option<IpNet>,
    #[serde(alias = "auxAddresses", alias = "aux_address", deserialize_with = "address::named")]
    pub aux_addresses: BTreeMap<String, IpAddr>,
}

/// One address pool of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoolSpec {
    #[serde(deserialize_with = "address::a_subnet")]
    pub subnet: Option<IpNet>,
    #[serde(deserialize_with = "address::an_ip")]
    pub gateway: Option<IpAddr>,
    /// Part of the subnet that containers get their addresses from.
    #[serde(alias = "ipRange", alias = "iprange", deserialize_with = "address::a_subnet")]
    pub ip_range: Option<IpNet>,
    /// Addresses kept for others, by name.
    #[serde(alias = "auxAddresses", alias = "aux_address", deserialize_with = "address::named")]
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
    #[serde(alias = "ipv4Address", alias = "ip", deserialize_with = "address::an_ipv4")]
    pub ipv4_address: Option<Ipv4Addr>,
    #[serde(alias = "ipv6Address", alias = "ip6", deserialize_with = "address::an_ipv6")]
    pub ipv6_address: Option<Ipv6Addr>,
    #[serde(alias = "linkLocalIPs", alias = "linkLocalIps", deserialize_with = "address::ips")]
    pub link_local_ips: Vec<IpAddr>,
    pub links: Words,
    #[serde(alias = "macAddress", deserialize_with = "text::mac_address")]
    pub mac_address: Option<String>,
    #[serde(alias = "driverOpts")]
    pub driver_opts: Pairs,
    /// Engine API 1.48 and newer: the highest takes the default route.
    #[serde(alias = "gwPriority")]
    pub gw_priority: Option<i64>,
}

/// The options of `docker.network.disconnect`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisconnectSpec {
    /// Also an endpoint whose container is gone or stuck.
    pub force: bool,
}

/// The options of `docker.network.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListSpec {
    #[serde(alias = "filter")]
    pub filters: NetworkFilters,
}

/// The options of `docker.network.prune`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PruneSpec {
    #[serde(alias = "filter")]
    pub filters: PruneFilters,
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

impl NetworkSpec {
    /// The driver, with Docker's default.
    pub fn driver(&self) -> &str {
        self.driver.as_deref().unwrap_or("bridge")
    }

    /// All address pools that are asked for.
    pub fn pools(&self) -> Vec<PoolSpec> {
        self.ipam.as_ref().map(IpamSpec::pools).unwrap_or_default()
    }

    /// All subnets that are asked for.
    pub fn subnets(&self) -> Vec<IpNet> {
        self.pools().iter().filter_map(|pool| pool.subnet).collect()
    }

    /// The bridge on the engine's machine that is asked for by name.
    pub fn bridge_name(&self) -> Option<&str> {
        self.options.0.get(BRIDGE_NAME).map(String::as_str).filter(|name| !name.is_empty())
    }
}

/// Driver option with the name of the bridge on the engine's machine.
pub const BRIDGE_NAME: &str = "com.docker.network.bridge.name";
