//! Probes as plain data: where they start and go, what an agent is asked to do, and what it finds.

pub mod order;
pub mod place;
pub mod post;
pub mod verdict;
pub mod way;
pub mod wire;
