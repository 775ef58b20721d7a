//! Which type reads the options of each call, so that a script can be checked without running it.

use super::bind::ShellOptions;
use crate::config::{self, Fault, Node, Span, Value};
use crate::model::container::{
    ContainerPruneSpec, ContainerSpec, ExecSpec, KillSpec, ListSpec, RemoveSpec, StopSpec, TopSpec, WaitForSpec,
};
use crate::model::copy::{CopyFromSpec, CopyToSpec, WriteSpec};
use crate::model::ensure::EnsureSpec;
use crate::model::events::EventsSpec;
use crate::model::flow::{ParallelSpec, RetrySpec, WaitSpec};
use crate::model::forward::ForwardSpec;
use crate::model::image::{BuildSpec, ImageListSpec, ImageRemoveSpec, ImportSpec, PullSpec};
use crate::model::logs::LogsSpec;
use crate::model::network::{DisconnectSpec, EndpointSpec, ListSpec as NetworkListSpec, NetworkSpec, PruneSpec};
use crate::model::probe::expect::CauseSpec;
use crate::model::probe::http::HttpSpec;
use crate::model::probe::interface::AddressesSpec;
use crate::model::probe::matrix::spec::MatrixSpec;
use crate::model::probe::names::ResolveSpec;
use crate::model::probe::neighbour::NeighboursSpec;
use crate::model::probe::path::{PathMtuSpec, TraceSpec};
use crate::model::probe::ping::PingSpec;
use crate::model::probe::reach::ReachSpec;
use crate::model::probe::route::RoutesSpec;
use crate::model::probe::socket::{ListeningSpec, SocketsSpec};
use crate::model::probe::tls::TlsSpec;
use crate::model::probe::wait::WaitForPortSpec;
use crate::model::service::{Patience, ServiceListSpec, ServiceSpec};
use crate::model::stats::StatsSpec;
use crate::model::swarm::{JoinSpec, LeaveSpec, NodeListSpec, NodeSpec, SwarmSpec};
use crate::model::test::TestSpec;

/// Reads options, and says all that is wrong with them.
pub(super) type Judge = fn(&Node, &dyn Fn(Span) -> bool) -> Vec<Fault>;

/// One line for each call that takes options.
const CALLS: &[(&str, Judge)] = &[
    ("addresses", config::faults::<AddressesSpec>),
    ("assert_no_reach", no_reach),
    ("assert_reach", config::faults::<ReachSpec>),
    ("assert_resolves", config::faults::<ResolveSpec>),
    ("docker.copy_from", config::faults::<CopyFromSpec>),
    ("docker.copy_to", config::faults::<CopyToSpec>),
    ("docker.ensure_container", config::faults::<EnsureSpec<ContainerSpec>>),
    ("docker.events", events),
    ("docker.image.build", config::faults::<BuildSpec>),
    ("docker.image.import_tar", config::faults::<ImportSpec>),
    ("docker.image.list", config::faults::<ImageListSpec>),
    ("docker.image.pull", config::faults::<PullSpec>),
    ("docker.image.remove", config::faults::<ImageRemoveSpec>),
    ("docker.kill", config::faults::<KillSpec>),
    ("docker.list", config::faults::<ListSpec>),
    ("docker.logs", config::faults::<LogsSpec>),
    ("docker.network.connect", config::faults::<EndpointSpec>),
    ("docker.network.create", config::faults::<NetworkSpec>),
    ("docker.network.disconnect", config::faults::<DisconnectSpec>),
    ("docker.network.ensure", config::faults::<EnsureSpec<NetworkSpec>>),
    ("docker.network.ensure_connected", config::faults::<EndpointSpec>),
    ("docker.network.list", config::faults::<NetworkListSpec>),
    ("docker.network.prune", config::faults::<PruneSpec>),
    ("docker.node.list", config::faults::<NodeListSpec>),
    ("docker.node.remove", config::faults::<LeaveSpec>),
    ("docker.node.update", config::faults::<NodeSpec>),
    ("docker.prune", config::faults::<ContainerPruneSpec>),
    ("docker.remove", config::faults::<RemoveSpec>),
    ("docker.restart", config::faults::<StopSpec>),
    ("docker.run", config::faults::<ContainerSpec>),
    ("docker.service.create", config::faults::<ServiceSpec>),
    ("docker.service.list", config::faults::<ServiceListSpec>),
    ("docker.service.remove", config::faults::<Patience>),
    ("docker.service.scale", config::faults::<Patience>),
    ("docker.stats", config::faults::<StatsSpec>),
    ("docker.stop", config::faults::<StopSpec>),
    ("docker.swarm.init", config::faults::<SwarmSpec>),
    ("docker.swarm.join", config::faults::<JoinSpec>),
    ("docker.swarm.leave", config::faults::<LeaveSpec>),
    ("docker.top", config::faults::<TopSpec>),
    ("docker.wait_for", config::faults::<WaitForSpec>),
    ("docker.write_file", config::faults::<WriteSpec>),
    ("exec", config::faults::<ExecSpec>),
    ("forward", config::faults::<ForwardSpec>),
    ("listening", config::faults::<ListeningSpec>),
    ("neighbours", config::faults::<NeighboursSpec>),
    ("matrix", config::faults::<MatrixSpec>),
    ("parallel", config::faults::<ParallelSpec>),
    ("ping", config::faults::<PingSpec>),
    ("reach", config::faults::<ReachSpec>),
    ("http", config::faults::<HttpSpec>),
    ("path_mtu", config::faults::<PathMtuSpec>),
    ("resolve", config::faults::<ResolveSpec>),
    ("retry", retry),
    ("routes", config::faults::<RoutesSpec>),
    ("sh", config::faults::<ShellOptions>),
    ("sockets", config::faults::<SocketsSpec>),
    ("test", config::faults::<TestSpec>),
    ("wait_for", config::faults::<WaitSpec>),
    ("wait_for_port", config::faults::<WaitForPortSpec>),
    ("tls", config::faults::<TlsSpec>),
    ("traceroute", config::faults::<TraceSpec>),
];

