//! `xnet __complete -- WORDS`: what the last word of a command line could become, for the scripts of `xnet completions`.
//!
//! Nothing is an error here: a shell that completes has nobody to tell.

mod line;
mod names;
mod offers;
mod params;

use clap::Args;

use super::invocation::Invocation;
use line::Line;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// `root` is the whole command line, as clap knows it.
pub(super) fn run(arguments: &Arguments, root: &clap::Command, invocation: &Invocation) {
    let (current, before) = arguments.words.split_last().map_or(("", &[][..]), |(last, before)| (last, before));
    let offers = Line::read(root, before).offers(current, invocation);
    invocation.printer.data(&offers.lines(current));
}
