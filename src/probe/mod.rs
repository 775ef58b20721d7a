//! Probes: an agent that works inside network namespaces, who is asked for what, and what the answers mean.

mod agent;
mod aim;
mod error;
mod look;
mod matrix;
mod names;
mod ping;
mod prober;
mod reach;
mod resolve;

pub use error::Error;
pub use prober::Prober;
