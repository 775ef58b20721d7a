//! `xnet test [FILES]`: runs files of tests and the tests of the config file, and tells how each ended.

use std::fs::File;
use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::model::duration::Span;
use crate::model::names;
use crate::runtime::Reason;
use crate::script::Patience;
use crate::suite::{self, Found, Human, JsonLines, Junit, Listed, Options, Sink, Tally, Tap};
use crate::view::Diagnostic;

/// How long a try may take unless something else is said: no test goes on for ever.
const PATIENCE: Duration = Duration::from_mins(5);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files of tests (.rhai), folders with files that end in `_test.rhai`, config files with `tests:` (.yaml); without any, all
    /// files below the working folder that end in `_test.rhai`, and the tests of .xnet/config.yaml
    files: Vec<PathBuf>,
    /// Run only tests whose `FILE: NAME` holds this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How many files run at a time; as many as there are cores by default
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZero<u16>>,
    /// Try a failing test again so often; one that passes then is told as flaky
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u16,
    /// How long each try, and the preparation of a file, may take; 5m by default
    #[arg(long, value_name = "TIME")]
    timeout: Option<Span>,
    /// Begin nothing more after a failure
    #[arg(long)]
    fail_fast: bool,
    /// List the tests, and run none
    #[arg(long)]
    list: bool,
    /// How results are shown
    #[arg(long, value_enum, value_name = "HOW", default_value = "human")]
    format: Format,
    /// Write a report to a file too: `junit=FILE`
    #[arg(long, value_name = "KIND=FILE")]
    report: Option<Report>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each test, and what is known of those that failed
    Human,
    /// The Test Anything Protocol, version 14
    Tap,
}

/// A report besides what is shown; there is one kind so far.
#[derive(Debug, Clone)]
struct Report(PathBuf);

impl FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("junit", file)) if !file.is_empty() => Ok(Self(PathBuf::from(file))),
            Some((kind, _)) => {
                let near =
                    names::nearest(kind, ["junit"]).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                Err(format!("write junit=FILE{near}"))
            }
            None => Err(format!("write junit=FILE: junit={text}")),
        }
    }
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let printer = &invocation.printer;
    if arguments.format == Format::Tap && printer.json() {
        return Err(Failure::usage(Diagnostic::new("`--format tap` and `--json` are two ways to show the same")));
    }
    let found = find(arguments, invocation)?;
    let options = options(arguments);
    if arguments.list {
        return list(&found, arguments, invocation, &options);
    }
    let report = match &arguments.report {
        Some(Report(path)) => Some((path, File::create(path).map_err(|error| unwritten(path, &error))?)),
        None => None,
    };
    let shown: Box<dyn Sink> = match arguments.format {
        _ if printer.json() => Box::new(JsonLines::new(printer.clone())),
        Format::Human => Box::new(Human::new(printer.clone())),
        Format::Tap => Box::new(Tap::new(printer.clone())),
    };
    let junit = Junit::new(printer.clone());
    let sinks: [&dyn Sink; 2] = [&*shown, &junit];
    let tally = suite::run(&found, &invocation.context(), &options, &sinks)
        .map_err(|error| Failure::new(1, Diagnostic::new(format!("the tests could not be run: {error}"))))?;
    if let Some((path, mut file)) = report {
        file.write_all(junit.text().as_bytes()).map_err(|error| unwritten(path, &error))?;
    }
    verdict(&tally, arguments, invocation)
}

fn find(arguments: &Arguments, invocation: &Invocation) -> Result<Found, Failure> {
    let printer = &invocation.printer;
    let found = suite::find(&invocation.folder, &arguments.files, invocation.config.as_deref()).map_err(|faults| {
        faults.iter().for_each(|fault| printer.error(fault));
        Failure::silent(2)
    })?;
    found.warnings.iter().for_each(|warning| printer.warn(warning));
    if found.is_empty() {
        let hint = "files of tests end in _test.rhai; .xnet/config.yaml may have `tests:`; `xnet doc test` shows one";
        return Err(Failure::usage(Diagnostic::new("no test was found").hint(Some(hint.to_owned()))));
    }
    Ok(found)
}

fn options(arguments: &Arguments) -> Options {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let timeout = arguments.timeout.map_or(PATIENCE, |span| span.0);
    Options {
        jobs: arguments.jobs.map_or_else(cores, |jobs| usize::from(jobs.get())),
        filter: arguments.filter.clone(),
        patience: Patience { timeout: Some(timeout), retries: arguments.retries },
        fail_fast: arguments.fail_fast,
    }
}

/// Nothing that ran is no success.
fn verdict(tally: &Tally, arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    match invocation.cancel.reason() {
        Some(Reason::Interrupted) => return Err(Failure::new(130, Diagnostic::new("interrupted"))),
        Some(Reason::PipeClosed) => return Err(Failure::silent(141)),
        _ => {}
    }
    if tally.all() == 0 {
        return Err(none(arguments));
    }
    match tally.exit_code() {
        0 => Ok(()),
        code => Err(Failure::silent(code)),
    }
}

fn none(arguments: &Arguments) -> Failure {
    let message = match &arguments.filter {
        Some(filter) => format!("no test's `FILE: NAME` holds \"{filter}\""),
        None => String::from("no test was found"),
    };
    Failure::usage(Diagnostic::new(message).hint(Some("`xnet test --list` lists them".to_owned())))
}

fn list(found: &Found, arguments: &Arguments, invocation: &Invocation, options: &Options) -> Result<(), Failure> {
    let listed = suite::list(found, &invocation.context(), options)?;
    if listed.is_empty() {
        return Err(none(arguments));
    }
    let printer = &invocation.printer;
    if printer.json() {
        let row = |test: &Listed| json!({"file": test.file, "name": test.name, "line": test.line});
        printer.value(&listed.iter().map(row).collect());
        return Ok(());
    }
    for test in &listed {
        let name = test.name.as_deref().unwrap_or("(named when it runs)");
        printer.data(&format!("{}: {name}", test.file));
    }
    Ok(())
}

fn unwritten(path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::new(1, Diagnostic::new(format!("the report {} could not be written: {error}", path.display())))
}
