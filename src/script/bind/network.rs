//! `docker.network`, and the handle of a network.

use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, comparable, refuse_unknown};
use crate::engine::Ensured;
use crate::model::ensure::EnsureSpec;
use crate::model::network::{DisconnectSpec, EndpointSpec, ListSpec, NetworkSpec, PruneSpec};
use crate::script::fault::{Fault, Subject};
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// `docker.network`
#[derive(Clone)]
pub(super) struct Networks(pub(super) Arc<World>);

/// A network that the script created or looked up.
#[derive(Clone)]
pub(in crate::script) struct NetworkHandle {
    pub(in crate::script) id: String,
    pub(in crate::script) name: String,
    /// `created`, `unchanged`, `recreated` or `found`.
    outcome: &'static str,
    world: Arc<World>,
}

impl NetworkHandle {
    pub(in crate::script) fn world(&self) -> &Arc<World> {
        &self.world
    }
}

impl fmt::Display for NetworkHandle {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker.network",
        name: "create",
        signature: "(name, options?)",
        doc: "Creates a user-defined network and returns its handle. Options: driver, ipam, internal, attachable, enable_ipv6, \
              options, labels, scope, ingress, config_only, config_from, encrypted, allow_route_overlap. The address plan is \
              checked first, against the networks and routes that are there too: a subnet that is taken is refused with \
              its owner and a free one. Without `ipam`, where the engine has no subnet left to give, a free one is \
              chosen and said. A network from a template (`config_from`) takes its labels from there.",
        example: "let net = docker.network.create(\"doc-create\", #{ipam: #{subnet: \"10.213.1.0/24\"}, internal: true});\n\
                  print(net.name);\nnet.remove();",
    },
    Entry {
        owner: "docker.network",
        name: "ensure",
        signature: "(name, options?)",
        doc: "Creates the network, or compares it with what was asked: the same is left alone, a difference is an error that \
              lists it. What is left open is not compared, but for driver, internal, attachable, ingress and config_only, \
              which have their defaults. `force: true` recreates a different one to which nothing is attached, stopped \
              containers included.",
        example: "let first = docker.network.ensure(\"doc-ensure\");\nlet again = docker.network.ensure(\"doc-ensure\");\n\
                  print(`${first.outcome} ${again.outcome}`);\nagain.remove();",
    },
    Entry {
        owner: "docker.network",
        name: "remove",
        signature: "(network)",
        doc: "Removes a network; one with containers attached, stopped ones too, is refused, naming them.",
        example: "docker.network.create(\"doc-remove\");\ndocker.network.remove(\"doc-remove\");",
    },
    Entry {
        owner: "docker.network",
        name: "connect",
        signature: "(network, container, options?)",
        doc: "Attaches a container. Options: aliases, ipv4_address, ipv6_address, link_local_ips, links, mac_address, \
              driver_opts, gw_priority. Already attached is an error of kind \"conflict\". A fixed address is checked \
              first. Links are names here; they open nothing on a network without icc.",
        example: "let net = docker.network.create(\"doc-connect\");\n\
                  let c = docker.run(\"$image\", #{name: \"doc-peer\", command: [\"sleep\", \"60\"]});\n\
                  docker.network.connect(net, c, #{aliases: [\"api\"]});\nprint(c.ip(net));\n\
                  docker.network.disconnect(net, c);\nc.remove();\nnet.remove();",
    },
    Entry {
        owner: "docker.network",
        name: "ensure_connected",
        signature: "(network, container, options?)",
        doc: "Attaches a container unless it is attached already; true when it was attached now.",
        example: "",
    },
    Entry {
        owner: "docker.network",
        name: "disconnect",
        signature: "(network, container, options?)",
        doc: "Detaches a container. Option: force, also for an endpoint whose container is gone.",
        example: "",
    },
    Entry {
        owner: "docker.network",
        name: "list",
        signature: "(options?)",
        doc: "The networks as maps with Docker's keys, `Containers` filled in. Option: filters (driver, type, label, name, \
              scope, id, dangling).",
        example: "for net in docker.network.list(#{filters: #{type: \"builtin\"}}) { print(net.Name); }",
    },
    Entry {
        owner: "docker.network",
        name: "inspect",
        signature: "(network)",
        doc: "All that the engine knows of a network.",
        example: "print(docker.network.inspect(\"bridge\").Driver);",
    },
    Entry {
        owner: "docker.network",
        name: "get",
        signature: "(network)",
        doc: "The handle of a network that is there, by its name, its id or an entry of docker.network.list(). There is an \
              error when there is none.",
        example: "print(docker.network.get(\"bridge\").name == \"bridge\");",
    },
    Entry {
        owner: "docker.network",
        name: "exists",
        signature: "(network)",
        doc: "Whether there is a network of exactly this name or id.",
        example: "print(docker.network.exists(\"bridge\"));",
    },
    Entry {
        owner: "docker.network",
        name: "prune",
        signature: "(options?)",
        doc: "Removes networks that no running container uses and returns their names. Option: filters (label, until).",
        example: "docker.network.prune(#{filters: #{label: \"xnet.project=no-such-project\"}});",
    },
    Entry { owner: "Network", name: "id", signature: "", doc: "The network's id.", example: "" },
    Entry {
        owner: "Network",
        name: "name",
        signature: "",
        doc: "The network's name; printing the handle prints it.",
        example: "",
    },
    Entry {
        owner: "Network",
        name: "outcome",
        signature: "",
        doc: "What `create` or `ensure` did: \"created\", \"unchanged\" or \"recreated\"; \"found\" from `get`.",
        example: "",
    },
    Entry { owner: "Network", name: "inspect", signature: "()", doc: "As docker.network.inspect.", example: "" },
    Entry { owner: "Network", name: "remove", signature: "()", doc: "As docker.network.remove.", example: "" },
    Entry {
        owner: "Network",
        name: "connect",
        signature: "(container, options?)",
        doc: "As docker.network.connect.",
        example: "",
    },
    Entry {
        owner: "Network",
        name: "disconnect",
        signature: "(container, options?)",
        doc: "As docker.network.disconnect.",
        example: "",
    },
];

