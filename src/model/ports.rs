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
    #[error("port \"{text}\": \"{found}\" is not an IP address")]
    Address { text: String, found: String },
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
    let protocol = match name.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return Err(PortFault::Protocol { text: text.to_owned(), found: name.to_owned() }),
    };
    Ok((ports, protocol))
}

/// Splits off a leading `address:`, where a v6 address stands in brackets.
pub(super) fn address<'a>(text: &str, spec: &'a str) -> Result<(Option<IpAddr>, &'a str), PortFault> {
    let bad = |found: &str| PortFault::Address { text: text.to_owned(), found: found.to_owned() };
    if let Some(rest) = spec.strip_prefix('[') {
        let (inside, rest) = rest.split_once(']').ok_or_else(|| bad(spec))?;
        let address = inside.parse().map_err(|_| bad(inside))?;
        let rest = rest.strip_prefix(':').ok_or_else(|| bad(spec))?;
        return Ok((Some(address), rest));
    }
    match spec.matches(':').count() {
        0 | 1 => Ok((None, spec)),
        2 => {
            let (host, rest) = spec.split_once(':').unwrap_or((spec, ""));
            let address = host.parse::<IpAddr>().map_err(|_| bad(host))?;
            Ok((Some(address), rest))
        }
        _ => Err(PortFault::Parts { text: text.to_owned() }),
    }
}

impl FromStr for PublishedPort {
    type Err = PortFault;

    fn from_str(text: &str) -> Result<Self, PortFault> {
        let (ports, protocol) = protocol(text, text)?;
        let (host_ip, ports) = address(text, ports)?;
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
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_grammar_reads_and_prints() {
        for (typed, printed) in [
            ("80:80", "80:80/tcp"),
            ("127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp"),
            ("8080", "8080/tcp"),
            ("8000-8010:8000-8010", "8000-8010:8000-8010/tcp"),
            ("8000-8010:80", "8000-8010:80/tcp"),
            ("53:53/udp", "53:53/udp"),
            ("[::1]:80:80", "[::1]:80:80/tcp"),
            ("127.0.0.1::80", "127.0.0.1::80/tcp"),
            ("8080/sctp", "8080/sctp"),
            ("3000-3002", "3000-3002/tcp"),
        ] {
            let port: PublishedPort = typed.parse().unwrap();
            assert_eq!(port.to_string(), printed);
            assert_eq!(printed.parse::<PublishedPort>().unwrap(), port);
        }
    }

    #[test]
    fn a_bad_port_names_the_part_that_is_wrong() {
        for (typed, words) in [
            ("", "container port"),
            ("0:80", "host port \"0\""),
            ("80:65536", "container port \"65536\""),
            ("80:", "container port"),
            (":80", "host port"),
            ("90-80:80", "ends before it begins"),
            ("80-81:80-82", "2 host ports cannot lead to 3"),
            ("80:80/icmp", "protocol \"icmp\""),
            ("localhost:80:80", "\"localhost\" is not an IP address"),
            ("80 :80", "host port \"80 \""),
            ("+80:80", "host port \"+80\""),
            ("1:2:3:4", "too many parts"),
            ("[::1:80:80", "not an IP address"),
        ] {
            let fault = typed.parse::<PublishedPort>().unwrap_err().to_string();
            assert!(fault.contains(words), "{typed}: {fault}");
        }
    }

    #[test]
    fn ranges_pair_up_and_a_range_on_one_port_is_a_choice() {
        let paired: PublishedPort = "8000-8001:90-91".parse().unwrap();
        assert_eq!(paired.bindings()[1].host.unwrap().first, 8001);
        let choice: PublishedPort = "8000-8010:80".parse().unwrap();
        assert_eq!(choice.bindings()[0].host.unwrap().len(), 11);
    }
}
