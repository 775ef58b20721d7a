//! `xnet resolve`: what a name means inside a container.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::names::{RecordType, ResolveSpec, ServerAddress};
use crate::model::probe::place::Source;
use crate::model::probe::timeout::Timeout;
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container in which the name is looked up; `host` is this machine
    from: Source,
    /// The name, or an address to look up backwards
    name: String,
    /// A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT; addresses when absent
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<RecordType>,
    /// Ask this server in place of the container's own
    #[arg(long, value_name = "ADDRESS")]
    server: Option<ServerAddress>,
    /// For the whole of it; 5s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { from, name, kind, server, timeout } = arguments;
    let spec = ResolveSpec { kind: *kind, server: *server, timeout: *timeout };
    let told = invocation.probe(async |prober| prober.resolve(from, name, &spec).await)?;
    let printer = &invocation.printer;
    if printer.json() {
        printer.value(&json!(told));
    } else if told.ok {
        printer.data(&told.message);
        told.hint.iter().for_each(|note| printer.talk(note));
    } else {
        return Err(Failure::new(1, Diagnostic::new(format!("{name}: {}", told.message)).hint(told.hint)));
    }
    if told.ok { Ok(()) } else { Err(Failure::silent(1)) }
}
