//! What the sockets of a container say about why one port of it answered as it did.

use std::net::{IpAddr, SocketAddr};

use super::place::Transport;
use super::socket::Socket;
use super::verdict::Cause;

/// The hint for a port of a container that was asked at one of its addresses and did not answer as wished.
pub fn hint(name: &str, asked: SocketAddr, transport: Transport, cause: Cause, sockets: &[Socket]) -> String {
    let udp = transport == Transport::Udp;
    let of_kind: Vec<&Socket> = sockets.iter().filter(|socket| socket.listens() && socket.udp == udp).collect();
    let there: Vec<&Socket> = of_kind.iter().copied().filter(|socket| socket.local.port() == asked.port()).collect();
    let dropped = if cause == Cause::Filtered { ", and something on the way drops what is sent to it" } else { "" };
    if there.is_empty() {
        return format!("nothing listens on {transport} port {} of {name}{}{dropped}", asked.port(), others(&of_kind));
    }
    let Some(at) = there.iter().find(|socket| takes(socket, asked.ip())).map(|socket| socket.local) else {
        return format!("{}{dropped}", elsewhere(name, &there, asked.ip()));
    };
    match cause {
        Cause::Refused => {
            format!("{name} listens on {at} now: it began after it was asked, or a firewall answers for it")
        }
        Cause::Filtered => format!("{name} listens on {at}: something on the way drops it"),
        Cause::NoRoute => format!("{name} listens on {at}"),
        _ => format!("{name} listens on {at}, and did not answer"),
    }
}

/// Whether a socket takes what is sent to an address. One bound to `::` takes IPv4 as well unless it is told not to.
fn takes(socket: &Socket, asked: IpAddr) -> bool {
    let local = socket.local.ip();
    let family = local.is_ipv6() == asked.is_ipv6() || local.is_ipv6() && !socket.ipv6_only;
    local == asked || local.is_unspecified() && family
}

/// Listeners that the asked address does not lead to.
fn elsewhere(name: &str, there: &[&Socket], asked: IpAddr) -> String {
    if there.iter().all(|socket| socket.local.ip().is_loopback()) {
        return format!(
            "{name} listens on {} only, which nobody outside it reaches: let it bind 0.0.0.0",
            there[0].local
        );
    }
    let mut places: Vec<String> = there.iter().map(|socket| socket.local.ip().to_string()).collect();
    places.sort_unstable();
    places.dedup();
    format!("{name} listens on {} only, not on {asked}", places.join(" and "))
}

/// The ports that it does listen on.
fn others(of_kind: &[&Socket]) -> String {
    // The engine's own name server listens on 127.0.0.11.
    let outside = of_kind.iter().filter(|socket| !socket.local.ip().is_loopback());
    let mut ports: Vec<u16> = outside.map(|socket| socket.local.port()).collect();
    ports.sort_unstable();
    ports.dedup();
    let shown: Vec<String> = ports.iter().take(8).map(u16::to_string).collect();
    if shown.is_empty() { String::new() } else { format!("; it listens on {}", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::probe::socket::State;

    fn hint_of(local: &[&str], asked: &str, cause: Cause) -> String {
        let socket = |local: &&str| Socket {
            udp: false,
            state: State::Listen,
            local: local.parse().unwrap(),
            peer: "0.0.0.0:0".parse().unwrap(),
            ipv6_only: false,
            received: 0,
            sent: 1,
            inode: 1,
            holder: None,
            transfer: None,
        };
        let sockets: Vec<Socket> = local.iter().map(socket).collect();
        hint("db", asked.parse().unwrap(), Transport::Tcp, cause, &sockets)
    }

    #[test]
    fn what_listens_elsewhere_is_not_said_to_be_dropped() {
        let asked = "172.22.0.4:80";
        let words = hint_of(&["172.21.0.4:80"], asked, Cause::Refused);
        assert_eq!(words, "db listens on 172.21.0.4 only, not on 172.22.0.4");
        assert!(hint_of(&["0.0.0.0:80"], asked, Cause::Filtered).contains("something on the way drops it"));
        assert!(hint_of(&["[::]:80"], asked, Cause::Filtered).contains("something on the way drops it"));
        assert!(!hint_of(&["0.0.0.0:80"], asked, Cause::Refused).contains("drops"));
        assert!(hint_of(&["127.0.0.1:80"], asked, Cause::Refused).contains("127.0.0.1:80 only"));
        assert!(hint_of(&["0.0.0.0:80"], "[fd00::2]:80", Cause::Refused).contains("0.0.0.0 only, not on fd00::2"));
        assert!(hint_of(&["0.0.0.0:81"], asked, Cause::Refused).contains("it listens on 81"));
    }
}
