//! `ping`, `reach`, `wait_for_port`, `matrix`: what can be reached from inside containers.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};
use serde::Serialize;

use super::source::Start;
use super::{Entry, World};
use crate::model::probe::matrix::spec::MatrixSpec;
use crate::model::probe::ping::PingSpec;
use crate::model::probe::place::{Destination, DestinationFault, Source};
use crate::model::probe::reach::ReachSpec;
use crate::model::probe::wait::WaitForPortSpec;
use crate::probe;
use crate::script::fault::Fault;
use crate::script::values;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "reach",
        signature: "(from, to, options?)",
        doc: "Whether `to` answers inside the network of the container `from` (or of \"host\", this machine). `to` is \"db:5432\", \
              \"db:53/udp\", \"db\" (an ICMP echo), an address such as \"10.0.0.2:80\" or \"[fd00::2]:80\", \"host:8080\" (the \
              engine's machine as the container sees it), \"internet\", or a container's handle. A name means what it means to \
              applications there. Nothing is run in a container. Returns a map with ok, reached (anything came back: a refusal does too), cause (reachable, refused, filtered, \
              no_route, name_unknown, no_answer, timed_out, not_running, source_gone, …), latency_ms, address, port, protocol, message, \
              hint, note, tried (every address) and unasked (how many more the name has: 64 are asked). Options: timeout (for each address; 2s, \
              at least 10ms), payload (of a datagram), internet \
              (addresses in place of the known ones, which XNET_INTERNET sets too).",
        example: "docker.network.create(\"doc-reach\");\n\
                  let web = docker.run(\"$image\", #{name: \"doc-reach-web\", network: \"doc-reach\"});\n\
                  let db = docker.run(\"$image\", #{name: \"doc-reach-db\", network: \"doc-reach\", command: [\"httpd\", \"-f\", \"-p\", \"80\"]});\n\
                  wait_for_port(web, `${db}:80`);\n\
                  print(reach(web, `${db}:80`).message);\n\
                  let closed = reach(web, `${db}:81`);\nprint(`${closed.cause}: ${closed.hint}`);\n\
                  if closed.cause != \"refused\" { throw \"not refused\"; }\n\
                  web.remove();\ndb.remove();\ndocker.network.remove(\"doc-reach\");",
    },
    Entry {
        owner: "",
        name: "ping",
        signature: "(from, to, options?)",
        doc: "Sends ICMP echoes from inside the network of `from` to the first address of `to`, as reach takes them but without a \
              port. Returns a map with ok (one came back), cause, address, sent, received, loss (percent), latency_ms (the mean), \
              min_ms, avg_ms, max_ms, times_ms and message. Options: count (3), interval (200ms), size (bytes; 56), timeout (for \
              each; 1s).",
        example: "docker.network.create(\"doc-ping\");\n\
                  let web = docker.run(\"$image\", #{name: \"doc-ping-web\", network: \"doc-ping\"});\n\
                  let db = docker.run(\"$image\", #{name: \"doc-ping-db\", network: \"doc-ping\"});\n\
                  let told = ping(web, db, #{count: 2, interval: \"10ms\"});\nprint(`${told.received} of ${told.sent}`);\n\
                  if !told.ok { throw told.message; }\n\
                  web.remove();\ndb.remove();\ndocker.network.remove(\"doc-ping\");",
    },
    Entry {
        owner: "",
        name: "wait_for_port",
        signature: "(from, to, options?)",
        doc: "Asks as reach does until `to` answers, and returns what reach returns. Throws kind \"timeout\" with the last cause. \
              Options: timeout (for the whole; 30s), every (100ms).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-wait\", command: [\"httpd\", \"-f\", \"-p\", \"80\"]});\n\
                  print(wait_for_port(web, \"127.0.0.1:80\", #{timeout: \"10s\"}).ok);\nweb.remove();",
    },
    Entry {
        owner: "",
        name: "matrix",
        signature: "(options)",
        doc: "Asks all ordered pairs of the chosen containers at every address. Choose by containers (names or handles), label, \
              network or all: true; they add up. Options: port (80, \"53/udp\", or several), proto (icmp, tcp, udp; by default tcp \
              where there are ports, and icmp otherwise), timeout (for each; 1s). What was silent under load is asked again with \
              less of it before it counts. Returns a map with all_ok, ok, failed and total (numbers of cells), containers, \
              without_address, duration_ms, cells (from, to, network, address, protocol, port, ok, reached, cause, latency_ms, message) \
              and failures (those cells that are not ok).",
        example: "docker.network.create(\"doc-matrix\");\n\
                  let all = [];\nfor n in 0..3 { all.push(docker.run(\"$image\", #{name: `doc-matrix-${n}`, network: \"doc-matrix\"})); }\n\
                  let told = matrix(#{containers: all});\nprint(`${told.ok} of ${told.total}`);\n\
                  for cell in told.failures { print(`${cell.from} → ${cell.to}: ${cell.cause}`); }\n\
                  if !told.all_ok { throw \"not all answered\"; }\n\
                  for one in all { one.remove(); }\ndocker.network.remove(\"doc-matrix\");",
    },
];

