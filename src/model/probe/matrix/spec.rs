//! What a matrix is asked to be: which containers, and how each asks each other.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use crate::model::asked::{Asked, one_or_more};
use crate::model::probe::place::Transport;
use crate::model::probe::timeout::Timeout;
use crate::model::text::Words;

/// As the loop of `ping -W1` and `nc -w1` has it.
pub const WITHIN: Duration = Duration::from_secs(1);

/// The options of `matrix`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MatrixSpec {
    /// By name or id.
    #[serde(alias = "names")]
    pub containers: Words,
    /// Those that run with one of these labels: `tier` or `tier=web`.
    pub label: Words,
    /// Those that run on one of these networks.
    pub network: Words,
    /// All that run.
    pub all: bool,
    /// TCP ports, or `53/udp`.
    #[serde(alias = "ports", deserialize_with = "one_or_more")]
    pub port: Asked<Vec<PortSpec>>,
    /// `icmp`, `tcp`, `udp`; by default tcp where there are ports, and icmp otherwise.
    #[serde(alias = "protocol", deserialize_with = "one_or_more")]
    pub proto: Asked<Vec<Transport>>,
    /// For each address; 1s when absent.
    pub timeout: Option<Timeout>,
}

/// A port, with its protocol where it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortSpec {
    pub port: u16,
    pub transport: Option<Transport>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a port: write 80, 80/tcp or 53/udp")]
pub struct PortSpecFault {
    text: String,
}

impl FromStr for PortSpec {
    type Err = PortSpecFault;

    fn from_str(text: &str) -> Result<Self, PortSpecFault> {
        let fault = || PortSpecFault { text: text.to_owned() };
        let (digits, transport) = match text.split_once('/') {
            None => (text, None),
            Some((digits, "tcp")) => (digits, Some(Transport::Tcp)),
            Some((digits, "udp")) => (digits, Some(Transport::Udp)),
            Some(_) => return Err(fault()),
        };
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let port = digits.parse().ok().filter(|port| plain && *port > 0).ok_or_else(fault)?;
        Ok(Self { port, transport })
    }
}

impl<'de> Deserialize<'de> for PortSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PortVisitor;
        impl serde::de::Visitor<'_> for PortVisitor {
            type Value = PortSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a port such as 80 or \"53/udp\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PortSpec, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<PortSpec, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<PortSpec, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(PortVisitor)
    }
}

/// What a matrix cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixFault {
    #[error("matrix: no containers are chosen")]
    NobodyChosen,
    /// It takes two to ask each other.
    #[error("matrix: {choice} {}, and it takes two", match chosen { Some(name) => format!("chooses only {name}"), None => "chooses nobody that runs".to_owned() })]
    TooFew { choice: String, chosen: Option<String> },
    #[error("matrix: nothing can be asked, for none of {} has an address of its own", .0.join(", "))]
    NothingToAsk(Vec<String>),
    #[error("matrix: {0} needs a port")]
    NoPort(Transport),
    #[error("matrix: ports are given, and proto leaves out tcp and udp")]
    PortsUnused,
}

impl MatrixSpec {
    pub fn within(&self) -> Duration {
        self.timeout.map_or(WITHIN, |span| span.0)
    }

    /// What chooses the containers, in words: `label "tier=web"`.
    pub fn choice(&self) -> String {
        let list = |kind: &str, words: &Words| {
            let quoted: Vec<String> = words.0.iter().map(|word| format!("\"{word}\"")).collect();
            (!quoted.is_empty()).then(|| format!("{kind} {}", quoted.join(", ")))
        };
        let all = self.all.then(|| "`all`".to_owned());
        let parts =
            [list("container", &self.containers), list("label", &self.label), list("network", &self.network), all];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" with ")
    }

    /// How each pair is asked.
    pub fn questions(&self) -> Result<Vec<Question>, MatrixFault> {
        let mut asked = Vec::new();
        let default = if self.port.is_empty() { Transport::Icmp } else { Transport::Tcp };
        let wanted: Vec<Transport> =
            if self.proto.is_empty() { vec![default] } else { self.proto.iter().copied().collect() };
        for transport in &wanted {
            match transport {
                Transport::Icmp => asked.push(Question { transport: Transport::Icmp, port: None }),
                transport => {
                    let fits = |port: &&PortSpec| port.transport.is_none_or(|own| own == *transport);
                    let ports: Vec<u16> = self.port.iter().filter(fits).map(|port| port.port).collect();
                    if ports.is_empty() && !self.proto.is_empty() {
                        return Err(MatrixFault::NoPort(*transport));
                    }
                    asked.extend(ports.into_iter().map(|port| Question { transport: *transport, port: Some(port) }));
                }
            }
        }
        // A port that says its protocol is asked in that one, whatever else is.
        for port in self.port.iter() {
            if let Some(transport) = port.transport {
                asked.push(Question { transport, port: Some(port.port) });
            } else if !wanted.iter().any(|transport| *transport != Transport::Icmp) {
                return Err(MatrixFault::PortsUnused);
            }
        }
        let mut seen = Vec::new();
        asked.retain(|question| {
            !seen.contains(question) && {
                seen.push(*question);
                true
            }
        });
        Ok(asked)
    }
}

/// One way of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    pub transport: Transport,
    pub port: Option<u16>,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}/{port}", self.transport),
            None => self.transport.fmt(f),
        }
    }
}
