//! xnet: a scriptable automation runtime for container networking.
//!
//! The rooms, from the ground up; each may use only those before it:
//! `model` and `runtime`; `view`, `config`, `engine`; `probe`, `forward`; `script`, then `task`
//! and `suite`; `repl` and `cli`.

pub mod cli;
pub mod config;
pub mod engine;
pub mod forward;
pub mod model;
pub mod probe;
pub mod repl;
pub mod runtime;
pub mod script;
pub mod suite;
pub mod task;
pub mod view;
