//! `xnet listening`: what listens inside a container, or on the host.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::look::{look, or_none};
use crate::model::probe::place::Source;
use crate::model::probe::socket::{Listener, ListeningSpec};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a container; `host` is this machine
    container: Source,
    /// What the engine itself listens on inside the container too
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { container, all } = arguments;
    let spec = ListeningSpec { all: *all };
    let heads = ["PROTOCOL", "ADDRESS", "PORT", "PROCESS", "PID", "CONTAINER", "QUEUE", "NOTE"];
    let row = |one: &Listener| {
        [
            one.protocol.to_owned(),
            one.address.to_string(),
            one.port.to_string(),
            or_none(one.process.as_ref()),
            or_none(one.pid),
            or_none(one.container.as_ref()),
            queue(one),
            note(one),
        ]
    };
    let found = look(invocation, async |prober| prober.listening(container, spec).await, heads, row)?;
    let other = found.iter().find_map(|one| one.shared_with.as_deref());
    if let Some(other) = other.filter(|_| !invocation.printer.json()) {
        let whose = if other == "host" { "the host" } else { other };
        invocation
            .printer
            .talk(&format!("{container} shares the network of {whose}: all that listens there is listed"));
    }
    Ok(())
}

/// Connections that wait, of how many may; of UDP the bytes that wait.
fn queue(one: &Listener) -> String {
    one.backlog.map_or_else(|| one.queue.to_string(), |backlog| format!("{}/{backlog}", one.queue))
}

fn note(one: &Listener) -> String {
    let reach = one.loopback_only.then_some("reached only from inside");
    let notes: Vec<&str> = one.owner.into_iter().chain(reach).collect();
    notes.join(", ")
}
