//! `xnet addresses`: the network interfaces of a container, or of the host, with their addresses.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::interface::AddressesSpec;
use crate::model::probe::place::Source;
use crate::view::Table;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a container; `host` is this machine
    container: Source,
    /// The host's ends of the containers' cables too
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { container, all } = arguments;
    let spec = AddressesSpec { all: *all };
    let found = invocation.probe(async |prober| prober.interface_addresses(container, spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(found));
        return Ok(());
    }
    let mut table = Table::new(["INTERFACE", "ADDRESS", "NETWORK", "SCOPE", "MAC", "MTU", "STATE"]);
    for one in &found {
        let address = one.address.zip(one.prefix).map(|(address, prefix)| format!("{address}/{prefix}"));
        table.row([
            one.interface.clone(),
            address.unwrap_or_else(none),
            one.network.clone().unwrap_or_else(none),
            one.scope.map_or_else(none, |scope| scope.to_string()),
            one.mac.clone().unwrap_or_else(none),
            one.mtu.to_string(),
            one.state.to_string(),
        ]);
    }
    invocation.printer.data(&table.render());
    Ok(())
}

fn none() -> String {
    "-".to_owned()
}
