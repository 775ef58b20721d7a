//! `docker`: the engine that the script talks to, and what it says of itself.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Module};

use super::image::Images;
use super::network::Networks;
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
    engine.register_fn("to_string", |_: &mut Docker| "docker".to_owned());
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
