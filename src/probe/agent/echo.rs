//! An ICMP echo, through the kernel's own sockets for it where they are allowed, and raw ones elsewhere.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use rustix::net::{SocketType, ipproto};

use super::attempts::until_answered;
use super::datagram::{Sent, answered, dispatch};
use super::namespace::Namespace;
use super::setback::{self, Asked, Setback};
use super::socket;
use crate::model::probe::order::{Answer, Found};
use crate::model::probe::verdict::Cause;

/// Type, code, checksum, identifier, sequence number: two bytes from the fifth on name the sender.
const HEADER: usize = 8;
/// The longest header of IPv4, which raw sockets hand over too.
const IP_HEADER: usize = 60;

/// Tells the echoes of this process apart.
static NEXT: AtomicU16 = AtomicU16::new(1);

pub(super) async fn echo(namespace: &Namespace, to: IpAddr, size: u16, tries: u8, within: Duration) -> Answer {
    until_answered(within, tries, Cause::Filtered, || attempt(namespace, to, size)).await
}

async fn attempt(namespace: &Namespace, to: IpAddr, size: u16) -> Result<Found, Setback> {
    let sequence = NEXT.fetch_add(1, Ordering::Relaxed);
    let target = SocketAddr::new(to, 0);
    let sent = namespace.inside(move || send(to, size, sequence)).await;
    let (sent, raw) = sent.map_err(|error| setback::of(error, None, Asked::Echo, to, None))?;
    let mut buffer = vec![0; HEADER + IP_HEADER + usize::from(size)];
    let wanted = |message: &[u8]| is_reply(message, to, sequence, raw);
    let (latency, _) = answered(sent, Asked::Echo, target, &mut buffer, wanted).await?;
    Ok(Found::Echoed { latency })
}

/// `true` with it where the socket is a raw one.
fn send(to: IpAddr, size: u16, sequence: u16) -> io::Result<(Sent, bool)> {
    let (socket, raw) = open(to)?;
    Ok((dispatch(socket, SocketAddr::new(to, 0), &request(to, size, sequence))?, raw))
}

/// `true` with it where the socket is a raw one.
pub(super) fn open(to: IpAddr) -> io::Result<(OwnedFd, bool)> {
    let protocol = if to.is_ipv4() { ipproto::ICMP } else { ipproto::ICMPV6 };
    match socket::open(to, SocketType::DGRAM, Some(protocol)) {
        // `net.ipv4.ping_group_range` leaves this process out.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Ok((socket::open(to, SocketType::RAW, Some(protocol))?, true))
        }
        opened => Ok((opened?, false)),
    }
}

/// The kernel replaces the identifier on sockets of its own; on raw ones the sequence number stands for it as well.
pub(super) fn request(to: IpAddr, size: u16, sequence: u16) -> Vec<u8> {
    let kind = if to.is_ipv4() { 8 } else { 128 };
    let mut packet = vec![kind, 0, 0, 0];
    packet.extend(identifier().to_be_bytes());
    packet.extend(sequence.to_be_bytes());
    packet.extend((0..size).map(|index| b'a' + u8::try_from(index % 26).unwrap_or_default()));
    // That of IPv6 counts the addresses in, and the kernel makes it.
    let sum = if to.is_ipv4() { checksum(&packet) } else { 0 };
    packet[2..4].copy_from_slice(&sum.to_be_bytes());
    packet
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half is enough to tell processes apart")]
fn identifier() -> u16 {
    std::process::id() as u16
}

pub(super) fn is_reply(message: &[u8], to: IpAddr, sequence: u16, raw: bool) -> bool {
    let header = match message.first() {
        Some(first) if raw && to.is_ipv4() => usize::from(first & 0x0f) * 4,
        _ => 0,
    };
    let Some(icmp) = message.get(header..).filter(|icmp| icmp.len() >= HEADER) else { return false };
    let kind = if to.is_ipv4() { 0 } else { 129 };
    let ours = !raw || icmp[4..6] == identifier().to_be_bytes();
    icmp[0] == kind && ours && icmp[6..8] == sequence.to_be_bytes()
}

/// RFC 1071.
fn checksum(packet: &[u8]) -> u16 {
    let words = packet.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checked_packet_sums_to_nothing() {
        for size in [0, 1, 56, 1472] {
            assert_eq!(checksum(&request("10.0.0.1".parse().unwrap(), size, 7)), 0, "{size}");
        }
    }

    #[test]
    fn only_the_answer_to_the_own_question_counts() {
        let to = "10.0.0.1".parse().unwrap();
        let mut reply = request(to, 4, 7);
        assert!(!is_reply(&reply, to, 7, true), "a request is no reply");
        reply[0] = 0;
        let mut whole = vec![0x45; 20];
        whole.extend(&reply);
        assert!(is_reply(&whole, to, 7, true));
        assert!(is_reply(&reply, to, 7, false));
        assert!(!is_reply(&whole, to, 8, true));
        assert!(!is_reply(&[0x4f], to, 7, true));
    }
}
