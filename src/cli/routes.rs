//! `xnet routes`: the routes of a container, or of the host.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::look::{look, or_none};
use crate::model::probe::place::Source;
use crate::model::probe::route::{NamedRoute, RoutesSpec};

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
    let heads = ["DESTINATION", "GATEWAY", "INTERFACE", "NETWORK", "SOURCE", "METRIC", "KIND"];
    let row = |one: &NamedRoute| {
        [
            one.destination.clone(),
            or_none(one.gateway),
            or_none(one.interface.as_ref()),
            or_none(one.network.as_ref()),
            or_none(one.source),
            one.metric.to_string(),
            one.kind.clone(),
        ]
    };
    look(invocation, async |prober| prober.routes(container, spec).await, heads, row).map(drop)
}
