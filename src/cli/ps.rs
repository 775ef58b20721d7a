//! `xnet ps`: the containers, with their networks and ports.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::container::ListSpec;
use crate::view::inventory;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Stopped containers too
    #[arg(short, long)]
    all: bool,
    /// Only those that match, such as network=app, label=tier=web, name=web, status=running
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = super::network_options::pair)]
    filter: Vec<(String, String)>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let filters = super::network::filters(&arguments.filter)?;
    let engine = invocation.engine()?;
    let spec = ListSpec { all: arguments.all, filters, ..ListSpec::default() };
    let list = invocation.wait(engine.list_containers(&spec))?;
    if invocation.printer.json() {
        invocation.printer.value(&list.into());
    } else {
        invocation.printer.data(&inventory::containers(&list));
    }
    Ok(())
}
