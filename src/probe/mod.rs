//! Probes: an agent that works inside network namespaces, who is asked for what, and what the answers mean.

mod agent;
mod agents;
mod aim;
mod certificate;
mod client;
mod connection;
mod dialled;
mod elf;
mod error;
mod executable;
mod far;
mod handshake;
mod http;
mod input;
mod look;
mod matrix;
mod names;
mod ping;
mod prober;
mod probers;
mod reach;
mod resolve;
mod serve;
mod settings;
mod tls;
mod trust;
mod way;
mod wire;

pub use dialled::Dialled;
pub use error::{Attempt, Error};

pub use input::InputFault;
pub use prober::Prober;
pub use probers::Probers;
pub use serve::serve;
pub use settings::{Settings, Tell};
pub use wire::Fault;
