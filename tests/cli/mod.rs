//! The command line: what is typed, what comes out where, and the exit codes. Without an engine.

mod check;
mod completion;
mod connection;
mod doc;
mod endings;
mod init;
mod options;
mod output;
mod repl;
mod scripts;
mod tasks;
mod test;
mod usage;
