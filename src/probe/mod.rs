//! Probes: an agent that works inside network namespaces, who is asked for what, and what the answers mean.

mod agent;
mod error;
mod look;
mod names;
mod prober;
mod resolve;

pub use error::Error;
pub use prober::Prober;
