//! The command `xnet`: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(xnet::cli::main())
}
