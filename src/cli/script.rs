//! `xnet script FILE [args]`, and `xnet FILE.rhai [args]`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};

use super::failure::Failure;
use super::invocation::Invocation;
use crate::config::Project;
use crate::script::{Interpreter, Source};
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Script to run
    file: PathBuf,
    /// Given to the script: `name=value` becomes `params.name`, all of them become `args`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    if invocation.printer.json() {
        let diagnostic =
            Diagnostic::new("a script has no JSON output of its own: what it prints is passed on as it is");
        return Err(Failure::usage(diagnostic.hint(Some("print(to_json(value)) in the script".into()))));
    }
    let source = Source::file(&arguments.file)?;
    let mut context = invocation.context();
    // A script belongs to the project it stands in, wherever it is started from.
    let own = arguments.file.canonicalize().ok().and_then(|file| Project::find(file.parent()?, None).root);
    context.project = own.or(context.project);
    Interpreter::new(context).run(&source, &globals(&arguments.arguments))?;
    Ok(())
}

/// `xnet FILE.rhai [args]`: a script typed where a command is expected, if it is one.
pub(super) fn from_words(words: &[OsString]) -> Option<Result<Arguments, Failure>> {
    let (first, rest) = words.split_first()?;
    let file = PathBuf::from(first);
    let arguments = rest.iter().map(|word| {
        word.to_str().map(str::to_owned).ok_or_else(|| {
            Failure::usage(Diagnostic::new(format!("the argument {} is not UTF-8 text", word.display())))
        })
    });
    looks_like_a_script(&file).then(|| Ok(Arguments { file, arguments: arguments.collect::<Result<_, _>>()? }))
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