impl Networks {
    fn network(network: &Dynamic) -> Result<Subject, Fault> {
        values::subject(network, "network")
    }

    fn create(&mut self, name: &str, options: Map) -> Answer<NetworkHandle> {
        let spec: NetworkSpec = values::options(&options, "docker.network.create")?;
        // Before the engine is even looked for: a bad plan is wrong everywhere.
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        let created = self.0.wait(engine.create_network(name, &spec))?;
        self.warn(&created.warnings);
        Ok(self.handle(created.id, name, "created"))
    }

    fn ensure(&mut self, name: &str, options: Map) -> Answer<NetworkHandle> {
        let EnsureSpec { asked: spec, force }: EnsureSpec<NetworkSpec> =
            values::options(&options, "docker.network.ensure")?;
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        let (id, outcome) = match self.0.wait(engine.ensure_network(name, &spec, force))? {
            Ensured::Created(created) => {
                self.warn(&created.warnings);
                (created.id, "created")
            }
            Ensured::Recreated(created) => {
                self.warn(&created.warnings);
                (created.id, "recreated")
            }
            Ensured::Unchanged { id } => (id, "unchanged"),
        };
        Ok(self.handle(id, name, outcome))
    }

    fn warn(&self, warnings: &[String]) {
        warnings.iter().for_each(|warning| self.0.printer().warn(warning));
    }

    fn handle(&self, id: String, name: &str, outcome: &'static str) -> NetworkHandle {
        NetworkHandle { id, name: name.to_owned(), outcome, world: self.0.clone() }
    }

