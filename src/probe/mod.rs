//! Probes: an agent that works inside network namespaces, who is asked for what, and what the answers mean.

mod agent;
mod error;
mod look;
mod prober;

pub use error::Error;
pub use prober::Prober;
