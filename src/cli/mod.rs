//! The command line: one file for each command, with its arguments, one call into the domain, and how the answer prints.

mod addresses;
mod agent;
mod arguments;
mod check;
mod complete;
mod completions;
mod doc;
mod door;
mod eval;
mod exec;
mod failure;
mod forward;
mod globals;
mod http;
mod init;
mod invocation;
mod listening;
mod look;
mod matrix;
mod mtu;
mod neighbours;
mod network;
mod network_options;
mod options;
mod ping;
mod probe;
mod ps;
mod reach;
mod repl;
mod resolve;
mod routes;
mod run;
mod sarif;
mod schema;
mod script;
mod sockets;
mod tasks;
mod terminal;
mod test;
mod tls;
mod trace;

pub use arguments::command;

use std::ffi::OsString;
use std::time::Duration;

use clap::FromArgMatches;

use arguments::{Arguments, Command};
use failure::Failure;
use invocation::Invocation;

use crate::engine;
use crate::model::names;
use crate::task;
use crate::view::Diagnostic;

/// How long an end may wait for what was half-made to be taken back. A second Ctrl-C ends at once. It must fit into
/// `GRACE` in src/runtime/signals.rs.
const CLEANING: Duration = Duration::from_secs(8);

/// Runs the command line of this process, and returns its exit code.
pub fn main() -> u8 {
    let root = command();
    let words = options::before_the_task(&root, std::env::args_os().collect());
    let found = root.try_get_matches_from(words);
    let arguments = match found.and_then(|found| Arguments::from_arg_matches(&found)) {
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
        Ok(()) => invocation.printer.exit_code().unwrap_or(0),
        Err(failure) => failure.report(&invocation.printer),
    }
}

fn dispatch(command: Command, invocation: &Invocation) -> Result<(), Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments, invocation),
        Command::Tasks(arguments) => tasks::run(&arguments, invocation),
        Command::Check(arguments) => check::run(&arguments, invocation),
        Command::Test(arguments) => test::run(&arguments, invocation),
        Command::Script(arguments) => script::run(&arguments, invocation),
        Command::Eval(arguments) => eval::run(&arguments, invocation),
        Command::Repl => repl::run(invocation),
        Command::Exec(arguments) => exec::run(&arguments, invocation),
        Command::Forward(arguments) => forward::run(&arguments, invocation),
        Command::Network(command) => network::run(&command, invocation),
        Command::Resolve(arguments) => resolve::run(&arguments, invocation),
        Command::Listening(arguments) => listening::run(&arguments, invocation),
        Command::Sockets(arguments) => sockets::run(&arguments, invocation),
        Command::Addresses(arguments) => addresses::run(&arguments, invocation),
        Command::Routes(arguments) => routes::run(&arguments, invocation),
        Command::Neighbours(arguments) => neighbours::run(&arguments, invocation),
        Command::Http(arguments) => http::run(&arguments, invocation),
        Command::Tls(arguments) => tls::run(&arguments, invocation),
        Command::Trace(arguments) => trace::run(&arguments, invocation),
        Command::Mtu(arguments) => mtu::run(&arguments, invocation),
        Command::Ps(arguments) => ps::run(&arguments, invocation),
        Command::Reach(arguments) => reach::run(&arguments, invocation),
        Command::Ping(arguments) => ping::run(&arguments, invocation),
        Command::Matrix(arguments) => matrix::run(&arguments, invocation),
        Command::Doc(arguments) => doc::run(&arguments, invocation),
        Command::Schema => {
            schema::run(invocation);
            Ok(())
        }
        Command::Init(arguments) => init::run(&arguments, invocation),
        Command::Completions(arguments) => {
            completions::run(&arguments, invocation);
            Ok(())
        }
        Command::Probe(command) => probe::run(&command, invocation),
        Command::Agent => agent::run(invocation),
        Command::Complete(arguments) => {
            complete::run(&arguments, &arguments::command(), invocation);
            Ok(())
        }
        Command::File(words) => match script::from_words(&words) {
            Some(arguments) => script::run(&arguments?, invocation),
            None => Err(unknown_command(&words, invocation)),
        },
    }
}

/// A word that is neither a command nor a script.
fn unknown_command(words: &[OsString], invocation: &Invocation) -> Failure {
    let word = words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    let command = command();
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let names: Vec<&str> = shown.map(clap::Command::get_name).collect();
    // What is wrong with the files of tasks is told once one of them runs.
    let tasks = task::names(&invocation.folder, invocation.config.as_deref()).unwrap_or_default();
    let hint = match names::nearest(&word, names.iter().copied()) {
        _ if tasks.iter().any(|(task, _)| *task == word) => format!("it is a task: xnet run {word}"),
        Some(name) => format!("did you mean `xnet {name}`?"),
        None => format!("commands: {}; a script is given by its path", names.join(", ")),
    };
    Failure::usage(Diagnostic::new(format!("`{word}` is neither a command nor a script file")).hint(Some(hint)))
}
