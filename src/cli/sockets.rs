//! `xnet sockets`: the connections of a container, or of the host.

use std::net::SocketAddr;

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::look::{look, or_none};
use crate::model::probe::place::Source;
use crate::model::probe::socket::{Connection, SocketsSpec};

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
    let heads = ["PROTOCOL", "STATE", "LOCAL", "PEER", "CONTAINER OF PEER", "PROCESS", "PID", "QUEUES"];
    let row = |one: &Connection| {
        let ends = (one.peer.zip(one.peer_port)).map(|(peer, port)| SocketAddr::new(peer, port).to_string());
        [
            one.protocol.to_owned(),
            one.state.to_string(),
            SocketAddr::new(one.address, one.port).to_string(),
            or_none(ends),
            or_none(one.peer_container.as_ref()),
            or_none(one.process.as_ref()),
            or_none(one.pid),
            format!("{}/{}", one.receive_queue, one.send_queue),
        ]
    };
    look(invocation, async |prober| prober.sockets(container, spec).await, heads, row).map(drop)
}
