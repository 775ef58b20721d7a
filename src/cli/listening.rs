//! `xnet listening`: what listens inside a container, or on the host.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::place::Source;
use crate::model::probe::socket::{Listener, ListeningSpec};
use crate::view::Table;

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
    let found = invocation.probe(async |prober| prober.listening(container, spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(found));
        return Ok(());
    }
    if let Some(other) = found.iter().find_map(|one| one.shared_with.as_deref()) {
        invocation
            .printer
            .talk(&format!("{container} shares the network of {other}: all that listens there is listed"));
    }
    let mut table = Table::new(["PROTOCOL", "ADDRESS", "PORT", "PROCESS", "PID", "CONTAINER", "QUEUE", "NOTE"]);
    for one in &found {
        table.row([
            one.protocol.to_owned(),
            one.address.to_string(),
            one.port.to_string(),
            shown(one.process.as_deref()),
            one.pid.map_or_else(unknown, |pid| pid.to_string()),
            shown(one.container.as_deref()),
            queue(one),
            note(one),
        ]);
    }
    invocation.printer.data(&table.render());
    Ok(())
}

fn shown(text: Option<&str>) -> String {
    text.map_or_else(unknown, str::to_owned)
}

fn unknown() -> String {
    "-".to_owned()
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