type Answer = Result<Dynamic, Box<EvalAltResult>>;

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    pair(engine, world, "reach", |world, from, to, options: &Map| {
        let spec: ReachSpec = values::options(options, "reach")?;
        from_to(world, from, to, async |prober, from, to| prober.reach(from, to, &spec).await)
    });
    pair(engine, world, "ping", |world, from, to, options: &Map| {
        let spec: PingSpec = values::options(options, "ping")?;
        from_to(world, from, to, async |prober, from, to| prober.ping(from, to, &spec).await)
    });
    pair(engine, world, "wait_for_port", |world, from, to, options: &Map| {
        let spec: WaitForPortSpec = values::options(options, "wait_for_port")?;
        from_to(world, from, to, async |prober, from, to| prober.wait_for_port(from, to, &spec).await)
    });
    let world = world.clone();
    engine.register_fn("matrix", move |options: Map| matrix(&world, &options));
}

pub(super) type Call = fn(&Arc<World>, &Dynamic, &Dynamic, &Map) -> Answer;

/// A call with a source, a destination and options that may be left out.
pub(super) fn pair(engine: &mut Engine, world: &Arc<World>, name: &str, call: Call) {
    let (full, short) = (world.clone(), world.clone());
    engine.register_fn(name, move |from: Dynamic, to: Dynamic, options: Map| call(&full, &from, &to, &options));
    engine.register_fn(name, move |from: Dynamic, to: Dynamic| call(&short, &from, &to, &Map::new()));
}

pub(super) fn from_to<T: Serialize>(
    here: &Arc<World>,
    from: &Dynamic,
    to: &Dynamic,
    work: impl AsyncFnOnce(&probe::Prober, &Source, &Destination) -> Result<T, probe::Error>,
) -> Answer {
    let start = Start::of(from, here)?;
    let to: Destination = values::name(to, "destination")?
        .parse()
        .map_err(|fault: DestinationFault| Fault::from(probe::Error::from(fault)))?;
    let prober = start.world.prober()?;
    let told = start.world.about(&start.subjects(), work(&prober, &start.source, &to))?;
    answer(&told)
}

fn matrix(world: &Arc<World>, options: &Map) -> Answer {
    let spec: MatrixSpec = values::options(options, "matrix")?;
    let prober = world.prober()?;
    if let Some(here) = world.address() {
        values::at_home(options, &here)?;
    }
    answer(&world.wait(prober.matrix(&spec))?)
}

pub(super) fn answer<T: Serialize>(told: &T) -> Answer {
    let told = serde_json::to_value(told).map_err(|error| Fault::invalid(error.to_string()))?;
    Ok(values::from_json(told))
}
