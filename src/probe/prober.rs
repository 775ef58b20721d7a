//! What everyone who probes holds: the engine that knows the containers, and the agents that work inside them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::agents::Agents;
use super::dialled::Dialled;
use super::error::Error;
use super::settings::Settings;
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
    /// Makes nothing yet: an agent is chosen, and started where need be, for the first place to probe from.
    pub fn with(engine: Engine, settings: Settings) -> Self {
        Self { agents: Arc::new(Agents::new(engine.clone(), settings)), engine }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where the sockets of a source are made. Somebody is there who can make them.
    pub async fn stand(&self, source: &Source) -> Result<Stand, Error> {
        Ok(self.located(source).await?.0)
    }

    /// The same, with what the engine says of the container; null for the host.
    pub(super) async fn located(&self, source: &Source) -> Result<(Stand, Value), Error> {
        let Source::Container(name) = source else {
            self.agents.choose(&Stand::Own, "host").await?;
            return Ok((Stand::Own, Value::Null));
        };
        let whole = self.engine.inspect_container(name).await?;
        let Some(inside) = inside(&whole) else {
            let state = text(&whole["State"]["Status"]);
            return Err(Error::NotRunning { container: name.clone(), state });
        };
        let sandbox = self.sandbox(&whole, &inside).await?;
        let stand = Stand::Inside(Inside { sandbox, ..inside });
        self.agents.choose(&stand, name).await?;
        Ok((stand, whole))
    }

    /// The engine's file: that of the container whose network is shared, where it is not its own.
    async fn sandbox(&self, whole: &Value, inside: &Inside) -> Result<String, Error> {
        let mode = whole["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
        match mode.strip_prefix("container:") {
            Some(owner) if inside.sandbox.is_empty() => {
                Ok(text(&self.engine.inspect_container(owner).await?["NetworkSettings"]["SandboxKey"]))
            }
            _ => Ok(inside.sandbox.clone()),
        }
    }

    /// Has one order done. Many may be under way at once.
    pub async fn ask(&self, order: Order) -> Answer {
        self.agents.ask(order).await
    }

    /// The same, if that takes no agent that is not there yet: for what is worth no container of its own.
    pub(super) async fn ask_if_at_hand(&self, order: Order) -> Option<Answer> {
        self.agents.ask_if_at_hand(order).await
    }

    /// A TCP connection that is made there and kept: its bytes come and go through whoever made it.
    pub async fn dial(&self, from: &Stand, to: SocketAddr, within: Duration) -> Result<Dialled, Miss> {
        self.agents.dial(from, to, within).await
    }
}

/// The network namespace of a container, from what the engine says of it; `None` when it does not run.
pub(super) fn inside(whole: &Value) -> Option<Inside> {
    let pid = whole["State"]["Pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0)?;
    Some(Inside { id: text(&whole["Id"]), pid, sandbox: text(&whole["NetworkSettings"]["SandboxKey"]) })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
