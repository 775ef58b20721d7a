//! `xnet addresses`: the network interfaces of a container, or of the host, with their addresses.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::look::{look, or_none};
use crate::model::probe::address::{Address, AddressesSpec};
use crate::model::probe::place::Source;

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
    let heads = ["INTERFACE", "ADDRESS", "NETWORK", "SCOPE", "MAC", "MTU", "STATE"];
    let row = |one: &Address| {
        let address = one.address.zip(one.prefix).map(|(address, prefix)| format!("{address}/{prefix}"));
        [
            one.interface.clone(),
            or_none(address),
            or_none(one.network.as_ref()),
            or_none(one.scope),
            or_none(one.mac.as_ref()),
            one.mtu.to_string(),
            one.state.to_string(),
        ]
    };
    look(invocation, async |prober| prober.interface_addresses(container, spec).await, heads, row).map(drop)
}
