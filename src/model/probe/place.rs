//! Where a probe starts and where it goes, as people type it: `web`, `host`, `db:5432`, `db:53/udp`, `internet`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a probe starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// The machine that xnet runs on.
    Host,
    /// A container, by name or id.
    Container(String),
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "host" { Self::Host } else { Self::Container(text.to_owned()) })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Container(name) => f.write_str(name),
        }
    }
}

/// How a destination is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    #[default]
    Tcp,
    Udp,
    Icmp,
}

impl Transport {
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" cannot be probed: write icmp, tcp or udp")]
pub struct TransportFault(String);

impl FromStr for Transport {
    type Err = TransportFault;

    fn from_str(text: &str) -> Result<Self, TransportFault> {
        let all = [Self::Tcp, Self::Udp, Self::Icmp];
        all.into_iter().find(|one| one.word() == text).ok_or_else(|| TransportFault(text.to_owned()))
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whose address a probe goes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// A name, as an application would use it where the probe starts: of a container, an alias, or a domain.
    Name(String),
    Address(IpAddr),
    /// The machine that the engine is on, as the source sees it.
    Host,
    /// Addresses that everyone on the internet reaches.
    Internet,
}

/// Where a probe goes: `db`, `db:5432`, `db:53/udp`, `[fd00::2]:80`, `internet`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination {
    pub place: Place,
    /// `None`: an ICMP echo.
    pub port: Option<u16>,
    /// `Icmp` exactly where there is no port.
    pub transport: Transport,
}

/// What is wrong with a destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationFault {
    #[error("the destination is empty")]
    Empty,
    #[error("destination \"{text}\": \"{port}\" is not a port (1 to 65535)")]
    Port { text: String, port: String },
    #[error("destination \"{text}\": protocol \"{protocol}\" cannot be probed; tcp and udp can")]
    Protocol { text: String, protocol: String },
    #[error("destination \"{text}\": a protocol needs a port before it, such as {name}:80/{protocol}")]
    NoPort { text: String, name: String, protocol: String },
    #[error("destination \"{text}\": \"{part}\" is neither a name nor an address")]
    Name { text: String, part: String },
    #[error("destination \"{text}\": \"{part}\" is not an IPv6 address")]
    Six { text: String, part: String },
    #[error("destination \"{text}\" is a URL: write its host and port, such as {example}")]
    Url { text: String, example: String },
    #[error("destination \"{text}\" is a subnet; one address of it can be probed")]
    Subnet { text: String },
    #[error("destination \"{text}\": internet takes no port; its addresses have theirs")]
    Internet { text: String },
}

impl FromStr for Destination {
    type Err = DestinationFault;

    fn from_str(text: &str) -> Result<Self, DestinationFault> {
        let whole = text.to_owned();
        if text.is_empty() {
            return Err(DestinationFault::Empty);
        }
        if let Some((_, rest)) = text.split_once("://") {
            let example = rest.split('/').next().unwrap_or(rest).to_owned();
            return Err(DestinationFault::Url { text: whole, example });
        }
        if text.parse::<ipnet::IpNet>().is_ok() {
            return Err(DestinationFault::Subnet { text: whole });
        }
        let (rest, protocol) = match text.split_once('/') {
            Some((rest, protocol)) => (rest, Some(protocol)),
            None => (text, None),
        };
        let (place, port) = split(&whole, rest)?;
        if place == Place::Internet && (port.is_some() || protocol.is_some()) {
            return Err(DestinationFault::Internet { text: whole });
        }
        let transport = match (protocol, port) {
            (None, None) => Transport::Icmp,
            (None, Some(_)) => Transport::Tcp,
            (Some(protocol), Some(_)) if protocol.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            (Some(protocol), Some(_)) if protocol.eq_ignore_ascii_case("udp") => Transport::Udp,
            (Some(protocol), None) => {
                let (name, protocol) = (rest.to_owned(), protocol.to_owned());
                return Err(DestinationFault::NoPort { text: whole, name, protocol });
            }
            (Some(protocol), Some(_)) => {
                return Err(DestinationFault::Protocol { text: whole, protocol: protocol.to_owned() });
            }
        };
        Ok(Self { place, port, transport })
    }
}

/// The place and the port, without the protocol.
fn split(text: &str, rest: &str) -> Result<(Place, Option<u16>), DestinationFault> {
    let six = |part: &str| DestinationFault::Six { text: text.to_owned(), part: part.to_owned() };
    if let Ok(address) = rest.parse::<IpAddr>() {
        return Ok((Place::Address(address), None));
    }
    if let Some(inner) = rest.strip_prefix('[') {
        let (address, behind) = inner.split_once(']').ok_or_else(|| six(rest))?;
        let address = address.parse::<std::net::Ipv6Addr>().map_err(|_| six(address))?;
        let place = Place::Address(address.into());
        return match behind.strip_prefix(':') {
            Some(digits) => Ok((place, Some(port(text, digits)?))),
            None if behind.is_empty() => Ok((place, None)),
            None => Err(DestinationFault::Name { text: text.to_owned(), part: behind.to_owned() }),
        };
    }
    if rest.matches(':').count() > 1 {
        return Err(six(rest));
    }
    match rest.split_once(':') {
        Some((name, digits)) => Ok((place(text, name)?, Some(port(text, digits)?))),
        None => Ok((place(text, rest)?, None)),
    }
}

