//! `xnet script FILE [args]`, and `xnet FILE.rhai [args]`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::failure::{Failure, unknown_command};
use super::invocation::Invocation;
use crate::script::{Interpreter, Source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Script to run
    file: PathBuf,
    /// Given to the script: `name=value` becomes `params.name`, all of them become `args`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let source = Source::file(&arguments.file)?;
    Interpreter::new(invocation.context()).run(&source, &globals(&arguments.arguments))?;
    Ok(())
}

/// `xnet FILE.rhai [args]`: what is typed where a command is expected.
pub(super) fn run_file_word(words: &[OsString], invocation: &Invocation) -> Result<(), Failure> {
    let Some((first, rest)) = words.split_first() else { return Err(unknown_command("")) };
    let file = PathBuf::from(first);
    if !looks_like_a_script(&file) {
        return Err(unknown_command(&first.to_string_lossy()));
    }
    let arguments = rest.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    run(&Arguments { file, arguments }, invocation)
}

/// By its ending, or as a file that is there: `#!/usr/bin/env xnet` scripts need no ending.
fn looks_like_a_script(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rhai") || file.is_file()
}

/// `params` and `args` from the words after the script.
pub(super) fn globals(words: &[String]) -> Vec<(String, Value)> {
    let params: Map<String, Value> = words
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.trim_start_matches("--").to_owned(), Value::from(value)))
        .collect();
    vec![("params".into(), Value::Object(params)), ("args".into(), words.to_vec().into())]
}
