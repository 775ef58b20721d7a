//! What the standard library and rustix leave out of sockets: a few options, and messages with what the kernel adds to
//! them: when they arrived, and why a packet came back.

use std::io::{self, IoSliceMut};
use std::mem::{self, MaybeUninit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::net::sockopt;
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, socket_with};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A socket that waits for nothing, has the kernel keep the ICMP errors it gets, and tell when messages arrive.
pub(super) fn open(to: IpAddr, kind: SocketType, protocol: Option<Protocol>) -> io::Result<OwnedFd> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, kind, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, protocol)?;
    match to {
        IpAddr::V4(_) => set(&socket, libc::SOL_IP, libc::IP_RECVERR, 1)?,
        IpAddr::V6(_) => set(&socket, libc::SOL_IPV6, libc::IPV6_RECVERR, 1)?,
    }
    if kind == SocketType::STREAM {
        // Closed with a reset: nothing is left in TIME_WAIT.
        sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
    } else {
        set(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    }
    Ok(socket)
}

/// A socket whose readiness the runtime tells.
#[allow(unsafe_code, reason = "the safe way is deprecated, as it takes what may not own its descriptor")]
pub(super) fn watched(socket: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is owned, stays the same, and is open until it is dropped with what is returned.
    Ok(unsafe { AsyncFd::register_with_interest(socket, interest) }?)
}

/// Packets are never cut into pieces, here or on the way, and are as large as the interface takes, whatever was heard of the
/// way before.
pub(super) fn keep_whole(socket: &OwnedFd, to: IpAddr) -> io::Result<()> {
    match to {
        IpAddr::V4(_) => set(socket, libc::SOL_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE),
        IpAddr::V6(_) => set(socket, libc::SOL_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_PROBE),
    }
}

#[allow(unsafe_code, reason = "rustix knows none of these options")]
fn set(socket: &OwnedFd, level: libc::c_int, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let length = length_of::<libc::c_int>();
    // SAFETY: the pointer is to an int that lives through the call, and the length is that of an int.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const value).cast(), length) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The round trip of a TCP connection so far, as the kernel measured it.
#[allow(unsafe_code, reason = "rustix does not read TCP_INFO")]
pub(super) fn round_trip(socket: &OwnedFd) -> Option<Duration> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = length_of::<libc::tcp_info>();
    let (level, option) = (libc::IPPROTO_TCP, libc::TCP_INFO);
    // SAFETY: the kernel writes no more than `length` bytes; all of the structure are integers, for which zero is valid.
    let info = unsafe {
        if libc::getsockopt(socket.as_raw_fd(), level, option, info.as_mut_ptr().cast(), &raw mut length) != 0 {
            return None;
        }
        info.assume_init()
    };
    (info.tcpi_rtt > 0).then(|| Duration::from_micros(info.tcpi_rtt.into()))
}

/// What has arrived.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) length: usize,
    /// Of the wall clock.
    pub(super) arrived: Option<Duration>,
    pub(super) returned: Option<Returned>,
}

/// Why a packet came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Returned {
    pub(super) errno: i32,
    /// The ICMP type and code; `None` where the error is of this machine.
    pub(super) icmp: Option<(u8, u8)>,
    /// Who sent the ICMP message.
    pub(super) by: Option<IpAddr>,
    /// Of a packet that was too large: how much would not have been.
    pub(super) most: u32,
}

pub(super) fn receive(socket: &OwnedFd, into: &mut [u8]) -> io::Result<Message> {
    message(socket, into, 0)
}

/// The oldest error that the kernel keeps of a socket.
pub(super) fn returned(socket: &OwnedFd) -> Option<Returned> {
    message(socket, &mut [0; 512], libc::MSG_ERRQUEUE).ok()?.returned
}

/// Room for what the kernel adds to a message, aligned as it wants.
type Added = [u64; 64];

#[allow(unsafe_code, reason = "rustix reads neither timestamps nor the error queue")]
fn message(socket: &OwnedFd, into: &mut [u8], flags: libc::c_int) -> io::Result<Message> {
    let (mut parts, mut added): (_, Added) = ([IoSliceMut::new(into)], [0; 64]);
    // SAFETY: all of it are integers and pointers, for which zero is valid.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = parts.as_mut_ptr().cast();
    header.msg_iovlen = 1;
    header.msg_control = added.as_mut_ptr().cast();
    header.msg_controllen = mem::size_of::<Added>() as _;
    // SAFETY: the header points to buffers that live through the call, with their true lengths.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags | libc::MSG_DONTWAIT) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let mut message = Message { length, arrived: None, returned: None };
    // SAFETY: the macros walk over `added`, which the kernel has filled as far as `msg_controllen` says.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(&raw const header);
        while let Some(one) = next.as_ref() {
            let data = libc::CMSG_DATA(next);
            match (one.cmsg_level, one.cmsg_type) {
                (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS) => {
                    let time: libc::timespec = data.cast::<libc::timespec>().read_unaligned();
                    message.arrived = u64::try_from(time.tv_sec)
                        .ok()
                        .zip(u32::try_from(time.tv_nsec).ok())
                        .map(|(seconds, nanos)| Duration::new(seconds, nanos));
                }
                (libc::SOL_IP, libc::IP_RECVERR) | (libc::SOL_IPV6, libc::IPV6_RECVERR) => {
                    message.returned = Some(returned_in(data));
                }
                _ => {}
            }
            next = libc::CMSG_NXTHDR(&raw const header, next);
        }
    }
    Ok(message)
}

/// The error that stands at `data`, with the address of whoever sent it behind it.
#[allow(unsafe_code, reason = "the kernel's structures are read where they stand")]
#[allow(clippy::cast_ptr_alignment, reason = "they are read as unaligned")]
unsafe fn returned_in(data: *const libc::c_uchar) -> Returned {
    // SAFETY: an error is followed by room for either kind of address, which the kernel has filled.
    unsafe {
        let error = data.cast::<libc::sock_extended_err>();
        let behind = error.add(1);
        let error = error.read_unaligned();
        let family = behind.cast::<libc::sa_family_t>().read_unaligned();
        let by = match libc::c_int::from(family) {
            libc::AF_INET => {
                let address = behind.cast::<libc::sockaddr_in>().read_unaligned();
                Some(IpAddr::from(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr))))
            }
            libc::AF_INET6 => {
                let address = behind.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(IpAddr::from(Ipv6Addr::from(address.sin6_addr.s6_addr)))
            }
            _ => None,
        };
        let from_icmp = matches!(error.ee_origin, libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6);
        let icmp = from_icmp.then_some((error.ee_type, error.ee_code));
        Returned { errno: i32::try_from(error.ee_errno).unwrap_or_default(), icmp, by, most: error.ee_info }
    }
}

/// The address that a socket has at this end.
pub(super) fn local(socket: &OwnedFd) -> Option<SocketAddr> {
    rustix::net::getsockname(socket).ok().and_then(|address| SocketAddr::try_from(address).ok())
}

#[allow(clippy::cast_possible_truncation, reason = "sizes of small structures")]
fn length_of<T>() -> libc::socklen_t {
    mem::size_of::<T>() as libc::socklen_t
}
