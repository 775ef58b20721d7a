//! The kernel's errors as causes.

use std::io;
use std::net::IpAddr;

use super::socket::Returned;
use crate::model::probe::verdict::Cause;

/// Why one attempt came to nothing.
#[derive(Debug)]
pub(super) enum Setback {
    /// Asking again would say the same.
    Final(Cause, String),
    /// Nobody was found on a link. The search may have begun before this attempt, when the other side was not up yet.
    Unfound(Cause, String),
    /// This machine could not send it now.
    Busy(io::Error),
    /// The kernel itself has given up waiting.
    Silent,
}

/// What was asked of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Handshake,
    Datagram,
    Echo,
}

/// What an error means, with the ICMP message it came from, if any. `local` is the address that it was sent from.
pub(super) fn of(
    error: io::Error,
    returned: Option<Returned>,
    asked: Asked,
    to: IpAddr,
    local: Option<IpAddr>,
) -> Setback {
    let by = returned.and_then(|returned| returned.by);
    if let Some(icmp) = returned.and_then(|returned| returned.icmp)
        && let Some(setback) = said(icmp, by, asked, to, local)
    {
        return setback;
    }
    let number = error.raw_os_error().unwrap_or_default();
    match number {
        libc::ECONNREFUSED | libc::ECONNRESET => Setback::Final(Cause::Refused, "connection refused".into()),
        libc::ENETUNREACH => Setback::Final(Cause::NoRoute, format!("there is no route to {to} there")),
        // Said before anything was sent, so by no ARP: by the routes.
        libc::EHOSTUNREACH if returned.is_none() && local.is_none_or(|local| local.is_unspecified()) => {
            Setback::Final(Cause::NoRoute, format!("the routes there say that {to} is unreachable"))
        }
        libc::EINVAL if has_routes(to) => {
            Setback::Final(Cause::NoRoute, format!("the routes there drop what is for {to} (blackhole)"))
        }
        libc::EHOSTUNREACH => Setback::Unfound(Cause::NoRoute, nobody(to)),
        libc::EACCES | libc::EPERM if asked == Asked::Echo && returned.is_none() => {
            Setback::Final(Cause::NotSent, format!("an ICMP echo may not be sent there: {error}"))
        }
        libc::EACCES | libc::EPERM => {
            Setback::Final(Cause::Filtered, format!("the firewall of the source itself dropped it ({error})"))
        }
        libc::EAFNOSUPPORT => Setback::Final(Cause::NoRoute, "there is no IPv6 there".into()),
        libc::EADDRNOTAVAIL if to.is_ipv6() => {
            Setback::Final(Cause::NoRoute, "there is no IPv6 address to send it from".into())
        }
        libc::ETIMEDOUT => Setback::Silent,
        libc::ENOBUFS | libc::ENOMEM | libc::EMFILE | libc::ENFILE | libc::EAGAIN | libc::EADDRNOTAVAIL => {
            Setback::Busy(error)
        }
        _ => Setback::Final(Cause::NotSent, error.to_string()),
    }
}

pub(super) fn nobody(to: IpAddr) -> String {
    format!("nobody on the link has the address {to}")
}

/// Whether routes alone say what becomes of packets there: a link-local address wants an interface too, and 0.0.0.0/8 is
/// nowhere.
fn has_routes(to: IpAddr) -> bool {
    match to {
        IpAddr::V4(to) => to.octets()[0] != 0,
        IpAddr::V6(to) => !to.is_unicast_link_local() && !to.is_unspecified(),
    }
}

