//! What this machine's `/proc` knows of routes and listeners. Asked only to explain a refusal of a local engine.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

use super::sockets::{self, Listening};
use crate::model::ports::Protocol;

/// IPv4 routes of this machine, with their device; the default route is left out.
pub(super) fn routes() -> Vec<(String, IpNet)> {
    fs::read_to_string("/proc/net/route").map(|text| parse_routes(&text)).unwrap_or_default()
}

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
        match Ipv4Net::with_netmask(destination, mask) {
            Ok(net) if net.prefix_len() > 0 => routes.push(((*device).to_owned(), IpNet::V4(net))),
            _ => {}
        }
    }
    routes
}

/// The process that listens on a port of this machine: its name and id. Others' processes need root to be seen.
pub(super) fn listener(port: u16, protocol: Protocol) -> Option<(String, u32)> {
    let inodes: Vec<String> = sockets::lists(protocol)
        .iter()
        .filter_map(|list| fs::read_to_string(format!("/proc/net/{list}")).ok())
        .flat_map(|text| sockets::listening(&text, port))
        .map(|socket| format!("socket:[{}]", socket.inode))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(files) = fs::read_dir(entry.path().join("fd")) else { continue };
        for file in files.flatten() {
            let link = fs::read_link(file.path()).ok();
            if link.and_then(|link| link.to_str().map(str::to_owned)).is_some_and(|link| inodes.contains(&link)) {
                let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                return Some((name.trim().to_owned(), pid));
            }
        }
    }
    None
}

/// What listens on a port in the network namespace of a process; `None` where that cannot be read.
pub(super) fn listening_beside(pid: i32, port: u16, protocol: Protocol) -> Option<Vec<Listening>> {
    let texts: Option<Vec<String>> = sockets::lists(protocol)
        .iter()
        // A kernel without IPv6 has no list of it.
        .filter(|list| !list.ends_with('6') || fs::exists(format!("/proc/{pid}/net/{list}")).unwrap_or(false))
        .map(|list| fs::read_to_string(format!("/proc/{pid}/net/{list}")).ok())
        .collect();
    Some(texts?.iter().flat_map(|text| sockets::listening(text, port)).collect())
}

/// Whether a process belongs to a container, by the container's full id in its control group.
pub(super) fn is_in_container(pid: i32, container: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|text| text.contains(container))
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