fn port(text: &str, digits: &str) -> Result<u16, DestinationFault> {
    let fault = || DestinationFault::Port { text: text.to_owned(), port: digits.to_owned() };
    // A number alone: `parse` would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port > 0).ok_or_else(fault)
}

/// Docker's names and those of DNS: letters, digits, `_`, `-` and `.`, and what people name services beyond ASCII.
fn place(text: &str, name: &str) -> Result<Place, DestinationFault> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let numbers = name.contains('.') && name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if let Ok(address) = name.parse() {
        return Ok(Place::Address(address));
    }
    match name {
        "host" => Ok(Place::Host),
        "internet" => Ok(Place::Internet),
        name if numbers
            || name.is_empty()
            || name.len() > 253
            || !name.chars().all(fits)
            || name.starts_with(['-', '.']) =>
        {
            Err(DestinationFault::Name { text: text.to_owned(), part: name.to_owned() })
        }
        name => Ok(Place::Name(name.to_owned())),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
            Self::Host => f.write_str("host"),
            Self::Internet => f.write_str("internet"),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Some(port) = self.port else { return self.place.fmt(f) };
        match &self.place {
            Place::Address(address) => SocketAddr::new(*address, port).fmt(f)?,
            place => write!(f, "{place}:{port}")?,
        }
        if self.transport == Transport::Udp { f.write_str("/udp") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn destinations_read_as_typed() {
        for typed in [
            "db",
            "db:5432",
            "db:53/udp",
            "10.0.0.2:80",
            "10.0.0.2",
            "[fd00::2]:80",
            "fd00::2",
            "example.org:443",
            "internet",
            "host",
            "host:8080",
            "my_db.v2-x:1",
            "[fd00::2]:53/udp",
        ] {
            assert_eq!(typed.parse::<Destination>().unwrap().to_string(), typed);
        }
        for (typed, read) in [("db:80/TCP", "db:80"), ("[fd00::2]", "fd00::2"), ("db:080", "db:80")] {
            assert_eq!(typed.parse::<Destination>().unwrap().to_string(), read);
        }
        assert_eq!("db".parse::<Destination>().unwrap().transport, Transport::Icmp);
        assert_eq!("db:1".parse::<Destination>().unwrap().transport, Transport::Tcp);
    }

    #[test]
    fn a_bad_destination_is_refused_with_the_part_that_is_wrong() {
        for (typed, part) in [
            ("", "empty"),
            ("db:", "\"\" is not a port"),
            ("db:0", "\"0\" is not a port"),
            ("db:+80", "\"+80\" is not a port"),
            ("db:99999", "\"99999\" is not a port"),
            ("db:http", "\"http\" is not a port"),
            ("db:80/sctp", "protocol \"sctp\""),
            ("db/udp", "db:80/udp"),
            (":80", "\"\" is neither"),
            ("10.0.0.300:80", "\"10.0.0.300\" is neither"),
            ("a b:80", "\"a b\" is neither"),
            ("fd00::2::1", "not an IPv6 address"),
            ("[fd00::2", "not an IPv6 address"),
            ("[fd00::2]80", "\"80\" is neither"),
            ("10.0.0.0/24", "subnet"),
            ("http://db:8080/x", "such as db:8080"),
            ("internet:80", "takes no port"),
        ] {
            let words = typed.parse::<Destination>().unwrap_err().to_string();
            assert!(words.contains(part), "{typed}: {words}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_prints_as_something_that_reads_the_same(text in "[a-z0-9:/.\\[\\]_-]{0,24}") {
            if let Ok(destination) = text.parse::<Destination>() {
                prop_assert_eq!(destination.to_string().parse::<Destination>(), Ok(destination));
            }
        }

        #[test]
        fn every_address_and_port_reads(bits: u128, four: u32, port in 1u16.., udp: bool) {
            for address in [IpAddr::from(bits.to_be_bytes()), IpAddr::from(four.to_be_bytes())] {
                let typed = format!("{}{}", SocketAddr::new(address, port), if udp { "/udp" } else { "" });
                let read: Destination = typed.parse().unwrap();
                prop_assert_eq!(read.place, Place::Address(address));
                prop_assert_eq!(read.port, Some(port));
            }
        }

        #[test]
        fn nothing_typed_panics(text in ".*") {
            let _ = text.parse::<Destination>();
        }
    }
}
