//! `xnet tasks`: the tasks that can be run from here.

use super::failure::Failure;
use super::invocation::Invocation;
use super::run::catalogue;

pub(super) fn run(invocation: &Invocation) -> Result<(), Failure> {
    let catalogue = catalogue(invocation)?;
    let printer = &invocation.printer;
    catalogue.warnings().iter().for_each(|warning| printer.warn(warning));
    catalogue.faults().for_each(|fault| printer.error(fault));
    if printer.json() {
        printer.value(&catalogue.json());
    } else {
        printer.data(&catalogue.table().render());
    }
    // What is wrong has been said; the code lets a program notice.
    if catalogue.faults().next().is_some() { Err(Failure::silent(2)) } else { Ok(()) }
}
