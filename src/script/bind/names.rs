//! `resolve`: what a name means inside a container.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::probe::{answer, pair};
use super::source::Start;
use super::{Entry, World};
use crate::model::probe::names::ResolveSpec;
use crate::script::values;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    owner: "",
    name: "resolve",
    signature: "(from, name, options?)",
    doc: "What a name means to applications in a container (or `\"host\"`, this machine): by its hosts file, then by the name \
          servers, search domains and ndots of its resolv.conf, in the order of glibc. An address is looked up backwards. \
          Nothing is run in the container. Returns a map with ok, addresses, address (the first), names (of an address), \
          records (name, type, ttl, value), origin (\"hosts_file\", \"dns\", \"address\"), server, latency_ms, asked, message, \
          hint and cause: name_unknown, dns_silent, dns_failed, no_nameserver, no_route. Options: type (\"A\", \"AAAA\", \"CNAME\", \
          \"MX\", \"NS\", \"PTR\", \"SOA\", \"SRV\", \"TXT\"), server (asked in place of the container's), timeout (for the whole; 5s).",
    example: "docker.network.create(\"doc-names\");\n\
              let web = docker.run(\"$image\", #{name: \"doc-names-web\", network: \"doc-names\"});\n\
              let db = docker.run(\"$image\", #{name: \"doc-names-db\", network: \"doc-names\", network_alias: [\"database\"]});\n\
              let told = resolve(web, \"database\");\nprint(told.message);\n\
              if told.address != db.ip(\"doc-names\") { throw \"another address\"; }\n\
              web.remove();\ndb.remove();\ndocker.network.remove(\"doc-names\");",
}];

type Answer = Result<Dynamic, Box<EvalAltResult>>;

pub(super) fn register(engine: &mut Engine, _module: &mut Module, world: &Arc<World>) {
    pair(engine, world, "resolve", resolve);
}

fn resolve(here: &Arc<World>, from: &Dynamic, name: &Dynamic, options: &Map) -> Answer {
    let start = Start::of(from, here)?;
    let spec: ResolveSpec = values::options(options, "resolve")?;
    let name = values::name(name, "container")?;
    let prober = start.world.prober()?;
    let told = start.world.about(&start.subjects(), prober.resolve(&start.source, &name, &spec))?;
    answer(&told)
}
