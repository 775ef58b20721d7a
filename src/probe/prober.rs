//! What everyone who probes holds: the engine that knows the containers, and the agents that work inside them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::agents::{Agents, Settings};
use super::dialled::Dialled;
use super::error::Error;
use crate::engine::Engine;
use crate::model::probe::order::{Answer, Inside, Order, Stand};
use crate::model::probe::place::Source;
use crate::model::probe::verdict::Miss;

/// Clones share the agents.
#[derive(Debug, Clone)]
pub struct Prober {
    engine: Engine,
    agents: Arc<Agents>,
}

impl Prober {
    /// Takes the first way that works, and tells nobody which.
    pub fn new(engine: Engine) -> Self {
        Self::with(engine, Settings::default())
    }

    /// Makes nothing yet: an agent is chosen, and started where need be, for the first place to probe from.
    pub fn with(engine: Engine, settings: Settings) -> Self {
        Self { agents: Arc::new(Agents::new(engine.clone(), settings)), engine }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where the sockets of a source are made. Somebody is there who can make them.
    pub async fn stand(&self, source: &Source) -> Result<Stand, Error> {
        let stand = match source {
            Source::Host => Stand::Own,
            Source::Container(name) => Stand::Inside(self.inside(name).await?),
        };
        self.agents.choose(&stand, &source.to_string()).await?;
        Ok(stand)
    }

    async fn inside(&self, name: &str) -> Result<Inside, Error> {
        let whole = self.engine.inspect_container(name).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pid = whole["State"]["Pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
        if pid == 0 {
            return Err(Error::NotRunning { container: name.to_owned(), state: text(&whole["State"]["Status"]) });
        }
        let mut sandbox = text(&whole["NetworkSettings"]["SandboxKey"]);
        // One that shares another's namespace has no file of its own.
        if sandbox.is_empty()
            && let Some(owner) =
                whole["HostConfig"]["NetworkMode"].as_str().and_then(|mode| mode.strip_prefix("container:"))
        {
            let owner = self.engine.inspect_container(owner).await?;
            sandbox = text(&owner["NetworkSettings"]["SandboxKey"]);
        }
        Ok(Inside { id: text(&whole["Id"]), pid, sandbox })
    }

    /// Has one order done. Many may be under way at once.
    pub async fn ask(&self, order: Order) -> Answer {
        self.agents.ask(order).await
    }

    /// A TCP connection that is made there and kept: its bytes come and go through whoever made it.
    pub async fn dial(&self, from: &Stand, to: SocketAddr, within: Duration) -> Result<Dialled, Miss> {
        self.agents.dial(from, to, within).await
    }
}
