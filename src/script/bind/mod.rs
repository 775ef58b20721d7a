//! What scripts see: one file for each namespace, and beside each function its signature, words and example.
//!
//! The entries make the help of the REPL, `xnet doc`, docs/reference.md and the suggestions in errors.

#![allow(clippy::needless_pass_by_value, reason = "Rhai hands arguments over by value")]

mod assert;
mod container;
mod copy;
mod docker;
mod events;
mod exec;
mod expect;
mod flow;
mod forward;
mod host;
mod image;
mod logs;
mod look;
mod names;
mod network;
mod node;
mod probe;
mod protocols;
mod service;
mod source;
mod stats;
mod subnet;
mod swarm;
mod text;
mod way;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use rhai::{Dynamic, Engine, Module};
use tokio::time::{Instant, timeout_at};

pub(super) use container::ContainerHandle;
pub(super) use host::ShellOptions;
pub(super) use network::NetworkHandle;
pub(super) use service::ServiceHandle;
pub use subnet::Subnet;

use super::context::World;
use super::elsewhere;
use super::fault::{ExitCode, Fault};
use crate::runtime::{self, Cancel};

/// One function or property that scripts can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The object it belongs to: `docker.network`, `Container`; empty for a global function.
    pub owner: &'static str,
    pub name: &'static str,
    /// `(name, options?)`; empty for a property.
    pub signature: &'static str,
    pub doc: &'static str,
    /// A script that runs as it stands against an engine that has the image `$image`; empty where there is none.
    pub example: &'static str,
}

impl Entry {
    /// `docker.network.create`
    pub fn path(&self) -> String {
        let joint = match self.owner {
            "" => return self.name.to_owned(),
            // A module's, whose alias is usually the last part of its name.
            module if module.starts_with("std/") => "::",
            _ => ".",
        };
        format!("{}{joint}{}", self.owner, self.name)
    }

    /// `docker.network.create(name, options?)`
    pub fn usage(&self) -> String {
        self.path() + self.signature
    }
}

/// A namespace: what is documented, and what makes it callable.
struct Binding {
    entries: &'static [Entry],
    register: fn(&mut Engine, &mut Module, &Arc<World>),
}

/// One line for each namespace.
const BINDINGS: &[Binding] = &[
    Binding { entries: docker::ENTRIES, register: docker::register },
    Binding { entries: network::ENTRIES, register: network::register },
    Binding { entries: container::run::ENTRIES, register: container::run::register },
    Binding { entries: container::calls::ENTRIES, register: container::calls::register },
    Binding { entries: container::handle::ENTRIES, register: container::handle::register },
    Binding { entries: logs::ENTRIES, register: logs::register },
    Binding { entries: stats::ENTRIES, register: stats::register },
    Binding { entries: copy::ENTRIES, register: copy::register },
    Binding { entries: events::ENTRIES, register: events::register },
    Binding { entries: image::ENTRIES, register: image::register },
    Binding { entries: swarm::ENTRIES, register: swarm::register },
    Binding { entries: service::ENTRIES, register: service::register },
    Binding { entries: node::ENTRIES, register: node::register },
    Binding { entries: exec::ENTRIES, register: exec::register },
    Binding { entries: forward::ENTRIES, register: forward::register },
    Binding { entries: probe::ENTRIES, register: probe::register },
    Binding { entries: names::ENTRIES, register: names::register },
    Binding { entries: look::ENTRIES, register: look::register },
    Binding { entries: protocols::ENTRIES, register: protocols::register },
    Binding { entries: way::ENTRIES, register: way::register },
    Binding { entries: host::ENTRIES, register: host::register },
    Binding { entries: flow::ENTRIES, register: flow::register },
    Binding { entries: expect::ENTRIES, register: expect::register },
    Binding { entries: assert::ENTRIES, register: assert::register },
    Binding { entries: subnet::ENTRIES, register: subnet::register },
    Binding { entries: text::ENTRIES, register: text::register },
];

/// Variables that every script has.
pub(super) const GLOBALS: &[&str] = &["docker", "env", "params", "args"];

/// Keys of the maps that bindings return, for suggestions.
pub(super) const RESULT_KEYS: &[&str] = &[
    "stdout",
    "stderr",
    "exit_code",
    "ok",
    "duration_ms",
    "lines",
    "kind",
    "message",
    "hint",
    "status",
    "resource",
    "Name",
    "Names",
    "Id",
    "Driver",
    "Scope",
    "Internal",
    "IPAM",
    "Containers",
    "Options",
    "Labels",
    "Config",
    "State",
    "Image",
    "HostConfig",
    "NetworkSettings",
    "Networks",
    "Ports",
    "IPAddress",
    "Gateway",
    "Aliases",
    "MacAddress",
    "Subnet",
    "summary",
    "cpu_percent",
    "memory_bytes",
    "memory_limit",
    "memory_percent",
    "rx_bytes",
    "tx_bytes",
    "Type",
    "Action",
    "Actor",
    "Attributes",
    "RepoTags",
    "cause",
    "latency_ms",
    "addresses",
    "address",
    "names",
    "records",
    "origin",
    "server",
    "asked",
    "without_address",
    "containers",
    "failures",
    "cells",
    "total",
    "failed",
    "all_ok",
    "times_ms",
    "max_ms",
    "avg_ms",
    "min_ms",
    "loss",
    "received",
    "sent",
    "port",
    "protocol",
    "tried",
    "note",
    "backlog",
    "container",
    "destination",
    "dual_stack",
    "family",
    "gateway",
    "interface",
    "loopback_only",
    "mac",
    "metric",
    "mtu",
    "network",
    "owner",
    "peer",
    "peer_container",
    "peer_port",
    "pid",
    "prefix",
    "process",
    "queue",
    "scope",
    "shared_with",
    "state",
    "headers",
    "body",
    "truncated",
    "redirects",
    "url",
    "tls",
    "version",
    "cipher",
    "alpn",
    "certificates",
    "valid",
    "reason",
    "hops",
    "hop",
    "link_mtu",
    "black_hole",
];

