//! Which events of the engine are asked for: the options of `docker.events`.

use serde::Deserialize;

use super::duration::Span;
use super::moment::Moment;
use super::text::Words;

/// The options of `docker.events`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventsSpec {
    pub filters: EventFilters,
    /// Begins with what happened from then on; the engine keeps its last 256 events.
    pub since: Option<Moment>,
    /// Ends there. `until` is a word of the script language, and needs quotes there.
    #[serde(alias = "before")]
    pub until: Option<Moment>,
    /// Ends after this long.
    pub timeout: Option<Span>,
}

/// Docker's filters of events: each with one or several values, of which one must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventFilters {
    /// `container`, `network`, `image`, `volume`, `daemon`, `plugin`, `service`, `node`, `secret` or `config`.
    #[serde(rename = "type")]
    pub kind: Words,
    /// `start`, `die`, `connect`, `create`, …
    #[serde(alias = "action")]
    pub event: Words,
    /// Name or id, as with all that follow but `label` and `scope`.
    pub container: Words,
    pub network: Words,
    pub image: Words,
    pub volume: Words,
    pub daemon: Words,
    pub plugin: Words,
    pub service: Words,
    pub node: Words,
    pub secret: Words,
    pub config: Words,
    /// `key` or `key=value`.
    pub label: Words,
    /// `local` or `swarm`.
    pub scope: Words,
}

/// A list of events must have an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("without a function that takes the events, `timeout` or `before` must say when to stop")]
pub struct EndlessEvents;

impl EndlessEvents {
    pub fn hint(self) -> String {
        "docker.events(#{timeout: \"10s\"}), or docker.events(#{}, |e| print(e.Action))".into()
    }
}

impl EventsSpec {
    /// What can be asked for as a list.
    pub fn ends(&self) -> Result<(), EndlessEvents> {
        if self.timeout.is_none() && self.until.is_none() { Err(EndlessEvents) } else { Ok(()) }
    }
}
