//! What may be typed: the list of commands.

use std::ffi::OsString;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory, Parser, Subcommand};

use super::globals::Globals;
use super::{
    addresses, check, complete, completions, doc, eval, exec, forward, http, init, listening, matrix, mtu, neighbours,
    network, ping, ps, reach, resolve, routes, run, script, sockets, tasks, test, tls, trace,
};

const EXIT_CODES: &str = "Exit codes: 0 done; 1 a check failed or a script threw; 2 wrong usage or bad file; 3 no engine; \
    4 the engine refused; 5 timed out; 130 interrupted; 141 the reader of stdout went away. A failing command passes its own \
    code through.";

/// Script, test and explain container networks.
#[derive(Debug, Parser)]
#[command(name = "xnet", version, after_help = EXIT_CODES, styles = styles())]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a task
    Run(run::Arguments),
    /// List the tasks that can be run here
    Tasks(tasks::Arguments),
    /// Tell what is wrong with tasks and scripts without running them
    Check(check::Arguments),
    /// Run tests of networks, from scripts and from the config file
    Test(test::Arguments),
    /// Run a script file; `xnet FILE.rhai` is the same
    Script(script::Arguments),
    /// Run a line of script and print its value
    Eval(eval::Arguments),
    /// Type scripts line by line
    Repl,
    /// Run a command in a container
    Exec(exec::Arguments),
    /// Lead local ports into a container until Ctrl-C
    Forward(forward::Arguments),
    /// List, inspect, create, remove, connect and disconnect networks
    #[command(subcommand)]
    Network(network::Command),
    /// List containers with their networks and ports
    Ps(ps::Arguments),
    /// Tell what a name means inside a container
    Resolve(resolve::Arguments),
    /// Ask whether something answers from inside a container
    Reach(reach::Arguments),
    /// Send ICMP echoes from inside a container
    Ping(ping::Arguments),
    /// Ask all pairs of containers
    Matrix(matrix::Arguments),
    /// List what listens inside a container
    Listening(listening::Arguments),
    /// List the connections of a container, with who is at their other ends
    Sockets(sockets::Arguments),
    /// List the network interfaces of a container with their addresses and networks
    Addresses(addresses::Arguments),
    /// List the routes of a container
    Routes(routes::Arguments),
    /// List who a container knows on its links (ARP, neighbour discovery)
    #[command(visible_alias = "neighbors")]
    Neighbours(neighbours::Arguments),
    /// Ask for a page from inside a container
    Http(http::Arguments),
    /// Shake hands by TLS from inside a container, and judge the certificate
    Tls(tls::Arguments),
    /// Tell whom packets pass on their way from a container
    Trace(trace::Arguments),
    /// Measure the largest packet that gets from a container to another
    Mtu(mtu::Arguments),
    /// Explain what scripts can use
    Doc(doc::Arguments),
    /// Print the JSON Schema of task files, for editors
    Schema,
    /// Write a project to begin with
    Init(init::Arguments),
    /// Print what makes a shell complete commands, tasks, parameters and names
    Completions(completions::Arguments),
    #[command(name = "__complete", hide = true)]
    Complete(complete::Arguments),
    #[command(external_subcommand)]
    File(Vec<OsString>),
}

/// The whole command line, as clap knows it.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn styles() -> Styles {
    Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default())
}
