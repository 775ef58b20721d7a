//! The command line: one file for each command, with its arguments, one call into the domain, and how the answer prints.

mod arguments;
mod doc;
mod eval;
mod exec;
mod failure;
mod forward;
mod invocation;
mod network;
mod ps;
mod repl;
mod run;
mod script;
mod tasks;

pub use arguments::command;

use std::time::Duration;

use clap::FromArgMatches;

use arguments::{Arguments, Command};
use failure::Failure;
use invocation::Invocation;

use crate::engine;

/// How long an end may wait for what was half-made to be taken back. A second Ctrl-C ends at once.
const CLEANING: Duration = Duration::from_secs(20);

/// Runs the command line of this process, and returns its exit code.
pub fn main() -> u8 {
    let arguments = match command().try_get_matches().and_then(|found| Arguments::from_arg_matches(&found)) {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let invocation = match Invocation::new(&arguments.globals) {
        Ok(invocation) => invocation,
        Err(failure) => return failure.report(&arguments.globals.printer()),
    };
    let outcome = dispatch(arguments.command, &invocation);
    if !engine::settle(CLEANING) {
        invocation.printer.warn("the engine did not finish cleaning up; see `xnet ps -a` for what is left");
    }
    match outcome {
        Ok(()) if invocation.printer.closed() => 141,
        Ok(()) => 0,
        Err(failure) => failure.report(&invocation.printer),
    }
}

fn dispatch(command: Command, invocation: &Invocation) -> Result<(), Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments, invocation),
        Command::Tasks => tasks::run(invocation),
        Command::Script(arguments) => script::run(&arguments, invocation),
        Command::Eval(arguments) => eval::run(&arguments, invocation),
        Command::Repl => repl::run(invocation),
        Command::Exec(arguments) => exec::run(&arguments, invocation),
        Command::Forward(arguments) => forward::run(&arguments, invocation),
        Command::Network(command) => network::run(&command, invocation),
        Command::Ps(arguments) => ps::run(&arguments, invocation),
        Command::Doc(arguments) => doc::run(&arguments, invocation),
        Command::File(words) => script::run_file_word(&words, invocation),
    }
}