/// Every documented name, in the order of the reference.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    BINDINGS.iter().flat_map(|binding| binding.entries)
}

pub(super) fn register(engine: &mut Engine, module: &mut Module, world: &Arc<World>) {
    for binding in BINDINGS {
        (binding.register)(engine, module, world);
    }
    let printer = world.clone();
    engine.on_print(move |line| printer.printer().data(line));
    let printer = world.clone();
    engine.on_debug(move |line, source, position| {
        printer.printer().error_bytes(format!("{}:{position:?} {line}\n", source.unwrap_or("script")).as_bytes());
    });
    let cancel = world.clone();
    engine.on_progress(move |_| cancel.cancel().reason().map(Dynamic::from));
    // Shadows the language's own, which would end the script but lose the code.
    engine.register_fn("exit", |code: i64| -> Result<(), Box<rhai::EvalAltResult>> {
        let code = u8::try_from(code).map_err(|_| Fault::invalid(format!("exit code {code} is not from 0 to 255")))?;
        Err(Box::new(rhai::EvalAltResult::ErrorTerminated(Dynamic::from(ExitCode(code)), rhai::Position::NONE)))
    });
}

/// What the engines of these handles say of each, for the REPL. They are asked together, and what is not known soon, or
/// when `cancel` ends it, is left out.
pub(super) fn details(values: &[Dynamic], cancel: &Cancel) -> Vec<Option<String>> {
    const SOON: Duration = Duration::from_secs(1);
    const AT_ONCE: usize = 16;
    let end = Instant::now() + SOON;
    let answers = values.iter().map(|value| timeout_at(end, detail(value)));
    let all = stream::iter(answers).buffered(AT_ONCE).map(|answer| answer.ok().flatten()).collect();
    runtime::wait(cancel, all).unwrap_or_default()
}

async fn detail(value: &Dynamic) -> Option<String> {
    let container = value.read_lock::<ContainerHandle>().map(|handle| (handle.id.clone(), handle.world().clone()));
    if let Some((id, world)) = container {
        return world.answer(async move |engine| engine.container_brief(&id).await).await;
    }
    let (id, world) = value.read_lock::<NetworkHandle>().map(|handle| (handle.id.clone(), handle.world().clone()))?;
    world.answer(async move |engine| engine.network_brief(&id).await).await
}

/// An unknown property of one of our objects is an error that names the nearest known member.
fn refuse_unknown<T: rhai::Variant + Clone>(engine: &mut Engine, owner: &'static str) {
    engine.register_indexer_get(move |_: &mut T, name: &str| -> Result<Dynamic, Box<rhai::EvalAltResult>> {
        let members: Vec<&str> = entries().filter(|entry| entry.owner == owner).map(|entry| entry.name).collect();
        let fault = Fault::new("script", format!("{owner} has no `{name}`"));
        let hint = match entries().find(|entry| entry.owner == owner && entry.name == name) {
            Some(entry) => Some(format!("it is a function: {}", entry.usage())),
            None => elsewhere::hint(owner, &members, name).or_else(|| crate::model::names::suggestion(name, members)),
        };
        Err(Fault { hint, ..fault }.into())
    });
}

/// Handles are compared by what they stand for, and with a string by their name.
fn comparable<T: rhai::Variant + Clone>(engine: &mut Engine, id: fn(&T) -> &str, name: fn(&T) -> &str) {
    engine.register_fn("==", move |a: &mut T, b: T| id(a) == id(&b));
    engine.register_fn("!=", move |a: &mut T, b: T| id(a) != id(&b));
    engine.register_fn("==", move |a: &mut T, b: &str| name(a) == b);
    engine.register_fn("!=", move |a: &mut T, b: &str| name(a) != b);
    engine.register_fn("==", move |a: &str, b: T| a == name(&b));
    engine.register_fn("!=", move |a: &str, b: T| a != name(&b));
}

/// Warns of files that could not be copied for what they are.
fn left_out(world: &World, paths: &[String]) {
    for path in paths {
        world.printer().warn(&format!("left out {path}: it is neither a file, a folder nor a link"));
    }
}
