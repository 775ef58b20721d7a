//! The connection between xnet and an agent in a container: many streams over one pair of pipes, frames on the streams.

mod fault;
mod frame;
mod mux;

pub use fault::Fault;
pub(in crate::probe) use frame::{pump, read, write};
pub(in crate::probe) use mux::{Channel, Opener, accept, open};
