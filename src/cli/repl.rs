//! `xnet repl`: type scripts line by line.

use super::failure::Failure;
use super::invocation::Invocation;
use crate::repl;

pub(super) fn run(invocation: &Invocation) -> Result<(), Failure> {
    // What went wrong has been said where it was typed.
    match repl::run(invocation.context(), invocation.folder.clone()) {
        0 => Ok(()),
        code => Err(Failure::silent(code)),
    }
}
