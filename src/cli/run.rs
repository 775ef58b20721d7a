//! `xnet run TASK [name=value …]`: runs a task; `xnet run TASK --help` tells its parameters.

use std::num::NonZero;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::task::{self, Catalogue, Options, RunContext, Sink, sink};
use crate::view::{Diagnostic, printable};

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
    /// Tell what the task does and which parameters it has
    #[arg(short, long)]
    help: bool,
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
    if help {
        if invocation.printer.json() {
            invocation.printer.value(&catalogue.describe(name));
        } else {
            invocation.printer.data(&task::help(task));
        }
        return Ok(());
    }
    // Words after the task are for it, but for this one, which people put last.
    let is_dry = |word: &String| word == "--dry-run" && task.params.iter().all(|param| param.name != "dry-run");
    let dry_run = arguments.dry_run || arguments.values.iter().any(is_dry);
    let values: Vec<String> = arguments.values.iter().filter(|word| !is_dry(word)).cloned().collect();
    let mut given = task::parse(task, &values)?;
    task::ask(task, &mut given, &invocation.cancel)?;
    let printer = invocation.printer.clone();
    let sink: Arc<dyn Sink> =
        if printer.json() { Arc::new(sink::JsonLines::new(printer)) } else { Arc::new(sink::Plain::new(printer)) };
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
    task::run(task, &given, &context)?;
    Ok(())
}

/// The tasks that can be called from here.
pub(super) fn catalogue(invocation: &Invocation) -> Result<Catalogue, Failure> {
    Ok(task::find(&invocation.folder, invocation.config.as_deref())?)
}

fn general_help() -> String {
    let command = clap::Command::new("xnet run").about("Run a task");
    Arguments::augment_args(command).render_help().to_string()
}