/// What an ICMP message says: RFC 792 and RFC 1812 (type 3), RFC 4443 (type 1).
fn said(icmp: (u8, u8), by: Option<IpAddr>, asked: Asked, to: IpAddr, local: Option<IpAddr>) -> Option<Setback> {
    let who = by.map_or_else(|| "a router".to_owned(), |by| by.to_string());
    let rejected = |word: &str| {
        Some(Setback::Final(Cause::Filtered, format!("rejected by a firewall: {who} answered \"{word}\" (ICMP)")))
    };
    let no_route = |words: String| Some(Setback::Final(Cause::NoRoute, words));
    let unfound = |words: String| Some(Setback::Unfound(Cause::NoRoute, words));
    let port = || match asked {
        Asked::Datagram => Some(Setback::Final(Cause::Refused, format!("{who} answered \"port unreachable\""))),
        // TCP says this with a reset, and an echo has no port: it is what REJECT rules answer.
        Asked::Handshake | Asked::Echo => rejected("port unreachable"),
    };
    match (to, icmp) {
        (IpAddr::V4(_), (3, 3)) | (IpAddr::V6(_), (1, 4)) => port(),
        (IpAddr::V4(_), (3, 9 | 10 | 13)) | (IpAddr::V6(_), (1, 1 | 5 | 6)) => rejected("administratively prohibited"),
        // The kernel of the source says so itself when nobody answers ARP or neighbour discovery.
        (IpAddr::V4(_), (3, 1)) | (IpAddr::V6(_), (1, 3)) if by.is_none() || by == local => unfound(nobody(to)),
        // Whoever answers so is there.
        (IpAddr::V4(_), (3, 1)) | (IpAddr::V6(_), (1, 3)) if by == Some(to) => rejected("host unreachable"),
        (IpAddr::V4(_), (3, 1)) | (IpAddr::V6(_), (1, 3)) => unfound(format!("{who} answered \"host unreachable\"")),
        (IpAddr::V4(_), (3, 0 | 6 | 7 | 8)) | (IpAddr::V6(_), (1, 0)) => {
            no_route(format!("{who} answered \"network unreachable\""))
        }
        (IpAddr::V4(_), (11, _)) | (IpAddr::V6(_), (3, _)) => {
            no_route(format!("{who} answered \"time exceeded\": the packet went round in a circle"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(errno: i32, icmp: Option<(u8, u8)>, asked: Asked, to: &str) -> Option<Cause> {
        let by = Some("10.0.0.1".parse().unwrap());
        let returned = icmp.map(|icmp| Returned { errno, icmp: Some(icmp), by, most: 0 });
        match of(io::Error::from_raw_os_error(errno), returned, asked, to.parse().unwrap(), None) {
            Setback::Final(cause, _) | Setback::Unfound(cause, _) => Some(cause),
            Setback::Busy(_) | Setback::Silent => None,
        }
    }

    #[test]
    fn a_reset_is_told_from_a_firewall_that_rejects() {
        let to = "10.0.0.2";
        assert_eq!(cause(libc::ECONNREFUSED, None, Asked::Handshake, to), Some(Cause::Refused));
        assert_eq!(cause(libc::ECONNREFUSED, Some((3, 3)), Asked::Handshake, to), Some(Cause::Filtered));
        assert_eq!(cause(libc::ECONNREFUSED, Some((3, 3)), Asked::Datagram, to), Some(Cause::Refused));
        assert_eq!(cause(libc::EHOSTUNREACH, Some((3, 13)), Asked::Handshake, to), Some(Cause::Filtered));
        assert_eq!(cause(libc::EHOSTUNREACH, Some((3, 1)), Asked::Handshake, to), Some(Cause::NoRoute));
        assert_eq!(cause(libc::EACCES, Some((1, 1)), Asked::Handshake, "fd00::2"), Some(Cause::Filtered));
    }

    #[test]
    fn a_machine_that_calls_itself_unreachable_has_a_firewall() {
        assert_eq!(cause(libc::EHOSTUNREACH, Some((3, 1)), Asked::Handshake, "10.0.0.1"), Some(Cause::Filtered));
    }

    #[test]
    fn routes_that_lead_nowhere_are_told_from_silence_on_the_link() {
        for (errno, word) in [(libc::EINVAL, "blackhole"), (libc::EHOSTUNREACH, "the routes there say")] {
            let setback =
                of(io::Error::from_raw_os_error(errno), None, Asked::Handshake, "10.0.0.2".parse().unwrap(), None);
            assert!(matches!(&setback, Setback::Final(Cause::NoRoute, words) if words.contains(word)), "{setback:?}");
        }
        assert_eq!(cause(libc::EINVAL, None, Asked::Echo, "fe80::1"), Some(Cause::NotSent));
    }

    #[test]
    fn what_this_machine_lacks_is_no_verdict() {
        assert_eq!(cause(libc::ENOBUFS, None, Asked::Handshake, "10.0.0.2"), None);
        assert_eq!(cause(libc::EADDRNOTAVAIL, None, Asked::Handshake, "10.0.0.2"), None);
        assert_eq!(cause(libc::EADDRNOTAVAIL, None, Asked::Handshake, "fd00::2"), Some(Cause::NoRoute));
    }
}
