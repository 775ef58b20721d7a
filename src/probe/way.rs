//! `traceroute` and `path_mtu`: the way that packets take, with the engine's names for whom they pass.

use std::net::IpAddr;
use std::num::NonZeroU8;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::Value;

use super::error::Error;
use super::input::InputFault;
use super::prober::Prober;
use super::tls::millis;
use crate::model::asked::Asked;
use crate::model::container::ListSpec;
use crate::model::network::NetworkFilters;
use crate::model::probe::order::{Answer, Ask, Found, Order, Stand};
use crate::model::probe::path::{
    Hop, Measured, NamedHop, Packet, PathMtuProbe, PathMtuSpec, TraceProbe, TraceSpec, Traced,
};
use crate::model::probe::place::{Destination, Place, Source, Transport};
use crate::model::probe::verdict::{Cause, Miss};
use crate::model::subnet;

const NAMES: Duration = Duration::from_secs(5);
const WAIT: Duration = Duration::from_secs(1);
const WITHIN: Duration = Duration::from_secs(15);
/// The agent's own bound is a little longer than what it is asked, so that its words are those of the answer.
const SLACK: Duration = Duration::from_millis(500);
const HOPS: u8 = 30;
/// Bytes of an echo's payload.
const ECHO: u16 = 32;

impl Prober {
    /// Whom packets pass on the way to `to`: an ICMP echo for `db`, a TCP SYN for `db:80`, a UDP datagram for `db:53/udp`.
    pub async fn traceroute(&self, from: &Source, to: &Destination, spec: &TraceSpec) -> Result<TraceProbe, Error> {
        let start = self.located(from).await?;
        let address = match self.one_address(&start, to).await? {
            Ok(address) => address,
            Err(miss) => {
                let (miss, hint) = self.unknown(from, &place(to), miss).await?;
                return Ok(TraceProbe { hint, ..no_trace(None, &miss) });
            }
        };
        let packet = match (to.transport, to.port) {
            (Transport::Tcp, Some(port)) => Packet::Handshake { port },
            (Transport::Udp, Some(port)) => Packet::Datagram { port },
            _ => Packet::Echo { size: ECHO },
        };
        let most = spec.max_hops.map_or(HOPS, NonZeroU8::get);
        let wait = spec.wait.map_or(WAIT, |span| span.0);
        // Two packets for each stop that does not answer.
        let within = wait * u32::from(most) * 2 + SLACK;
        let answer = self
            .ask(Order { from: start.0.clone(), ask: Ask::Trace { to: address, packet, most, wait }, within })
            .await;
        match answer {
            Ok(Found::Traced(traced)) => {
                let mut told = told(address, to, &traced, &self.places().await?);
                if told.cause == Some(Cause::Filtered) && to.port.is_some() {
                    self.behind_the_port(&mut told, start.0, to, address).await;
                }
                Ok(told)
            }
            other => Ok(no_trace(Some(address), &strange(other))),
        }
    }

    /// The largest packet that gets from there to `to` whole.
    pub async fn path_mtu(&self, from: &Source, to: &Destination, spec: &PathMtuSpec) -> Result<PathMtuProbe, Error> {
        if to.port.is_some() {
            return Err(InputFault::NoPortHere { text: to.to_string() }.into());
        }
        let start = self.located(from).await?;
        let address = match self.one_address(&start, to).await? {
            Ok(address) => address,
            Err(miss) => {
                let (miss, hint) = self.unknown(from, &place(to), miss).await?;
                return Ok(PathMtuProbe { hint, ..no_mtu(None, miss) });
            }
        };
        let within = spec.timeout.map_or(WITHIN, |span| span.0);
        let ask = Ask::PathMtu { to: address, within };
        let answer = self.ask(Order { from: start.0, ask, within: within + SLACK }).await;
        Ok(match answer {
            Ok(Found::PathMtu(measured)) => measured_as(address, to, &measured),
            other => no_mtu(Some(address), strange(other)),
        })
    }

    /// A port that is silent says nothing of its machine, which may answer an echo.
    async fn behind_the_port(&self, told: &mut TraceProbe, from: Stand, to: &Destination, address: IpAddr) {
        let ask = Ask::Echo { to: address, size: ECHO, tries: 2 };
        if self.ask(Order { from, ask, within: WAIT }).await.is_ok() {
            told.cause = Some(Cause::NoAnswer);
            told.message = format!("{address} itself answers an ICMP echo, and {} does not answer", shown(to, address));
        }
    }

    /// The first address that a destination means there.
    async fn one_address(&self, from: &(Stand, Value), to: &Destination) -> Result<Result<IpAddr, Miss>, Error> {
        let aim = self.aim(from, to, &Asked::default(), NAMES).await?;
        let nothing = || Miss::new(Cause::NameUnknown, format!("{to} has no address"), Duration::ZERO);
        Ok(aim.targets.and_then(|targets| targets.first().map(|target| target.address).ok_or_else(nothing)))
    }

    /// What the engine calls addresses.
    async fn places(&self) -> Result<Places, Error> {
        let engine = self.engine();
        let (filters, running) = (NetworkFilters::default(), ListSpec::default());
        let (networks, containers) =
            tokio::try_join!(engine.list_networks(&filters), engine.list_containers(&running))?;
        Ok(Places { networks, containers })
    }
}

/// The engine's networks and containers, as its lists have them.
struct Places {
    networks: Vec<Value>,
    containers: Vec<Value>,
}

