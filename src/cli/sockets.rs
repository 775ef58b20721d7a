//! `xnet sockets`: the connections of a container, or of the host.

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::probe::place::Source;
use crate::model::probe::socket::SocketsSpec;
use crate::view::Table;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a container; `host` is this machine
    container: Source,
    /// What only listens too
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Arguments { container, all } = arguments;
    let spec = SocketsSpec { all: *all };
    let found = invocation.probe(async |prober| prober.sockets(container, spec).await)?;
    if invocation.printer.json() {
        invocation.printer.value(&json!(found));
        return Ok(());
    }
    let mut table = Table::new(["PROTOCOL", "STATE", "LOCAL", "PEER", "CONTAINER OF PEER", "PROCESS", "PID", "QUEUES"]);
    for one in &found {
        let ends = (one.peer.zip(one.peer_port)).map(|(peer, port)| SocketAddr::new(peer, port).to_string());
        table.row([
            one.protocol.to_owned(),
            one.state.to_string(),
            SocketAddr::new(one.address, one.port).to_string(),
            ends.unwrap_or_else(unknown),
            one.peer_container.clone().unwrap_or_else(unknown),
            one.process.clone().unwrap_or_else(unknown),
            one.pid.map_or_else(unknown, |pid| pid.to_string()),
            format!("{}/{}", one.receive_queue, one.send_queue),
        ]);
    }
    invocation.printer.data(&table.render());
    Ok(())
}

fn unknown() -> String {
    "-".to_owned()
}
