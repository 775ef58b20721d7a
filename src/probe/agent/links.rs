//! Interfaces, addresses, routes and neighbours of a namespace, by the kernel's own lists (rtnetlink(7)).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use tokio::task::spawn_blocking;

use super::namespace::Namespace;
use super::netlink::{Message, Netlink, Subject, attributes, u16_at, u32_at};
use crate::model::probe::interface::{Assigned, Interface, LinkState, Scope};
use crate::model::probe::neighbour::{Neighbour, NeighbourState};
use crate::model::probe::route::Route;

/// The questions: `RTM_GETLINK`, `RTM_GETADDR`, `RTM_GETROUTE`, `RTM_GETNEIGH`.
const LINKS: u16 = 18;
const ADDRESSES: u16 = 22;
const ROUTES: u16 = 26;
const NEIGHBOURS: u16 = 30;
/// The fixed parts of the answers: `ifinfomsg`, `ifaddrmsg`, `rtmsg`, `ndmsg`; the longest is long enough to ask with.
const LINK: usize = 16;
const ADDRESS: usize = 8;
const ROUTE: usize = 12;
const NEIGHBOUR: usize = 12;

type Values<'a> = HashMap<u16, &'a [u8]>;

pub(super) async fn interfaces(namespace: &Namespace) -> io::Result<Vec<Interface>> {
    read(namespace, |netlink| {
        let links = netlink.list(LINKS, &[0; LINK])?;
        let names = names(&links);
        let mut all: Vec<(u32, Interface)> =
            links.iter().filter_map(|(_, body)| Some((u32_at(body, 4)?, interface(body, &names)?))).collect();
        for (_, body) in netlink.list(ADDRESSES, &[0; LINK])? {
            let Some((index, assigned)) = assigned(&body) else { continue };
            all.iter_mut().filter(|(own, _)| *own == index).for_each(|(_, one)| one.addresses.push(assigned));
        }
        Ok(all.into_iter().map(|(_, interface)| interface).collect())
    })
    .await
}

pub(super) async fn routes(namespace: &Namespace) -> io::Result<Vec<Route>> {
    read(namespace, |netlink| {
        let names = names(&netlink.list(LINKS, &[0; LINK])?);
        Ok(netlink.list(ROUTES, &[0; LINK])?.iter().flat_map(|(_, body)| ways(body, &names)).collect())
    })
    .await
}

pub(super) async fn neighbours(namespace: &Namespace) -> io::Result<Vec<Neighbour>> {
    read(namespace, |netlink| {
        let names = names(&netlink.list(LINKS, &[0; LINK])?);
        Ok(netlink.list(NEIGHBOURS, &[0; LINK])?.iter().filter_map(|(_, body)| neighbour(body, &names)).collect())
    })
    .await
}

async fn read<T: Send + 'static>(
    namespace: &Namespace,
    work: impl FnOnce(Netlink) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let netlink = Netlink::open(namespace, Subject::Route).await?;
    spawn_blocking(move || work(netlink)).await.map_err(io::Error::other)?
}

fn values(body: &[u8], fixed: usize) -> Values<'_> {
    attributes(body, fixed).collect()
}

