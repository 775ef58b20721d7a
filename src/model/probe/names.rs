//! Name resolution as data: what is asked, of whom, and what was heard.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timeout::Timeout;
use super::verdict::Cause;

/// The kinds of record that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Srv,
    Txt,
}

const TYPES: [(&str, RecordType); 9] = [
    ("A", RecordType::A),
    ("AAAA", RecordType::Aaaa),
    ("CNAME", RecordType::Cname),
    ("MX", RecordType::Mx),
    ("NS", RecordType::Ns),
    ("PTR", RecordType::Ptr),
    ("SOA", RecordType::Soa),
    ("SRV", RecordType::Srv),
    ("TXT", RecordType::Txt),
];

impl RecordType {
    pub fn name(self) -> &'static str {
        TYPES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no type of DNS record that can be asked for: {}", TYPES.map(|(name, _)| name).join(", "))]
pub struct RecordTypeFault {
    text: String,
}

impl FromStr for RecordType {
    type Err = RecordTypeFault;

    fn from_str(text: &str) -> Result<Self, RecordTypeFault> {
        let found = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, kind)| *kind).ok_or_else(|| RecordTypeFault { text: text.to_owned() })
    }
}

impl TryFrom<String> for RecordType {
    type Error = RecordTypeFault;

    fn try_from(text: String) -> Result<Self, RecordTypeFault> {
        text.parse()
    }
}

impl From<RecordType> for String {
    fn from(kind: RecordType) -> Self {
        kind.name().to_owned()
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name server: `10.0.0.53`, `10.0.0.53:5353`, `fd00::53`, `[fd00::53]:5353`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ServerAddress(pub SocketAddr);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no address of a name server: write 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:5353")]
pub struct ServerFault {
    text: String,
}

/// The port of name servers (RFC 1035).
pub const PORT: u16 = 53;

impl FromStr for ServerAddress {
    type Err = ServerFault;

    fn from_str(text: &str) -> Result<Self, ServerFault> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        let address = bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT)).or_else(|_| text.parse());
        match address {
            Ok(address) if address.port() != 0 => Ok(Self(address)),
            _ => Err(ServerFault { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for ServerAddress {
    type Error = ServerFault;

    fn try_from(text: String) -> Result<Self, ServerFault> {
        text.parse()
    }
}

/// Options of `resolve`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResolveSpec {
    /// Absent: A and AAAA, and PTR for an address.
    #[serde(rename = "type")]
    pub kind: Option<RecordType>,
    /// Asked in place of those that the container has; its hosts file is passed over then.
    pub server: Option<ServerAddress>,
    /// For the whole of it; 5 s when absent, which is what glibc waits for one server.
    pub timeout: Option<Timeout>,
}

/// What an agent asks name servers, the names in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    pub names: Vec<String>,
    /// Asked for at the same time.
    pub kinds: Vec<RecordType>,
    pub servers: Vec<SocketAddr>,
    pub attempts: u32,
    /// How long one server is given before the next is asked. What it says later still counts.
    pub step: Duration,
    pub within: Duration,
    /// TCP from the start.
    pub tcp: bool,
}

/// What name servers said, of the first name that they knew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub name: String,
    pub records: Vec<Record>,
    pub server: SocketAddr,
    pub latency: Duration,
    /// What one of several kinds came to where it was not answered.
    pub notes: Vec<String>,
}

impl Heard {
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.records.iter().filter_map(Record::address).collect()
    }
}

/// A record as name servers give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Seconds.
    pub ttl: u32,
    /// As zone files have it: `10 mail.example.org` for MX.
    pub value: String,
}

impl Record {
    pub fn address(&self) -> Option<IpAddr> {
        matches!(self.kind, RecordType::A | RecordType::Aaaa).then(|| self.value.parse().ok()).flatten()
    }
}

/// Who knew a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It is an address already.
    Address,
    HostsFile,
    Dns,
}

/// What `resolve` tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolution {
    pub ok: bool,
    pub cause: Option<Cause>,
    pub name: String,
    /// IPv4 before IPv6, otherwise as they were given.
    pub addresses: Vec<IpAddr>,
    /// The first of them.
    pub address: Option<IpAddr>,
    /// For PTR: the names of an address.
    pub names: Vec<String>,
    pub records: Vec<Record>,
    pub origin: Option<Origin>,
    /// The name server that answered.
    pub server: Option<SocketAddr>,
    pub latency_ms: f64,
    /// The names that were asked for, with the search domains of the container.
    pub asked: Vec<String>,
    /// What was heard, in words, and why not.
    pub message: String,
    pub hint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_its_port_or_that_of_dns() {
        for (typed, read) in [
            ("10.0.0.53", "10.0.0.53:53"),
            ("10.0.0.53:5353", "10.0.0.53:5353"),
            ("fd00::53", "[fd00::53]:53"),
            ("[fd00::53]", "[fd00::53]:53"),
            ("[fd00::53]:5353", "[fd00::53]:5353"),
        ] {
            assert_eq!(typed.parse::<ServerAddress>().unwrap().0.to_string(), read);
        }
        for typed in ["", "dns", "10.0.0.53:0", "10.0.0.53:x", "[10.0.0.53"] {
            assert!(typed.parse::<ServerAddress>().is_err(), "{typed}");
        }
    }

    #[test]
    fn a_type_is_read_in_any_case_and_an_unknown_one_is_refused() {
        assert_eq!("aaaa".parse::<RecordType>().unwrap(), RecordType::Aaaa);
        assert!("AAA".parse::<RecordType>().unwrap_err().to_string().contains("A, AAAA, CNAME"));
    }
}
