//! Which addresses a destination means where the probe starts, and whose they are.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use super::error::Error;
use super::peer::{Peer, endpoints, mode};
use super::prober::Prober;
use crate::model::asked::Asked;
use crate::model::probe::order::{Ask, Found, Order, Stand};
use crate::model::probe::place::{Destination, Place, Transport};
use crate::model::probe::route::MAIN;
use crate::model::probe::verdict::{Cause, Miss};

/// Well-known addresses that answer everyone: two owners, two ports.
const INTERNET: &[&str] = &["1.1.1.1:443", "8.8.8.8:53", "9.9.9.9:443"];
/// Names them in place of those.
const VARIABLE: &str = "XNET_INTERNET";
/// The most addresses of one name that are asked.
pub(super) const ADDRESSES: usize = 64;
/// The bridge by which containers on overlays reach their host.
const OVERLAY_BRIDGE: &str = "docker_gwbridge";
/// The kernel answers at once.
const AT_ONCE: Duration = Duration::from_secs(5);

/// One address, and how it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: IpAddr,
    pub(super) port: Option<u16>,
    pub(super) transport: Transport,
}

/// What a destination comes to.
#[derive(Debug)]
pub(super) struct Aim {
    pub(super) targets: Result<Vec<Target>, Miss>,
    /// Addresses of the name beyond those.
    pub(super) beyond: usize,
    pub(super) peer: Option<Peer>,
}

impl Prober {
    pub(super) async fn aim(
        &self,
        from: &(Stand, Value),
        to: &Destination,
        internet: &Asked<Vec<SocketAddr>>,
        within: Duration,
    ) -> Result<Aim, Error> {
        let target = |address| Target { address, port: to.port, transport: to.transport };
        let found = match &to.place {
            Place::Address(address) => Ok(vec![*address]),
            Place::Host => self.host(from).await?,
            Place::Internet => {
                let known = outside(internet)?.into_iter();
                let targets = known.map(|socket| Target {
                    address: socket.ip(),
                    port: Some(socket.port()),
                    transport: Transport::Tcp,
                });
                return Ok(Aim { targets: Ok(targets.collect()), beyond: 0, peer: None });
            }
            Place::Name(name) => {
                let (known, peer) = tokio::join!(self.addresses_of(&from.0, name, within), self.peer(name));
                let mut beyond = 0;
                let targets = match known {
                    Ok(known) if known.is_empty() => Err(unknown(name)),
                    Ok(known) => {
                        beyond = known.len().saturating_sub(ADDRESSES);
                        Ok(known.into_iter().take(ADDRESSES).map(target).collect())
                    }
                    Err(Error::Miss(miss)) => Err(miss),
                    Err(error) => return Err(error),
                };
                return Ok(Aim { targets, beyond, peer: peer? });
            }
        };
        Ok(Aim { targets: found.map(|found| found.into_iter().map(target).collect()), beyond: 0, peer: None })
    }

