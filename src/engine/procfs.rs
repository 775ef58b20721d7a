//! What this machine's `/proc` knows of routes, interfaces and listeners. It speaks of an engine only where that is here.

use std::collections::HashSet;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::sockets::{self, Listening};
use crate::model::ports::Protocol;
use crate::runtime::processes;

/// Routes of this machine, with their device; the default route and those of link-local addresses are left out.
pub(super) fn routes() -> Vec<(String, IpNet)> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut routes = parse_routes(&read("/proc/thread-self/net/route"));
    routes.extend(parse_routes6(&read("/proc/thread-self/net/ipv6_route")));
    routes
}

/// Whether a process uses the network stack of this one; `None` where that may not be seen.
pub(super) fn same_network(pid: i32) -> Option<bool> {
    let theirs = fs::read_link(format!("/proc/{pid}/ns/net")).ok()?;
    Some(theirs == fs::read_link("/proc/thread-self/ns/net").ok()?)
}

/// Whether this machine has a network interface of that name.
pub(super) fn has_device(name: &str) -> bool {
    devices().iter().any(|device| device == name)
}

/// The network interfaces of this machine, without loopback and those that containers have.
pub(super) fn devices() -> Vec<String> {
    let text = fs::read_to_string("/proc/thread-self/net/dev").unwrap_or_default();
    let names = text.lines().skip(2).filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
    names.filter(|name| *name != "lo" && !name.starts_with("veth")).map(str::to_owned).collect()
}

/// Routes that refuse lead nowhere, and stand in nobody's way.
const REJECT: u32 = 0x200;

/// Columns: interface, destination, gateway, flags, refcnt, use, metric, mask, ...; numbers are hexadecimal, little endian.
fn parse_routes(text: &str) -> Vec<(String, IpNet)> {
    let mut routes = Vec::new();
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (Some(device), Some(destination), Some(mask)) = (columns.first(), columns.get(1), columns.get(7)) else {
            continue;
        };
        let address = |hex: &str| u32::from_str_radix(hex, 16).ok().map(|raw| Ipv4Addr::from(raw.swap_bytes()));
        let (Some(destination), Some(mask)) = (address(destination), address(mask)) else { continue };
        if columns.get(3).and_then(|flags| u32::from_str_radix(flags, 16).ok()).is_none_or(|flags| flags & REJECT != 0)
        {
            continue;
        }
        match Ipv4Net::with_netmask(destination, mask) {
            Ok(net) if net.prefix_len() > 0 => routes.push(((*device).to_owned(), IpNet::V4(net))),
            _ => {}
        }
    }
    routes
}

/// Columns: destination, its prefix length, source, its prefix length, next hop, metric, refcnt, use, flags, interface; all
/// hexadecimal. The kernel's own entries for single addresses and for multicast are there too.
fn parse_routes6(text: &str) -> Vec<(String, IpNet)> {
    let route = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [destination, length, .., flags, device] = columns.as_slice() else { return None };
        let destination = Ipv6Addr::from(u128::from_str_radix(destination, 16).ok()?);
        let net = Ipv6Net::new(destination, u8::from_str_radix(length, 16).ok()?).ok()?;
        let leads = u32::from_str_radix(flags, 16).ok()? & REJECT == 0 && *device != "lo";
        let local = destination.is_unicast_link_local() || destination.is_multicast();
        let counts = leads && !local && (1..128).contains(&net.prefix_len());
        counts.then(|| ((*device).to_owned(), IpNet::V6(net)))
    };
    text.lines().filter_map(route).collect()
}

/// The process that listens on a port of this machine: its name and id. Others' processes need root to be seen.
pub(super) fn listener(port: u16, protocol: Protocol) -> Option<(String, u32)> {
    let inodes: HashSet<u64> = sockets::lists(protocol)
        .iter()
        .filter_map(|list| fs::read_to_string(format!("/proc/net/{list}")).ok())
        .flat_map(|text| sockets::listening(&text, port))
        .map(|socket| socket.inode)
        .collect();
    if inodes.is_empty() {
        return None;
    }
    let holds = |pid: &u32| processes::sockets(*pid).is_ok_and(|held| !held.is_disjoint(&inodes));
    let pid = processes::all().into_iter().find(holds)?;
    Some((processes::name(pid).unwrap_or_default(), pid))
}

