//! Which addresses a destination means where the probe starts, and whose they are.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use super::error::Error;
use super::prober::{Prober, inside};
use crate::engine;
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
const ADDRESSES: usize = 64;
/// The kernel answers at once.
const AT_ONCE: Duration = Duration::from_secs(5);

/// One address, and how it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: IpAddr,
    pub(super) port: Option<u16>,
    pub(super) transport: Transport,
}

/// A destination that is a container's own name.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) whole: Value,
}

impl Peer {
    pub(super) fn status(&self) -> &str {
        self.whole["State"]["Status"].as_str().unwrap_or_default()
    }

    pub(super) fn is_running(&self) -> bool {
        inside(&self.whole).is_some()
    }

    pub(super) fn stand(&self) -> Option<Stand> {
        inside(&self.whole).map(Stand::Inside)
    }

    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        endpoints(&self.whole).into_iter().flat_map(|(_, addresses)| addresses).collect()
    }
}

/// The networks of a container, by name, with its addresses there.
pub(super) fn endpoints(whole: &Value) -> Vec<(String, Vec<IpAddr>)> {
    let address = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let networks = whole["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    networks
        .map(|(name, endpoint)| {
            let all = [address(&endpoint["IPAddress"]), address(&endpoint["GlobalIPv6Address"])];
            (name.clone(), all.into_iter().flatten().collect())
        })
        .collect()
}

/// What a destination comes to.
#[derive(Debug)]
pub(super) struct Aim {
    pub(super) targets: Result<Vec<Target>, Miss>,
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
                return Ok(Aim { targets: Ok(targets.collect()), peer: None });
            }
            Place::Name(name) => {
                let (known, peer) = tokio::join!(self.addresses_of(&from.0, name, within), self.peer(name));
                let targets = match known {
                    Ok(known) if known.is_empty() => Err(unknown(name)),
                    Ok(known) => Ok(known.into_iter().take(ADDRESSES).map(target).collect()),
                    Err(Error::Miss(miss)) => Err(miss),
                    Err(error) => return Err(error),
                };
                return Ok(Aim { targets, peer: peer? });
            }
        };
        Ok(Aim { targets: found.map(|found| found.into_iter().map(target).collect()), peer: None })
    }

    /// The container that has this name, if one has.
    pub(super) async fn peer(&self, name: &str) -> Result<Option<Peer>, Error> {
        match self.engine().inspect_container(name).await {
            Ok(whole) => Ok(Some(Peer { name: name.to_owned(), whole })),
            Err(engine::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The address of the engine's machine, as the source sees it: the gateway of its default route, or, where it has
    /// none, the bridges of its networks.
    async fn host(&self, (stand, whole): &(Stand, Value)) -> Result<Result<Vec<IpAddr>, Miss>, Error> {
        let mode = whole["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
        if *stand == Stand::Own || mode == "host" {
            return Ok(Ok(vec![Ipv4Addr::LOCALHOST.into()]));
        }
        let routes = match self.ask(Order { from: stand.clone(), ask: Ask::Routes, within: AT_ONCE }).await {
            Ok(Found::Routes(routes)) => routes,
            Ok(_) => Vec::new(),
            Err(miss) => return Ok(Err(miss)),
        };
        let default = routes.iter().filter(|route| route.table == MAIN && route.destination.prefix_len() == 0);
        let mut gateways: Vec<IpAddr> = default.filter_map(|route| route.gateway).collect();
        if gateways.is_empty() {
            for (name, _) in endpoints(whole) {
                gateways.extend(self.bridge(&name).await?);
            }
        }
        gateways.sort_by_key(IpAddr::is_ipv6);
        if gateways.is_empty() {
            let detail = "it has no network that leads to the host";
            return Ok(Err(Miss::new(Cause::NoRoute, detail, Duration::ZERO)));
        }
        Ok(Ok(gateways))
    }

    /// The addresses that the host has on a bridge network.
    async fn bridge(&self, network: &str) -> Result<Vec<IpAddr>, Error> {
        let whole = self.engine().inspect_network(network).await?;
        if whole["Driver"] != "bridge" {
            return Ok(Vec::new());
        }
        let pools = whole["IPAM"]["Config"].as_array().into_iter().flatten();
        let gateways = pools.filter_map(|pool| pool["Gateway"].as_str());
        // Some engines write it with its prefix.
        Ok(gateways.filter_map(|text| text.split('/').next().unwrap_or(text).parse().ok()).collect())
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
