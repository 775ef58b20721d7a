//! The YAML task language, without an engine.

mod bad_files;
mod finding;
mod hostile;
mod params;
mod running;
mod secrets;
mod steps;
mod values;
