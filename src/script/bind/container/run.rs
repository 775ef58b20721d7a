//! `docker.run` and `docker.ensure_container`: containers as they are asked for.

use std::sync::Arc;

use rhai::{Engine, EvalAltResult, Map, Module};

use super::handle::ContainerHandle;
use crate::engine::Started;
use crate::model::container::ContainerSpec;
use crate::model::ensure::EnsureSpec;
use crate::script::bind::docker::Docker;
use crate::script::bind::{Entry, World, image};
use crate::script::fault::Fault;
use crate::script::values;
use crate::view::Progress;

type Answer<T> = Result<T, Box<EvalAltResult>>;

pub(in crate::script::bind) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "run",
        signature: "(image, options?)",
        doc: "Creates and starts a container, detached, and returns its handle. It is attached to all its networks before its \
              process starts; an image that is missing is pulled. Without `wait` it is done once the engine has started the \
              process. `wait` makes it wait for more, at most `timeout` (60 s): \"running\" (and not ended 500 ms later), \
              \"healthy\", \"port:80\" or \"port:53/udp\" (something listens there, not on 127.0.0.1 alone), \"log:TEXT\" (a line \
              with that text), or a list of these; when it fails, the last log lines are in the error and the container is \
              removed. Names and networks: name, network, networks, network_alias, ports, publish_all, allow_ignored_ports, \
              expose, hostname, domainname, mac_address, links, extra_hosts, dns, dns_search, dns_options. Process: env, \
              command, entrypoint, user, group_add, working_dir, tty, init, stop_signal, stop_timeout, restart, auto_remove, \
              healthcheck (a command, a map of test, interval, timeout, retries, start_period, start_interval, or false). \
              Limits: memory (\"64m\"), memory_swap, memory_reservation, shm_size, cpus (1.5), cpu_shares, cpuset, pids_limit, \
              ulimits. Files and rights: volumes, tmpfs, devices, read_only, cap_add, cap_drop, privileged, security_opt, \
              sysctls, pid, ipc. And labels, log_driver, log_options.",
        example: "let c = docker.run(\"$image\", #{name: \"doc-run\", command: [\"sleep\", \"60\"], wait: \"running\"});\n\
                  print(`${c} has the address ${c.ip()}`);\nc.remove();",
    },
    Entry {
        owner: "docker",
        name: "ensure_container",
        signature: "(image, options)",
        doc: "Creates the container that `name` says, or compares the one that is there with what is asked for. What is left \
              open is not compared; `false` or an empty list is asked for when it is typed. As asked and running: left \
              alone; as asked and stopped: started; different: an error that lists each difference. `force: true` removes a \
              different one and creates it anew. The options are those of docker.run; the handle's `outcome` tells what was \
              done.",
        example: "let first = docker.ensure_container(\"$image\", #{name: \"doc-ensured\", command: [\"sleep\", \"60\"]});\n\
                  let again = docker.ensure_container(\"$image\", #{name: \"doc-ensured\", command: [\"sleep\", \"60\"]});\n\
                  print(`${first.outcome} ${again.outcome}`);\nagain.remove();",
    },
];

impl Docker {
    fn run(&mut self, image: &str, options: Map) -> Answer<ContainerHandle> {
        let spec: ContainerSpec = values::options(&options, "docker.run")?;
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        values::at_home(&options, engine.address())?;
        let progress = Progress::new(&self.0.printer(), &format!("pulling {image}"));
        let started = self.0.wait(engine.run_container(image, &spec, &|pull| image::show(&progress, &pull)))?;
        Ok(self.handle(started, "created"))
    }

    fn ensure_container(&mut self, image: &str, options: Map) -> Answer<ContainerHandle> {
        let EnsureSpec { asked: spec, force }: EnsureSpec<ContainerSpec> =
            values::options(&options, "docker.ensure_container")?;
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        values::at_home(&options, engine.address())?;
        let progress = Progress::new(&self.0.printer(), &format!("pulling {image}"));
        let show = |pull| image::show(&progress, &pull);
        let ensured = self.0.wait(engine.ensure_container(image, &spec, force, &show))?;
        Ok(self.handle(ensured.container, ensured.outcome))
    }

    fn handle(&self, started: Started, outcome: &'static str) -> ContainerHandle {
        started.warnings.iter().for_each(|warning| self.0.printer().warn(warning));
        ContainerHandle::new(started.id, started.name, outcome, &self.0)
    }
}

pub(in crate::script::bind) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_fn("run", Docker::run);
    engine.register_fn("run", |docker: &mut Docker, image: &str| docker.run(image, Map::new()));
    engine.register_fn("ensure_container", Docker::ensure_container);
}
