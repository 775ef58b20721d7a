//! The kernel's lists of sockets, `/proc/net/tcp` and its like: what listens, and where. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::ports::Protocol;

/// A socket that takes what comes to a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listening {
    pub(super) address: IpAddr,
    pub(super) inode: u64,
}

/// The lists in which sockets of a protocol stand; none for SCTP, which has a form of its own.
pub(super) fn lists(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Tcp => &["tcp", "tcp6"],
        Protocol::Udp => &["udp", "udp6"],
        Protocol::Sctp => &[],
    }
}

/// Columns: sl, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode. A TCP socket that
/// listens has state 0A, a UDP socket that is bound 07.
pub(super) fn listening(text: &str, port: u16) -> Vec<Listening> {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines
        .filter(|columns| matches!(columns.get(3), Some(&("0A" | "07"))))
        .filter_map(|columns| {
            let (address, hex) = columns.get(1)?.rsplit_once(':')?;
            let here = u16::from_str_radix(hex, 16).ok()? == port;
            let inode = columns.get(9)?.parse().ok()?;
            here.then(|| parse(address)).flatten().map(|address| Listening { address, inode })
        })
        .collect()
}

/// Words of 32 bits, each in the byte order of the machine.
fn parse(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    if hex.len() == 8 {
        return Some(Ipv4Addr::from(word(0)?).into());
    }
    let mut bytes = [0; 16];
    for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
        chunk.copy_from_slice(&word(index * 8)?);
    }
    Some(Ipv6Addr::from(bytes).to_canonical())
}

/// Who can reach a port, by what listens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Closed,
    /// Only processes of the same network namespace.
    Loopback(IpAddr),
    Open,
}

impl Reach {
    pub(super) fn of(sockets: &[Listening]) -> Self {
        match sockets.iter().find(|socket| !socket.address.is_loopback()).or(sockets.first()) {
            None => Self::Closed,
            Some(socket) if socket.address.is_loopback() => Self::Loopback(socket.address),
            Some(_) => Self::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: &str = "sl local rem st tx tr tm uid to inode\n\
                       0: 00000000:1F90 00000000:0000 0A 0:0 0:0 0 0 0 111 1\n\
                       1: 0100007F:1F90 0100007F:9999 01 0:0 0:0 0 0 0 222 1\n\
                       2: 0100007F:0050 00000000:0000 0A 0:0 0:0 0 0 0 333 1\n";

    #[test]
    fn only_listeners_of_the_port_count() {
        let inodes: Vec<_> = listening(TCP, 8080).into_iter().map(|socket| socket.inode).collect();
        assert_eq!(inodes, [111]);
    }

    #[test]
    fn the_loopback_is_told_from_the_rest() {
        assert_eq!(Reach::of(&listening(TCP, 8080)), Reach::Open);
        assert_eq!(Reach::of(&listening(TCP, 80)), Reach::Loopback(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(Reach::of(&listening(TCP, 81)), Reach::Closed);
        let six = |address: &str| listening(&format!("0: {address}:0050 x 0A 0:0 0:0 0 0 0 1 1\n"), 80);
        assert_eq!(Reach::of(&six("00000000000000000000000000000000")), Reach::Open);
        assert_eq!(Reach::of(&six("00000000000000000000000001000000")), Reach::Loopback(Ipv6Addr::LOCALHOST.into()));
        let mapped = six("0000000000000000FFFF00000100007F");
        assert_eq!(Reach::of(&mapped), Reach::Loopback(Ipv4Addr::LOCALHOST.into()));
    }
}
