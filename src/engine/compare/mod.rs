//! What is there against what is asked for. Pure.

pub(super) mod container;
mod difference;
pub(super) mod network;

pub use difference::Difference;
