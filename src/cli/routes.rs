//! `xnet routes`: the routes of a container, or of the host.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::place::Source;
use crate::model::probe::route::RoutesSpec;
use crate::view::Table;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a container; `host` is this machine
    container: Source,
    /// All tables, the kernel's own entries for its addresses too
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { container, all } = arguments;
    let spec = RoutesSpec { all: *all };
    let found = invocation.probe(async |prober| prober.routes(container, spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(found));
        return Ok(());
    }
    let mut table = Table::new(["DESTINATION", "GATEWAY", "INTERFACE", "NETWORK", "SOURCE", "METRIC", "KIND"]);
    for one in &found {
        table.row([
            one.destination.clone(),
            one.gateway.map_or_else(none, |gateway| gateway.to_string()),
            one.interface.clone().unwrap_or_else(none),
            one.network.clone().unwrap_or_else(none),
            one.source.map_or_else(none, |source| source.to_string()),
            one.metric.to_string(),
            one.kind.clone(),
        ]);
    }
    invocation.printer.data(&table.render());
    Ok(())
}

fn none() -> String {
    "-".to_owned()
}