/// Names of interfaces by their number.
fn names(links: &[Message]) -> HashMap<u32, String> {
    links.iter().filter_map(|(_, body)| Some((u32_at(body, 4)?, text(values(body, LINK).get(&3)?)))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

fn mac(bytes: &[u8]) -> String {
    if bytes.len() != 6 || bytes.iter().all(|byte| *byte == 0) {
        return String::new();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Ipv6Addr::from(sixteen).into())
}

fn number(values: &Values, kind: u16) -> Option<u32> {
    u32_at(values.get(&kind)?, 0)
}

/// `IFLA_ADDRESS` 1, `IFLA_IFNAME` 3, `IFLA_MTU` 4, `IFLA_MASTER` 10, `IFLA_LINKINFO` 18 with `IFLA_INFO_KIND` 1.
fn interface(body: &[u8], names: &HashMap<u32, String>) -> Option<Interface> {
    /// `IFF_UP` and `IFF_RUNNING`
    const SWITCHED_ON: u32 = 1;
    const RUNNING: u32 = 0x40;
    let (flags, values) = (u32_at(body, 8)?, values(body, LINK));
    let kind = values.get(&18).and_then(|info| attributes(info, 0).find(|(kind, _)| *kind == 1));
    Some(Interface {
        name: names.get(&u32_at(body, 4)?)?.clone(),
        kind: kind.map(|(_, name)| text(name)).unwrap_or_default(),
        mac: values.get(&1).map(|bytes| mac(bytes)).unwrap_or_default(),
        mtu: number(&values, 4).unwrap_or_default(),
        state: match (flags & SWITCHED_ON != 0, flags & RUNNING != 0) {
            (false, _) => LinkState::Down,
            (true, false) => LinkState::NoCarrier,
            (true, true) => LinkState::Up,
        },
        master: number(&values, 10).and_then(|index| names.get(&index).cloned()),
        addresses: Vec::new(),
    })
}

/// `struct ifaddrmsg`: family, prefix, flags, scope, interface. `IFA_LOCAL` 2 is the own end of a line between two, whose
/// other end is then `IFA_ADDRESS` 1.
fn assigned(body: &[u8]) -> Option<(u32, Assigned)> {
    let values = values(body, ADDRESS);
    let address = ip(values.get(&2).or_else(|| values.get(&1))?)?;
    let assigned = Assigned { address, prefix: *body.get(1)?, scope: scope(*body.get(3)?) };
    Some((u32_at(body, 4)?, assigned))
}

fn scope(number: u8) -> Scope {
    match number {
        200 => Scope::Site,
        253 => Scope::Link,
        254 => Scope::Host,
        255 => Scope::Nowhere,
        // Those between are for users to define.
        _ => Scope::Global,
    }
}

/// `struct rtmsg`: family, prefixes of destination and source, service, table, protocol, scope, kind. `RTA_DST` 1, `RTA_OIF`
/// 4, `RTA_GATEWAY` 5, `RTA_PRIORITY` 6, `RTA_PREFSRC` 7, `RTA_MULTIPATH` 9, `RTA_TABLE` 15, `RTA_VIA` 18.
fn ways(body: &[u8], names: &HashMap<u32, String>) -> Vec<Route> {
    let values = values(body, ROUTE);
    let Some(base) = route(body, &values, names) else { return Vec::new() };
    let Some(several) = values.get(&9) else { return vec![base] };
    hops(several)
        .map(|(index, values)| Route {
            interface: names.get(&index).cloned(),
            gateway: gateway(&values),
            ..base.clone()
        })
        .collect()
}

fn route(body: &[u8], values: &Values, names: &HashMap<u32, String>) -> Option<Route> {
    let unspecified = match body.first()? {
        2 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        10 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => return None,
    };
    let destination = values.get(&1).and_then(|bytes| ip(bytes)).unwrap_or(unspecified);
    Some(Route {
        destination: IpNet::new(destination, *body.get(1)?).ok()?,
        gateway: gateway(values),
        interface: number(values, 4).and_then(|index| names.get(&index).cloned()),
        source: values.get(&7).and_then(|bytes| ip(bytes)),
        metric: number(values, 6).unwrap_or_default(),
        table: number(values, 15).or_else(|| body.get(4).map(|table| u32::from(*table)))?,
        kind: kind(*body.get(7)?).to_owned(),
        scope: scope(*body.get(6)?),
        protocol: protocol(*body.get(5)?),
    })
}

/// The gateway, which may be of the other family: then its family stands before it.
fn gateway(values: &Values) -> Option<IpAddr> {
    values.get(&5).and_then(|bytes| ip(bytes)).or_else(|| ip(values.get(&18)?.get(2..)?))
}

/// `struct rtnexthop`: length, flags, weight, interface; then attributes.
fn hops(bytes: &[u8]) -> impl Iterator<Item = (u32, Values<'_>)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(rest, 0)?);
        let hop = rest.get(..length).filter(|hop| hop.len() >= 8)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u32_at(hop, 4)?, values(hop, 8)))
    })
}

