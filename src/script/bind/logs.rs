//! `docker.logs`: what a container wrote.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::container::ContainerHandle;
use super::docker::Docker;
use super::{Entry, World};
use crate::model::logs::LogsSpec;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "logs",
        signature: "(container, options?)",
        doc: "What the container's process wrote, as `stdout` and `stderr`. Options: tail (lines), since (a duration), \
              timestamps.",
        example: "",
    },
    Entry { owner: "Container", name: "logs", signature: "(options?)", doc: "As docker.logs.", example: "" },
];

fn logs(world: &World, name: &Dynamic, options: &Map) -> Answer<Dynamic> {
    let spec: LogsSpec = values::options(options, "docker.logs")?;
    let name = values::subject(name, "container")?;
    let engine = world.engine()?;
    let logs = world.about(&[&name], engine.logs(&name.id, &spec))?;
    let text = |bytes: Vec<u8>| Dynamic::from(String::from_utf8_lossy(&bytes).into_owned());
    let map = Map::from([("stdout".into(), text(logs.stdout)), ("stderr".into(), text(logs.stderr))]);
    Ok(map.into())
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_fn("logs", |docker: &mut Docker, name: Dynamic, options: Map| logs(&docker.0, &name, &options));
    engine.register_fn("logs", |docker: &mut Docker, name: Dynamic| logs(&docker.0, &name, &Map::new()));
    engine.register_fn("logs", |c: &mut ContainerHandle, options: Map| {
        logs(c.world(), &Dynamic::from(c.clone()), &options)
    });
    engine.register_fn("logs", |c: &mut ContainerHandle| logs(c.world(), &Dynamic::from(c.clone()), &Map::new()));
}
