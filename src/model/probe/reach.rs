//! Whether a destination answers: what may be asked, and the verdict.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::expect::is_open;
use super::order::{Ask, Found};
use super::place::Transport;
use super::timeout::Timeout;
use super::verdict::{Cause, Miss};
use crate::model::asked::{Asked, one_or_more};

/// Longer than a lost SYN takes to be sent again.
pub const WITHIN: Duration = Duration::from_secs(2);
/// Bytes of an echo's payload, as `ping` sends them.
pub const SIZE: u16 = 56;
/// How often an echo is sent until it is answered.
pub const TRIES: u8 = 3;

/// The options of `reach`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReachSpec {
    /// For each address; 2s when absent.
    pub timeout: Option<Timeout>,
    /// What a datagram carries; by default what servers on that port answer to.
    pub payload: Option<String>,
    /// In place of the addresses that `internet` stands for: `1.1.1.1:443`, `[2606:4700::1111]:443`.
    #[serde(deserialize_with = "one_or_more")]
    pub internet: Asked<Vec<SocketAddr>>,
}

impl ReachSpec {
    pub fn within(&self) -> Duration {
        self.timeout.map_or(WITHIN, |span| span.0)
    }
}

/// What one address answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tried {
    /// `172.20.0.3:5432`; without a port for an echo.
    pub address: String,
    pub ok: bool,
    /// Whether anything came back, so that the way there is open: a refusal does too.
    pub reached: bool,
    pub cause: Cause,
    /// Milliseconds; that of the handshake or echo itself, without waiting in queues.
    pub latency_ms: Option<f64>,
    pub message: String,
}

impl Tried {
    pub fn new(to: &str, answer: Result<Found, Miss>) -> Self {
        let (cause, latency, message) = match answer {
            Ok(found) => {
                let latency = found.latency();
                (Cause::Reachable, latency, latency.map_or_else(|| "answered".into(), answered_in))
            }
            Err(miss) => (miss.cause, None, miss.detail),
        };
        let ok = cause == Cause::Reachable;
        Self { address: to.to_owned(), ok, reached: is_open(cause), cause, latency_ms: latency.map(millis), message }
    }

    /// The same after more became known.
    #[must_use]
    pub fn turned(self, cause: Cause, message: &str) -> Self {
        Self { ok: cause == Cause::Reachable, reached: is_open(cause), cause, message: message.to_owned(), ..self }
    }
}

fn answered_in(latency: Duration) -> String {
    format!("answered in {} ms", millis(latency))
}

/// The verdict on a destination.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reach {
    pub from: String,
    pub to: String,
    pub ok: bool,
    /// Whether anything came back from one of the addresses, so that the way there is open.
    pub reached: bool,
    pub cause: Cause,
    pub protocol: Transport,
    /// The address that answered, or the one that says most about why none did.
    pub address: Option<String>,
    pub port: Option<u16>,
    pub latency_ms: Option<f64>,
    pub message: String,
    pub hint: Option<String>,
    /// What is known beside the verdict: that its container is paused, that the address answers though the name is unknown.
    pub note: Option<String>,
    /// Every address that was asked.
    pub tried: Vec<Tried>,
    /// How many more addresses the name has, which were not.
    pub unasked: usize,
}

/// The one of several addresses that the verdict goes by: the first that answers, or the one that says most.
pub fn telling(tried: &[Tried]) -> Option<&Tried> {
    let weight = |one: &&Tried| match one.cause {
        Cause::Reachable => 0,
        Cause::Refused => 1,
        Cause::TimedOut | Cause::NoAnswer | Cause::Protocol => 2,
        Cause::Filtered => 3,
        Cause::NoRoute => 4,
        _ => 5,
    };
    tried.iter().min_by_key(weight)
}

/// What is asked of an address.
pub fn ask(to: IpAddr, port: Option<u16>, transport: Transport, payload: Option<&str>) -> Ask {
    match (transport, port) {
        (Transport::Tcp, Some(port)) => Ask::Connect { to: SocketAddr::new(to, port) },
        (Transport::Udp, Some(port)) => {
            let payload = payload.map_or_else(|| greeting(port), |text| text.as_bytes().to_vec());
            Ask::Datagram { to: SocketAddr::new(to, port), payload }
        }
        _ => Ask::Echo { to, size: SIZE, tries: TRIES },
    }
}

/// How an address with a port is written.
pub fn written(to: IpAddr, port: Option<u16>) -> String {
    port.map_or_else(|| to.to_string(), |port| SocketAddr::new(to, port).to_string())
}

/// What servers on well-known ports answer to; elsewhere a line end, which is no order to anyone.
fn greeting(port: u16) -> Vec<u8> {
    match port {
        // A question for the name servers of the root (RFC 1035): identifier, recursion desired, one question, `.` NS IN.
        53 => vec![0x78, 0x6e, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1],
        // The request of a client of version 4 (RFC 5905).
        123 => [&[0x23], [0; 47].as_slice()].concat(),
        _ => b"\n".to_vec(),
    }
}

/// Milliseconds, to the microsecond.
pub fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(cause: Cause) -> Tried {
        let answer = Err(Miss::new(cause, "", Duration::ZERO));
        Tried::new("10.0.0.1:80", answer)
    }

    #[test]
    fn the_verdict_goes_by_the_address_that_says_most() {
        let all = [tried(Cause::NoRoute), tried(Cause::Filtered), tried(Cause::Refused)];
        assert_eq!(telling(&all).unwrap().cause, Cause::Refused);
        let answered = Tried::new("10.0.0.2:80", Ok(Found::Echoed { latency: Duration::from_micros(120) }));
        let all = [all[2].clone(), answered];
        assert_eq!(telling(&all).unwrap().latency_ms, Some(0.12));
        assert_eq!(telling(&[]), None);
    }
}
