//! What xnet does to a container engine, compared with the engine's own word on it.

mod commands;
mod containers;
mod exec;
mod faults;
mod fixture;
mod forward;
mod images;
mod listing;
mod networks;
mod options;
mod repl;
mod shipped;
mod signals;
mod swarm;
mod targets;
mod tasks;
