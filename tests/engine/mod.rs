//! What xnet does to a container engine, compared with the engine's own word on it.

mod builds;
mod commands;
mod containers;
mod copy;
mod ensure;
mod events;
mod exec;
mod faults;
mod fixture;
mod forward;
mod images;
mod limits;
mod listing;
mod logs;
mod networks;
mod newer;
mod options;
mod ports;
mod pulls;
mod repl;
mod shipped;
mod signals;
mod swarm;
mod tasks;
mod waiting;
