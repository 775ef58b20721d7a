//! The YAML task language: finding tasks, checking them, running them.
//!
//! `read` turns YAML into a task, `check` finds what is wrong before anything runs, `run` runs it.

mod catalogue;
mod check;
mod error;
mod find;
mod help;
mod interpolate;
mod list;
mod model;
mod param;
mod params;
mod read;
mod read_flow;
mod read_step;
mod reference;
mod run;
mod schema;
mod scope;
mod script_text;
mod shell_text;
#[cfg(test)]
mod tests;
mod text;

pub use catalogue::{Catalogue, Origin};
pub use error::{Error, Failure};
pub use find::find;
pub use help::help;
pub use model::{Step, Task};
pub use param::{Param, ParamValue};
pub use params::{Given, ask, parse};
pub use run::{
    Both, Event, Grouped, Junit, Options, Outcome, Prefixed, RunContext, Sink, StepEvent, StepId, dry_run, run, sink,
};
pub use schema::ParamKind;
