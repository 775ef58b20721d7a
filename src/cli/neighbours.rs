//! `xnet neighbours`: who a container, or the host, knows on its links.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::neighbour::NeighboursSpec;
use crate::model::probe::place::Source;
use crate::view::Table;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a container; `host` is this machine
    container: Source,
    /// What the kernel makes by itself, of multicast addresses, too
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { container, all } = arguments;
    let spec = NeighboursSpec { all: *all };
    let found = invocation.probe(async |prober| prober.neighbours(container, spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(found));
        return Ok(());
    }
    let mut table = Table::new(["ADDRESS", "MAC", "INTERFACE", "NETWORK", "CONTAINER", "STATE"]);
    for one in &found {
        table.row([
            one.address.to_string(),
            one.mac.clone().unwrap_or_else(none),
            one.interface.clone(),
            one.network.clone().unwrap_or_else(none),
            one.container.clone().unwrap_or_else(none),
            one.state.to_string(),
        ]);
    }
    invocation.printer.data(&table.render());
    Ok(())
}

fn none() -> String {
    "-".to_owned()
}
