//! `xnet trace`: whom packets pass on their way from a container.

use std::num::NonZeroU8;

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::path::{NamedHop, TraceSpec};
use crate::model::probe::place::{Destination, Source};
use crate::model::probe::timeout::Timeout;
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container from which it starts; `host` is this machine
    from: Source,
    /// `db` by ICMP echo, `db:80` by TCP, `db:53/udp` by UDP
    to: Destination,
    /// Hops to try at most; 30 when absent
    #[arg(short, long, value_name = "COUNT")]
    max_hops: Option<NonZeroU8>,
    /// Wait so long for the answer of one hop; 1s when absent
    #[arg(long, value_name = "TIME")]
    wait: Option<Timeout>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { from, to, max_hops, wait } = arguments;
    let spec = TraceSpec { max_hops: *max_hops, wait: *wait };
    let told = invocation.probe(async |prober| prober.traceroute(from, to, &spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(told));
        return if told.ok { Ok(()) } else { Err(Failure::silent(1)) };
    }
    told.hops.iter().for_each(|hop| invocation.printer.data(&line(hop)));
    if told.ok {
        invocation.printer.talk(&told.message);
        return Ok(());
    }
    Err(Failure::new(1, Diagnostic::new(told.message).hint(told.hint)))
}

/// ` 1  10.0.0.1  0.05 ms  gateway of app`
fn line(hop: &NamedHop) -> String {
    let Some(address) = hop.address else { return format!("{:>2}  *", hop.hop) };
    let network = hop.network.as_ref().filter(|network| hop.name.as_ref().is_none_or(|name| !name.ends_with(*network)));
    let names: Vec<&str> = hop.name.iter().chain(network).map(String::as_str).collect();
    let line = format!("{:>2}  {address}  {} ms  {}", hop.hop, hop.latency_ms.unwrap_or_default(), names.join(", "));
    line.trim_end().to_owned()
}
