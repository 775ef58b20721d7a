//! `listening`, `sockets`, `addresses`, `routes`, `neighbours`: what is there inside a container, or on the host.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};
use serde::Serialize;

use super::source::Start;
use super::{Entry, World};
use crate::model::probe::interface::AddressesSpec;
use crate::model::probe::neighbour::NeighboursSpec;
use crate::model::probe::place::Source;
use crate::model::probe::route::RoutesSpec;
use crate::model::probe::socket::{ListeningSpec, SocketsSpec};
use crate::probe::{self, Prober};
use crate::script::fault::Fault;
use crate::script::values;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "listening",
        signature: "(container, options?)",
        doc: "What listens inside a container (or on `\"host\"`), by the kernel's own list; nothing is run in it. Returns a list of \
              maps in the order of ports: address, port, protocol (\"tcp\" or \"udp\"), dual_stack (one at `::` takes IPv4 too), \
              loopback_only, process and pid (`()` where they cannot be known), container (whose process it is), owner (\"docker \
              dns\", \"docker proxy\"), backlog (how many connections may wait; `()` for UDP), queue (how many do; of UDP the bytes \
              that wait), shared_with (\"host\" or the container whose network it shares: then all that listens there is listed). \
              Option: all (the engine's own DNS inside the container too).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-listening\", command: [\"httpd\", \"-f\", \"-p\", \"80\"], wait: \"port:80\"});\n\
                  for one in listening(web) { print(`${one.protocol} ${one.address}:${one.port} ${one.process}`); }\n\
                  web.remove();",
    },
    Entry {
        owner: "",
        name: "sockets",
        signature: "(container, options?)",
        doc: "The connections of a container (or of `\"host\"`): a list of maps with protocol, state (\"established\", \"syn_sent\", \
              \"close_wait\", …), address, port, peer, peer_port, peer_container (the container with that address, or \"host\"), \
              process, pid, container, receive_queue and send_queue (bytes), rtt_ms, retransmits, sent_bytes, received_bytes. Option: \
              all (what only listens too).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-sockets\", command: [\"httpd\", \"-f\", \"-p\", \"80\"], wait: \"port:80\"});\n\
                  print(sockets(web).len());\nweb.remove();",
    },
    Entry {
        owner: "",
        name: "addresses",
        signature: "(container, options?)",
        doc: "The network interfaces of a container (or of `\"host\"`) with their addresses, v4 and v6: a list of maps with \
              interface, address (`()` for an interface that has none), prefix, scope (\"global\", \"link\", \"host\"), mac, mtu, up, \
              state (\"up\", \"down\", \"no_carrier\"), network (the engine's network that it belongs to). Option: all (the host's ends \
              of the containers' cables too).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-addresses\"});\n\
                  for one in addresses(web) { print(`${one.interface} ${one.address}/${one.prefix} ${one.network}`); }\nweb.remove();",
    },
    Entry {
        owner: "",
        name: "routes",
        signature: "(container, options?)",
        doc: "The routes of a container (or of `\"host\"`), v4 and v6, those first that packets prefer: a list of maps with \
              destination (\"default\" or a subnet), family (\"ipv4\", \"ipv6\"), gateway, interface, network (the engine's network that \
              it leads into), source, metric, table, kind, scope, protocol. Option: all (every table, and the kernel's own entries).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-routes\"});\n\
                  for one in routes(web) { if one.destination == \"default\" { print(`out through ${one.network}`); } }\nweb.remove();",
    },
    Entry {
        owner: "",
        name: "neighbours",
        signature: "(container, options?)",
        doc: "Who a container (or `\"host\"`) knows on its links (ARP, neighbour discovery): a list of maps with address, mac (`()` \
              where nobody has answered), interface, state (\"reachable\", \"stale\", \"failed\", …), network, container (who has the \
              address; \"host\" for a gateway). Option: all (what the kernel makes by itself, of multicast addresses, too).",
        example: "let web = docker.run(\"$image\", #{name: \"doc-neighbours\"});\n\
                  for one in neighbours(web) { print(`${one.address} ${one.state} ${one.container}`); }\nweb.remove();",
    },
];

type Answer = Result<Dynamic, Box<EvalAltResult>>;
type Look = fn(&Arc<World>, &Dynamic, &Map) -> Answer;

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    let looks: [(&str, Look); 5] = [
        ("listening", listening),
        ("sockets", sockets),
        ("addresses", addresses),
        ("routes", routes),
        ("neighbours", neighbours),
    ];
    for (name, look) in looks {
        let (full, short) = (world.clone(), world.clone());
        engine.register_fn(name, move |at: Dynamic, options: Map| look(&full, &at, &options));
        engine.register_fn(name, move |at: Dynamic| look(&short, &at, &Map::new()));
    }
}

fn listening(here: &Arc<World>, at: &Dynamic, options: &Map) -> Answer {
    let spec: ListeningSpec = values::options(options, "listening")?;
    told(here, at, async |prober, at| prober.listening(&at, spec).await)
}

fn sockets(here: &Arc<World>, at: &Dynamic, options: &Map) -> Answer {
    let spec: SocketsSpec = values::options(options, "sockets")?;
    told(here, at, async |prober, at| prober.sockets(&at, spec).await)
}

fn addresses(here: &Arc<World>, at: &Dynamic, options: &Map) -> Answer {
    let spec: AddressesSpec = values::options(options, "addresses")?;
    told(here, at, async |prober, at| prober.interface_addresses(&at, spec).await)
}

fn routes(here: &Arc<World>, at: &Dynamic, options: &Map) -> Answer {
    let spec: RoutesSpec = values::options(options, "routes")?;
    told(here, at, async |prober, at| prober.routes(&at, spec).await)
}

fn neighbours(here: &Arc<World>, at: &Dynamic, options: &Map) -> Answer {
    let spec: NeighboursSpec = values::options(options, "neighbours")?;
    told(here, at, async |prober, at| prober.neighbours(&at, spec).await)
}

fn told<T: Serialize>(
    here: &Arc<World>,
    at: &Dynamic,
    look: impl AsyncFnOnce(Prober, Source) -> Result<T, probe::Error>,
) -> Answer {
    let start = Start::of(at, here)?;
    let prober = start.world.prober()?;
    let found = start.world.about(&start.subjects(), look(prober, start.source.clone()))?;
    let found = serde_json::to_value(found).map_err(|error| Fault::invalid(error.to_string()))?;
    Ok(values::from_json(found))
}
