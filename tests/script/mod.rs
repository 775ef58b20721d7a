//! Scripts without an engine: values, modules, the host's shell, errors, limits.

mod faults;
mod hints;
mod host;
mod limits;
mod modules;
mod values;
