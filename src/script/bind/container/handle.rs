//! The handle of a container: the calls of `docker` on the one it stands for.

use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use crate::script::bind::docker::Docker;
use crate::script::bind::{Entry, World, comparable, refuse_unknown};
use crate::script::fault::Subject;
use crate::script::values;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// A container that the script started.
#[derive(Clone)]
pub(in crate::script) struct ContainerHandle {
    pub(in crate::script) id: String,
    pub(in crate::script) name: String,
    outcome: &'static str,
    world: Arc<World>,
}

impl fmt::Display for ContainerHandle {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A call of `docker` as one of the handle's.
const fn as_docker(name: &'static str, signature: &'static str, doc: &'static str) -> Entry {
    Entry { owner: "Container", name, signature, doc, example: "" }
}

pub(in crate::script::bind) const ENTRIES: &[Entry] = &[
    as_docker("id", "", "The container's id."),
    as_docker("name", "", "The container's name; printing the handle prints it."),
    as_docker(
        "outcome",
        "",
        "What docker.run or docker.ensure_container did: \"created\", \"unchanged\", \"started\" or \"recreated\"; \"found\" from docker.container.",
    ),
    as_docker("status", "()", "Docker's word for its state: \"running\", \"exited\", \"paused\", …"),
    as_docker("ip", "(network?)", "The container's address, on a network or on its first one."),
    as_docker("port", "(port)", "The first bound address of a published port."),
    as_docker("exec", "(command, options?)", "As the global exec."),
    as_docker("inspect", "()", "As docker.inspect."),
    as_docker("top", "(options?)", "As docker.top."),
    as_docker("start", "()", "As docker.start."),
    as_docker("stop", "(options?)", "As docker.stop."),
    as_docker("restart", "(options?)", "As docker.restart."),
    as_docker("kill", "(options?)", "As docker.kill."),
    as_docker("pause", "()", "As docker.pause."),
    as_docker("unpause", "()", "As docker.unpause."),
    as_docker("rename", "(name)", "As docker.rename; the handle prints as the new name from then on."),
    as_docker("remove", "(options?)", "As docker.remove."),
    as_docker("wait", "()", "As docker.wait."),
    as_docker("wait_for", "(condition, options?)", "As docker.wait_for."),
];

impl ContainerHandle {
    pub(super) fn new(id: String, name: String, outcome: &'static str, world: &Arc<World>) -> Self {
        Self { id, name, outcome, world: world.clone() }
    }

    pub(in crate::script) fn world(&self) -> &Arc<World> {
        &self.world
    }

    fn ip(&mut self, network: Option<Subject>) -> Answer<String> {
        let engine = self.world.engine()?;
        let own = Subject { id: self.id.clone(), name: self.name.clone(), home: self.world.address() };
        let network = network.as_ref();
        let subjects: Vec<&Subject> = std::iter::once(&own).chain(network).collect();
        let on = network.map(|network| network.id.as_str());
        Ok(self.world.about(&subjects, engine.container_address(&own.id, on))?)
    }

    fn rename(&mut self, name: &str) -> Answer<()> {
        with(self, |docker, id| docker.rename(id, name))?;
        name.clone_into(&mut self.name);
        Ok(())
    }
}

pub(in crate::script::bind) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    type Handle = ContainerHandle;
    engine.register_type_with_name::<Handle>("Container");
    engine.register_fn("to_string", |c: &mut Handle| c.to_string());
    engine.register_fn("to_debug", |c: &mut Handle| format!("container {c}"));
    engine.register_get("id", |c: &mut Handle| c.id.clone());
    engine.register_get("name", |c: &mut Handle| c.name.clone());
    engine.register_get("outcome", |c: &mut Handle| c.outcome.to_owned());
    engine.register_fn("status", |c: &mut Handle| with(c, Docker::status));
    engine.register_fn("ip", |c: &mut Handle| c.ip(None));
    engine.register_fn("ip", |c: &mut Handle, network: Dynamic| c.ip(Some(values::subject(&network, "network")?)));
    engine.register_fn("port", |c: &mut Handle, port: Dynamic| -> Answer<Dynamic> {
        let bound = with(c, |docker, id| docker.port(id, port))?;
        Ok(bound.into_iter().next().unwrap_or(Dynamic::UNIT))
    });
    engine.register_fn("inspect", |c: &mut Handle| with(c, Docker::inspect));
    engine.register_fn("start", |c: &mut Handle| with(c, Docker::start));
    engine.register_fn("pause", |c: &mut Handle| with(c, Docker::pause));
    engine.register_fn("unpause", |c: &mut Handle| with(c, Docker::unpause));
    engine.register_fn("wait", |c: &mut Handle| with(c, Docker::wait));
    engine.register_fn("rename", Handle::rename);
    both(engine, "top", Docker::top);
    both(engine, "stop", Docker::stop);
    both(engine, "restart", Docker::restart);
    both(engine, "kill", Docker::kill);
    both(engine, "remove", Docker::remove);
    engine.register_fn("wait_for", |c: &mut Handle, condition: Dynamic| {
        with(c, |docker, id| docker.wait_for(id, condition, Map::new()))
    });
    engine.register_fn("wait_for", |c: &mut Handle, condition: Dynamic, options: Map| {
        with(c, |docker, id| docker.wait_for(id, condition, options))
    });
    comparable::<Handle>(engine, |c| &c.id, |c| &c.name);
    refuse_unknown::<Handle>(engine, "Container");
}

/// A call with options that may be left out.
fn both<T: rhai::Variant + Clone>(
    engine: &mut Engine,
    name: &str,
    call: impl Fn(&mut Docker, Dynamic, Map) -> Answer<T> + Copy + Send + Sync + 'static,
) {
    engine.register_fn(name, move |c: &mut ContainerHandle| with(c, |docker, id| call(docker, id, Map::new())));
    engine.register_fn(name, move |c: &mut ContainerHandle, options: Map| {
        with(c, |docker, id| call(docker, id, options))
    });
}

fn with<T>(handle: &ContainerHandle, call: impl FnOnce(&mut Docker, Dynamic) -> Answer<T>) -> Answer<T> {
    call(&mut Docker(handle.world.clone()), Dynamic::from(handle.clone()))
}
