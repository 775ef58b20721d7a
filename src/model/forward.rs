//! What a port forward is asked to be: `[bind:]local:remote`, with ranges.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use serde::Deserialize;

use super::ports::{PortFault, PortRange, address, range};

/// One forward: a local address and port, and the port in the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// Address of this machine to listen on; loopback unless asked otherwise.
    pub bind: IpAddr,
    /// 0 lets the system choose.
    pub local: u16,
    pub remote: u16,
}

/// What may be typed for one or several forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSpec(pub Vec<Mapping>);

/// The map form of a forward: the options of `forward(container, #{…})`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardSpec {
    pub remote: u16,
    /// The same as `remote` when absent; 0 lets the system choose.
    pub local: Option<u16>,
    #[serde(default = "loopback")]
    pub bind: IpAddr,
}

fn loopback() -> IpAddr {
    IpAddr::V4(Ipv4Addr::LOCALHOST)
}

impl From<ForwardSpec> for Mapping {
    fn from(spec: ForwardSpec) -> Self {
        Self { bind: spec.bind, local: spec.local.unwrap_or(spec.remote), remote: spec.remote }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    #[error(transparent)]
    Port(#[from] PortFault),
    #[error("forward \"{text}\": {local} local ports cannot lead to {remote} ports of the container")]
    Lengths { text: String, local: usize, remote: usize },
    #[error("forward \"{text}\": protocol \"{protocol}\" is not forwarded; TCP is")]
    Protocol { text: String, protocol: String },
}

impl FromStr for MappingSpec {
    type Err = MappingFault;

    /// `8080:80`, `80`, `0:80`, `127.0.0.1:8080:80`, `[::1]:8080:80`, `8000-8002:80-82`.
    fn from_str(text: &str) -> Result<Self, MappingFault> {
        let spec = match text.split_once('/') {
            None => text,
            Some((ports, protocol)) if protocol.eq_ignore_ascii_case("tcp") => ports,
            Some((_, protocol)) => {
                return Err(MappingFault::Protocol { text: text.to_owned(), protocol: protocol.to_owned() });
            }
        };
        let (bind, ports) = address(text, spec)?;
        let bind = bind.unwrap_or_else(loopback);
        let (local, remote) = ports.split_once(':').unwrap_or((ports, ports));
        let remote = range(text, "container port", remote)?;
        if local == "0" {
            return Ok(Self(remote.iter().map(|remote| Mapping { bind, local: 0, remote }).collect()));
        }
        let local = range(text, "local port", local)?;
        if local.len() != remote.len() {
            return Err(MappingFault::Lengths { text: text.to_owned(), local: local.len(), remote: remote.len() });
        }
        Ok(Self(pair(bind, local, remote)))
    }
}

fn pair(bind: IpAddr, local: PortRange, remote: PortRange) -> Vec<Mapping> {
    local.iter().zip(remote.iter()).map(|(local, remote)| Mapping { bind, local, remote }).collect()
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.bind {
            IpAddr::V4(bind) => write!(f, "{bind}:{}:{}", self.local, self.remote),
            IpAddr::V6(bind) => write!(f, "[{bind}]:{}:{}", self.local, self.remote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_read_as_typed() {
        for (typed, read) in [
            ("8080:80", "127.0.0.1:8080:80"),
            ("80", "127.0.0.1:80:80"),
            ("0:80", "127.0.0.1:0:80"),
            ("0.0.0.0:8080:80", "0.0.0.0:8080:80"),
            ("[::1]:8080:80", "[::1]:8080:80"),
            ("8080:80/tcp", "127.0.0.1:8080:80"),
        ] {
            assert_eq!(typed.parse::<MappingSpec>().unwrap().0[0].to_string(), read);
        }
        assert_eq!("8000-8002:80-82".parse::<MappingSpec>().unwrap().0.len(), 3);
    }

    #[test]
    fn a_bad_mapping_says_why() {
        assert!("8080:80/udp".parse::<MappingSpec>().unwrap_err().to_string().contains("TCP is"));
        assert!("1-2:1-3".parse::<MappingSpec>().unwrap_err().to_string().contains("2 local ports"));
        assert!("x:80".parse::<MappingSpec>().unwrap_err().to_string().contains("local port \"x\""));
    }
}
