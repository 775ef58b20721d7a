//! `xnet run TASK [name=value …]`: runs a task; `xnet run TASK --help` tells its parameters.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::task::{self, Catalogue, RunContext};
use crate::view::Diagnostic;

#[derive(Debug, Args)]
#[command(disable_help_flag = true, override_usage = "xnet run TASK [NAME=VALUE]...")]
pub(super) struct Arguments {
    /// Task to run; `xnet tasks` lists them
    task: Option<String>,
    /// Values for the task's parameters: name=value, --name value or --name=value
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "NAME=VALUE")]
    values: Vec<String>,
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
    if invocation.printer.json() && !help {
        let diagnostic = Diagnostic::new("`run` has no JSON output: what its steps print is passed on as it is");
        return Err(Failure::usage(diagnostic.hint(Some("leave --json out".into()))));
    }
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
    let mut given = task::parse(task, &arguments.values)?;
    task::ask(task, &mut given, &invocation.cancel)?;
    let context = RunContext { catalogue: &catalogue, script: invocation.context(), yes: invocation.yes };
    let outcome = task::run(task, &given, &context)?;
    let task::Outcome { ran, skipped, failed } = outcome;
    invocation
        .printer
        .detail(&format!("{ran} steps ran, {skipped} were skipped, {failed} failed and were passed over"));
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
