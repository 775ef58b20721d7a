//! `xnet forward CONTAINER MAPPING…`: leads local ports into a container until it is interrupted.

use clap::Args;
use serde_json::{Value, json};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::forward::Forward;
use crate::model::forward::{Mapping, MappingSpec};
use crate::runtime;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a running container
    container: String,
    /// 8080:80, 80, 0:80 (any free port), 127.0.0.1:8080:80, 8000-8002:80-82
    #[arg(required = true, value_name = "MAPPING")]
    mappings: Vec<MappingSpec>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let engine = invocation.engine()?;
    let mut opened: Vec<Forward> = Vec::new();
    for mapping in arguments.mappings.iter().flat_map(|spec| &spec.0) {
        let forward = open(&engine, &arguments.container, *mapping, invocation);
        opened.push(forward.inspect_err(|_| opened.iter().for_each(Forward::close))?);
    }
    tell(&opened, invocation);
    // Runs until a signal: the wait ends only by cancellation.
    let ended = runtime::wait(&invocation.cancel, std::future::pending::<()>());
    for forward in &opened {
        let stats = forward.stats();
        invocation.printer.detail(&format!(
            "{}: {} connections, {} failed, {} bytes sent, {} received",
            forward.local(),
            stats.connections,
            stats.failed,
            stats.sent,
            stats.received
        ));
        forward.close();
    }
    invocation.printer.talk("closed");
    // Ctrl-C is how it is meant to end: the code says so, and nothing else needs to.
    ended.map_err(|stopped| Failure::silent(Failure::from(stopped).code()))
}

fn open(
    engine: &crate::engine::Engine,
    container: &str,
    mapping: Mapping,
    invocation: &Invocation,
) -> Result<Forward, Failure> {
    Ok(runtime::wait(&invocation.cancel, Forward::open(engine, container, mapping))??)
}

fn tell(opened: &[Forward], invocation: &Invocation) {
    if invocation.printer.json() {
        let rows: Vec<Value> = opened
            .iter()
            .map(|forward| {
                json!({"address": forward.local().to_string(), "local_port": forward.local().port(),
                       "container": forward.container(), "remote_port": forward.remote()})
            })
            .collect();
        invocation.printer.value(&rows.into());
        return;
    }
    for forward in opened {
        invocation.printer.talk(&format!("{} → {}:{}", forward.local(), forward.container(), forward.remote()));
    }
    invocation.printer.talk("forwarding; Ctrl-C closes");
}
