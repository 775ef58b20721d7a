//! `docker.node`: the nodes of a swarm.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, refuse_unknown};
use crate::model::swarm::{LeaveSpec, NodeListSpec, NodeSpec};
use crate::script::fault::Fault;
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// `docker.node`
#[derive(Clone)]
pub(super) struct Nodes(pub(super) Arc<World>);

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker.node",
        name: "list",
        signature: "(options?)",
        doc: "The nodes of the swarm as maps with Docker's keys. Option: filters (id, name, label, node_label, role, \
              membership).",
        example: "",
    },
    Entry {
        owner: "docker.node",
        name: "inspect",
        signature: "(node)",
        doc: "All that the swarm knows of a node, given by id, host name or \"self\".",
        example: "",
    },
    Entry {
        owner: "docker.node",
        name: "update",
        signature: "(node, options)",
        doc: "Changes a node. Options: availability (active, pause, drain), role (worker, manager), labels, label_remove.",
        example: "",
    },
    Entry {
        owner: "docker.node",
        name: "remove",
        signature: "(node, options?)",
        doc: "Takes a node that has left out of the swarm's list. Option: force, for one that has not.",
        example: "",
    },
];

impl Nodes {
    fn list(&mut self, options: Map) -> Answer<Dynamic> {
        let spec: NodeListSpec = values::options(&options, "docker.node.list")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.list_nodes(&spec.filters))?.into()))
    }

    fn inspect(&mut self, node: Dynamic) -> Answer<Dynamic> {
        let node = values::subject(&node, "node")?;
        let engine = self.0.engine()?;
        Ok(from_json(self.0.about(&[&node], engine.inspect_node(&node.id))?))
    }

    fn update(&mut self, node: Dynamic, options: Map) -> Answer<()> {
        let spec: NodeSpec = values::options(&options, "docker.node.update")?;
        spec.check().map_err(Fault::from)?;
        let node = values::subject(&node, "node")?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&node], engine.update_node(&node.id, &spec))?)
    }

    fn remove(&mut self, node: Dynamic, options: Map) -> Answer<()> {
        let LeaveSpec { force } = values::options(&options, "docker.node.remove")?;
        let node = values::subject(&node, "node")?;
        let engine = self.0.engine()?;
        Ok(self.0.about(&[&node], engine.remove_node(&node.id, force))?)
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Nodes>("docker.node");
    engine.register_fn("to_string", |_: &mut Nodes| "docker.node".to_owned());
    engine.register_fn("list", Nodes::list);
    engine.register_fn("list", |nodes: &mut Nodes| nodes.list(Map::new()));
    engine.register_fn("inspect", Nodes::inspect);
    engine.register_fn("update", Nodes::update);
    engine.register_fn("remove", Nodes::remove);
    engine.register_fn("remove", |nodes: &mut Nodes, node| nodes.remove(node, Map::new()));
    refuse_unknown::<Nodes>(engine, "docker.node");
}
