//! A network whose subnet nobody chose, on an engine that has none left to choose from.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::Ipv6Addr;

use ipnet::{IpNet, Ipv6Net};
use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};
use super::procfs;
use super::taken::{self, Ground, Space};
use crate::model::network::{NetworkSpec, PoolSpec};

/// Others may take what was chosen before the engine hears of it: so often another one is tried.
const ATTEMPTS: usize = 8;
/// The middle of its range, for LANs and VPNs mostly lie at the beginning.
const FIRST: &str = "10.128.0.0/24";

/// Short names that people try for options of Docker's bridge, which takes all names and heeds only the whole ones.
const SHORT: [(&str, &str); 5] = [
    ("mtu", "com.docker.network.driver.mtu"),
    ("name", "com.docker.network.bridge.name"),
    ("enable_icc", "com.docker.network.bridge.enable_icc"),
    ("enable_ip_masquerade", "com.docker.network.bridge.enable_ip_masquerade"),
    ("host_binding_ipv4", "com.docker.network.bridge.host_binding_ipv4"),
];

/// What is to be said of options that do nothing.
fn idle_options(spec: &NetworkSpec) -> impl Iterator<Item = String> {
    let idle = SHORT.iter().filter(|(short, _)| spec.driver() == "bridge" && spec.options.0.contains_key(*short));
    idle.map(|(short, whole)| format!("Docker's bridge does not know the option \"{short}\": \"{whole}\" is its name"))
}

impl Engine {
    /// What a network asked for must fit into. Routes count when the engine's network stack is that of this process.
    pub(super) async fn ground(&self, networks: Vec<Value>) -> Ground {
        let mut ground = Ground { networks, routes: Vec::new() };
        if self.is_beside(&ground).await {
            ground.routes = procfs::routes();
        }
        ground
    }

    /// Whether the engine uses the network stack that this process sees. One behind a local socket may have another: in a
    /// namespace of its own, as without root, or in a virtual machine.
    async fn is_beside(&self, ground: &Ground) -> bool {
        let Some(path) = self.address().strip_prefix("unix://").filter(|_| self.is_local()) else { return false };
        let peer = tokio::net::UnixStream::connect(path).await.and_then(|stream| stream.peer_cred());
        let same = peer.ok().and_then(|peer| procfs::same_network(peer.pid()?));
        let bridges = ground.bridges();
        same.unwrap_or(true) && (bridges.is_empty() || bridges.iter().any(|name| procfs::has_device(name)))
    }

    /// Makes a network. Where the engine's default pools are used up, a free subnet is chosen, and what was chosen is said.
    pub(super) async fn make_network(
        &self,
        name: &str,
        spec: &NetworkSpec,
        ground: &Ground,
    ) -> Result<(Value, Vec<String>)> {
        let mut spec = spec.clone();
        let mut refused: Vec<IpNet> = Vec::new();
        let mut chosen: Vec<(IpNet, String)> = Vec::new();
        for _ in 0..ATTEMPTS {
            let error = match self.post_network(name, &spec).await {
                Ok(made) => {
                    let said = idle_options(&spec).chain(chosen.into_iter().map(|(_, said)| said));
                    return Ok((made, said.collect()));
                }
                Err(error) => self.explain_create_network(error, name, &spec, ground).await,
            };
            let ipv6 = match &error {
                Error::PoolsExhausted { ipv6, .. } => {
                    *ipv6 || chosen.iter().any(|(net, _)| matches!(net, IpNet::V4(_)))
                }
                Error::Overlap { .. } => match chosen.pop() {
                    None => return Err(error),
                    Some((late, _)) => {
                        refused.push(late);
                        without(&mut spec, late);
                        matches!(late, IpNet::V6(_))
                    }
                },
                _ => return Err(error),
            };
            let Some(net) = self.choose(&spec, ground, ipv6, &refused).await else { return Err(error) };
            let said = if ipv6 {
                format!("the engine has no default IPv6 pool: chose {net} for network \"{name}\"")
            } else {
                format!("the engine's default pools are used up: chose {net} for network \"{name}\"")
            };
            chosen.push((net, said));
            spec.ipam.get_or_insert_default().config.push(PoolSpec { subnet: Some(net), ..PoolSpec::default() });
        }
        Err(Error::PoolsExhausted { ipv6: false, networks: ground.networks.len(), free: None, words: String::new() })
    }

    /// A subnet for a network of this engine that has none of the family.
    async fn choose(&self, spec: &NetworkSpec, ground: &Ground, ipv6: bool, refused: &[IpNet]) -> Option<IpNet> {
        let has = spec.subnets().iter().any(|net| matches!(net, IpNet::V6(_)) == ipv6);
        if has || spec.config_from.is_some() || taken::space(spec) != Some(Space::Local) {
            return None;
        }
        let mut start = if ipv6 { unique_local(&self.identity().await) } else { FIRST.parse().ok()? };
        if let Some(last) = refused.iter().rfind(|net| net.max_prefix_len() == start.max_prefix_len()) {
            start = crate::model::subnet::next(*last)?;
        }
        ground.free(start, spec)
    }

    /// What tells this engine from others.
    async fn identity(&self) -> String {
        let info = self.info().await.unwrap_or_default();
        info["ID"].as_str().filter(|id| !id.is_empty()).unwrap_or(self.address()).to_owned()
    }
}

/// The first /64 of a range that other engines hardly share: RFC 4193 wants 40 bits that are not chosen by anyone.
fn unique_local(identity: &str) -> IpNet {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    let own = u128::from(hasher.finish() & 0xff_ffff_ffff);
    Ipv6Net::new_assert(Ipv6Addr::from((0xfd << 120) | (own << 80)), 64).into()
}

fn without(spec: &mut NetworkSpec, net: IpNet) {
    if let Some(ipam) = &mut spec.ipam {
        ipam.config.retain(|pool| pool.subnet != Some(net));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_local_range_is_private_and_the_engine_s_own() {
        let net = unique_local("A");
        assert_eq!((net.prefix_len(), net.trunc()), (64, net));
        assert!("fd00::/8".parse::<IpNet>().unwrap().contains(&net));
        assert_eq!(unique_local("A"), net);
        assert_ne!(unique_local("B"), net);
    }
}
