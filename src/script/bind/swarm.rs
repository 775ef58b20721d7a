//! `docker.swarm`: begin a swarm, join one, leave it.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, Map, Module};

use super::{Entry, World, refuse_unknown};
use crate::model::swarm::{JoinSpec, LeaveSpec, SwarmSpec};
use crate::model::text::Words;
use crate::script::fault::Fault;
use crate::script::values::{self, from_json};

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// `docker.swarm`
#[derive(Clone)]
pub(super) struct Swarm(pub(super) Arc<World>);

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        owner: "docker.swarm",
        name: "init",
        signature: "(options?)",
        doc: "Begins a swarm with this engine as its manager, and returns the node's id. Options: advertise_addr (an address or \
              an interface, needed where there are several), listen_addr, data_path_addr, data_path_port, default_addr_pool \
              (subnets for overlay networks), subnet_size, availability, labels, force_new_cluster.",
        example: "",
    },
    Entry {
        owner: "docker.swarm",
        name: "join",
        signature: "(manager, options)",
        doc: "Joins the swarm of a manager, \"HOST:2377\", or of the first that answers of a list of them. Options: token (one \
              of docker.swarm.info().JoinTokens), advertise_addr, listen_addr, data_path_addr, availability, remote_addrs (in \
              place of the first argument). A join that fails is taken back.",
        example: "",
    },
    Entry {
        owner: "docker.swarm",
        name: "leave",
        signature: "(options?)",
        doc: "Leaves the swarm. Option: force, without which no manager leaves.",
        example: "",
    },
    Entry {
        owner: "docker.swarm",
        name: "info",
        signature: "()",
        doc: "A map with active, state, node_id, address, manager (whether it is one) and managers; from a manager also all \
              that Docker tells of the swarm, such as JoinTokens.Worker. In no swarm, active is false.",
        example: "print(docker.swarm.info().active);",
    },
];

impl Swarm {
    fn init(&mut self, options: Map) -> Answer<String> {
        let spec: SwarmSpec = values::options(&options, "docker.swarm.init")?;
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.init_swarm(&spec))?)
    }

    fn join(&mut self, options: Map) -> Answer<()> {
        let spec: JoinSpec = values::options(&options, "docker.swarm.join")?;
        self.join_as(&spec)
    }

    fn join_at(&mut self, managers: Dynamic, options: Map) -> Answer<()> {
        let spec: JoinSpec = values::options(&options, "docker.swarm.join")?;
        let managers: Words = crate::config::read(&values::to_node(&managers)?).map_err(Fault::from)?;
        self.join_as(&spec.at(managers).map_err(Fault::from)?)
    }

    fn join_as(&mut self, spec: &JoinSpec) -> Answer<()> {
        spec.check().map_err(Fault::from)?;
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.join_swarm(spec))?)
    }

    fn leave(&mut self, options: Map) -> Answer<()> {
        let LeaveSpec { force } = values::options(&options, "docker.swarm.leave")?;
        let engine = self.0.engine()?;
        Ok(self.0.wait(engine.leave_swarm(force))?)
    }

    fn info(&mut self) -> Answer<Dynamic> {
        let engine = self.0.engine()?;
        Ok(from_json(self.0.wait(engine.swarm())?))
    }
}

pub(super) fn register(engine: &mut Engine, _module: &mut Module, _world: &Arc<World>) {
    engine.register_type_with_name::<Swarm>("docker.swarm");
    engine.register_fn("to_string", |_: &mut Swarm| "docker.swarm".to_owned());
    engine.register_fn("init", Swarm::init);
    engine.register_fn("init", |swarm: &mut Swarm| swarm.init(Map::new()));
    engine.register_fn("join", Swarm::join);
    engine.register_fn("join", Swarm::join_at);
    engine.register_fn("leave", Swarm::leave);
    engine.register_fn("leave", |swarm: &mut Swarm| swarm.leave(Map::new()));
    engine.register_fn("info", Swarm::info);
    refuse_unknown::<Swarm>(engine, "docker.swarm");
}
