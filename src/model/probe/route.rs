//! Routes: as the kernel tells them, and as users see them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::interface::{Interface, Scope};
use super::surroundings::Surroundings;

/// The table that packets are sent by, unless rules say otherwise (rtnetlink(7)).
pub const MAIN: u32 = 254;

/// One route, as an agent finds it. One with several ways is several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// `0.0.0.0/0` and `::/0` are the default.
    pub destination: IpNet,
    pub gateway: Option<IpAddr>,
    /// Missing for one that refuses.
    pub interface: Option<String>,
    /// The address that is sent from.
    pub source: Option<IpAddr>,
    pub metric: u32,
    pub table: u32,
    /// `unicast`, `local`, `broadcast`, `blackhole`, …, as in ip-route(8).
    pub kind: String,
    pub scope: Scope,
    /// Who made it: `kernel`, `boot`, `static`, `ra`, …
    pub protocol: String,
}

/// Options of `routes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutesSpec {
    /// All tables, the kernel's own entries for its addresses and those of the containers' cables too.
    #[serde(default)]
    pub all: bool,
}

/// A route with the name of its network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedRoute {
    /// `default`, or a subnet.
    pub destination: String,
    /// `ipv4` or `ipv6`.
    pub family: &'static str,
    pub gateway: Option<IpAddr>,
    pub interface: Option<String>,
    /// The engine's network that it leads into.
    pub network: Option<String>,
    pub source: Option<IpAddr>,
    pub metric: u32,
    pub table: u32,
    pub kind: String,
    pub scope: Scope,
    pub protocol: String,
}

/// The routes in the order that packets prefer them: IPv4 first, the longest prefix first, then the lowest metric.
pub fn routes(found: Vec<Route>, interfaces: &[Interface], around: &Surroundings, spec: RoutesSpec) -> Vec<NamedRoute> {
    let through = |route: &Route| interfaces.iter().find(|one| Some(&one.name) == route.interface.as_ref());
    let plain = |route: &Route| route.table == MAIN && !through(route).is_some_and(|one| around.is_cable_end(one));
    let mut shown: Vec<Route> = found.into_iter().filter(|route| spec.all || plain(route)).collect();
    shown.sort_by_key(|route| {
        let net = route.destination;
        (net.addr().is_ipv6(), u8::MAX - net.prefix_len(), net.addr(), route.metric)
    });
    shown.into_iter().map(|route| named(route, interfaces, around)).collect()
}

fn named(route: Route, interfaces: &[Interface], around: &Surroundings) -> NamedRoute {
    let through = route.interface.as_ref().and_then(|name| interfaces.iter().find(|one| one.name == *name));
    let all = route.destination.prefix_len() == 0;
    NamedRoute {
        destination: if all { "default".to_owned() } else { route.destination.to_string() },
        family: if route.destination.addr().is_ipv6() { "ipv6" } else { "ipv4" },
        network: through.and_then(|interface| around.network_of(interface)),
        gateway: route.gateway,
        interface: route.interface,
        source: route.source,
        metric: route.metric,
        table: route.table,
        kind: route.kind,
        scope: route.scope,
        protocol: route.protocol,
    }
}
