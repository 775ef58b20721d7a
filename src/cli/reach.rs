//! `xnet reach`: whether something answers from inside a container.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::place::{Destination, Source};
use crate::model::probe::reach::ReachSpec;
use crate::model::probe::timeout::Timeout;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container to ask from; `host` is this machine
    from: Source,
    /// db:5432, db:53/udp, db (an ICMP echo), 10.0.0.2:80, `[fd00::2]:80`, host:8080 or internet
    to: Destination,
    /// For each address; 2s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
    /// What a datagram carries
    #[arg(long, value_name = "TEXT")]
    payload: Option<String>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { from, to, timeout, payload } = arguments;
    let spec = ReachSpec { timeout: *timeout, payload: payload.clone(), ..ReachSpec::default() };
    let told = invocation.probe(async |prober| prober.reach(from, to, &spec).await)?;
    let printer = &invocation.printer;
    if printer.json() {
        printer.value(&json!(told));
        return if told.ok { Ok(()) } else { Err(Failure::silent(1)) };
    }
    for one in &told.tried {
        printer.detail(&format!("{}: {}", one.address, one.message));
    }
    let mark = if told.ok { "✓" } else { "✗" };
    let cause = if told.ok { String::new() } else { format!(" ({})", told.cause) };
    printer.data(&format!("{mark} {from} → {}{cause}", told.message));
    told.note.iter().for_each(|note| printer.talk(note));
    if told.ok {
        return Ok(());
    }
    told.hint.iter().for_each(|hint| printer.talk(&format!("hint: {hint}")));
    Err(Failure::silent(1))
}
