//! `xnet mtu`: the largest packet that gets from a container to another whole.

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::path::PathMtuSpec;
use crate::model::probe::place::{Destination, Source};
use crate::model::probe::timeout::Timeout;
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Container from which packets are sent; `host` is this machine
    from: Source,
    /// Container, alias or address
    to: Destination,
    /// Give up after this long; 15s when absent
    #[arg(long, value_name = "TIME")]
    timeout: Option<Timeout>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { from, to, timeout } = arguments;
    let spec = PathMtuSpec { timeout: *timeout };
    let told = invocation.probe(async |prober| prober.path_mtu(from, to, &spec).await)?;
    let printer = &invocation.printer;
    if printer.json() {
        printer.value(&json!(told));
        return if told.ok { Ok(()) } else { Err(Failure::silent(1)) };
    }
    let Some(mtu) = told.mtu else { return Err(Failure::new(1, Diagnostic::new(told.message).hint(told.hint))) };
    printer.data(&mtu.to_string());
    printer.talk(&told.message);
    told.hint.iter().for_each(|hint| printer.warn(hint));
    Ok(())
}
