//! The only folder that speaks to the Docker Engine. Requests are typed, answers are Docker's own JSON.
//!
//! Nothing here prints or blocks; a dropped future leaves nothing half-made behind (see [`settle`]).

mod ability;
mod archive;
mod attached;
mod body;
mod build;
mod cleanup;
mod client;
mod compare;
mod connect;
mod container;
mod context;
mod copy;
mod credentials;
mod errors;
mod events;
mod exec;
mod explain;
mod feed;
mod filters;
mod follow;
mod frames;
mod host;
mod image;
mod image_fault;
mod image_file;
mod inside;
mod logs;
mod network;
mod place;
mod procfs;
mod pull;
mod query;
mod raw;
mod run;
mod ssh;
mod stats;
mod text_file;
mod volumes;

pub use archive::CopyFault;
pub use build::Built;
pub use cleanup::settle;
pub use client::{Engine, Ownership, Target};
pub use compare::Difference;
pub use errors::{Attempt, Error, Owner, Result, Unreachable};
pub use exec::{ExecOutput, Stream};
pub use frames::LogLine;
pub use host::HostFault;
pub use image_fault::ImageFault;
pub use logs::Logs;
pub use network::{Created, Ensured};
pub use pull::Pull;
pub use run::Started;
