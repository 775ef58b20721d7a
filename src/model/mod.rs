//! What Docker networking is made of, as plain data: no I/O, no clock, nothing of the other rooms.

pub mod container;
pub mod duration;
pub mod forward;
pub mod names;
pub mod network;
pub mod ports;
pub mod service;
pub mod subnet;
pub mod swarm;
pub mod text;
