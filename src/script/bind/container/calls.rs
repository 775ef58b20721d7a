//! The calls on containers by name, id or handle.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::ContainerHandle;
use crate::model::container::{
    Conditions, ContainerPruneSpec, KillSpec, ListSpec, RemoveSpec, StopSpec, TopSpec, WaitForSpec,
};
use crate::script::bind::docker::Docker;
use crate::script::bind::{Entry, World};
use crate::script::fault::{Fault, Subject};
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(in crate::script::bind) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "list",
        signature: "(options?)",
        doc: "The containers as maps with Docker's keys. Options: all (stopped ones too), limit (the newest so many, stopped ones \
              too), size, filters (name, label, network, status, id, ancestor, health, publish, expose, exited, volume, before, since).",
        example: "for c in docker.list(#{all: true, filters: #{status: \"exited\"}}) { print(c.Names); }",
    },
    Entry {
        owner: "docker",
        name: "container",
        signature: "(container)",
        doc: "The handle of a container that is there, by its name, its id or an entry of docker.list(): \
              `docker.container(docker.list()[0]).stop()`. There is an error when there is none.",
        example: "docker.run(\"$image\", #{name: \"doc-handle\", command: [\"sleep\", \"60\"]});\n\
                  let c = docker.container(\"doc-handle\");\nprint(c.status());\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "inspect",
        signature: "(container)",
        doc: "All that the engine knows of a container.",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "exists",
        signature: "(container)",
        doc: "Whether there is a container of exactly this name or id.",
        example: "print(docker.exists(\"doc-nobody\"));",
    },
    Entry {
        owner: "docker",
        name: "top",
        signature: "(container, options?)",
        doc: "The processes of a container, as maps with the titles of `ps` on the engine's host: UID, PID, …, CMD. Option: \
              ps_args (`-ef` unless given).",
        example: "let c = docker.run(\"$image\", #{name: \"doc-top\", command: [\"sleep\", \"60\"]});\n\
                  for process in docker.top(c) { print(process.CMD); }\nc.remove();",
    },
    Entry { owner: "docker", name: "start", signature: "(container)", doc: "Starts a stopped container.", example: "" },
    Entry {
        owner: "docker",
        name: "stop",
        signature: "(container, options?)",
        doc: "Stops a container: its stop signal, then SIGKILL after `timeout` (its own, or Docker's 10 s, unless given). \
              Options: timeout, signal (engines from API 1.42 on).",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "restart",
        signature: "(container, options?)",
        doc: "Stops and starts a container. Options: timeout, signal.",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "kill",
        signature: "(container, options?)",
        doc: "Sends a signal to the first process of a container: SIGKILL, or `signal`, such as \"HUP\".",
        example: "let c = docker.run(\"$image\", #{name: \"doc-kill\", command: [\"sleep\", \"60\"]});\n\
                  docker.kill(c);\nprint(docker.wait(c));\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "pause",
        signature: "(container)",
        doc: "Freezes all processes of a container.",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "unpause",
        signature: "(container)",
        doc: "Lets a paused container go on.",
        example: "",
    },
    Entry {
        owner: "docker",
        name: "rename",
        signature: "(container, name)",
        doc: "Gives a container another name; it resolves on its networks from then on.",
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
        name: "prune",
        signature: "(options?)",
        doc: "Removes stopped containers, and returns Docker's answer: ContainersDeleted (their ids) and SpaceReclaimed (bytes). \
              Option: filters (label, until).",
        example: "print(docker.prune(#{filters: #{label: \"xnet.project=no-such-project\"}}).ContainersDeleted);",
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
    Entry {
        owner: "docker",
        name: "wait_for",
        signature: "(container, condition, options?)",
        doc: "Waits until a container is \"running\", \"healthy\", listens on \"port:80\", or has written \"log:TEXT\" since it was \
              started, as `wait` of docker.run does; a list waits for all. Throws as soon as that cannot happen any more: \
              kind \"ended\" or \"unhealthy\", and \"timeout\" after `timeout` (60 s). The container is left as it is.",
        example: "let c = docker.run(\"$image\", #{name: \"doc-ready\", command: \"sh -c 'echo ready; sleep 60'\"});\n\
                  docker.wait_for(c, [\"running\", \"log:ready\"], #{timeout: \"30s\"});\nc.remove();",
    },
];

fn container(value: &Dynamic) -> Result<Subject, Fault> {
    values::subject(value, "container")
}

