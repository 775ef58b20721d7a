//! `xnet run TASK [name=value …]`: runs a task; `xnet run TASK --help` tells its parameters.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::task::{self, Both, Catalogue, Grouped, Junit, Options, Prefixed, RunContext, Sink, Task, sink};
use crate::view::{Diagnostic, Printer, printable};

#[derive(Debug, Args)]
#[command(disable_help_flag = true, override_usage = "xnet run TASK [NAME=VALUE]...")]
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
    #[arg(short, long, value_name = "N")]
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
    let help = arguments.help || arguments.values.iter().any(|word| word == "--help" || word == "-h");
    let Some(name) = &arguments.task else {
        if help {
            invocation.printer.data(general_help().trim_end());
            return Ok(());
        }
        let hint = "`xnet tasks` lists the tasks; `xnet run TASK --help` tells the parameters of one".to_owned();
        return Err(Failure::usage(Diagnostic::new("which task is to run?").hint(Some(hint))));
    };
    let catalogue = catalogue(invocation)?;
    let task = catalogue.public(name)?;
    // They spoil nothing of this task, and are not to be silent either.
    catalogue.spoilt().for_each(|fault| invocation.printer.warn(&fault.headline()));
    if help {
        if invocation.printer.json() {
            invocation.printer.value(&catalogue.describe(name));
        } else {
            invocation.printer.data(&task::help(task));
        }
        return Ok(());
    }
    let options = [
        ("dry-run", arguments.dry_run),
        ("jobs", arguments.jobs.is_some()),
        ("output", arguments.output.is_some()),
        ("report", arguments.report.is_some()),
    ];
    if let Some((name, _)) = options.into_iter().find(|(name, given)| *given && has_param(task, name)) {
        let message = format!("`--{name}` could be the option of `xnet run` or the parameter of task `{}`", task.name);
        let hint = format!("give the parameter as {name}=VALUE; it needs another name where the option is wanted");
        return Err(Failure::usage(Diagnostic::new(message).hint(Some(hint))));
    }
    // Words after the task are for it, but for this one, which people put last.
    let is_dry = |word: &String| word == "--dry-run" && !has_param(task, "dry-run");
    let dry_run = arguments.dry_run || arguments.values.iter().any(is_dry);
    let values: Vec<String> = arguments.values.iter().filter(|word| !is_dry(word)).cloned().collect();
    if let Some(name) = values.iter().find_map(|word| own_option(word)).filter(|name| !has_param(task, name)) {
        let diagnostic = Diagnostic::new(format!("`--{name}` is an option of `xnet run`, and stands before the task"));
        return Err(Failure::usage(diagnostic.hint(Some(format!("xnet run --{name} … {}", task.name)))));
    }
    let mut given = task::parse(task, &values)?;
    task::ask(task, &mut given, &invocation.cancel)?;
    let printer = invocation.printer.clone();
    if let (Some(_), true) = (arguments.output, printer.json()) {
        return Err(Failure::usage(Diagnostic::new("`--output` is for people, and `--json` for programs")));
    }
    let junit = Arc::new(Junit::default());
    let report = match &arguments.report {
        Some(path) if dry_run => {
            let message = format!("a dry run has no steps to report to {}", path.display());
            return Err(Failure::usage(Diagnostic::new(message)));
        }
        Some(path) => Some((path, File::create(path).map_err(|error| unmade(path, &error))?)),
        None => None,
    };
    let shown = shown(arguments.output, printer);
    let sink: Arc<dyn Sink> = if report.is_some() { Arc::new(Both(shown, junit.clone())) } else { shown };
    let options = Options { jobs: arguments.jobs, yes: invocation.yes };
    let context = RunContext { catalogue: &catalogue, script: invocation.context(), sink, options };
    if dry_run {
        let lines = task::dry_run(task, &given, &context)?;
        if invocation.printer.json() {
            invocation.printer.value(&lines.into());
        } else {
            lines.iter().for_each(|line| invocation.printer.data(&printable(line)));
        }
        return Ok(());
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

/// The name of an option of this command that stands among the words for a task.
fn own_option(word: &str) -> Option<&'static str> {
    let name = word.strip_prefix("--")?.split('=').next()?;
    ["jobs", "output", "report"].into_iter().find(|own| *own == name)
}

fn has_param(task: &Task, name: &str) -> bool {
    task.params.iter().any(|param| param.name == name)
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

/// A path that cannot be written is wrong usage, and told before anything runs.
fn unmade(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(Diagnostic::new(format!("the report {} cannot be written: {error}", path.display())))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(1, Diagnostic::new(format!("the report {} could not be written: {error}", path.display())))
}

/// The tasks that can be called from here.
pub(super) fn catalogue(invocation: &Invocation) -> Result<Catalogue, Failure> {
    Ok(task::find(&invocation.folder, invocation.config.as_deref())?)
}

fn general_help() -> String {
    let command = clap::Command::new("xnet run").about("Run a task");
    Arguments::augment_args(command).render_help().to_string()
}
