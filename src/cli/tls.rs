//! `xnet tls`: a handshake by TLS from inside a container.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::place::Source;
use crate::model::probe::timeout::Timeout;
use crate::model::probe::tls::{TlsProbe, TlsSpec};
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container from which it is done; `host` is this machine
    from: Source,
    /// `api:443`, `10.0.0.2:443`, `[fd00::2]:443`; port 443 when there is none
    to: String,
    /// The name that the certificate is to bear; that of the service when absent
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// Protocols to offer, such as h2,http/1.1
    #[arg(long, value_name = "PROTOCOL", value_delimiter = ',')]
    alpn: Vec<String>,
    /// Authorities to believe besides those of this machine: a file in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Give up after this long; 10s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let spec = TlsSpec {
        server_name: arguments.server_name.clone(),
        alpn: arguments.alpn.clone(),
        ca: arguments.ca.as_ref().map(|file| file.to_string_lossy().into_owned()),
        timeout: arguments.timeout,
    };
    let told = invocation.probe(async |prober| prober.tls(&arguments.from, &arguments.to, &spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(told));
        return if told.ok { Ok(()) } else { Err(Failure::silent(1)) };
    }
    print(&told, invocation);
    if told.ok {
        return Ok(());
    }
    Err(Failure::new(1, Diagnostic::new(format!("{}: {}", arguments.to, told.message)).hint(told.hint)))
}

fn print(told: &TlsProbe, invocation: &Invocation) {
    let Some(session) = &told.session else { return };
    let line = |name: &str, value: &str| invocation.printer.data(&format!("{name:<10} {value}"));
    line("address", told.address.as_deref().unwrap_or_default());
    line("version", &session.version);
    line("cipher", &session.cipher);
    session.alpn.iter().for_each(|alpn| line("alpn", alpn));
    line("believed", if session.valid { "yes" } else { "no" });
    for certificate in &session.certificates {
        line("subject", &certificate.subject);
        line("  issuer", &certificate.issuer);
        line("  names", &certificate.names.join(", "));
        line("  from", &certificate.not_before);
        line("  until", &certificate.not_after);
        line("  sha256", &certificate.sha256);
    }
}