impl Docker {
    fn list(&mut self, options: Map) -> Answer<Dynamic> {
        let spec: ListSpec = values::options(&options, "docker.list")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.list_containers(&spec))?.into()))
    }

    pub(super) fn inspect(&mut self, name: Dynamic) -> Answer<Dynamic> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&name], engine.inspect_container(&name.id))?))
    }

    fn container(&mut self, name: Dynamic) -> Answer<ContainerHandle> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        let found = self.0.about(&[&name], engine.inspect_container(&name.id))?;
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        // The engine writes names as paths.
        let called = text("Name").trim_start_matches('/').to_owned();
        Ok(ContainerHandle::new(text("Id"), called, "found", &self.0))
    }

    pub(super) fn status(&mut self, name: Dynamic) -> Answer<String> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.container_status(&name.id))?)
    }

    fn exists(&mut self, name: Dynamic) -> Answer<bool> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.container_exists(&name.id))?)
    }

    pub(super) fn top(&mut self, name: Dynamic, options: Map) -> Answer<Dynamic> {
        let spec: TopSpec = values::options(&options, "docker.top")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&name], engine.top_container(&name.id, &spec))?.into()))
    }

    pub(super) fn start(&mut self, name: Dynamic) -> Answer<()> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.start_container(&name.id))?)
    }

    pub(super) fn stop(&mut self, name: Dynamic, options: Map) -> Answer<()> {
        let spec: StopSpec = values::options(&options, "docker.stop")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.stop_container(&name.id, &spec))?)
    }

    pub(super) fn restart(&mut self, name: Dynamic, options: Map) -> Answer<()> {
        let spec: StopSpec = values::options(&options, "docker.restart")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.restart_container(&name.id, &spec))?)
    }

    pub(super) fn kill(&mut self, name: Dynamic, options: Map) -> Answer<()> {
        let spec: KillSpec = values::options(&options, "docker.kill")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.kill_container(&name.id, &spec))?)
    }

    pub(super) fn pause(&mut self, name: Dynamic) -> Answer<()> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.pause_container(&name.id))?)
    }

    pub(super) fn unpause(&mut self, name: Dynamic) -> Answer<()> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.unpause_container(&name.id))?)
    }

    pub(super) fn rename(&mut self, name: Dynamic, new: &str) -> Answer<()> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.rename_container(&name.id, new))?)
    }

    pub(super) fn remove(&mut self, name: Dynamic, options: Map) -> Answer<()> {
        let RemoveSpec { force, volumes } = values::options(&options, "docker.remove")?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.remove_container(&name.id, force, volumes))?)
    }

    fn prune(&mut self, options: Map) -> Answer<Dynamic> {
        let spec: ContainerPruneSpec = values::options(&options, "docker.prune")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.prune_containers(&spec))?))
    }

    pub(super) fn port(&mut self, name: Dynamic, port: Dynamic) -> Answer<Vec<Dynamic>> {
        let name = container(&name)?;
        let port = port.to_string();
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.container_port(&name.id, &port))?.into_iter().map(Dynamic::from).collect())
    }

    pub(super) fn wait(&mut self, name: Dynamic) -> Answer<i64> {
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.wait_container(&name.id))?)
    }
    pub(super) fn wait_for(&mut self, name: Dynamic, condition: Dynamic, options: Map) -> Answer<()> {
        let spec: WaitForSpec = values::options(&options, "docker.wait_for")?;
        let conditions: Conditions = crate::config::read(&values::to_node(&condition)?).map_err(Fault::from)?;
        let name = container(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.wait_for(&name.id, &name.name, &conditions.0, spec.timeout))?)
    }
}

pub(in crate::script::bind) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_fn("list", Docker::list);
    engine.register_fn("list", |docker: &mut Docker| docker.list(Map::new()));
    engine.register_fn("container", Docker::container);
    engine.register_fn("inspect", Docker::inspect);
    engine.register_fn("exists", Docker::exists);
    engine.register_fn("start", Docker::start);
    engine.register_fn("pause", Docker::pause);
    engine.register_fn("unpause", Docker::unpause);
    engine.register_fn("rename", Docker::rename);
    engine.register_fn("port", Docker::port);
    engine.register_fn("wait", Docker::wait);
    engine.register_fn("wait_for", Docker::wait_for);
    engine.register_fn("wait_for", |docker: &mut Docker, name, condition| docker.wait_for(name, condition, Map::new()));
    engine.register_fn("prune", Docker::prune);
    engine.register_fn("prune", |docker: &mut Docker| docker.prune(Map::new()));
    both(engine, "top", Docker::top);
    both(engine, "stop", Docker::stop);
    both(engine, "restart", Docker::restart);
    both(engine, "kill", Docker::kill);
    both(engine, "remove", Docker::remove);
}

/// A call with options that may be left out.
fn both<T: rhai::Variant + Clone>(
    engine: &mut Engine,
    name: &str,
    call: impl Fn(&mut Docker, Dynamic, Map) -> Answer<T> + Copy + Send + Sync + 'static,
) {
    engine.register_fn(name, call);
    engine.register_fn(name, move |docker: &mut Docker, subject: Dynamic| call(docker, subject, Map::new()));
}
