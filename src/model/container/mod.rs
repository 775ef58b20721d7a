//! What a container is asked to be, and the options of the calls on a running one. Pure.

mod attachments;
mod calls;
mod condition;
mod devices;
mod exec;
mod fault;
mod health;
mod limits;
mod spec;
mod ulimits;

pub use attachments::{Attachments, NetworkMode};
pub use calls::{ContainerFilters, ContainerPruneSpec, KillSpec, ListSpec, RemoveSpec, StopSpec, TopSpec, WaitForSpec};
pub use condition::{Condition, Conditions};
pub use devices::Device;
pub use exec::{ExecSpec, Input};
pub use fault::SpecFault;
pub use health::{Health, HealthCheck, HealthTest};
pub use limits::{Bytes, Cpus, Swap};
pub use spec::ContainerSpec;
pub(super) use spec::check_resolution;
pub use ulimits::{Ulimit, Ulimits};
