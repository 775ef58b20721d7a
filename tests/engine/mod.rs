//! What xnet does to a container engine, compared with the engine's own word on it.

mod commands;
mod containers;
mod ensure;
mod exec;
mod faults;
mod fixture;
mod forward;
mod images;
mod limits;
mod listing;
mod networks;
mod newer;
mod options;
mod ports;
mod repl;
mod shipped;
mod signals;
mod swarm;
mod tasks;
mod waiting;
