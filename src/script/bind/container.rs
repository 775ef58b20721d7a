//! `docker.run` and the calls on containers, and the handle of a container.

use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::docker::Docker;
use super::{Entry, World, refuse_unknown};
use crate::model::container::{ContainerFilters, ContainerSpec, LogsSpec};
use crate::model::duration::Span;
use crate::script::fault::{Fault, Subject};
use crate::script::values::{self, from_json};
use crate::view::Progress;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// A container that the script started.
#[derive(Clone)]
pub(in crate::script) struct ContainerHandle {
    pub(in crate::script) id: String,
    pub(in crate::script) name: String,
    world: Arc<World>,
}

impl fmt::Display for ContainerHandle {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "run",
        signature: "(image, options?)",
        doc: "Creates and starts a container, detached, and returns its handle. It is attached to all its networks before its \
              process starts; an image that is missing is pulled. Options: name, network, networks, network_alias, ports, \
              allow_ignored_ports, expose, env, command, entrypoint, hostname, labels, links, extra_hosts, dns, dns_search, \
              dns_options, auto_remove, cap_add, cap_drop, volumes, restart, user, working_dir, sysctls, privileged, read_only, \
              init, tty.",
        example: "let c = docker.run(\"$image\", #{name: \"doc-run\", command: [\"sleep\", \"60\"]});\n\
                  print(`${c} has the address ${c.ip()}`);\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "list",
        signature: "(options?)",
        doc: "The containers as maps with Docker's keys. Options: all (stopped ones too), filters (name, label, network, \
              status, id, ancestor, health, publish, expose, exited).",
        example: "for c in docker.list(#{all: true, filters: #{status: \"exited\"}}) { print(c.Names); }",
    },
    Entry {
        owner: "docker",
        name: "inspect",
        signature: "(container)",
        doc: "All that the engine knows of a container.",
        example: "",
    },
    Entry { owner: "docker", name: "start", signature: "(container)", doc: "Starts a stopped container.", example: "" },
    Entry {
        owner: "docker",
        name: "stop",
        signature: "(container, options?)",
        doc: "Stops a container: its stop signal, then SIGKILL after `timeout` (Docker's 10 s unless given).",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "restart",
        signature: "(container, options?)",
        doc: "Stops and starts a container. Option: timeout.",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "remove",
        signature: "(container, options?)",
        doc: "Removes a container, running or not. Options: force (default true), volumes (its anonymous ones too).",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "logs",
        signature: "(container, options?)",
        doc: "What the container's process wrote, as `stdout` and `stderr`. Options: tail (lines), since (a duration), \
              timestamps.",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "port",
        signature: "(container, port)",
        doc: "The bound addresses of a published port, such as [\"127.0.0.1:49153\"]; `port` is 80 or \"80/udp\".",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "wait",
        signature: "(container)",
        doc: "Waits until the container's process ends, and returns its exit code.",
        example: "let c = docker.run(\"$image\", #{name: \"doc-wait\", command: [\"sh\", \"-c\", \"exit 3\"]});\n\
                  print(docker.wait(c));\ndocker.remove(c);",
    },
    Entry { owner: "Container", name: "id", signature: "", doc: "The container's id.", example: "" },
    Entry {
        owner: "Container",
        name: "name",
        signature: "",
        doc: "The container's name; printing the handle prints it.",
        example: "",
    },
    Entry {
        owner: "Container",
        name: "ip",
        signature: "(network?)",
        doc: "The container's address, on a network or on its first one.",
        example: "",
    },
    Entry {
        owner: "Container",
        name: "exec",
        signature: "(command, options?)",
        doc: "As the global exec.",
        example: "",
    },
    Entry { owner: "Container", name: "logs", signature: "(options?)", doc: "As docker.logs.", example: "" },
    Entry { owner: "Container", name: "inspect", signature: "()", doc: "As docker.inspect.", example: "" },
    Entry { owner: "Container", name: "start", signature: "()", doc: "As docker.start.", example: "" },
    Entry { owner: "Container", name: "stop", signature: "(options?)", doc: "As docker.stop.", example: "" },
    Entry { owner: "Container", name: "restart", signature: "(options?)", doc: "As docker.restart.", example: "" },
    Entry { owner: "Container", name: "remove", signature: "(options?)", doc: "As docker.remove.", example: "" },
    Entry { owner: "Container", name: "wait", signature: "()", doc: "As docker.wait.", example: "" },
    Entry {
        owner: "Container",
        name: "port",
        signature: "(port)",
        doc: "The first bound address of a published port.",
        example: "",
    },
];

