//! Running a task.
//!
//! `start` begins a run; `whole` runs a task with what stands around its steps, `step` a step with what stands around its
//! action, `action` and `inside` the action. What happens is told to a sink, as events. `dry` tells what would happen.

mod action;
mod attempt;
mod dry;
mod event;
mod failure;
mod foreach;
mod grouped;
mod inside;
mod junit;
mod kept;
mod limit;
mod lines;
mod masked;
mod needs;
mod once;
mod planned;
mod pure;
mod runner;
pub mod sink;
mod start;
mod step;
mod step_run;
mod together;
mod values;
mod whole;

pub use dry::dry_run;
pub use event::{Event, Outcome, Sink, StepEvent, StepId};
pub use grouped::{Both, Grouped, Prefixed};
pub use junit::Junit;
pub use planned::Planned;
pub use runner::{Options, RunContext};
pub use start::run;
