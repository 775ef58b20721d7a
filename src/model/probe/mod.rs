//! Probes as plain data: where they start and go, what an agent is asked to do, and what it finds.

pub mod dns;
pub mod http;
pub mod names;
pub mod order;
pub mod place;
pub mod resolver;
pub mod tls;
pub mod verdict;
