//! Scripts without an engine: values, modules, the host's shell, errors, limits.

mod faults;
mod flow;
mod hints;
mod host;
mod limits;
mod modules;
mod values;
