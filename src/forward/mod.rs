//! Port forwards: a listener on this machine, and for each connection a relay to a port of a container.

mod error;
mod listener;
mod target;

pub use error::Error;
pub use listener::{Forward, Stats};
