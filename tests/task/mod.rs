//! The YAML task language, without an engine.

mod bad_files;
mod hostile;
mod params;
mod running;
mod steps;
