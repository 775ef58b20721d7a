//! The YAML task language: finding tasks, checking them, running them.
//!
//! `read` turns YAML into a task, `check` finds what is wrong before anything runs, `run` runs it.

mod arguments;
mod ask;
mod catalogue;
mod check;
mod confirm;
mod declare;
mod dotenv;
mod environment;
mod error;
mod evaluates;
mod existing;
mod files;
mod find;
mod foreign;
mod header;
mod help;
mod interpolate;
mod json_schema;
mod kind;
mod knowledge;
mod known;
mod list;
mod load;
mod model;
mod outline;
mod output;
mod param;
mod params;
mod read;
mod read_flow;
mod read_step;
mod ready;
mod reference;
mod review;
mod run;
mod schema;
mod scope;
mod script_text;
mod second_shell;
mod shape;
mod shapes;
mod shell_text;
mod skim;
#[cfg(test)]
mod tests;
mod text;
mod visible;

pub use arguments::parse;
pub use ask::ask;
pub use catalogue::{Catalogue, Origin};
pub use error::{Error, Failure};
pub use find::find;
pub use help::help;
pub use json_schema::schema;
pub use kind::ParamValue;
pub use model::{Step, Task};
pub use outline::names;
pub use param::Param;
pub use params::{Given, OPTIONS};
pub use review::Review;
pub use run::{
    Both, Event, Grouped, Junit, Options, Outcome, Planned, Prefixed, RunContext, Sink, StepEvent, StepId, dry_run,
    run, sink,
};
pub use schema::ParamKind;
