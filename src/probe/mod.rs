//! Probes: an agent that works inside network namespaces, who is asked for what, and what the answers mean.

mod agent;
mod aim;
mod certificate;
mod connection;
mod error;
mod expect;
mod handshake;
mod http;
mod input;
mod look;
mod matrix;
mod names;
mod ping;
mod prober;
mod reach;
mod resolve;
mod tls;
mod trust;
mod way;

pub use error::Error;
pub use expect::Unmet;
pub use input::InputFault;
pub use prober::Prober;
