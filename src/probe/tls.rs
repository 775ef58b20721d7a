//! `tls`: a handshake with a service, what it agrees to, and whether its certificate is believed.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::{NotConnected, Times};
use super::error::Error;
use super::handshake::Handshake;
use super::input::InputFault;
use super::prober::Prober;
use crate::model::probe::http::host_and_port;
use crate::model::probe::place::Source;
use crate::model::probe::tls::{TlsProbe, TlsSpec};
use crate::model::probe::verdict::{Cause, Miss};

const WITHIN: Duration = Duration::from_secs(10);
const PORT: u16 = 443;

impl Prober {
    /// Shakes hands with `to`: `api:8443`, `[fd00::2]:443`, `api` for port 443.
    pub async fn tls(&self, from: &Source, to: &str, spec: &TlsSpec) -> Result<TlsProbe, Error> {
        let (host, port) = service(to)?;
        let server_name = spec.server_name.clone().unwrap_or_else(|| host.to_owned());
        let handshake = Handshake::new(&server_name, &spec.alpn, spec.ca.as_deref())?;
        let begun = Instant::now();
        let end = begun + spec.timeout.map_or(WITHIN, |span| span.0);
        let stand = self.stand(from).await?;
        let connection = match self.connection((from, &stand), host, port, end).await? {
            Ok(connection) => connection,
            Err(NotConnected { miss, hint, address, times }) => {
                return Ok(TlsProbe { hint, ..missed(server_name, address, times, &miss) });
            }
        };
        let (address, times) = (connection.address, connection.times);
        let secured = match handshake.over(connection.stream, end).await {
            Ok(secured) => secured,
            Err(miss) => {
                let told = missed(server_name, Some(address), times, &miss);
                return Ok(TlsProbe { tls_ms: millis(miss.after), latency_ms: millis(begun.elapsed()), ..told });
            }
        };
        let agreed = format!("{} with {}", secured.session.version, secured.session.cipher);
        let (cause, message) = match &secured.distrust {
            None => (None, format!("{agreed}, for {server_name}")),
            Some(distrust) => (Some(Cause::Tls), format!("{agreed}, and the certificate is not believed: {distrust}")),
        };
        Ok(TlsProbe {
            ok: cause.is_none(),
            cause,
            address: Some(address.to_string()),
            server_name,
            session: Some(secured.session),
            dns_ms: millis(times.dns),
            connect_ms: millis(times.connect),
            tls_ms: millis(secured.took),
            latency_ms: millis(begun.elapsed()),
            message,
            hint: secured.distrust.map(|_| TRUST.to_owned()),
        })
    }
}

pub(super) const TRUST: &str =
    "believed are the authorities of this machine (or SSL_CERT_FILE), and those given by `ca`";

fn missed(server_name: String, address: Option<SocketAddr>, times: Times, miss: &Miss) -> TlsProbe {
    TlsProbe {
        ok: false,
        cause: Some(miss.cause),
        address: address.map(|address| address.to_string()),
        server_name,
        session: None,
        dns_ms: millis(times.dns),
        connect_ms: millis(times.connect),
        tls_ms: 0.0,
        latency_ms: millis(times.dns + times.connect),
        message: miss.detail.clone(),
        hint: None,
    }
}

/// The host and port of a service.
fn service(text: &str) -> Result<(&str, u16), InputFault> {
    let fault = || InputFault::Service { text: text.to_owned() };
    let (host, port) = host_and_port(text);
    if host.is_empty() || host.contains(['/', ' ']) {
        return Err(fault());
    }
    match port.map(str::parse) {
        None => Ok((host, PORT)),
        Some(Ok(port @ 1..)) => Ok((host, port)),
        Some(_) => Err(fault()),
    }
}

/// To the microsecond.
pub(super) fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}
