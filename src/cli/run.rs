//! `xnet run TASK [name=value …]`: runs a task; `xnet run TASK --help` tells its parameters.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::task::{
    self, Both, Catalogue, Given, Grouped, Junit, Options, Planned, Prefixed, RunContext, Sink, Task, sink,
};
use crate::view::{Diagnostic, Printer, printable};

const USAGE: &str = "xnet run [OPTIONS] TASK [NAME=VALUE]...\n       xnet run TASK --help";

/// Whose a word is.
const WHOSE: &str = "Options of xnet may stand before the task and after it. A parameter that is called like one of them is \
    given as NAME=VALUE, or after `--`: what stands there is the task's alone.";

#[derive(Debug, Args)]
#[command(
    disable_help_flag = true,
    override_usage = USAGE,
    after_help = WHOSE
)]
pub(super) struct Arguments {
    /// Task to run; `xnet tasks` lists them
    task: Option<String>,
    /// Values for the task's parameters: name=value, --name value or --name=value
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// Tell what would run, with values resolved, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// How many of the tasks that the task needs run at a time; as many as there are cores by default
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    jobs: Option<NonZero<u16>>,
    /// How output is shown
    #[arg(long, value_enum, value_name = "HOW")]
    output: Option<Output>,
    #[arg(long, value_name = "FILE", help = "Write a JUnit report of the steps to this file")]
    report: Option<PathBuf>,
    /// Tell what the task does and which parameters it has
    #[arg(short, long)]
    help: bool,
}

fn jobs(text: &str) -> Result<NonZero<u16>, &'static str> {
    text.parse().map_err(|_| "expected a whole number from 1 to 65535")
}

/// How the output of a task's steps is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// As it comes; lines of steps that run at the same time are marked
    Stream,
    /// Each line marked with where it is from
    Prefixed,
    /// The output of each step together, once it has ended
    Grouped,
    /// The same, as groups and annotations of GitHub workflows
    Github,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let Some(name) = &arguments.task else {
        if arguments.help {
            invocation.printer.data(general_help().trim_end());
            return Ok(());
        }
        let hint = "`xnet tasks` lists the tasks; `xnet run TASK --help` tells the parameters of one".to_owned();
        return Err(Failure::usage(Diagnostic::new("which task is to run?").hint(Some(hint))));
    };
    let catalogue = catalogue(invocation)?;
    let task = catalogue.public(name).map_err(|error| misnamed(name, &catalogue).unwrap_or_else(|| error.into()))?;
    // They spoil nothing of this task, and are not to be silent either.
    catalogue.spoilt().for_each(|fault| invocation.printer.warn(&fault.headline()));
    if arguments.help {
        tell(task, name, &catalogue, &invocation.printer);
        return Ok(());
    }
    if let (Some(_), true) = (arguments.output, invocation.printer.json()) {
        return Err(Failure::usage(Diagnostic::new("`--output` is for people, and `--json` for programs")));
    }
    let mut given = task::parse(task, &arguments.values)?;
    let context = invocation.context();
    task::ask(task, &mut given, &context)?;
    let report = report(arguments)?;
    let junit = Arc::new(Junit::default());
    let shown = shown(arguments.output, invocation.printer.clone());
    let sink: Arc<dyn Sink> = if report.is_some() { Arc::new(Both(shown, junit.clone())) } else { shown };
    let options = Options { jobs: arguments.jobs, yes: invocation.yes };
    let context = RunContext { catalogue: &catalogue, script: context, sink, options };
    if arguments.dry_run {
        return dry_run(task, &given, &context);
    }
    let answer = task::run(task, &given, &context);
    let failed = answer.as_ref().err().map(|error| invocation.printer.masked(&error.to_string()).to_string());
    if let Some((path, mut file)) = report
        && let Err(error) = write_out(&mut file, &junit.text(failed.as_deref()))
    {
        let failure = unwritten(path, &error);
        if answer.is_ok() {
            return Err(failure);
        }
        failure.report(&invocation.printer);
    }
    answer?;
    Ok(())
}

/// What was meant by a word that cannot be the name of a task.
fn misnamed(name: &str, catalogue: &Catalogue) -> Option<Failure> {
    let path = Path::new(name);
    let ending = path.extension().and_then(|ending| ending.to_str()).filter(|_| path.is_file());
    let hint = match (ending, name.split_once(' ')) {
        (Some("rhai"), _) => format!("a script runs by its path alone: xnet {name}"),
        (Some("yaml" | "yml"), _) => format!("a file of tasks is named by `--config`: xnet run --config {name} TASK"),
        (_, Some((task, _))) if catalogue.public(task).is_ok() => {
            format!("each value is a word of its own, outside the quotes of others: xnet run {task} NAME=VALUE")
        }
        _ => return None,
    };
    Some(Failure::usage(Diagnostic::new(format!("no task is called `{name}`")).hint(Some(hint))))
}

/// What a task says about itself.
pub(super) fn tell(task: &Task, name: &str, catalogue: &Catalogue, printer: &Printer) {
    if printer.json() { printer.value(&catalogue.describe(name)) } else { printer.data(&task::help(task)) }
}

fn dry_run(task: &Task, given: &Given, context: &RunContext) -> Result<(), Failure> {
    let plan = task::dry_run(task, given, context)?;
    let printer = &context.script.printer;
    if printer.json() {
        plan.iter().for_each(|planned| printer.value_line(&planned.json()));
    } else {
        plan.iter().flat_map(Planned::lines).for_each(|line| printer.data(&printable(&line)));
    }
    Ok(())
}

/// The file that the report goes to, open before anything runs.
fn report(arguments: &Arguments) -> Result<Option<(&Path, File)>, Failure> {
    match arguments.report.as_deref() {
        Some(path) if arguments.dry_run => {
            let message = format!("a dry run has no steps to report to {}", path.display());
            Err(Failure::usage(Diagnostic::new(message)))
        }
        Some(path) => match File::create(path) {
            Ok(file) => Ok(Some((path, file))),
            Err(error) => {
                let message = format!("the report {} cannot be written, so nothing has run: {error}", path.display());
                Err(Failure::usage(Diagnostic::new(message)))
            }
        },
        None => Ok(None),
    }
}

fn shown(output: Option<Output>, printer: Printer) -> Arc<dyn Sink> {
    match output {
        _ if printer.json() => Arc::new(sink::JsonLines::new(printer)),
        None | Some(Output::Stream) => Arc::new(sink::Plain::new(printer)),
        Some(Output::Prefixed) => Arc::new(Prefixed::new(printer)),
        Some(Output::Grouped) => Arc::new(Grouped::new(printer, false)),
        Some(Output::Github) => Arc::new(Grouped::new(printer, true)),
    }
}

/// Writes it to the disk, where it is a file.
fn write_out(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    if file.metadata()?.is_file() { file.sync_all() } else { Ok(()) }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(1, Diagnostic::new(format!("the report {} could not be written: {error}", path.display())))
}

/// The tasks that can be called from here.
pub(super) fn catalogue(invocation: &Invocation) -> Result<Catalogue, Failure> {
    Ok(task::find(&invocation.folder, invocation.config.as_deref())?)
}

fn general_help() -> String {
    let mut root = super::command();
    root.build();
    root.find_subcommand_mut("run").map(|run| run.render_help().to_string()).unwrap_or_default()
}
