//! An HTTP request as data: what is asked, how an address is read, and what came back.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::timeout::Timeout;
use super::tls::TlsSession;
use super::verdict::Cause;
use crate::model::text::Pairs;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Method {
    #[default]
    #[serde(rename = "GET", alias = "get")]
    Get,
    #[serde(rename = "HEAD", alias = "head")]
    Head,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }
}

/// Options of `http`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSpec {
    pub method: Method,
    pub headers: Pairs,
    /// For the whole of it, redirects included; 10 s when absent.
    pub timeout: Option<Timeout>,
    /// Goes where a redirect leads, at most five times.
    pub follow: bool,
    /// Takes any certificate.
    pub insecure: bool,
    /// Authorities to believe besides those of this machine: PEM, or a file of it.
    pub ca: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// The address of a page: `http://host[:port]/path?query`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    pub scheme: Scheme,
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
    /// With its query; begins with `/`.
    pub path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    #[error("\"{0}\" is no address of a page: it begins with neither http:// nor https://")]
    Scheme(String),
    #[error("\"{0}\" names no host")]
    Host(String),
    #[error("\"{url}\": port \"{port}\" is not a number from 1 to 65535")]
    Port { url: String, port: String },
    #[error("\"{0}\" holds a user name or password, which is not sent: say it by `headers`, as authorization")]
    Credentials(String),
    #[error("\"{0}\" holds a space or a sign that is not sent as it is: write it as %20 and the like")]
    Sign(String),
}

impl std::str::FromStr for Url {
    type Err = UrlFault;

    fn from_str(text: &str) -> Result<Self, UrlFault> {
        let fault = || UrlFault::Scheme(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(fault)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(fault()),
        };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlFault::Sign(text.to_owned()));
        }
        let whole = rest.split('#').next().unwrap_or_default();
        let (authority, path) = whole.split_at(whole.find(['/', '?']).unwrap_or(whole.len()));
        if authority.contains('@') {
            return Err(UrlFault::Credentials(text.to_owned()));
        }
        let (host, port) = host_and_port(authority);
        let port = match port {
            None | Some("") => scheme.port(),
            Some(digits) => match digits.parse() {
                Ok(port @ 1..) => port,
                _ => return Err(UrlFault::Port { url: text.to_owned(), port: digits.to_owned() }),
            },
        };
        if host.is_empty() {
            return Err(UrlFault::Host(text.to_owned()));
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { scheme, host: host.to_owned(), port, path })
    }
}

/// `db:80`, `[fd00::2]:80`, `fd00::2`, `db`: the host without brackets, and what stands for the port.
pub fn host_and_port(text: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => (text, None),
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    }
}

impl Scheme {
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Url {
    /// The `Host` of a request: without the port where it goes without saying.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == self.scheme.port() { host } else { format!("{host}:{}", self.port) }
    }

    /// Where a `Location` leads from here (RFC 3986, 5.2, for what servers send).
    pub fn join(&self, location: &str) -> Result<Self, UrlFault> {
        if location.contains("://") && !location.starts_with(['/', '?', '#']) {
            return location.parse();
        }
        if let Some((scheme, _)) = location.split_once(':')
            && !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            return Err(UrlFault::Scheme(location.to_owned()));
        }
        let scheme = if self.scheme == Scheme::Https { "https" } else { "http" };
        if location.starts_with("//") {
            return format!("{scheme}:{location}").parse();
        }
        let (page, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = match location.as_bytes().first() {
            Some(b'/') => location.to_owned(),
            Some(b'?') => format!("{page}{location}"),
            _ => format!("{folder}/{location}"),
        };
        format!("{scheme}://{}{path}", self.authority()).parse()
    }

    /// Whether both are at the same server, so that what is secret may go there too.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host.eq_ignore_ascii_case(&other.host) && self.port == other.port
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let scheme = if self.scheme == Scheme::Https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

/// What `http` tells. `ok` is true for a status from 200 to 399.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct HttpProbe {
    pub ok: bool,
    pub cause: Option<Cause>,
    pub status: Option<u16>,
    /// The page that answered: another one than was asked for when redirects were followed.
    pub url: String,
    /// The pages that led there.
    pub redirects: Vec<String>,
    /// Names in small letters; several of one name are joined with `, `.
    pub headers: BTreeMap<String, String>,
    /// What is not UTF-8 is replaced.
    pub body: String,
    /// Whether the body went on after the most that is kept.
    pub truncated: bool,
    /// Where it was connected.
    pub address: Option<String>,
    pub tls: Option<TlsSession>,
    /// Of the last request: until the name was known, the connection open, TLS agreed on, the answer begun.
    pub dns_ms: f64,
    pub connect_ms: f64,
    pub tls_ms: f64,
    pub first_byte_ms: f64,
    /// Of the whole, body and redirects included.
    pub latency_ms: f64,
    pub message: String,
    pub hint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_read_in_its_parts() {
        for (typed, read) in [
            ("http://api", "http://api/"),
            ("HTTP://api:80/a?b#c", "http://api/a?b"),
            ("https://api:8443?x=1", "https://api:8443/?x=1"),
            ("http://[fd00::2]:8080/", "http://[fd00::2]:8080/"),
            ("https://[fd00::2]", "https://[fd00::2]/"),
        ] {
            assert_eq!(typed.parse::<Url>().unwrap().to_string(), read, "{typed}");
        }
    }

    #[test]
    fn a_bad_address_says_what_is_wrong() {
        for (typed, words) in [
            ("api:8080/x", "neither"),
            ("ftp://api", "neither"),
            ("http:///x", "names no host"),
            ("http://api:0/", "port \"0\""),
            ("http://api:x/", "port \"x\""),
            ("http://me:secret@api/", "user name"),
            ("http://api/a b", "space"),
        ] {
            let fault = typed.parse::<Url>().unwrap_err().to_string();
            assert!(fault.contains(words), "{fault}");
        }
    }

    #[test]
    fn a_redirect_leads_from_where_it_is_sent() {
        let here: Url = "http://api:8080/a/b?c".parse().unwrap();
        for (location, there) in [
            ("/x", "http://api:8080/x"),
            ("x", "http://api:8080/a/x"),
            ("?y", "http://api:8080/a/b?y"),
            ("//web/z", "http://web/z"),
            ("https://web", "https://web/"),
            ("/go?to=http://else", "http://api:8080/go?to=http://else"),
        ] {
            assert_eq!(here.join(location).unwrap().to_string(), there, "{location}");
        }
        for location in ["ftp://web/", "mailto:me", "javascript:x"] {
            assert!(matches!(here.join(location), Err(UrlFault::Scheme(_))), "{location}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}", location in ".{0,60}") {
            if let Ok(url) = format!("http://{text}").parse::<Url>() {
                let _ = url.join(&location);
                prop_assert_eq!(url.to_string().parse::<Url>(), Ok(url));
            }
        }
    }
}
