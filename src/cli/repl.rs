//! stub
use super::{failure::Failure, invocation::Invocation};
pub(super) fn run(_: &Invocation) -> Result<(), Failure> {
    Ok(())
}
