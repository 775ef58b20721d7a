//! The options of the calls on containers that exist.

use serde::Deserialize;

use crate::model::duration::Span;
use crate::model::text::Words;

/// The options of `docker.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListSpec {
    /// Stopped ones too.
    pub all: bool,
    /// The newest so many, stopped ones too.
    pub limit: Option<u32>,
    /// With what each takes on the disk, which is slow.
    pub size: bool,
    #[serde(alias = "filter")]
    pub filters: ContainerFilters,
}

/// Docker's filters of `docker.list`: each with one or several values, of which one must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContainerFilters {
    /// Part of the name.
    pub name: Words,
    /// `key` or `key=value`.
    pub label: Words,
    /// Name or id of a network.
    pub network: Words,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    pub status: Words,
    pub id: Words,
    /// Image it was made from, or one below that.
    pub ancestor: Words,
    /// `starting`, `healthy`, `unhealthy` or `none`.
    pub health: Words,
    /// `80` or `80/tcp`, ranges too.
    pub publish: Words,
    pub expose: Words,
    /// Exit code.
    pub exited: Words,
    /// Name of a volume, or where it is mounted.
    pub volume: Words,
    /// Made before this container.
    pub before: Words,
    /// Made after this container.
    pub since: Words,
}

/// The options of `docker.stop` and `docker.restart`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopSpec {
    /// Killed after this; the container's own, usually 10 s, when absent. The engine counts whole seconds.
    pub timeout: Option<Span>,
    /// In place of the container's own stop signal; from API 1.42 on.
    pub signal: Option<String>,
}

/// The options of `docker.kill`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KillSpec {
    /// `SIGHUP`, `HUP` or 1; SIGKILL when absent.
    pub signal: Option<String>,
}

/// The options of `docker.remove`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RemoveSpec {
    /// Also while it runs.
    pub force: bool,
    /// Its anonymous volumes too.
    #[serde(alias = "v")]
    pub volumes: bool,
}

impl Default for RemoveSpec {
    fn default() -> Self {
        Self { force: true, volumes: false }
    }
}

/// The options of `docker.top`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TopSpec {
    /// For the host's `ps`; `-ef` when absent.
    #[serde(alias = "psArgs")]
    pub ps_args: Option<String>,
}

/// The options of `docker.prune`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContainerPruneSpec {
    #[serde(alias = "filter")]
    pub filters: crate::model::network::PruneFilters,
}

/// The options of `docker.wait_for`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WaitForSpec {
    /// 60 s when absent.
    pub timeout: Option<Span>,
}
