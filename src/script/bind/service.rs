//! `docker.service`, and the handle of a service.

use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, comparable, refuse_unknown};
use crate::model::service::{self, Patience, ServiceListSpec, ServiceSpec};
use crate::script::fault::{Fault, Subject};
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// `docker.service`
#[derive(Clone)]
pub(super) struct Services(pub(super) Arc<World>);

/// A service that the script created.
#[derive(Clone)]
pub(in crate::script) struct ServiceHandle {
    pub(in crate::script) id: String,
    pub(in crate::script) name: String,
    world: Arc<World>,
}

impl ServiceHandle {
    pub(in crate::script) fn world(&self) -> &World {
        &self.world
    }
}

impl fmt::Display for ServiceHandle {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker.service",
        name: "create",
        signature: "(image, options?)",
        doc: "Creates a service of the swarm, waits until its tasks run, and returns its handle; one whose tasks fail, or do \
              not run within `timeout` (1 minute unless given), is removed again and the error tells what they said. \
              `wait: false` does not wait. Options: name, replicas or mode (\"global\"), networks (swarm networks, with \
              aliases), ports (\"8080:80\", or maps with target, published, protocol and mode \"ingress\" or \"host\"), \
              endpoint_mode (\"vip\", \"dnsrr\"), env, command, entrypoint, user, working_dir, hostname, labels, \
              container_labels, constraints, volumes, restart, restart_delay, restart_max_attempts, stop_timeout, dns, \
              dns_search, dns_options, extra_hosts, sysctls, cap_add, cap_drop, read_only, init, tty.",
        example: "",
    },
    Entry {
        owner: "docker.service",
        name: "list",
        signature: "(options?)",
        doc: "The services as maps with Docker's keys; `ServiceStatus` tells how many tasks run. Option: filters (id, name, \
              label, mode).",
        example: "",
    },
    Entry {
        owner: "docker.service",
        name: "inspect",
        signature: "(service)",
        doc: "All that the swarm knows of a service.",
        example: "",
    },
    Entry {
        owner: "docker.service",
        name: "ps",
        signature: "(service)",
        doc: "The tasks of a service as maps with Docker's keys, those that ended too: `Status.State`, `Status.Err`, …",
        example: "",
    },
    Entry {
        owner: "docker.service",
        name: "scale",
        signature: "(service, replicas, options?)",
        doc: "Changes how many tasks a service has, and waits until they run. Options: wait, timeout.",
        example: "",
    },
    Entry {
        owner: "docker.service",
        name: "remove",
        signature: "(service, options?)",
        doc: "Removes a service, and waits until its tasks are gone: only then can its networks be removed. Options: wait, \
              timeout.",
        example: "",
    },
    Entry { owner: "Service", name: "id", signature: "", doc: "The service's id.", example: "" },
    Entry {
        owner: "Service",
        name: "name",
        signature: "",
        doc: "The service's name; printing the handle prints it.",
        example: "",
    },
    Entry { owner: "Service", name: "inspect", signature: "()", doc: "As docker.service.inspect.", example: "" },
    Entry { owner: "Service", name: "tasks", signature: "()", doc: "As docker.service.ps.", example: "" },
    Entry {
        owner: "Service",
        name: "scale",
        signature: "(replicas, options?)",
        doc: "As docker.service.scale.",
        example: "",
    },
    Entry { owner: "Service", name: "remove", signature: "(options?)", doc: "As docker.service.remove.", example: "" },
];

fn named(value: &Dynamic) -> Result<Subject, Fault> {
    values::subject(value, "service")
}

impl Services {
    fn create(&mut self, image: &str, options: Map) -> Answer<ServiceHandle> {
        let spec: ServiceSpec = values::options(&options, "docker.service.create")?;
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        values::at_home(&options, engine.address())?;
        let made = self.0.wait(engine.create_service(image, &spec))?;
        made.warnings.iter().for_each(|warning| self.0.printer().warn(warning));
        Ok(ServiceHandle { id: made.id, name: made.name, world: self.0.clone() })
    }

    fn list(&mut self, options: Map) -> Answer<Dynamic> {
        let spec: ServiceListSpec = values::options(&options, "docker.service.list")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.list_services(&spec.filters))?.into()))
    }

    fn inspect(&mut self, name: Dynamic) -> Answer<Dynamic> {
        let name = named(&name)?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&name], engine.inspect_service(&name.id))?))
    }

    fn ps(&mut self, name: Dynamic) -> Answer<Dynamic> {
        let name = named(&name)?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&name], engine.service_tasks(&name.id))?.into()))
    }

    fn scale(&mut self, name: Dynamic, replicas: i64, options: Map) -> Answer<()> {
        let patience: Patience = values::options(&options, "docker.service.scale")?;
        patience.check().map_err(Fault::from)?;
        let replicas = service::replicas(replicas).map_err(Fault::from)?;
        let name = named(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.scale_service(&name.id, replicas, &patience))?)
    }

    fn remove(&mut self, name: Dynamic, options: Map) -> Answer<()> {
        let patience: Patience = values::options(&options, "docker.service.remove")?;
        patience.check().map_err(Fault::from)?;
        let name = named(&name)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&name], engine.remove_service(&name.id, &patience))?)
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Services>("docker.service");
    engine.register_fn("to_string", |_: &mut Services| "docker.service".to_owned());
    engine.register_fn("create", Services::create);
    engine.register_fn("create", |api: &mut Services, image: &str| api.create(image, Map::new()));
    engine.register_fn("list", Services::list);
    engine.register_fn("list", |api: &mut Services| api.list(Map::new()));
    engine.register_fn("inspect", Services::inspect);
    engine.register_fn("ps", Services::ps);
    engine.register_fn("scale", Services::scale);
    engine.register_fn("scale", |api: &mut Services, name, replicas| api.scale(name, replicas, Map::new()));
    engine.register_fn("remove", Services::remove);
    engine.register_fn("remove", |api: &mut Services, name| api.remove(name, Map::new()));
    refuse_unknown::<Services>(engine, "docker.service");
    register_handle(engine);
}

fn register_handle(engine: &mut Engine) {
    type Handle = ServiceHandle;
    engine.register_type_with_name::<Handle>("Service");
    engine.register_fn("to_string", |service: &mut Handle| service.to_string());
    engine.register_fn("to_debug", |service: &mut Handle| format!("service {service}"));
    engine.register_get("id", |service: &mut Handle| service.id.clone());
    engine.register_get("name", |service: &mut Handle| service.name.clone());
    engine.register_fn("inspect", |service: &mut Handle| with(service, Services::inspect));
    engine.register_fn("tasks", |service: &mut Handle| with(service, Services::ps));
    engine.register_fn("scale", |service: &mut Handle, replicas: i64| {
        with(service, |api, name| api.scale(name, replicas, Map::new()))
    });
    engine.register_fn("scale", |service: &mut Handle, replicas: i64, options: Map| {
        with(service, |api, name| api.scale(name, replicas, options))
    });
    engine.register_fn("remove", |service: &mut Handle| with(service, |api, name| api.remove(name, Map::new())));
    engine.register_fn("remove", |service: &mut Handle, options: Map| {
        with(service, |api, name| api.remove(name, options))
    });
    comparable::<Handle>(engine, |service| &service.id, |service| &service.name);
    refuse_unknown::<Handle>(engine, "Service");
}

fn with<T>(handle: &ServiceHandle, call: impl FnOnce(&mut Services, Dynamic) -> Answer<T>) -> Answer<T> {
    call(&mut Services(handle.world.clone()), Dynamic::from(handle.clone()))
}
