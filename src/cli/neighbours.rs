//! `xnet neighbours`: who a container, or the host, knows on its links.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::look::{look, or_none};
use crate::model::probe::neighbour::{NamedNeighbour, NeighboursSpec};
use crate::model::probe::place::Source;

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
    let heads = ["ADDRESS", "MAC", "INTERFACE", "NETWORK", "CONTAINER", "STATE"];
    let row = |one: &NamedNeighbour| {
        [
            one.address.to_string(),
            or_none(one.mac.as_ref()),
            one.interface.clone(),
            or_none(one.network.as_ref()),
            or_none(one.container.as_ref()),
            one.state.to_string(),
        ]
    };
    look(invocation, async |prober| prober.neighbours(container, spec).await, heads, row).map(drop)
}
