//! `xnet network …`: the networks of the engine.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::failure::Failure;
use super::invocation::Invocation;
use super::network_options::{Connect, Create, pair};
use crate::config::{self, Node};
use crate::engine::{self, Created, Engine, Ensured};
use crate::model::network::{DisconnectSpec, NetworkFilters, PruneFilters};
use crate::runtime::prompt::{self, Unanswered};
use crate::view::{Diagnostic, inventory};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List networks with their subnets and containers
    #[command(visible_alias = "list")]
    Ls(Filters),
    /// All that the engine knows of networks, as JSON
    Inspect {
        #[arg(required = true)]
        networks: Vec<String>,
    },
    /// Create a network; the address plan is checked first
    Create(Create),
    /// Remove networks; one with containers attached, stopped ones too, is refused
    #[command(visible_alias = "remove")]
    Rm {
        #[arg(required = true)]
        networks: Vec<String>,
    },
    /// Attach a container to a network
    Connect(Connect),
    /// Detach a container from a network
    Disconnect {
        network: String,
        container: String,
        /// Also when the container is gone or stuck
        #[arg(short, long)]
        force: bool,
    },
    /// Remove networks that no running container uses
    Prune(PruneArguments),
}

#[derive(Debug, Args)]
pub(super) struct Filters {
    /// Only those that match, such as driver=bridge, label=tier=web, name=app, type=custom
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = pair)]
    filter: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(super) struct PruneArguments {
    /// Only those that match: label=tier=web, until=24h (created before then)
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = pair)]
    filter: Vec<(String, String)>,
}

/// `--filter` pairs as a typed request, where an unknown key is an error.
pub(super) fn filters<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Failure> {
    let mut keys: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (key, value) in pairs {
        keys.entry(key).or_default().push(Value::from(value.as_str()));
    }
    // What is given once stays text: not every filter takes several values.
    let entry = |(key, mut values): (&str, Vec<Value>)| {
        let one = if values.len() == 1 { values.pop() } else { None };
        (key.to_owned(), one.unwrap_or_else(|| values.into()))
    };
    let tree = Node::from(Value::Object(keys.into_iter().map(entry).collect()));
    config::read(&tree)
        .map_err(|fault| Failure::usage(Diagnostic::new(format!("--filter: {fault}")).hint(fault.hint())))
}

pub(super) fn run(command: &Command, invocation: &Invocation) -> Result<(), Failure> {
    match command {
        Command::Ls(arguments) => list(arguments, invocation),
        Command::Inspect { networks } => inspect(networks, invocation),
        Command::Create(arguments) => create(arguments, invocation),
        Command::Rm { networks } => remove(networks, invocation),
        Command::Connect(arguments) => connect(arguments, invocation),
        Command::Disconnect { network, container, force } => {
            let engine = invocation.engine()?;
            invocation.wait(engine.disconnect_network(network, container, DisconnectSpec { force: *force }))?;
            let words = format!("disconnected {container} from {network}");
            told(&words, &json!({"network": network, "container": container, "disconnected": true}), invocation);
            Ok(())
        }
        Command::Prune(arguments) => prune(arguments, invocation),
    }
}

/// What was done: words to stderr for people, one JSON object for programs.
fn told(words: &str, outcome: &Value, invocation: &Invocation) {
    if invocation.printer.json() {
        invocation.printer.data(&outcome.to_string());
    } else {
        invocation.printer.talk(words);
    }
}

fn list(arguments: &Filters, invocation: &Invocation) -> Result<(), Failure> {
    let filters: NetworkFilters = filters(&arguments.filter)?;
    let engine = invocation.engine()?;
    let list = invocation.wait(engine.list_networks(&filters))?;
    if invocation.printer.json() {
        invocation.printer.value(&list.into());
    } else {
        invocation.printer.data(&inventory::networks(&list));
    }
    Ok(())
}

fn inspect(networks: &[String], invocation: &Invocation) -> Result<(), Failure> {
    let engine = invocation.engine()?;
    let mut found: Vec<Value> = Vec::new();
    for network in networks {
        found.push(invocation.wait(engine.inspect_network(network))?);
    }
    invocation.printer.value(&found.into());
    Ok(())
}

