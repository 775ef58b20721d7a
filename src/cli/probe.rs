//! `xnet probe clean`: removes what agents have left on the engine.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Remove the image of agents and containers of theirs that do not run
    ///
    /// On an engine of this machine both go with the run that made them. On one that is elsewhere the image stays, so that it
    /// need not be sent again.
    Clean,
}

pub(super) fn run(command: &Command, invocation: &Invocation) -> Result<(), Failure> {
    let Command::Clean = command;
    let engine = invocation.engine()?;
    let found = invocation.wait(engine.clean_agents())?;
    let printer = &invocation.printer;
    if printer.json() {
        printer.value(&json!({"removed": found.removed, "in_use": found.in_use}));
        return Ok(());
    }
    for name in &found.removed {
        printer.data(name);
    }
    if !found.in_use.is_empty() {
        printer.warn(&format!("in use, and left: {}", found.in_use.join(", ")));
    }
    Ok(())
}
