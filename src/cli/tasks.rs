//! `xnet tasks [NAME]`: the tasks that can be run from here, or all about one.

use clap::Args;

use super::failure::Failure;
use super::invocation::Invocation;
use super::run::{catalogue, tell};

/// Mistakes that a listing shows: nobody reads more at once.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Tell about this one, as `xnet run NAME --help` does
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let catalogue = catalogue(invocation)?;
    let printer = &invocation.printer;
    if let Some(name) = &arguments.name {
        tell(catalogue.public(name)?, name, &catalogue, printer);
        return Ok(());
    }
    catalogue.warnings().iter().for_each(|warning| printer.warn(warning));
    catalogue.faults().take(SHOWN).for_each(|fault| printer.error(fault));
    let more = catalogue.faults().skip(SHOWN).count();
    if more > 0 {
        printer.warn(&format!("{more} more mistakes are not shown"));
    }
    if printer.json() {
        printer.value(&catalogue.json());
    } else {
        printer.data(&catalogue.table().render());
    }
    // What is wrong has been said; the code lets a program notice.
    if catalogue.faults().next().is_some() { Err(Failure::silent(2)) } else { Ok(()) }
}
