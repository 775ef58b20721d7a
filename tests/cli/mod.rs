//! The command line: what is typed, what comes out where, and the exit codes. Without an engine.

mod connection;
mod doc;
mod endings;
mod output;
mod repl;
mod scripts;
mod tasks;
mod usage;
