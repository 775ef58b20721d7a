//! Tars: files of this machine packed as they are read, and what a container sends unpacked so that it cannot escape.

mod fault;
mod pack;
mod unpack;

pub use fault::CopyFault;
pub(super) use fault::SPECIAL;
pub(super) use pack::{Choice, Source, pack};
pub(super) use unpack::{Landing, Target, unpack};
