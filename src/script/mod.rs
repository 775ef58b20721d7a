//! The Rhai interpreter: limits, modules, cancellation, errors with their place, and the names that scripts see.

pub mod bind;
mod caret;
mod case;
mod cases;
mod compare;
mod context;
mod elsewhere;
mod error;
mod fault;
mod flow;
mod follow;
mod hints;
mod interpreter;
mod lint;
mod load;
mod modules;
mod options;
pub mod reference;
mod shape;
mod signatures;
mod source;
mod surroundings;
#[cfg(test)]
mod tests;
pub mod values;

pub use case::Written;
pub use cases::{Outcome, Patience, Ran};
pub use compare::Kind;
pub use context::{Context, Limits, World};
pub use error::Error;
pub use fault::Fault;
pub use interpreter::{Interpreter, Session, incomplete};
pub use modules::shipped;
pub use shape::Shape;
pub use source::{Comparisons, Source};
pub use surroundings::{Surroundings, Unknown};
