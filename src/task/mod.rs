//! The YAML task language: reading, finding, checking and running tasks.

mod interpolate;
mod reference;
mod shell_text;
mod text;

pub use text::{File, Text};
