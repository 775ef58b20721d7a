//! Docker's port grammar: `[[host_ip:]host_port[-end]:]container_port[-end][/tcp|udp|sctp]`.
//!
//! Source: the reference of `docker run --publish` and `--expose`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{self, Deserializer};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
    Sctp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

/// An inclusive range of ports; a single port is a range of one. Both ends are 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl PortRange {
    pub fn len(self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    /// Never true: a range holds at least one port.
    pub fn is_empty(self) -> bool {
        false
    }

    pub fn iter(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// One entry of `ports`, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPort {
    /// Address of the host to bind; every interface when absent.
    pub host_ip: Option<IpAddr>,
    /// Absent or empty: the engine chooses.
    pub host: Option<PortRange>,
    pub container: PortRange,
    pub protocol: Protocol,
}

/// One published container port, after ranges are unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub host_ip: Option<IpAddr>,
    /// A range on one container port means: any one of them, chosen by the engine.
    pub host: Option<PortRange>,
    pub container_port: u16,
    pub protocol: Protocol,
}

/// One entry of `expose`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposedPort {
    pub ports: PortRange,
    pub protocol: Protocol,
}

/// What is wrong with a port specification, naming the part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortFault {
    #[error("port \"{text}\" is empty where {part} should stand")]
    Empty { text: String, part: &'static str },
    #[error("port \"{text}\": {part} \"{found}\" is not a number from 1 to 65535")]
    Number { text: String, part: &'static str, found: String },
    #[error("port \"{text}\": {part} \"{found}\" ends before it begins")]
    Reversed { text: String, part: &'static str, found: String },
    #[error("port \"{text}\": host address \"{found}\" is not an IP address")]
    Address { text: String, found: String },
    #[error("port \"{text}\": the IPv6 address {found} stands without brackets, write [{found}]")]
    Brackets { text: String, found: String },
    #[error(
        "port \"{text}\" has a host address and one port: write {found}:HOST:CONTAINER, or {found}::CONTAINER for any host port"
    )]
    OnePort { text: String, found: String },
    #[error("port \"{text}\": protocol \"{found}\" is not tcp, udp or sctp")]
    Protocol { text: String, found: String },
    #[error("port \"{text}\": {host} host ports cannot lead to {container} container ports")]
    Lengths { text: String, host: usize, container: usize },
    #[error("port \"{text}\" has too many parts")]
    Parts { text: String },
}

/// Reads one range. `part` names it in errors.
pub(super) fn range(text: &str, part: &'static str, found: &str) -> Result<PortRange, PortFault> {
    let number = |digits: &str| {
        if digits.is_empty() {
            return Err(PortFault::Empty { text: text.to_owned(), part });
        }
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|port| *port > 0 && plain).ok_or_else(|| PortFault::Number {
            text: text.to_owned(),
            part,
            found: digits.to_owned(),
        })
    };
    let (first, last) = match found.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(found)?, number(found)?),
    };
    if last < first {
        return Err(PortFault::Reversed { text: text.to_owned(), part, found: found.to_owned() });
    }
    Ok(PortRange { first, last })
}

fn protocol<'a>(text: &str, spec: &'a str) -> Result<(&'a str, Protocol), PortFault> {
    let Some((ports, name)) = spec.split_once('/') else { return Ok((spec, Protocol::Tcp)) };
    if name.is_empty() {
        return Err(PortFault::Empty { text: text.to_owned(), part: "protocol" });
    }
    let protocol = match name.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return Err(PortFault::Protocol { text: text.to_owned(), found: name.to_owned() }),
    };
    Ok((ports, protocol))
}