impl Places {
    /// The container that has the address; or the network whose gateway it is.
    fn name(&self, address: IpAddr) -> Option<String> {
        let has = |endpoint: &Value| {
            ["IPAddress", "GlobalIPv6Address"].iter().any(|key| parsed(&endpoint[*key]) == Some(address))
        };
        let container = self.containers.iter().find(|container| {
            container["NetworkSettings"]["Networks"].as_object().is_some_and(|all| all.values().any(has))
        });
        let name = container.and_then(|container| container["Names"][0].as_str());
        let gateway = || {
            let pool = |network: &Value, pool: &Value| gateway(network, pool) == Some(address);
            let network = self.networks.iter().find(|network| pools(network).any(|one| pool(network, one)))?;
            Some(format!("gateway of {}", network["Name"].as_str().unwrap_or_default()))
        };
        name.map(|name| name.trim_start_matches('/').to_owned()).or_else(gateway)
    }

    /// The network that the address is of.
    fn network(&self, address: IpAddr) -> Option<String> {
        let holds = |pool: &Value| subnet_of(pool).is_some_and(|net| net.contains(&address));
        let network = self.networks.iter().find(|network| pools(network).any(holds))?;
        network["Name"].as_str().map(str::to_owned)
    }
}

fn pools(network: &Value) -> impl Iterator<Item = &Value> {
    network["IPAM"]["Config"].as_array().into_iter().flatten()
}

fn subnet_of(pool: &Value) -> Option<IpNet> {
    pool["Subnet"].as_str().and_then(|text| text.parse::<IpNet>().ok())
}

/// 20.10 gives a bridge without a gateway the first address of its subnet, and shows none.
fn gateway(network: &Value, pool: &Value) -> Option<IpAddr> {
    let first = || subnet_of(pool).filter(|_| network["Driver"] == "bridge").map(|net| subnet::first(net.trunc()));
    parsed(&pool["Gateway"]).or_else(first)
}

fn parsed(value: &Value) -> Option<IpAddr> {
    value.as_str()?.split('/').next()?.parse().ok()
}

fn strange(answer: Answer) -> Miss {
    match answer {
        Err(miss) => miss,
        Ok(other) => Miss::new(Cause::Protocol, format!("the agent answers {other:?}"), Duration::ZERO),
    }
}

fn no_trace(address: Option<IpAddr>, miss: &Miss) -> TraceProbe {
    let (cause, message) = (Some(miss.cause), miss.detail.clone());
    TraceProbe { ok: false, cause, address, hops: Vec::new(), message, hint: None }
}

/// The name of a destination, without its port.
fn place(to: &Destination) -> String {
    match &to.place {
        Place::Name(name) => name.clone(),
        _ => String::new(),
    }
}

/// `db (10.0.0.2)`
fn shown(to: &Destination, address: IpAddr) -> String {
    match to.place {
        Place::Address(_) => to.to_string(),
        _ => format!("{to} ({address})"),
    }
}

fn told(address: IpAddr, to: &Destination, traced: &Traced, places: &Places) -> TraceProbe {
    let refused = traced.hops.last().and_then(|hop: &Hop| hop.refused.clone());
    let hops: Vec<NamedHop> = traced.hops.iter().enumerate().map(|(at, hop)| named(at + 1, hop, places)).collect();
    let (ok, count) = (traced.reached, hops.len());
    let (cause, message) = match refused {
        _ if ok => {
            (None, format!("{} is {count} {} away", shown(to, address), if count == 1 { "hop" } else { "hops" }))
        }
        Some((cause, words)) => (Some(cause), words),
        None => {
            let last = hops.iter().rev().find_map(|hop| Some((hop.hop, hop.address?)));
            let after = last.map_or("nobody on the way answers".to_owned(), |(hop, by)| {
                format!("nobody answers after hop {hop}, {by}")
            });
            (Some(Cause::Filtered), format!("{} was not reached: {after}", shown(to, address)))
        }
    };
    TraceProbe { ok, cause, address: Some(address), hops, message, hint: None }
}

fn named(at: usize, hop: &Hop, places: &Places) -> NamedHop {
    NamedHop {
        hop: at,
        address: hop.by,
        name: hop.by.and_then(|by| places.name(by)),
        network: hop.by.and_then(|by| places.network(by)),
        latency_ms: hop.by.map(|_| millis(hop.latency)),
    }
}

fn no_mtu(address: Option<IpAddr>, miss: Miss) -> PathMtuProbe {
    PathMtuProbe {
        ok: false,
        cause: Some(miss.cause),
        address,
        mtu: None,
        link_mtu: None,
        by: None,
        black_hole: false,
        message: miss.detail,
        hint: None,
    }
}

fn measured_as(address: IpAddr, to: &Destination, measured: &Measured) -> PathMtuProbe {
    let Measured { mtu, link, by, silently, .. } = *measured;
    let why = match by {
        _ if silently => format!(", though the interface takes {link}: larger ones vanish on the way without a word"),
        Some(by) => format!(", as {by} says; the interface takes {link}"),
        None => ", which is what the interface takes".to_owned(),
    };
    let hint = silently.then(|| {
        format!("connections that send much will hang: give the network `com.docker.network.driver.mtu: {mtu}`")
    });
    PathMtuProbe {
        ok: true,
        cause: None,
        address: Some(address),
        mtu: Some(mtu),
        link_mtu: Some(link),
        by,
        black_hole: silently,
        message: format!("packets of {mtu} bytes reach {} whole{why}", shown(to, address)),
        hint,
    }
}
