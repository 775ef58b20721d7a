//! `xnet test`: finds files of tests and the tests that a config file declares, runs them, and reports how they ended.

mod course;
mod declared;
mod event;
mod file;
mod find;
mod human;
mod json;
mod junit;
mod output;
mod run;
mod tap;

pub use course::Options;
pub use event::{Sink, Tally};
pub use find::{Found, files, find};
pub use human::Human;
pub use json::JsonLines;
pub use junit::Junit;
pub use run::{Listed, list, run};
pub use tap::Tap;
