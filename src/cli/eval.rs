//! `xnet eval CODE`: runs a line of script and prints its value.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::script::globals;
use crate::script::{Interpreter, Source};
use crate::view::inventory;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Script to run
    code: String,
    /// Given to the script, as for `xnet script`
    #[arg(trailing_var_arg = true)]
    arguments: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let source = Source { folder: Some(invocation.folder.clone()), ..Source::literal("eval", arguments.code.as_str()) };
    let value = Interpreter::new(invocation.context()).run(&source, &globals(&arguments.arguments))?;
    if invocation.printer.json() {
        invocation.printer.value(&value);
    } else if !value.is_null() {
        invocation.printer.data(&inventory::value(&value));
    }
    Ok(())
}
