//! The only folder that speaks to the Docker Engine. Requests are typed, answers are Docker's own JSON.
//!
//! Nothing here prints or blocks; a dropped future leaves nothing half-made behind (see [`settle`]).

mod ability;
mod attached;
mod body;
mod cleanup;
mod client;
mod compare;
mod connect;
mod container;
mod context;
mod errors;
mod exec;
mod explain;
mod filters;
mod host;
mod image;
mod logs;
mod network;
mod node;
mod place;
mod procfs;
mod raw;
mod run;
mod service;
mod ssh;
mod swarm;
mod volumes;

pub use cleanup::settle;
pub use client::{Engine, Ownership, Target};
pub use compare::Difference;
pub use errors::{Attempt, Error, Owner, Result, Unreachable};
pub use exec::{ExecOutput, Stream};
pub use host::HostFault;
pub use image::Pull;
pub use logs::Logs;
pub use network::{Created, Ensured};
pub use run::Started;
pub use service::Service;
