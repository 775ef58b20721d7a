//! What Docker networking is made of, as plain data: no I/O, no clock, nothing of the other rooms.

pub mod address;
pub mod asked;
pub mod container;
pub mod copy;
pub mod duration;
pub mod ensure;
pub mod events;
pub mod flow;
pub mod forward;
pub mod ignore;
pub mod image;
pub mod logs;
pub mod moment;
pub mod names;
pub mod network;
pub mod plan;
pub mod ports;
pub mod probe;
pub mod service;
pub mod stats;
pub mod subnet;
pub mod swarm;
pub mod test;
pub mod text;