fn create(arguments: &Create, invocation: &Invocation) -> Result<(), Failure> {
    let name = &arguments.name;
    let spec = arguments.spec().map_err(engine::Error::from)?;
    spec.check().map_err(engine::Error::from)?;
    let engine = invocation.engine()?;
    let (created, word) = if arguments.ensure {
        match invocation.wait(engine.ensure_network(name, &spec, arguments.force))? {
            Ensured::Created(created) => (created, "created"),
            Ensured::Recreated(created) => (created, "recreated"),
            Ensured::Unchanged { id } => (Created { id, warnings: Vec::new() }, "unchanged"),
        }
    } else {
        (invocation.wait(engine.create_network(name, &spec))?, "created")
    };
    created.warnings.iter().for_each(|warning| invocation.printer.warn(warning));
    // By its id: another of the name may be there for the moment until it is taken back.
    let network = invocation.wait(engine.inspect_network(&created.id))?;
    if invocation.printer.json() {
        invocation.printer.value(&network);
    } else {
        let subnets: Vec<&str> = network["IPAM"]["Config"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|pool| pool["Subnet"].as_str())
            .collect();
        invocation.printer.data(format!("{word} {name} {}", subnets.join(" ")).trim_end());
    }
    Ok(())
}

fn remove(networks: &[String], invocation: &Invocation) -> Result<(), Failure> {
    let engine = invocation.engine()?;
    // Each is told as it happens; the code is that of the last that failed.
    let mut failed = None;
    for network in networks {
        match invocation.wait(engine.remove_network(network)) {
            Ok(()) => told(&format!("removed {network}"), &json!({"network": network, "removed": true}), invocation),
            Err(failure) if failure.code() == 130 => return Err(failure),
            Err(failure) => failed = Some(Failure::silent(failure.report(&invocation.printer))),
        }
    }
    failed.map_or(Ok(()), Err)
}

fn connect(arguments: &Connect, invocation: &Invocation) -> Result<(), Failure> {
    let Connect { network, container, .. } = arguments;
    let endpoint = arguments.endpoint();
    endpoint.check().map_err(engine::Error::from)?;
    let engine = invocation.engine()?;
    let connected = if arguments.ensure {
        invocation.wait(engine.ensure_connected(network, container, &endpoint))?
    } else {
        invocation.wait(engine.connect_network(network, container, &endpoint))?;
        true
    };
    let word = if connected { "connected" } else { "already connected" };
    let outcome = json!({"network": network, "container": container, "connected": connected});
    told(&format!("{word}: {container} to {network}"), &outcome, invocation);
    Ok(())
}

fn prune(arguments: &PruneArguments, invocation: &Invocation) -> Result<(), Failure> {
    let filters: PruneFilters = filters(&arguments.filter)?;
    let engine = invocation.engine()?;
    if !invocation.yes && !confirmed(&engine, &filters, invocation)? {
        invocation.printer.talk("nothing removed");
        return Ok(());
    }
    let removed = invocation.wait(engine.prune_networks(&filters))?;
    if invocation.printer.json() {
        invocation.printer.value(&removed.into());
    } else {
        removed.iter().for_each(|name| invocation.printer.data(name));
        invocation.printer.talk(&format!("{} removed", removed.len()));
    }
    Ok(())
}

/// Asks, naming what would be removed. Nothing to remove needs no question.
fn confirmed(engine: &Engine, filters: &PruneFilters, invocation: &Invocation) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        let diagnostic = Diagnostic::new("prune removes every network that no running container uses");
        return Err(Failure::usage(diagnostic.hint(Some("say --yes where nobody can be asked".into()))));
    }
    let unused = NetworkFilters { dangling: Some(true), label: filters.label.clone(), ..NetworkFilters::default() };
    let unused = invocation.wait(engine.list_networks(&unused))?;
    let names: Vec<&str> = unused.iter().filter_map(|network| network["Name"].as_str()).collect();
    if names.is_empty() {
        return Ok(false);
    }
    // The engine lists nothing by age, so with `until` these are the most that can go.
    let age = if filters.until.0.is_empty() { "" } else { ", as far as they are old enough" };
    let question = format!("Remove {}{age}? Stopped containers may still need them. [y/N] ", names.join(", "));
    match prompt::ask(&question, &invocation.cancel) {
        Ok(answer) => Ok(answer.is_some_and(|answer| matches!(answer.trim(), "y" | "Y" | "yes"))),
        Err(Unanswered::Stopped(stopped)) => Err(stopped.into()),
        Err(unanswered) => Err(Failure::usage(Diagnostic::new(unanswered.to_string()))),
    }
}