    /// The addresses of the engine's machine, as the source sees it: the gateways of its bridge networks. A gateway on macvlan,
    /// ipvlan or in a world of the user's own is somebody else's router.
    pub(super) async fn host(&self, (stand, whole): &(Stand, Value)) -> Result<Result<Vec<IpAddr>, Miss>, Error> {
        let owner = self.network_owner(whole).await?;
        if *stand == Stand::Own || mode(&owner) == "host" {
            return Ok(Ok(vec![Ipv4Addr::LOCALHOST.into()]));
        }
        let routes = match self.ask(Order { from: stand.clone(), ask: Ask::Routes, within: AT_ONCE }).await {
            Ok(Found::Routes(routes)) => routes,
            Ok(_) => Vec::new(),
            Err(miss) => return Ok(Err(miss)),
        };
        let default = routes.iter().filter(|route| route.table == MAIN && route.destination.prefix_len() == 0);
        let defaults: Vec<IpAddr> = default.filter_map(|route| route.gateway).collect();
        let (mut bridges, mut strangers) = (Vec::new(), Vec::new());
        let networks = endpoints(&owner);
        for (name, _) in networks.iter().filter(|(name, _)| name != "none") {
            match self.way_to_host(name).await? {
                Ok(found) => {
                    bridges.extend(found);
                    // Older engines leave a gateway that they chose themselves out of the network's pools.
                    let endpoint = &owner["NetworkSettings"]["Networks"][name.as_str()];
                    let own = ["Gateway", "IPv6Gateway"]
                        .iter()
                        .filter_map(|key| endpoint[*key].as_str()?.parse::<IpAddr>().ok());
                    bridges.extend(own);
                }
                Err(driver) => strangers.push(format!("{driver} network {name}")),
            }
        }
        // Networks that no engine made, as those of rootless engines are: their gateway stands for the machine.
        let bare = networks.iter().all(|(name, _)| name == "none");
        let mut found: Vec<IpAddr> = match (bare, defaults.is_empty()) {
            (true, false) => defaults,
            // Nothing leads there, which the kernel is asked to say itself.
            (true, true) => self.way_to_host("bridge").await.ok().and_then(Result::ok).unwrap_or_default(),
            (false, _) => {
                let through: Vec<IpAddr> = defaults.into_iter().filter(|one| bridges.contains(one)).collect();
                if through.is_empty() { bridges } else { through }
            }
        };
        found.sort_by_key(|address: &IpAddr| (address.is_ipv6(), *address));
        found.dedup();
        if !found.is_empty() {
            return Ok(Ok(found));
        }
        let miss = if strangers.is_empty() {
            Miss::new(Cause::NoRoute, "it has no network that leads to the host", Duration::ZERO)
        } else {
            let detail = format!(
                "it is on {} only, where the host has no address that the engine knows of, and the gateway is another router",
                strangers.join(" and ")
            );
            Miss::new(Cause::NotSent, detail, Duration::ZERO)
        };
        Ok(Err(miss))
    }

    /// The addresses that the host has on a network, or the driver of one on which it has none.
    async fn way_to_host(&self, network: &str) -> Result<Result<Vec<IpAddr>, String>, Error> {
        let mut whole = self.engine().inspect_network(network).await?;
        if whole["Driver"] == "overlay" && whole["Scope"] == "swarm" {
            // What leaves an overlay goes through this bridge, where there is one.
            whole = self.engine().inspect_network(OVERLAY_BRIDGE).await.unwrap_or(whole);
        }
        let driver = whole["Driver"].as_str().unwrap_or_default();
        if driver != "bridge" {
            return Ok(Err(driver.to_owned()));
        }
        let pools = whole["IPAM"]["Config"].as_array().into_iter().flatten();
        let gateways = pools.filter_map(|pool| pool["Gateway"].as_str());
        // Some engines write it with its prefix.
        Ok(Ok(gateways.filter_map(|text| text.split('/').next().unwrap_or(text).parse().ok()).collect()))
    }
}

fn unknown(name: &str) -> Miss {
    Miss::new(Cause::NameUnknown, format!("the name \"{name}\" has no address"), Duration::ZERO)
}

/// What `internet` stands for.
fn outside(asked: &Asked<Vec<SocketAddr>>) -> Result<Vec<SocketAddr>, Error> {
    if asked.given() && !asked.is_empty() {
        return Ok((**asked).clone());
    }
    let typed = std::env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty());
    let words: Vec<&str> = match &typed {
        Some(text) => text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect(),
        None => INTERNET.to_vec(),
    };
    let read = |word: &str| {
        word.parse().map_err(|_| Error::Invalid {
            message: format!("{VARIABLE}: \"{word}\" is not an address and a port"),
            hint: Some("write 1.1.1.1:443 or [2606:4700:4700::1111]:443, with commas between several".into()),
        })
    };
    words.into_iter().map(read).collect()
}
