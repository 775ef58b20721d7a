//! The suites. Those that need a container engine stand in `engine`, `engine_room` and `examples`; they fail without one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by them, in its helpers too")]

mod cli;
mod engine;
mod engine_room;
mod errors;
mod examples;
mod house;
mod repl_room;
mod script;
mod support;
mod task;
