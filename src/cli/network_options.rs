//! The options of `xnet network create` and `connect`, and the requests that they make: those of the scripts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use clap::Args;
use ipnet::IpNet;

use crate::model::address;
use crate::model::network::{EndpointSpec, IpamSpec, NetworkSpec, PoolSpec};
use crate::model::plan::PlanFault;
use crate::model::text::{self, Pairs, Words};

#[derive(Debug, Args)]
pub(super) struct Create {
    pub(super) name: String,
    /// bridge unless said otherwise
    #[arg(short, long)]
    driver: Option<String>,
    /// Address pool, such as 172.30.0.0/16; may be given twice for IPv4 and IPv6
    #[arg(long, value_parser = address::subnet)]
    subnet: Vec<IpNet>,
    /// Gateway of the subnet that it lies in; may be given once for each
    #[arg(long, requires = "subnet", value_parser = address::ip)]
    gateway: Vec<IpAddr>,
    /// Part of the subnet that it lies in, from which containers get addresses; may be given once for each
    #[arg(long, requires = "subnet", value_parser = address::subnet)]
    ip_range: Vec<IpNet>,
    /// Address kept for something else, such as router=172.30.0.2
    #[arg(long, requires = "subnet", value_name = "NAME=ADDRESS", value_parser = named_address)]
    aux_address: Vec<(String, IpAddr)>,
    #[arg(long, value_name = "DRIVER")]
    ipam_driver: Option<String>,
    /// Option for the address management
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    ipam_opt: Vec<(String, String)>,
    /// No way out and none in
    #[arg(long)]
    internal: bool,
    /// Standalone containers may join a swarm network
    #[arg(long)]
    attachable: bool,
    /// The swarm's routing mesh network
    #[arg(long)]
    ingress: bool,
    /// Encrypt what an overlay carries between machines
    #[arg(long)]
    encrypted: bool,
    /// local, swarm or global
    #[arg(long)]
    scope: Option<String>,
    /// Only a template for other networks
    #[arg(long)]
    config_only: bool,
    /// Take everything from this template
    #[arg(long, value_name = "NETWORK")]
    config_from: Option<String>,
    #[arg(long)]
    ipv6: bool,
    /// Option for the driver
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = pair)]
    opt: Vec<(String, String)>,
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// Take the subnet although a route of the engine's machine leads there
    #[arg(long)]
    allow_route_overlap: bool,
    /// Leave a network that is there and the same alone; one that differs is an error
    #[arg(long)]
    pub(super) ensure: bool,
    /// With --ensure: make a network that differs anew when nothing is attached to it
    #[arg(long, requires = "ensure")]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Connect {
    pub(super) network: String,
    pub(super) container: String,
    /// Name for the container on this network; may be given several times
    #[arg(long)]
    alias: Vec<String>,
    #[arg(long, value_name = "ADDRESS", value_parser = address::ipv4)]
    ip: Option<Ipv4Addr>,
    #[arg(long, value_name = "ADDRESS", value_parser = address::ipv6)]
    ip6: Option<Ipv6Addr>,
    /// Another container by a name of this one's own
    #[arg(long, value_name = "CONTAINER:NAME")]
    link: Vec<String>,
    #[arg(long, value_name = "ADDRESS", value_parser = address::ip)]
    link_local_ip: Vec<IpAddr>,
    #[arg(long, value_name = "ADDRESS")]
    mac_address: Option<String>,
    /// Option for the driver
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    driver_opt: Vec<(String, String)>,
    /// The network with the highest takes the default route
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    gw_priority: Option<i64>,
    /// Do nothing when it is attached already
    #[arg(long)]
    pub(super) ensure: bool,
}

/// `KEY=VALUE`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".into()),
    }
}

fn named_address(text: &str) -> Result<(String, IpAddr), String> {
    let (name, address) = pair(text)?;
    Ok((name, address::ip(&address)?))
}

fn pairs(given: &[(String, String)]) -> Pairs {
    Pairs(given.iter().cloned().collect())
}

/// `requires = "subnet"` sees to it that there is a pool.
fn once<T: ToString>(place: &mut Option<T>, value: T, what: &'static str) -> Result<(), PlanFault> {
    let second = value.to_string();
    match place.replace(value) {
        None => Ok(()),
        Some(first) => Err(PlanFault::Several { what, first: first.to_string(), second }),
    }
}

impl Create {
    /// What is given belongs to the subnet that it lies in. What lies in none goes to the first, whose check names both.
    fn pools(&self) -> Result<Vec<PoolSpec>, PlanFault> {
        let mut pools: Vec<PoolSpec> =
            self.subnet.iter().map(|subnet| PoolSpec { subnet: Some(*subnet), ..PoolSpec::default() }).collect();
        let home = |pools: &[PoolSpec], address: IpAddr| {
            pools.iter().position(|pool| pool.subnet.is_some_and(|subnet| subnet.contains(&address))).unwrap_or(0)
        };
        for gateway in &self.gateway {
            let at = home(&pools, *gateway);
            once(&mut pools[at].gateway, *gateway, "gateway")?;
        }
        for range in &self.ip_range {
            let at = home(&pools, range.addr());
            once(&mut pools[at].ip_range, *range, "ip_range")?;
        }
        for (name, address) in &self.aux_address {
            let at = home(&pools, *address);
            if let Some(other) = pools[at].aux_addresses.insert(name.clone(), *address) {
                let (first, second) = (other.to_string(), address.to_string());
                return Err(PlanFault::Several { what: "aux_address", first, second });
            }
        }
        Ok(pools)
    }

    pub(super) fn spec(&self) -> Result<NetworkSpec, PlanFault> {
        let ipam = IpamSpec {
            driver: self.ipam_driver.clone(),
            config: self.pools()?,
            options: pairs(&self.ipam_opt),
            ..IpamSpec::default()
        };
        Ok(NetworkSpec {
            driver: self.driver.clone(),
            scope: self.scope.clone(),
            internal: self.internal,
            attachable: self.attachable,
            ingress: self.ingress,
            config_only: self.config_only,
            config_from: self.config_from.clone(),
            enable_ipv6: self.ipv6.then_some(true).into(),
            encrypted: self.encrypted.then_some(true).into(),
            allow_route_overlap: self.allow_route_overlap,
            ipam: (ipam != IpamSpec::default()).then_some(ipam),
            options: pairs(&self.opt),
            labels: pairs(&self.label),
        })
    }
}

impl Connect {
    pub(super) fn endpoint(&self) -> EndpointSpec {
        EndpointSpec {
            aliases: Words(self.alias.clone()),
            ipv4_address: self.ip,
            ipv6_address: self.ip6,
            link_local_ips: self.link_local_ip.clone(),
            links: Words(self.link.clone()),
            mac_address: self.mac_address.as_deref().map(text::mac),
            driver_opts: pairs(&self.driver_opt),
            gw_priority: self.gw_priority,
        }
    }
}
