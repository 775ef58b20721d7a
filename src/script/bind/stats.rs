//! `docker.stats`: what a container uses.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, Map, Module, NativeCallContext};

use super::container::ContainerHandle;
use super::docker::Docker;
use super::{Entry, World};
use crate::model::stats::{NotFollowed, StatsSpec};
use crate::script::fault::Fault;
use crate::script::flow::Taker;
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "stats",
        signature: "(container, options?, function?)",
        doc: "What a running container uses: Docker's sample, and under `summary` the figures of `docker stats`: cpu_percent \
              (100 is one processor), memory_bytes, memory_limit, memory_percent, rx_bytes, tx_bytes. It takes a second or two, \
              for two samples are compared. With a function `|sample|` it is called about once a second, until it answers \
              `false`, the container ends, the option `timeout` is over, or Ctrl-C.",
        example: "let c = docker.run(\"$image\", #{name: \"doc-stats\", command: [\"sleep\", \"60\"]});\n\
                  print(docker.stats(c).summary.memory_bytes > 0);\nc.remove();",
    },
    Entry {
        owner: "Container",
        name: "stats",
        signature: "(options?, function?)",
        doc: "As docker.stats.",
        example: "",
    },
];

impl From<NotFollowed> for Fault {
    fn from(fault: NotFollowed) -> Self {
        Self::invalid(format!("docker.stats: {fault}")).hint(fault.hint())
    }
}

fn stats(world: &World, name: &Dynamic) -> Answer<Dynamic> {
    let name = values::subject(name, "container")?;
    let engine = world.engine()?;
    Ok(from_json(world.about(&[&name], engine.stats(&name.id))?))
}

fn single(world: &World, name: &Dynamic, options: &Map) -> Answer<Dynamic> {
    let spec: StatsSpec = values::options(options, "docker.stats")?;
    spec.single().map_err(Fault::from)?;
    stats(world, name)
}

fn samples(world: &World, name: &Dynamic, options: &Map, mut taker: Taker) -> Answer<()> {
    let spec: StatsSpec = values::options(options, "docker.stats")?;
    let name = values::subject(name, "container")?;
    let engine = world.engine()?;
    let samples = world.about(&[&name], engine.stats_stream(&name.id))?;
    let limit = spec.timeout.map(|span| span.0);
    world.each(samples, limit, |fault| name.told(fault), |sample| taker.goes_on(&[from_json(sample)]))
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    type Handle = ContainerHandle;
    engine.register_fn("stats", |docker: &mut Docker, name: Dynamic| stats(&docker.0, &name));
    engine.register_fn("stats", |context: NativeCallContext, docker: &mut Docker, name: Dynamic, function: FnPtr| {
        samples(&docker.0, &name, &Map::new(), Taker::new(&context, function))
    });
    engine.register_fn(
        "stats",
        |context: NativeCallContext, docker: &mut Docker, name: Dynamic, options: Map, function: FnPtr| {
            samples(&docker.0, &name, &options, Taker::new(&context, function))
        },
    );
    engine.register_fn("stats", |docker: &mut Docker, name: Dynamic, options: Map| single(&docker.0, &name, &options));
    engine.register_fn("stats", |c: &mut Handle, options: Map| single(c.world(), &Dynamic::from(c.clone()), &options));
    engine.register_fn("stats", |c: &mut Handle| stats(c.world(), &Dynamic::from(c.clone())));
    engine.register_fn("stats", |context: NativeCallContext, c: &mut Handle, function: FnPtr| {
        samples(c.world(), &Dynamic::from(c.clone()), &Map::new(), Taker::new(&context, function))
    });
    engine.register_fn("stats", |context: NativeCallContext, c: &mut Handle, options: Map, function: FnPtr| {
        samples(c.world(), &Dynamic::from(c.clone()), &options, Taker::new(&context, function))
    });
}
