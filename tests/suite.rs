//! The suites. Those that need a container engine stand in `engine` and `examples`; they fail without one.

mod cli;
mod engine;
mod errors;
mod examples;
mod house;
mod script;
mod support;
mod task;
