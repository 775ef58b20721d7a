//! The sockets of a namespace, by the kernel's own list (`sock_diag(7)`), and the processes that hold them.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::task::spawn_blocking;

use super::namespace::Namespace;
use super::netlink::{Netlink, Subject, attributes, u16_at, u32_at, u64_at};
use crate::model::probe::socket::{Holder, Socket, State, Transfer, Which};
use crate::runtime::processes;

/// `SOCK_DIAG_BY_FAMILY`
const BY_FAMILY: u16 = 20;
const FAMILIES: [u8; 2] = [2, 10];
const TCP: u8 = 6;
const UDP: u8 = 17;
/// The attributes of an answer, and how the first is asked for.
const INFO: u16 = 2;
const IPV6_ONLY: u16 = 11;
const WANT_INFO: u8 = 1 << (INFO - 1);
/// `struct inet_diag_msg`
const FIXED: usize = 72;

/// Every socket that is asked for, with its holder where the processes may be looked at.
pub(super) async fn sockets(namespace: &Namespace, which: Which) -> io::Result<Vec<Socket>> {
    let netlink = Netlink::open(namespace, Subject::Sockets).await?;
    let work = move || {
        let mut sockets = Vec::new();
        for (family, protocol) in FAMILIES.into_iter().flat_map(|family| [(family, TCP), (family, UDP)]) {
            let found = match netlink.list(BY_FAMILY, &question(family, protocol, which)) {
                // A kernel without IPv6 has no such sockets.
                Err(error) if family == FAMILIES[1] && error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            sockets.extend(found.iter().filter_map(|(_, body)| socket(body, protocol == UDP)));
        }
        if which == Which::Listening {
            sockets.retain(Socket::listens);
        }
        let mut holders = holders(&sockets.iter().map(|socket| socket.inode).collect());
        for socket in &mut sockets {
            socket.holder = holders.remove(&socket.inode);
        }
        Ok(sockets)
    };
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// `struct inet_diag_req_v2`: family, protocol, wanted attributes, wanted states, and an address that fits all.
fn question(family: u8, protocol: u8, which: Which) -> Vec<u8> {
    let states: u32 = match which {
        // By the numbers of the states: 7 is closed, 10 listens.
        Which::Listening => 1 << 7 | 1 << 10,
        Which::All => u32::MAX,
    };
    let mut body = vec![family, protocol, WANT_INFO, 0];
    body.extend(states.to_ne_bytes());
    body.extend([0; 48]);
    body
}

/// `struct inet_diag_msg`: family, state, timer, retransmits; ports, addresses, interface, cookie; expiry, queues, user, inode.
fn socket(body: &[u8], udp: bool) -> Option<Socket> {
    let family = *body.first()?;
    let port = |at: usize| Some(u16::from_be(u16_at(body, at)?));
    let local = SocketAddr::new(address(family, body.get(8..24)?)?, port(4)?);
    let peer = SocketAddr::new(address(family, body.get(24..40)?)?, port(6)?);
    let value = |wanted: u16| attributes(body, FIXED).find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
    Some(Socket {
        udp,
        state: state(*body.get(1)?)?,
        local,
        peer,
        ipv6_only: value(IPV6_ONLY).is_some_and(|value| value.first() == Some(&1)),
        received: u32_at(body, 56)?,
        sent: u32_at(body, 60)?,
        inode: u32_at(body, 68)?.into(),
        holder: None,
        transfer: value(INFO).and_then(transfer),
    })
}

fn address(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    if family == FAMILIES[0] {
        let four: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        return Some(Ipv4Addr::from(four).into());
    }
    let sixteen: [u8; 16] = bytes.try_into().ok()?;
    // A socket of IPv6 that speaks IPv4.
    Some(Ipv6Addr::from(sixteen).to_canonical())
}

/// The numbers of `include/net/tcp_states.h`; what is about to become a connection has two.
fn state(number: u8) -> Option<State> {
    Some(match number {
        1 => State::Established,
        2 => State::SynSent,
        3 | 12 => State::SynReceived,
        4 => State::FinWait1,
        5 => State::FinWait2,
        6 => State::TimeWait,
        7 => State::Close,
        8 => State::CloseWait,
        9 => State::LastAck,
        10 => State::Listen,
        11 => State::Closing,
        _ => return None,
    })
}

/// Of `struct tcp_info`; an older kernel's is shorter.
fn transfer(info: &[u8]) -> Option<Transfer> {
    Some(Transfer {
        round_trip: u32_at(info, 68)?,
        retransmits: u32_at(info, 100)?,
        bytes_sent: u64_at(info, 120)?,
        bytes_received: u64_at(info, 128)?,
    })
}

/// Who holds these sockets, as far as it may be seen. The engine's own processes hold sockets in its containers'
/// namespaces, so all processes are looked at.
fn holders(inodes: &HashSet<u64>) -> HashMap<u64, Holder> {
    let mut first: HashMap<u64, (u64, u32)> = HashMap::new();
    if inodes.iter().any(|inode| *inode != 0) {
        for pid in processes::all() {
            // It has ended since, or is not ours to look at.
            let Ok(held) = processes::sockets(pid) else { continue };
            let mut held = held.intersection(inodes).peekable();
            let Some(birth) = held.peek().and_then(|_| processes::birth(pid)) else { continue };
            for inode in held {
                let known = first.entry(*inode).or_insert((birth, pid));
                *known = (*known).min((birth, pid));
            }
        }
    }
    let holder = |pid: u32| Some(Holder { pid, process: processes::name(pid)?, container: processes::container(pid) });
    first.into_iter().filter_map(|(inode, (_, pid))| Some((inode, holder(pid)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn our_own_sockets_are_listed_with_their_queues() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = std::net::TcpStream::connect(address).unwrap();
        let datagram = std::net::UdpSocket::bind("[::1]:0").unwrap();
        let all = sockets(&Namespace::Own, Which::All).await.unwrap();
        let one = all.iter().find(|one| one.listens() && one.local == address).unwrap();
        assert_eq!((one.received, one.sent > 0, one.udp), (1, true, false));
        assert_eq!(one.holder.as_ref().unwrap().pid, std::process::id());
        let other = all.iter().find(|one| one.local == client.local_addr().unwrap() && !one.udp).unwrap();
        assert_eq!((other.peer, other.state), (address, State::Established));
        assert!(other.transfer.is_some());
        let listening = sockets(&Namespace::Own, Which::Listening).await.unwrap();
        assert!(listening.iter().all(Socket::listens));
        assert!(listening.iter().any(|one| one.udp && one.local == datagram.local_addr().unwrap()));
    }

    #[test]
    fn an_answer_that_is_cut_short_is_no_socket() {
        for length in 0..FIXED {
            assert_eq!(socket(&vec![2; length], false), None, "{length}");
        }
    }
}