fn kind(number: u8) -> &'static str {
    match number {
        1 => "unicast",
        2 => "local",
        3 => "broadcast",
        4 => "anycast",
        5 => "multicast",
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        9 => "throw",
        10 => "nat",
        _ => "other",
    }
}

fn protocol(number: u8) -> String {
    match number {
        1 => "redirect".to_owned(),
        2 => "kernel".to_owned(),
        3 => "boot".to_owned(),
        4 => "static".to_owned(),
        9 => "ra".to_owned(),
        16 => "dhcp".to_owned(),
        186 => "bgp".to_owned(),
        188 => "ospf".to_owned(),
        number => number.to_string(),
    }
}

/// `struct ndmsg`: family, interface, state. `NDA_DST` 1, `NDA_LLADDR` 2.
fn neighbour(body: &[u8], names: &HashMap<u32, String>) -> Option<Neighbour> {
    let values = values(body, NEIGHBOUR);
    if !matches!(body.first()?, 2 | 10) {
        return None;
    }
    let state = match u16_at(body, 8)? {
        0x01 => NeighbourState::Incomplete,
        0x02 => NeighbourState::Reachable,
        0x04 => NeighbourState::Stale,
        0x08 => NeighbourState::Delay,
        0x10 => NeighbourState::Probe,
        0x20 => NeighbourState::Failed,
        0x40 => NeighbourState::Noarp,
        0x80 => NeighbourState::Permanent,
        // It was made, and nobody has asked for it yet.
        _ => return None,
    };
    Some(Neighbour {
        address: ip(values.get(&1)?)?,
        mac: values.get(&2).map(|bytes| mac(bytes)).unwrap_or_default(),
        interface: names.get(&u32_at(body, 4)?)?.clone(),
        state,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_loopback_is_there_with_its_address_and_routes() {
        let all = interfaces(&Namespace::Own).await.unwrap();
        let lo = all.iter().find(|one| one.name == "lo").unwrap();
        assert_eq!((lo.state, lo.mac.as_str()), (LinkState::Up, ""));
        let local = Assigned { address: Ipv4Addr::LOCALHOST.into(), prefix: 8, scope: Scope::Host };
        assert!(lo.addresses.contains(&local), "{lo:?}");
        let routes = routes(&Namespace::Own).await.unwrap();
        let local = routes.iter().find(|one| one.kind == "local" && one.destination.to_string() == "127.0.0.0/8");
        assert_eq!(local.and_then(|one| one.interface.as_deref()), Some("lo"));
        neighbours(&Namespace::Own).await.unwrap();
    }

    #[test]
    fn a_route_with_several_ways_is_several() {
        let mut body = vec![2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0, 40, 0, 9, 0];
        for (index, last) in [(2_u8, 1_u8), (3, 7)] {
            body.extend([16, 0, 0, 0, index, 0, 0, 0, 8, 0, 5, 0, 10, 0, 0, last]);
        }
        body[12] = 36;
        let names = HashMap::from([(2, "eth0".to_owned()), (3, "eth1".to_owned())]);
        let ways: Vec<String> = ways(&body, &names)
            .iter()
            .map(|way| format!("{} {} {}", way.destination, way.gateway.unwrap(), way.interface.as_deref().unwrap()))
            .collect();
        assert_eq!(ways, ["0.0.0.0/0 10.0.0.1 eth0", "0.0.0.0/0 10.0.0.7 eth1"]);
    }

    #[test]
    fn what_is_cut_short_is_left_out_without_a_panic() {
        let names = HashMap::from([(0, "eth0".to_owned())]);
        for length in 0..24 {
            let body = vec![2; length];
            let _ = (interface(&body, &names), assigned(&body), ways(&body, &names), neighbour(&body, &names));
        }
    }
}