/// Its `ready` is a function, which is taken out before the rest is read.
fn events(node: &Node, open: &dyn Fn(Span) -> bool) -> Vec<Fault> {
    config::faults::<EventsSpec>(&without(node, "ready"), open)
}

/// Its `when` is one too.
fn retry(node: &Node, open: &dyn Fn(Span) -> bool) -> Vec<Fault> {
    config::faults::<RetrySpec>(&without(node, "when"), open)
}

/// Its `cause` is its own, the rest is that of `reach`.
fn no_reach(node: &Node, open: &dyn Fn(Span) -> bool) -> Vec<Fault> {
    let mut all = config::faults::<ReachSpec>(&without(node, "cause"), open);
    let mut own = node.clone();
    if let Value::Map(entries) = &mut own.value {
        entries.retain(|(key, _)| key.name == "cause");
    }
    all.extend(config::faults::<CauseSpec>(&own, open));
    all
}

fn without(node: &Node, name: &str) -> Node {
    let mut rest = node.clone();
    if let Value::Map(entries) = &mut rest.value {
        entries.retain(|(key, _)| key.name != name);
    }
    rest
}

/// What judges the options of a member: a handle's are those of the call that takes its name.
pub(super) fn judge(owner: &str, name: &str) -> Option<(String, Judge)> {
    let path = match owner {
        "" => name.to_owned(),
        "Container" if name == "exec" || name == "forward" => name.to_owned(),
        "Container" => format!("docker.{name}"),
        "Network" => format!("docker.network.{name}"),
        "Service" => format!("docker.service.{name}"),
        owner => format!("{owner}.{name}"),
    };
    let (_, judge) = CALLS.iter().find(|(call, _)| *call == path)?;
    Some((path, *judge))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bindings as they are written: each `values::options` names its call.
    const BINDINGS: &str = concat!(
        include_str!("bind/assert.rs"),
        include_str!("bind/copy.rs"),
        include_str!("bind/events.rs"),
        include_str!("bind/exec.rs"),
        include_str!("bind/expect.rs"),
        include_str!("bind/flow.rs"),
        include_str!("bind/host.rs"),
        include_str!("bind/image.rs"),
        include_str!("bind/logs.rs"),
        include_str!("bind/look.rs"),
        include_str!("bind/names.rs"),
        include_str!("bind/network.rs"),
        include_str!("bind/node.rs"),
        include_str!("bind/probe.rs"),
        include_str!("bind/protocols.rs"),
        include_str!("bind/service.rs"),
        include_str!("bind/stats.rs"),
        include_str!("bind/swarm.rs"),
        include_str!("bind/way.rs"),
        include_str!("bind/container/calls.rs"),
        include_str!("bind/container/run.rs"),
    );

    #[test]
    fn every_call_that_reads_options_is_listed_with_its_type() {
        let own = include_str!("options.rs");
        let uses: Vec<&str> = BINDINGS.match_indices("values::options(").map(|(at, _)| &BINDINGS[..at]).collect();
        for (before, after) in uses.iter().zip(BINDINGS.split("values::options(").skip(1)) {
            let call = after.split('"').nth(1).unwrap();
            let line =
                own.lines().find(|line| line.contains(&format!("(\"{call}\","))).unwrap_or_else(|| panic!("{call}"));
            if line.contains(", events)") || line.contains(", retry)") || line.contains(", no_reach)") {
                continue;
            }
            let listed = line.split("faults::<").nth(1).unwrap().trim_end_matches(">),");
            let declared = before.rsplit("let ").next().unwrap();
            let typed = declared.rsplit_once("}: ").or_else(|| declared.split_once(':'));
            let declared = typed.map_or(declared, |(_, kind)| kind);
            let declared = declared.trim().trim_end_matches('=').trim();
            // A pattern such as `PruneSpec { filters }` names its type at its beginning.
            let declared = declared.split(" {").next().unwrap().trim();
            let same = listed == declared || listed.trim_start_matches("Network") == declared;
            assert!(same, "{call} is read as {declared}, and listed as {listed}");
        }
        assert!(uses.len() >= CALLS.len() - 1, "a call is listed that reads no options");
    }
}
