//! All pairs of containers: who takes part, and how they are asked so that load makes no verdict.

mod groups;
mod members;
mod run;
