//! From text to typed requests: a tree with positions, a reader that refuses what it does not know, YAML.
//!
//! Scripts, YAML and the command line all go through the same reader, so one request type serves all three.

mod faults;
mod meant;
mod node;
mod project;
mod read;
mod tests;
mod yaml;

pub use faults::faults;
pub use node::{Key, Node, Span, Value};
pub use project::{Project, config_file};
pub use read::{Fault, Problem, read};
pub use tests::declared_tests;
pub use yaml::{YamlFault, format, glance, parse};
