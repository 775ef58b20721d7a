//! `xnet completions SHELL`: the script that leads a shell's completion to `xnet __complete`.

use clap::{Args, ValueEnum};

use super::invocation::Invocation;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell that it is for
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) {
    let script = match arguments.shell {
        Shell::Bash => include_str!("completion/xnet.bash"),
        Shell::Zsh => include_str!("completion/xnet.zsh"),
        Shell::Fish => include_str!("completion/xnet.fish"),
    };
    invocation.printer.bytes(script.as_bytes());
}
