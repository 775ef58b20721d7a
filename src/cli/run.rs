//! stub
use super::{failure::Failure, invocation::Invocation};
#[derive(Debug, clap::Args)] pub(super) struct Arguments {}
pub(super) fn run(_: &Arguments, _: &Invocation) -> Result<(), Failure> { Ok(()) }
