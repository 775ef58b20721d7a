//! `xnet exec CONTAINER -- COMMAND`: runs a command in a container, its output streamed, its exit code passed on.

use std::io::IsTerminal;

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::terminal::{self, Raw};
use crate::engine::{Live, Stream};
use crate::model::container::ExecSpec;
use crate::model::duration::Span;
use crate::model::text::{CommandLine, Pairs};
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of a running container
    container: String,
    /// Command and its arguments, best after `--`: no shell sees them unless --shell is given
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    /// Take the command as one text for the container's shell
    #[arg(short, long)]
    shell: bool,
    /// Pass stdin on to the command
    #[arg(short, long)]
    interactive: bool,
    /// Give the command a terminal; with -i, this one
    #[arg(short, long)]
    tty: bool,
    /// Environment variable for the command
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = super::network_options::pair)]
    env: Vec<(String, String)>,
    /// User, or user:group, to run as
    #[arg(short, long)]
    user: Option<String>,
    /// Folder to run in
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Give up after this long, such as 30s
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    if invocation.printer.json() {
        let diagnostic = Diagnostic::new("`exec` has no JSON output: the command's output is passed on as it is");
        return Err(Failure::usage(diagnostic.hint(Some("`xnet --json eval 'exec(…)'` gives it as JSON".into()))));
    }
    let command = if arguments.shell {
        CommandLine::Text(arguments.command.join(" "))
    } else {
        CommandLine::Arguments(arguments.command.clone())
    };
    let spec = ExecSpec {
        env: Pairs(arguments.env.iter().cloned().collect()),
        user: arguments.user.clone(),
        working_dir: arguments.workdir.clone(),
        timeout: arguments.timeout,
        tty: arguments.tty,
        stream: true,
        check: false,
        keep: false,
        ..ExecSpec::default()
    };
    if arguments.tty && arguments.interactive && !std::io::stdin().is_terminal() {
        let diagnostic = Diagnostic::new("-t with -i needs a terminal to pass on, and stdin is none");
        return Err(Failure::usage(diagnostic.hint(Some("leave out -t".into()))));
    }
    let engine = invocation.engine()?;
    let printer = &invocation.printer;
    let sink = |stream: Stream, bytes: &[u8]| match stream {
        Stream::Stdout => printer.bytes(bytes),
        Stream::Stderr => printer.error_bytes(bytes),
    };
    let live = Live {
        input: arguments.interactive.then(terminal::keys),
        sizes: if arguments.tty { terminal::sizes() } else { None },
    };
    // Held until the command has ended, however it ends.
    let raw = if arguments.tty && arguments.interactive { Some(Raw::enter()?) } else { None };
    let output = invocation.wait(engine.exec_live(&arguments.container, &command, &spec, live, &sink));
    drop(raw);
    let output = output?;
    match output.exit_code {
        0 => Ok(()),
        code => Err(Failure::silent(u8::try_from(code).unwrap_or(1))),
    }
}
