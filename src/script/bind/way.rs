//! `traceroute` and `path_mtu`: the way that packets take from a container.

use std::sync::Arc;

use rhai::{Engine, Module};

use super::probe::{from_to, pair};
use super::{Entry, World};
use crate::model::probe::path::{PathMtuSpec, TraceSpec};
use crate::script::values;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "",
        name: "traceroute",
        signature: "(from, to, options?)",
        doc: "Whom packets pass on their way from a container (or `\"host\"`) to a container, alias or address: by an ICMP echo \
              for \"db\", a TCP handshake for \"db:80\", a datagram for \"db:53/udp\". Nothing is needed in the image. Returns a map \
              with ok (the destination answered), hops (each with hop, address, name of the container or network's gateway, \
              network, latency_ms; an address of () did not answer), address, message, hint and cause. It ends after four \
              hops in a row that do not answer. Options: max_hops (30), wait (for the answer of one hop; 1s).",
        example: "docker.network.create(\"doc-trace\");\n\
                  let a = docker.run(\"$image\", #{name: \"doc-trace-a\", network: \"doc-trace\"});\n\
                  let b = docker.run(\"$image\", #{name: \"doc-trace-b\", network: \"doc-trace\"});\n\
                  for hop in traceroute(a, b).hops { print(`${hop.hop} ${hop.name}`); }\n\
                  a.remove();\nb.remove();\ndocker.network.remove(\"doc-trace\");",
    },
    Entry {
        owner: "",
        name: "path_mtu",
        signature: "(from, to, options?)",
        doc: "The largest packet, in bytes with its IP header, that gets from a container (or `\"host\"`) to a container, alias or \
              address whole. Where a router on the way drops larger ones without saying so, it is found out by trying. \
              Returns a map with ok, mtu, link_mtu (of the source's interface), by (the router that said so), black_hole, \
              address, message, hint and cause. The destination must answer ICMP echoes. Option: timeout (15s).",
        example: "docker.network.create(\"doc-mtu\", #{options: #{\"com.docker.network.driver.mtu\": \"1400\"}});\n\
                  let a = docker.run(\"$image\", #{name: \"doc-mtu-a\", network: \"doc-mtu\"});\n\
                  let b = docker.run(\"$image\", #{name: \"doc-mtu-b\", network: \"doc-mtu\"});\n\
                  print(path_mtu(a, b).mtu);\n\
                  a.remove();\nb.remove();\ndocker.network.remove(\"doc-mtu\");",
    },
];

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    pair(engine, world, "traceroute", |world, from, to, options| {
        let spec: TraceSpec = values::options(options, "traceroute")?;
        from_to(world, from, to, async |prober, from, to| prober.traceroute(from, to, &spec).await)
    });
    pair(engine, world, "path_mtu", |world, from, to, options| {
        let spec: PathMtuSpec = values::options(options, "path_mtu")?;
        from_to(world, from, to, async |prober, from, to| prober.path_mtu(from, to, &spec).await)
    });
}
