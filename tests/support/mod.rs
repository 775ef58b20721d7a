//! What the suites stand on: a `Test` runs the binary in a folder of its own, an `Engine` adds names, subnets and an
//! independent way to ask the container engine, a `Terminal` is a person at the keyboard.

mod engine;
mod golden;
mod http;
mod image;
mod json_schema;
mod name_server;
mod names;
mod outcome;
mod private_engine;
mod registry;
mod running;
mod shells;
mod stand_in;
mod subnet;
mod terminal;
mod test;

pub(crate) use engine::{Engine, claim_subnet};
pub(crate) use golden::golden;
pub(crate) use image::{BUSYBOX, SCRATCH};
pub(crate) use json_schema::faults;
pub(crate) use name_server::{Says, name_server, within};
pub(crate) use outcome::Outcome;
pub(crate) use private_engine::PrivateEngine;
pub(crate) use registry::Registry;
pub(crate) use shells::SHELLS;
pub(crate) use stand_in::StandIn;
pub(crate) use test::Test;
