//! Engine addresses as people write them: `unix://`, `tcp://`, `http://`, `https://`, `ssh://`, or `host:port`.

use std::fmt;

use crate::model::names;

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// Path of a socket.
    Unix(String),
    /// `host:port`.
    Tcp(String),
    Tls(String),
    /// `[user@]host[:port]`.
    Ssh(String),
}

/// What is wrong with an engine address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostFault {
    #[error("unknown scheme \"{scheme}\"")]
    Scheme { scheme: String },
    #[error("it lacks a scheme")]
    NoScheme { meant: String },
    #[error("nothing follows the scheme")]
    Empty { scheme: String },
    #[error("a path after the host is not supported")]
    Path { without: String },
}

const SCHEMES: [&str; 5] = ["unix", "tcp", "http", "https", "ssh"];

impl HostFault {
    pub fn hint(&self) -> String {
        match self {
            Self::Scheme { scheme } => match names::nearest(scheme, SCHEMES) {
                Some(near) => format!("did you mean `{near}://`?"),
                None => "write unix:///path, tcp://host:port, https://host:port or ssh://user@host".into(),
            },
            Self::NoScheme { meant } => format!("did you mean `{meant}`?"),
            Self::Empty { scheme } if scheme == "unix" => "for example unix:///var/run/docker.sock".into(),
            Self::Empty { scheme } => format!("for example {scheme}://host"),
            Self::Path { without } => format!("write {without}"),
        }
    }
}

impl Host {
    /// `secure`: whether TLS is asked for from elsewhere (`DOCKER_TLS_VERIFY`, a context's TLS material).
    pub(super) fn parse(text: &str, secure: bool) -> Result<Self, HostFault> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return without_scheme(text, secure);
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() {
            return Err(HostFault::Empty { scheme: scheme.to_owned() });
        }
        if scheme == "unix" {
            return Ok(Self::Unix(authority.to_owned()));
        }
        if !SCHEMES.contains(&scheme) {
            return Err(HostFault::Scheme { scheme: scheme.to_owned() });
        }
        if let Some((host, _)) = authority.split_once('/') {
            return Err(HostFault::Path { without: format!("{scheme}://{host}") });
        }
        Ok(match scheme {
            "ssh" => Self::Ssh(authority.to_owned()),
            "https" => Self::Tls(with_port(authority, "2376")),
            "tcp" if secure => Self::Tls(with_port(authority, "2376")),
            _ => Self::Tcp(with_port(authority, "2375")),
        })
    }
}

/// Docker takes `host:port` for TCP; a bare path is refused, for it is most often a slip.
fn without_scheme(text: &str, secure: bool) -> Result<Host, HostFault> {
    if text.contains('/') || !text.contains(':') {
        let meant = if text.starts_with('/') { format!("unix://{text}") } else { format!("tcp://{text}") };
        return Err(HostFault::NoScheme { meant });
    }
    Host::parse(&format!("tcp://{text}"), secure)
}

fn with_port(authority: &str, port: &str) -> String {
    let after_bracket = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    if after_bracket.contains(':') { authority.to_owned() } else { format!("{authority}:{port}") }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{path}"),
            Self::Tcp(authority) => write!(f, "tcp://{authority}"),
            Self::Tls(authority) => write!(f, "https://{authority}"),
            Self::Ssh(authority) => write!(f, "ssh://{authority}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_is_read() {
        for (typed, secure, host) in [
            ("unix:///run/d.sock", false, Host::Unix("/run/d.sock".into())),
            ("tcp://h", false, Host::Tcp("h:2375".into())),
            ("tcp://h", true, Host::Tls("h:2376".into())),
            ("tcp://h:1/", true, Host::Tls("h:1".into())),
            ("http://h:1", true, Host::Tcp("h:1".into())),
            ("https://[::1]", false, Host::Tls("[::1]:2376".into())),
            ("h:2375", false, Host::Tcp("h:2375".into())),
            ("ssh://u@h:22", false, Host::Ssh("u@h:22".into())),
        ] {
            assert_eq!(Host::parse(typed, secure), Ok(host), "{typed}");
        }
    }

    #[test]
    fn a_bad_address_says_what_was_likely_meant() {
        for (typed, hint) in [
            ("unx:///run/d.sock", "did you mean `unix://`?"),
            ("/run/d.sock", "did you mean `unix:///run/d.sock`?"),
            ("myhost", "did you mean `tcp://myhost`?"),
            ("unix://", "for example unix:///var/run/docker.sock"),
            ("ssh://h/run/docker.sock", "write ssh://h"),
        ] {
            assert_eq!(Host::parse(typed, false).unwrap_err().hint(), hint, "{typed}");
        }
    }
}