/// A span of time out of an option map.
fn span(options: &mut Map, name: &str) -> Result<Option<Span>, Fault> {
    let Some(value) = options.remove(name) else { return Ok(None) };
    let node = values::to_node(&value)?;
    crate::config::read::<Span>(&node).map(Some).map_err(|fault| Fault::invalid(format!("`{name}`: {fault}")))
}

fn container(value: &Dynamic) -> Result<Subject, Fault> {
    values::subject(value, "container")
}

impl Docker {
    fn run(&mut self, image: &str, options: Map) -> Answer<ContainerHandle> {
        let spec: ContainerSpec = values::options(&options, "docker.run")?;
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        values::at_home(&options, engine.address())?;
        let progress = Progress::new(&self.0.printer(), &format!("pulling {image}"));
        let started = self.0.wait(engine.run_container(image, &spec, &|pull| super::image::show(&progress, &pull)))?;
        started.warnings.iter().for_each(|warning| self.0.printer().warn(warning));
        Ok(ContainerHandle { id: started.id, name: started.name, world: self.0.clone() })
    }

    fn list(&mut self, mut options: Map) -> Answer<Dynamic> {
        let all = super::switch(&mut options, "all")?;
        let filters: ContainerFilters = super::filters(options, &["all", "filters"], "docker.list")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.list_containers(all, &filters))?.into()))
    }

    fn inspect(&mut self, name: Dynamic) -> Answer<Dynamic> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&name], engine.inspect_container(&name.id))?))
    }

    fn start(&mut self, name: Dynamic) -> Answer<()> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.start_container(&name.id))?)
    }

    fn stop(&mut self, name: Dynamic, mut options: Map) -> Answer<()> {
        let timeout = span(&mut options, "timeout")?.map(|span| span.0);
        super::nothing_else(&options, &["timeout"], "docker.stop")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.stop_container(&name.id, timeout))?)
    }

    fn restart(&mut self, name: Dynamic, mut options: Map) -> Answer<()> {
        let timeout = span(&mut options, "timeout")?.map(|span| span.0);
        super::nothing_else(&options, &["timeout"], "docker.restart")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.restart_container(&name.id, timeout))?)
    }

    fn remove(&mut self, name: Dynamic, mut options: Map) -> Answer<()> {
        let force = !options.contains_key("force") || super::switch(&mut options, "force")?;
        let volumes = super::switch(&mut options, "volumes")?;
        super::nothing_else(&options, &["force", "volumes"], "docker.remove")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.remove_container(&name.id, force, volumes))?)
    }

    fn logs(&mut self, name: Dynamic, options: Map) -> Answer<Dynamic> {
        let spec: LogsSpec = values::options(&options, "docker.logs")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        let logs = self.0.about(&[&name], engine.logs(&name.id, &spec))?;
        let text = |bytes: Vec<u8>| Dynamic::from(String::from_utf8_lossy(&bytes).into_owned());
        let map = Map::from([("stdout".into(), text(logs.stdout)), ("stderr".into(), text(logs.stderr))]);
        Ok(map.into())
    }

    fn port(&mut self, name: Dynamic, port: Dynamic) -> Answer<Vec<Dynamic>> {
        let name = container(&name)?;
        let port = port.to_string();
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.container_port(&name.id, &port))?.into_iter().map(Dynamic::from).collect())
    }

    fn wait(&mut self, name: Dynamic) -> Answer<i64> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.wait_container(&name.id))?)
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_fn("run", Docker::run);
    engine.register_fn("run", |docker: &mut Docker, image: &str| docker.run(image, Map::new()));
    engine.register_fn("list", Docker::list);
    engine.register_fn("list", |docker: &mut Docker| docker.list(Map::new()));
    engine.register_fn("inspect", Docker::inspect);
    engine.register_fn("start", Docker::start);
    engine.register_fn("stop", Docker::stop);
    engine.register_fn("stop", |docker: &mut Docker, name| docker.stop(name, Map::new()));
    engine.register_fn("restart", Docker::restart);
    engine.register_fn("restart", |docker: &mut Docker, name| docker.restart(name, Map::new()));
    engine.register_fn("remove", Docker::remove);
    engine.register_fn("remove", |docker: &mut Docker, name| docker.remove(name, Map::new()));
    engine.register_fn("logs", Docker::logs);
    engine.register_fn("logs", |docker: &mut Docker, name| docker.logs(name, Map::new()));
    engine.register_fn("port", Docker::port);
    engine.register_fn("wait", Docker::wait);
    register_handle(engine);
}

