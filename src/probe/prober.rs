//! What everyone who probes holds: the engine that knows the containers, and the agent that works inside them.

use std::sync::Arc;

use super::agent::Agent;
use super::error::Error;
use crate::engine::Engine;
use crate::model::probe::order::{Answer, Inside, Order, Stand};
use crate::model::probe::place::Source;

/// Clones share the agent.
#[derive(Debug, Clone)]
pub struct Prober {
    engine: Engine,
    agent: Arc<Agent>,
}

impl Prober {
    /// Makes nothing yet: the agent is chosen and started by the first order.
    pub fn new(engine: Engine) -> Self {
        Self { engine, agent: Arc::default() }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where the sockets of a source are made.
    pub async fn stand(&self, source: &Source) -> Result<Stand, Error> {
        let Source::Container(name) = source else { return Ok(Stand::Own) };
        let whole = self.engine.inspect_container(name).await?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let pid = whole["State"]["Pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
        if pid == 0 {
            return Err(Error::NotRunning { container: name.clone(), state: text(&whole["State"]["Status"]) });
        }
        let sandbox = text(&whole["NetworkSettings"]["SandboxKey"]);
        Ok(Stand::Inside(Inside { id: text(&whole["Id"]), pid, sandbox }))
    }

    /// Has one order done. Many may be under way at once.
    pub async fn ask(&self, order: Order) -> Answer {
        self.agent.ask(order).await
    }
}
