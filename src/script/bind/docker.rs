//! `docker`: the engine that the script talks to, and what it says of itself.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Module};

use super::image::Images;
use super::network::Networks;
use super::node::Nodes;
use super::service::Services;
use super::swarm::Swarm;
use super::{Entry, World, refuse_unknown};
use crate::script::values::from_json;

/// The global `docker`.
#[derive(Clone)]
pub(super) struct Docker(pub(super) Arc<World>);

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker",
        name: "network",
        signature: "",
        doc: "The networks of the engine.",
        example: "print(docker.network.list().len() > 0);",
    },
    Entry { owner: "docker", name: "image", signature: "", doc: "The images of the engine.", example: "" },
    Entry { owner: "docker", name: "swarm", signature: "", doc: "The swarm that the engine is in.", example: "" },
    Entry { owner: "docker", name: "service", signature: "", doc: "The services of the swarm.", example: "" },
    Entry { owner: "docker", name: "node", signature: "", doc: "The nodes of the swarm.", example: "" },
    Entry {
        owner: "docker",
        name: "host",
        signature: "(place)",
        doc: "Another engine: an object that has all that `docker` has. `place` is an address (unix:///path, tcp://host:port, \
              https://host:port, ssh://user@host) or the name of a Docker context. It is connected at once. A handle stays \
              with the engine that it came from, and `exec` and `forward` follow it there.",
        example: "let other = docker.host(docker.address);\nprint(other.version().ApiVersion == docker.version().ApiVersion);",
    },
    Entry {
        owner: "docker",
        name: "address",
        signature: "",
        doc: "Where the engine answers, such as \"unix:///var/run/docker.sock\".",
        example: "print(docker.address.contains(\"://\"));",
    },
    Entry {
        owner: "docker",
        name: "version",
        signature: "()",
        doc: "What the engine says of its version: a map with Docker's keys.",
        example: "print(docker.version().ApiVersion);",
    },
    Entry {
        owner: "docker",
        name: "info",
        signature: "()",
        doc: "What the engine says of itself: a map with Docker's keys.",
        example: "print(docker.info().OSType);",
    },
];

pub(super) fn register(engine: &mut Engine, module: &mut Module, world: &Arc<World>) {
    engine.register_type_with_name::<Docker>("docker");
    engine.register_get("network", |docker: &mut Docker| Networks(docker.0.clone()));
    engine.register_get("image", |docker: &mut Docker| Images(docker.0.clone()));
    engine.register_get("swarm", |docker: &mut Docker| Swarm(docker.0.clone()));
    engine.register_get("service", |docker: &mut Docker| Services(docker.0.clone()));
    engine.register_get("node", |docker: &mut Docker| Nodes(docker.0.clone()));
    engine.register_fn("host", |docker: &mut Docker, place: &str| -> Result<Docker, Box<EvalAltResult>> {
        let other = docker.0.elsewhere(place);
        other.engine()?;
        Ok(Docker(other))
    });
    engine.register_get("address", |docker: &mut Docker| -> Result<String, Box<EvalAltResult>> {
        Ok(docker.0.engine()?.address().to_owned())
    });
    for name in ["to_string", "to_debug"] {
        engine.register_fn(name, |docker: &mut Docker| match docker.0.place() {
            Some(place) => format!("docker ({place})"),
            None => "docker".to_owned(),
        });
    }
    engine.register_fn("version", |docker: &mut Docker| -> Result<Dynamic, Box<EvalAltResult>> {
        let engine = docker.0.engine()?;
        Ok(from_json(docker.0.wait(engine.version())?))
    });
    engine.register_fn("info", |docker: &mut Docker| -> Result<Dynamic, Box<EvalAltResult>> {
        let engine = docker.0.engine()?;
        Ok(from_json(docker.0.wait(engine.info())?))
    });
    refuse_unknown::<Docker>(engine, "docker");
    module.set_var("docker", Docker(world.clone()));
}
