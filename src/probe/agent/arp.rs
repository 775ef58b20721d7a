//! Who is missing on a link: of IPv4 by the list that ARP made, in `/proc/net/arp`, of which the kernel forgets one again
//! when it is told; of IPv6 by the kernel's neighbours.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsRawFd;

use rustix::net::SocketType;

use super::namespace::Namespace;
use super::{links, setback, socket};
use crate::model::probe::neighbour::NeighbourState;
use crate::model::probe::order::Answer;
use crate::model::probe::verdict::{Cause, Miss};

const LIST: &str = "/proc/thread-self/net/arp";
/// Flags of an entry (`linux/if_arp.h`): none while it is not found, this bit once it is; others for what somebody set.
const FOUND: u32 = 0x2;
/// linux/sockios.h
const SIOCDARP: u64 = 0x8953;

/// Silence is explained when the address was not found on the link: the kernel itself takes three seconds to say so.
pub(super) async fn on_the_link(namespace: &Namespace, to: IpAddr, answer: Answer) -> Answer {
    match answer {
        Err(miss) => Err(explained(namespace, to, miss).await),
        answer => answer,
    }
}

/// The same for what is known to be a miss.
pub(super) async fn explained(namespace: &Namespace, to: IpAddr, miss: Miss) -> Miss {
    if !matches!(miss.cause, Cause::Filtered | Cause::NoAnswer) {
        return miss;
    }
    let missing = match to {
        IpAddr::V4(_) => {
            let list = namespace.inside(|| fs::read_to_string(LIST)).await.unwrap_or_default();
            is_missing(&list, to)
        }
        IpAddr::V6(_) => {
            let all = links::neighbours(namespace).await.unwrap_or_default();
            let searched = |state| matches!(state, NeighbourState::Incomplete | NeighbourState::Failed);
            all.iter().any(|one| one.address == to && searched(one.state))
        }
    };
    if missing { Miss { cause: Cause::NoRoute, detail: setback::nobody(to), ..miss } } else { miss }
}

fn is_missing(list: &str, address: IpAddr) -> bool {
    entry(list, address).is_some_and(|(flags, _)| flags == 0)
}

/// Takes an address out of the list, unless somebody has put it there by hand. The kernel finds it again when it is needed;
/// the list of all namespaces together holds no more than `net.ipv4.neigh.default.gc_thresh3` entries (1024).
pub(super) async fn forget(namespace: &Namespace, address: Ipv4Addr) -> io::Result<()> {
    namespace
        .inside(move || {
            let list = fs::read_to_string(LIST)?;
            entry(&list, address.into())
                .filter(|(flags, _)| *flags & !FOUND == 0)
                .map_or(Ok(()), |(_, device)| remove(address, device))
        })
        .await
}

/// The flags and the device of an address.
fn entry(list: &str, address: IpAddr) -> Option<(u32, &str)> {
    list.lines().skip(1).find_map(|line| {
        let mut columns = line.split_whitespace();
        let own = columns.next().and_then(|text| text.parse().ok()) == Some(address);
        let flags = u32::from_str_radix(columns.nth(1)?.trim_start_matches("0x"), 16).ok()?;
        own.then(|| columns.last().map(|device| (flags, device)))?
    })
}

#[allow(unsafe_code, reason = "no safe interface removes an entry of ARP")]
fn remove(address: Ipv4Addr, device: &str) -> io::Result<()> {
    let socket = socket::open(address.into(), SocketType::DGRAM, None)?;
    // SAFETY: all of it are integers, for which zero is valid.
    let mut request: libc::arpreq = unsafe { std::mem::zeroed() };
    request.arp_pa.sa_family = libc::sa_family_t::try_from(libc::AF_INET).unwrap_or_default();
    // An address of IPv4 stands behind the port.
    for (place, byte) in request.arp_pa.sa_data[2..6].iter_mut().zip(address.octets()) {
        *place = libc::c_char::from_ne_bytes([byte]);
    }
    let room = request.arp_dev.len() - 1;
    for (place, byte) in request.arp_dev[..room].iter_mut().zip(device.bytes()) {
        *place = libc::c_char::from_ne_bytes([byte]);
    }
    // SAFETY: the request lives through the call, which reads it.
    match unsafe { libc::ioctl(socket.as_raw_fd(), SIOCDARP as _, &raw const request) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // It has gone by itself.
            error if matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENOENT)) => Ok(()),
            error => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARP: &str = "IP address       HW type     Flags       HW address            Mask     Device\n\
                       172.17.0.9       0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                       172.17.0.8       0x1         0x6         02:42:5c:1a:2b:3d     *        eth1\n\
                       172.17.0.1       0x1         0x2         02:42:5c:1a:2b:3c     *        eth0\n";

    #[test]
    fn an_address_that_arp_did_not_find_is_told() {
        assert!(is_missing(ARP, "172.17.0.9".parse().unwrap()));
        assert!(!is_missing(ARP, "172.17.0.1".parse().unwrap()));
        assert!(!is_missing(ARP, "172.17.0.2".parse().unwrap()));
    }

    #[test]
    fn entries_have_flags_and_a_device() {
        assert_eq!(entry(ARP, "172.17.0.8".parse().unwrap()), Some((6, "eth1")));
        assert_eq!(entry(ARP, "172.17.0.1".parse().unwrap()), Some((2, "eth0")));
        assert_eq!(entry(ARP, "172.17.0.3".parse().unwrap()), None);
    }
}
