//! All pairs of containers: what is asked, the plan that follows from it, and the outcome.

pub mod outcome;
pub mod plan;
pub mod spec;

#[cfg(test)]
mod tests;