    fn remove(&mut self, network: Dynamic) -> Answer<()> {
        let network = Self::network(&network)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&network], engine.remove_network(&network.id))?)
    }

    fn connect(&mut self, network: Dynamic, container: Dynamic, options: Map) -> Answer<()> {
        let endpoint: EndpointSpec = values::options(&options, "docker.network.connect")?;
        let (network, container) = (Self::network(&network)?, values::subject(&container, "container")?);
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&network, &container], engine.connect_network(&network.id, &container.id, &endpoint))?)
    }

    fn ensure_connected(&mut self, network: Dynamic, container: Dynamic, options: Map) -> Answer<bool> {
        let endpoint: EndpointSpec = values::options(&options, "docker.network.ensure_connected")?;
        let (network, container) = (Self::network(&network)?, values::subject(&container, "container")?);
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&network, &container], engine.ensure_connected(&network.id, &container.id, &endpoint))?)
    }

    fn disconnect(&mut self, network: Dynamic, container: Dynamic, options: Map) -> Answer<()> {
        let spec: DisconnectSpec = values::options(&options, "docker.network.disconnect")?;
        let (network, container) = (Self::network(&network)?, values::subject(&container, "container")?);
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&network, &container], engine.disconnect_network(&network.id, &container.id, spec))?)
    }

    fn list(&mut self, options: Map) -> Answer<Dynamic> {
        let ListSpec { filters } = values::options(&options, "docker.network.list")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.list_networks(&filters))?.into()))
    }

    fn inspect(&mut self, network: Dynamic) -> Answer<Dynamic> {
        let network = Self::network(&network)?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&network], engine.inspect_network(&network.id))?))
    }

    fn get(&mut self, network: Dynamic) -> Answer<NetworkHandle> {
        let network = Self::network(&network)?;
        let engine = self.0.engine()?;
        let found = self.0.about(&[&network], engine.inspect_network(&network.id))?;
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        Ok(self.handle(text("Id"), &text("Name"), "found"))
    }

    fn exists(&mut self, network: Dynamic) -> Answer<bool> {
        let network = Self::network(&network)?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&network], engine.network_exists(&network.id))?)
    }

    fn prune(&mut self, options: Map) -> Answer<Dynamic> {
        let PruneSpec { filters } = values::options(&options, "docker.network.prune")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.prune_networks(&filters))?.into()))
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Networks>("docker.network");
    engine.register_fn("to_string", |_: &mut Networks| "docker.network".to_owned());
    engine.register_fn("create", Networks::create);
    engine.register_fn("create", |api: &mut Networks, name: &str| api.create(name, Map::new()));
    engine.register_fn("ensure", Networks::ensure);
    engine.register_fn("ensure", |api: &mut Networks, name: &str| api.ensure(name, Map::new()));
    engine.register_fn("remove", Networks::remove);
    engine.register_fn("connect", Networks::connect);
    engine.register_fn("connect", |api: &mut Networks, network, container| api.connect(network, container, Map::new()));
    engine.register_fn("ensure_connected", Networks::ensure_connected);
    engine.register_fn("ensure_connected", |api: &mut Networks, network, container| {
        api.ensure_connected(network, container, Map::new())
    });
    engine.register_fn("disconnect", Networks::disconnect);
    engine.register_fn("disconnect", |api: &mut Networks, network, container| {
        api.disconnect(network, container, Map::new())
    });
    engine.register_fn("list", Networks::list);
    engine.register_fn("list", |api: &mut Networks| api.list(Map::new()));
    engine.register_fn("inspect", Networks::inspect);
    engine.register_fn("get", Networks::get);
    engine.register_fn("exists", Networks::exists);
    engine.register_fn("prune", Networks::prune);
    engine.register_fn("prune", |api: &mut Networks| api.prune(Map::new()));
    refuse_unknown::<Networks>(engine, "docker.network");
    register_handle(engine);
}

fn register_handle(engine: &mut Engine) {
    let api = |net: &NetworkHandle| Networks(net.world.clone());
    engine.register_type_with_name::<NetworkHandle>("Network");
    engine.register_fn("to_string", |net: &mut NetworkHandle| net.to_string());
    engine.register_fn("to_debug", |net: &mut NetworkHandle| format!("network {net}"));
    engine.register_get("id", |net: &mut NetworkHandle| net.id.clone());
    engine.register_get("name", |net: &mut NetworkHandle| net.name.clone());
    engine.register_get("outcome", |net: &mut NetworkHandle| net.outcome);
    engine.register_fn("inspect", move |net: &mut NetworkHandle| api(net).inspect(Dynamic::from(net.clone())));
    engine.register_fn("remove", move |net: &mut NetworkHandle| api(net).remove(Dynamic::from(net.clone())));
    engine.register_fn("connect", move |net: &mut NetworkHandle, container: Dynamic| {
        api(net).connect(Dynamic::from(net.clone()), container, Map::new())
    });
    engine.register_fn("connect", move |net: &mut NetworkHandle, container: Dynamic, options: Map| {
        api(net).connect(Dynamic::from(net.clone()), container, options)
    });
    engine.register_fn("disconnect", move |net: &mut NetworkHandle, container: Dynamic| {
        api(net).disconnect(Dynamic::from(net.clone()), container, Map::new())
    });
    engine.register_fn("disconnect", move |net: &mut NetworkHandle, container: Dynamic, options: Map| {
        api(net).disconnect(Dynamic::from(net.clone()), container, options)
    });
    comparable::<NetworkHandle>(engine, |net| &net.id, |net| &net.name);
    refuse_unknown::<NetworkHandle>(engine, "Network");
}