/// Splits off a leading `address:`, where a v6 address stands in brackets.
///
/// Docker takes a v6 address only so: `::1:80:80` would be read in more than one way.
pub(super) fn address<'a>(text: &str, spec: &'a str) -> Result<(Option<IpAddr>, &'a str), PortFault> {
    let bad = |found: &str| match found {
        "" => PortFault::Empty { text: text.to_owned(), part: "host address" },
        _ => PortFault::Address { text: text.to_owned(), found: found.to_owned() },
    };
    if let Some(rest) = spec.strip_prefix('[') {
        let (inside, rest) = rest.split_once(']').ok_or_else(|| bad(spec))?;
        let address = inside.parse().map(IpAddr::V6).map_err(|_| bad(inside))?;
        let rest = rest.strip_prefix(':').ok_or_else(|| bad(spec))?;
        return Ok((Some(address), rest));
    }
    match spec.matches(':').count() {
        0 | 1 => Ok((None, spec)),
        2 if !spec.starts_with("::") => {
            let (host, rest) = spec.split_once(':').unwrap_or((spec, ""));
            let address = host.parse::<IpAddr>().map_err(|_| bad(host))?;
            Ok((Some(address), rest))
        }
        2 => Err(bad("")),
        _ => Err(bare_v6(spec).map_or_else(
            || PortFault::Parts { text: text.to_owned() },
            |found| PortFault::Brackets { text: text.to_owned(), found: found.to_owned() },
        )),
    }
}

/// The address of `127.0.0.1:80` or `[::1]:80`, which Docker refuses: which of the two ports is meant?
fn lone_address(spec: &str) -> Option<&str> {
    let (host, port) = spec.rsplit_once(':')?;
    let v6 = host.starts_with('[') && host.ends_with(']');
    let address = if v6 { host.trim_matches(['[', ']']) } else { host };
    (!port.is_empty() && (v6 || !host.contains(':')) && address.parse::<IpAddr>().is_ok()).then_some(host)
}

/// The v6 address that is meant when there are too many colons, brackets forgotten.
fn bare_v6(spec: &str) -> Option<&str> {
    let mut ends = spec.rmatch_indices(':').map(|(at, _)| at);
    let addresses = [ends.next(), ends.next()].map(|end| end.and_then(|end| spec.get(..end)));
    addresses.into_iter().rev().flatten().find(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

impl FromStr for PublishedPort {
    type Err = PortFault;

    fn from_str(text: &str) -> Result<Self, PortFault> {
        let (ports, protocol) = protocol(text, text)?;
        let (host_ip, ports) = match lone_address(ports) {
            Some(found) => return Err(PortFault::OnePort { text: text.to_owned(), found: found.to_owned() }),
            None => address(text, ports)?,
        };
        let (host, container) = match ports.split_once(':') {
            // `127.0.0.1::80`: an address, and a host port of the engine's choice.
            Some(("", container)) if host_ip.is_some() => (None, range(text, "container port", container)?),
            Some((host, container)) => {
                (Some(range(text, "host port", host)?), range(text, "container port", container)?)
            }
            None => (None, range(text, "container port", ports)?),
        };
        if let Some(host) = host
            && host.len() != container.len()
            && container.len() != 1
        {
            return Err(PortFault::Lengths { text: text.to_owned(), host: host.len(), container: container.len() });
        }
        Ok(Self { host_ip, host, container, protocol })
    }
}

impl FromStr for ExposedPort {
    type Err = PortFault;

    fn from_str(text: &str) -> Result<Self, PortFault> {
        let (ports, protocol) = protocol(text, text)?;
        Ok(Self { ports: range(text, "port", ports)?, protocol })
    }
}

impl PublishedPort {
    /// One binding for each container port.
    pub fn bindings(&self) -> Vec<Binding> {
        let pick = |index: usize| -> Option<PortRange> {
            let host = self.host?;
            if self.container.len() == 1 {
                return Some(host);
            }
            let port = host.iter().nth(index)?;
            Some(PortRange { first: port, last: port })
        };
        self.container
            .iter()
            .enumerate()
            .map(|(index, container_port)| Binding {
                host_ip: self.host_ip,
                host: pick(index),
                container_port,
                protocol: self.protocol,
            })
            .collect()
    }
}

impl fmt::Display for PublishedPort {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.host_ip {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]:")?,
            Some(IpAddr::V4(address)) => write!(f, "{address}:")?,
            None => {}
        }
        match self.host {
            Some(host) => write!(f, "{host}:")?,
            None if self.host_ip.is_some() => f.write_str(":")?,
            None => {}
        }
        write!(f, "{}/{}", self.container, self.protocol)
    }
}

impl fmt::Display for ExposedPort {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.ports, self.protocol)
    }
}

macro_rules! deserialize_from_str {
    ($type:ty) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}
deserialize_from_str!(PublishedPort);
deserialize_from_str!(ExposedPort);

#[cfg(test)]
mod tests;
