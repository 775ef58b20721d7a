//! `xnet agent`: what runs in the containers that probes are sent from. It speaks on stdin and stdout, and ends with them.

use std::io::{self, stdin, stdout};
use std::os::fd::AsFd;

use tokio::io::join;
use tokio::net::unix::pipe::{Receiver, Sender};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::probe;
use crate::runtime;
use crate::view::Diagnostic;

pub(super) fn run(invocation: &Invocation) -> Result<(), Failure> {
    let work = async {
        let pipes = pipes().map_err(|error| format!("xnet starts its agents itself, on pipes: {error}"))?;
        probe::serve(pipes).await.map_err(|fault| fault.to_string())
    };
    runtime::wait(&invocation.cancel, work)?.map_err(|words| Failure::usage(Diagnostic::new(words)))
}

fn pipes() -> io::Result<tokio::io::Join<Receiver, Sender>> {
    let input = Receiver::from_owned_fd(stdin().as_fd().try_clone_to_owned()?)?;
    let output = Sender::from_owned_fd(stdout().as_fd().try_clone_to_owned()?)?;
    Ok(join(input, output))
}
