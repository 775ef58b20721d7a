//! `docker.events`: what happens on the engine.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, Map, Module, NativeCallContext};

use super::docker::Docker;
use super::{Entry, World};
use crate::model::events::{EndlessEvents, EventsSpec};
use crate::script::fault::Fault;
use crate::script::flow::Taker;
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    owner: "docker",
    name: "events",
    signature: "(options, function?)",
    doc: "What happens on the engine, as maps with Docker's keys (Type, Action, Actor, time). With a function `|event|` it is \
          called for each, until it answers `false`, `timeout` is over, `before` has passed, or Ctrl-C. Without one the events \
          are returned as a list, and `timeout` or `before` is needed. Options: filters (type, event, container, network, image, \
          volume, label, scope, daemon, plugin, service, node, secret, config), since, before (times as for docker.logs), \
          timeout, and ready: a function without parameters that is called first, and whose events are among those told, \
          unless they are more than the 256 that an engine remembers.",
    example: "let filters = #{type: \"network\", network: \"doc-events\"};\n\
              let act = || { docker.network.create(\"doc-events\"); docker.network.remove(\"doc-events\"); };\n\
              docker.events(#{filters: filters, timeout: \"10s\", ready: act}, |e| {\n\
              \x20   print(e.Action);\n\
              \x20   e.Action != \"destroy\"\n\
              });",
}];

impl From<EndlessEvents> for Fault {
    fn from(fault: EndlessEvents) -> Self {
        Self::invalid(format!("docker.events: {fault}")).hint(fault.hint())
    }
}

/// What the calls have in common: `take` is handed each event.
fn events(
    context: &NativeCallContext,
    docker: &Docker,
    mut options: Map,
    listed: bool,
    mut take: impl FnMut(Dynamic) -> Answer<bool>,
) -> Answer<()> {
    let ready = values::take_function(&mut options, "ready", "docker.events")?;
    let mut spec: EventsSpec = values::options(&options, "docker.events")?;
    if listed {
        spec.ends().map_err(Fault::from)?;
    }
    let world = &docker.0;
    let engine = world.engine()?;
    if let Some(ready) = ready {
        if spec.since.is_none() {
            spec.since = Some(world.wait(engine.now())?);
        }
        let _ = Taker::new(context, ready).call(&[])?;
    }
    let limit = spec.timeout.map(|span| span.0);
    world.each(engine.events(&spec), limit, |fault| fault, |event| take(from_json(event)))
}

fn all(context: &NativeCallContext, docker: &Docker, options: Map) -> Answer<Array> {
    let mut all = Array::new();
    events(context, docker, options, true, |event| {
        all.push(event);
        Ok(true)
    })?;
    Ok(all)
}

fn handed(context: &NativeCallContext, docker: &Docker, options: Map, function: FnPtr) -> Answer<()> {
    let mut taker = Taker::new(context, function);
    events(context, docker, options, false, |event| taker.goes_on(&[event]))
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    type Context<'a> = NativeCallContext<'a>;
    engine.register_fn("events", |context: Context, docker: &mut Docker, options: Map, function: FnPtr| {
        handed(&context, docker, options, function)
    });
    engine.register_fn("events", |context: Context, docker: &mut Docker, function: FnPtr| {
        handed(&context, docker, Map::new(), function)
    });
    engine.register_fn("events", |context: Context, docker: &mut Docker, options: Map| all(&context, docker, options));
    engine.register_fn("events", |context: Context, docker: &mut Docker| all(&context, docker, Map::new()));
}
