//! Questions to the kernel by netlink: one request, and the list of messages that it answers with (netlink(7)).

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};

use super::namespace::Namespace;

const HEADER: usize = 16;
const DONE: u16 = 3;
const ERROR: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_DUMP`
const DUMP: u16 = 0x301;
/// What is listed has changed meanwhile: something may be missing.
const INTERRUPTED: u16 = 0x10;
/// How often a list that changes while it is read is read again.
const ATTEMPTS: u32 = 20;
/// The kernel never answers with more at once.
const ROOM: usize = 64 << 10;

/// Which part of the kernel is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// Interfaces, addresses, routes, neighbours.
    Route,
    Sockets,
}

/// A netlink socket of one namespace.
#[derive(Debug)]
pub(super) struct Netlink(OwnedFd);

/// A message of the list: its kind, and what follows its header.
pub(super) type Message = (u16, Vec<u8>);

impl Netlink {
    pub(super) async fn open(namespace: &Namespace, subject: Subject) -> io::Result<Self> {
        // Routes are the protocol with the number zero.
        let protocol = match subject {
            Subject::Route => None,
            Subject::Sockets => Some(netlink::SOCK_DIAG),
        };
        let make = move || Ok(socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?);
        Ok(Self(namespace.inside(make).await?))
    }

    /// The whole list. The kernel makes each part of it while it is fetched: nothing is waited for.
    pub(super) fn list(&self, kind: u16, body: &[u8]) -> io::Result<Vec<Message>> {
        for _ in 0..ATTEMPTS {
            let (messages, whole) = self.attempt(kind, body)?;
            if whole {
                return Ok(messages);
            }
        }
        Err(io::Error::other("the kernel's list changed each time it was read"))
    }

    fn attempt(&self, kind: u16, body: &[u8]) -> io::Result<(Vec<Message>, bool)> {
        send(&self.0, &request(kind, body), SendFlags::empty())?;
        let (mut messages, mut whole) = (Vec::new(), true);
        let mut buffer = vec![0; ROOM];
        loop {
            let (taken, length) = match recv(&self.0, &mut buffer[..], RecvFlags::DONTWAIT | RecvFlags::TRUNC) {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            if length > taken {
                return Err(io::Error::other(format!("the kernel answers with {length} bytes at once")));
            }
            let mut rest = &buffer[..taken];
            while let Some((part, after)) = split(rest) {
                rest = after;
                whole &= part.flags & INTERRUPTED == 0;
                match part.kind {
                    DONE | ERROR => {
                        refused(part.body)?;
                        return Ok((messages, whole));
                    }
                    kind => messages.push((kind, part.body.to_vec())),
                }
            }
        }
    }
}

struct Part<'a> {
    kind: u16,
    flags: u16,
    body: &'a [u8],
}

fn request(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).unwrap_or_default();
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(DUMP.to_ne_bytes());
    // Sequence and port: each answer is read to its end before the next question.
    bytes.extend([0; 8]);
    bytes.extend(body);
    bytes
}

/// The first message and what comes after it.
fn split(bytes: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let (kind, flags) = (u16_at(bytes, 4)?, u16_at(bytes, 6)?);
    let body = bytes.get(HEADER..length)?;
    Some((Part { kind, flags, body }, bytes.get(aligned(length)..).unwrap_or_default()))
}

/// Both an error and the end of a list begin with the negative error number, or zero.
fn refused(body: &[u8]) -> io::Result<()> {
    match u32_at(body, 0).map_or(0, u32::cast_signed) {
        0 => Ok(()),
        number => Err(io::Error::from_raw_os_error(-number)),
    }
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(4)
}

/// The attributes of a message, which begin after its fixed part.
pub(super) fn attributes(body: &[u8], fixed: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = body.get(aligned(fixed)..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(rest, 0)?);
        // The topmost bits say that it is nested or in network order.
        let kind = u16_at(rest, 2)? & 0x3fff;
        let value = rest.get(4..length)?;
        rest = rest.get(aligned(length)..).unwrap_or_default();
        Some((kind, value))
    })
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_cut_short_ends_the_list() {
        let whole = request(20, &[1, 2, 3, 4]);
        let (part, rest) = split(&whole).unwrap();
        assert_eq!((part.kind, part.body, rest.len()), (20, &[1, 2, 3, 4][..], 0));
        for cut in 0..whole.len() {
            assert!(split(&whole[..cut]).is_none(), "{cut}");
        }
        let short = [3, 0, 1, 0];
        assert_eq!(attributes(&short, 0).count(), 0);
        let two = [5, 0, 1, 0, b'x', 0, 0, 0, 4, 0, 2, 0x80];
        assert_eq!(attributes(&two, 0).collect::<Vec<_>>(), [(1, &b"x"[..]), (2, &[][..])]);
    }

    #[test]
    fn a_refusal_is_the_kernel_s_own_error() {
        assert!(refused(&0_i32.to_ne_bytes()).is_ok());
        assert_eq!(refused(&(-2_i32).to_ne_bytes()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