/// What listens on a port in the network namespace of a process; `None` where that cannot be read.
pub(super) fn listening_beside(pid: u32, port: u16, protocol: Protocol) -> Option<Vec<Listening>> {
    let texts: Option<Vec<String>> = sockets::lists(protocol)
        .iter()
        // A kernel without IPv6 has no list of it.
        .filter(|list| !list.ends_with('6') || fs::exists(format!("/proc/{pid}/net/{list}")).unwrap_or(false))
        .map(|list| fs::read_to_string(format!("/proc/{pid}/net/{list}")).ok())
        .collect();
    Some(texts?.iter().flat_map(|text| sockets::listening(text, port)).collect())
}

/// The inodes of all sockets that the processes of a container hold; `None` where one of them may not be looked at.
pub(super) fn sockets_of(container: &str) -> Option<HashSet<u64>> {
    let mut inodes = HashSet::new();
    for pid in processes::all().into_iter().filter(|pid| processes::is_in_container(*pid, container)) {
        match processes::sockets(pid) {
            Ok(held) => inodes.extend(held),
            // It has ended since.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
    }
    Some(inodes)
}

/// Finds `address:port` in an engine's words; the port alone counts when the address is missing. Newer engines add the
/// container's side and the protocol: `127.0.0.1:8080:172.17.0.2:80/tcp`.
pub(super) fn endpoint_in(words: &str) -> Option<(String, u16)> {
    words.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|c: char| c == ',' || c == '"' || c == ')' || c == '(').trim_end_matches(':');
        let word = word.split('/').next().unwrap_or(word);
        let (address, rest) = match word.split_once("]:") {
            Some((address, rest)) => (address.strip_prefix('[')?, rest),
            None => word
                .split_once(':')
                .filter(|(address, _)| address.parse::<Ipv4Addr>().is_ok() || address.is_empty())
                .or_else(|| word.rsplit_once(':'))?,
        };
        let port = rest.split(':').next()?.parse::<u16>().ok().filter(|port| *port > 0)?;
        let six = address.parse::<Ipv6Addr>().is_ok();
        let known = address.is_empty() || six || address.parse::<Ipv4Addr>().is_ok();
        known.then(|| (if six { format!("[{address}]:{port}") } else { format!("{address}:{port}") }, port))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_with_their_device() {
        let text = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
                    eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                    docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        assert_eq!(parse_routes(text), [("docker0".to_owned(), "172.17.0.0/16".parse().unwrap())]);
    }

    #[test]
    fn ipv6_routes_are_read_without_what_the_kernel_adds() {
        let text = "fd000000000000000000000000000000 40 00 00 00 100 2 0 00000001     eth0\n\
                    fe800000000000000000000000000000 40 00 00 00 100 1 0 00000001     eth0\n\
                    00000000000000000000000000000000 00 00 00 fd000000000000000000000000000001 400 2 0 00000003 eth0\n\
                    fd000000000000000000000000000002 80 00 00 00 0 3 0 80200001     eth0\n\
                    ff000000000000000000000000000000 08 00 00 00 100 2 0 00000001     eth0\n\
                    fd110000000000000000000000000000 30 00 00 00 400 1 0 00000201       lo\n";
        assert_eq!(parse_routes6(text), [("eth0".to_owned(), "fd00::/64".parse().unwrap())]);
    }

    #[test]
    fn our_own_listener_is_found() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (_, pid) = listener(socket.local_addr().unwrap().port(), Protocol::Tcp).unwrap();
        assert_eq!(pid, std::process::id());
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (_, pid) = listener(socket.local_addr().unwrap().port(), Protocol::Udp).unwrap();
        assert_eq!(pid, std::process::id());
    }

    #[test]
    fn the_port_is_found_in_the_engine_s_words() {
        let words = "driver failed programming external connectivity on endpoint web (abc): Bind for 0.0.0.0:8080 \
                     failed: port is already allocated";
        assert_eq!(endpoint_in(words), Some(("0.0.0.0:8080".into(), 8080)));
        let words = "Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use";
        assert_eq!(endpoint_in(words), Some(("127.0.0.1:80".into(), 80)));
        let words = "failed to bind host port for 127.0.0.1:8080:172.17.0.2:80/tcp: address already in use";
        assert_eq!(endpoint_in(words), Some(("127.0.0.1:8080".into(), 8080)));
        let words = "failed to bind host port for [::1]:8080:[fd00::2]:80/udp: address already in use";
        assert_eq!(endpoint_in(words), Some(("[::1]:8080".into(), 8080)));
        let words = "listen tcp6 [::1]:80: bind: address already in use";
        assert_eq!(endpoint_in(words), Some(("[::1]:80".into(), 80)));
        assert_eq!(endpoint_in("no port here: x"), None);
    }
}