impl ContainerHandle {
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
}

fn register_handle(engine: &mut Engine) {
    type Handle = ContainerHandle;
    engine.register_type_with_name::<Handle>("Container");
    engine.register_fn("to_string", |c: &mut Handle| c.to_string());
    engine.register_fn("to_debug", |c: &mut Handle| format!("container {c}"));
    engine.register_get("id", |c: &mut Handle| c.id.clone());
    engine.register_get("name", |c: &mut Handle| c.name.clone());
    engine.register_fn("ip", |c: &mut Handle| c.ip(None));
    engine.register_fn("ip", |c: &mut Handle, network: Dynamic| c.ip(Some(values::subject(&network, "network")?)));
    engine.register_fn("logs", |c: &mut Handle| with(c, |docker, id| docker.logs(id, Map::new())));
    engine.register_fn("logs", |c: &mut Handle, options: Map| with(c, |docker, id| docker.logs(id, options)));
    engine.register_fn("inspect", |c: &mut Handle| with(c, Docker::inspect));
    engine.register_fn("start", |c: &mut Handle| with(c, Docker::start));
    engine.register_fn("stop", |c: &mut Handle| with(c, |docker, id| docker.stop(id, Map::new())));
    engine.register_fn("stop", |c: &mut Handle, options: Map| with(c, |docker, id| docker.stop(id, options)));
    engine.register_fn("restart", |c: &mut Handle| with(c, |docker, id| docker.restart(id, Map::new())));
    engine.register_fn("restart", |c: &mut Handle, options: Map| with(c, |docker, id| docker.restart(id, options)));
    engine.register_fn("remove", |c: &mut Handle| with(c, |docker, id| docker.remove(id, Map::new())));
    engine.register_fn("remove", |c: &mut Handle, options: Map| with(c, |docker, id| docker.remove(id, options)));
    engine.register_fn("wait", |c: &mut Handle| with(c, Docker::wait));
    engine.register_fn("port", |c: &mut Handle, port: Dynamic| -> Answer<Dynamic> {
        let bound = with(c, |docker, id| docker.port(id, port))?;
        Ok(bound.into_iter().next().unwrap_or(Dynamic::UNIT))
    });
    refuse_unknown::<Handle>(engine, "Container");
}

fn with<T>(handle: &ContainerHandle, call: impl FnOnce(&mut Docker, Dynamic) -> Answer<T>) -> Answer<T> {
    call(&mut Docker(handle.world.clone()), Dynamic::from(handle.clone()))
}
