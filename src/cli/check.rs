//! `xnet check [FILES]`: tells all that is wrong with tasks and scripts, and runs none of them.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::failure::Failure;
use super::invocation::Invocation;
use super::sarif;
use crate::script::Interpreter;
use crate::suite;
use crate::task::Review;
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Task files (.yaml, .yml) and scripts (.rhai); without any, all tasks that are found from here, their
    /// scripts, and the files of tests below the working folder
    files: Vec<PathBuf>,
    /// Print the findings as SARIF 2.1.0, for code scanning
    #[arg(long)]
    sarif: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let review = review(&arguments.files, invocation)?;
    let printer = &invocation.printer;
    let sound = review.faults.is_empty();
    if arguments.sarif {
        printer.value(&sarif::log(&findings(&review)));
    } else if printer.json() {
        let rows: Value = findings(&review).iter().map(|(severity, fault)| row(severity, fault)).collect();
        printer.value(&rows);
    } else {
        review.faults.iter().for_each(|fault| printer.error(fault));
        review.warnings.iter().for_each(|warning| printer.warn(&in_passing(warning)));
        if sound {
            printer.data(&format!("{}: no fault found", looked_at(&review)));
        } else {
            printer.talk(&format!("{}: {}", looked_at(&review), counted(review.faults.len(), "fault")));
        }
    }
    if sound { Ok(()) } else { Err(Failure::silent(2)) }
}

fn review(files: &[PathBuf], invocation: &Invocation) -> Result<Review, Failure> {
    let interpreter = Interpreter::new(invocation.context());
    let (folder, config) = (invocation.folder.as_path(), invocation.config.as_deref());
    let mut review = Review::default();
    if files.is_empty() {
        review.found(folder, config, &interpreter)?;
        for file in suite::files(folder) {
            review.script(&file, &interpreter);
        }
    }
    for file in files {
        match kind(file) {
            Some("yaml" | "yml") => review.file(file, folder, config, &interpreter)?,
            Some("rhai") => review.script(file, &interpreter),
            _ => {
                let diagnostic = Diagnostic::new(format!("{} is neither YAML nor a script", file.display()));
                let hint = "task files end in .yaml or .yml, scripts in .rhai".to_owned();
                return Err(Failure::usage(diagnostic.hint(Some(hint))));
            }
        }
    }
    review.sort();
    Ok(review)
}

fn kind(file: &Path) -> Option<&str> {
    file.extension().and_then(|ending| ending.to_str())
}

fn findings(review: &Review) -> Vec<(&'static str, &Diagnostic)> {
    let faults = review.faults.iter().map(|fault| ("error", fault));
    faults.chain(review.warnings.iter().map(|warning| ("warning", warning))).collect()
}

/// One finding for programs; columns count from 1, in characters, and `end_column` is the one after the last.
fn row(severity: &str, fault: &Diagnostic) -> Value {
    let place = fault.place.as_ref();
    json!({
        "file": place.map(|at| &at.path),
        "line": place.map(|at| at.line),
        "column": place.map(|at| at.column),
        "end_column": place.map(|at| at.column + at.len.max(1)),
        "severity": severity,
        "code": fault.code,
        "message": fault.message,
        "notes": fault.notes,
        "hint": fault.hint,
    })
}

/// A warning in one line.
fn in_passing(warning: &Diagnostic) -> String {
    let hint = warning.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    warning.headline() + &hint
}

fn looked_at(review: &Review) -> String {
    let parts = [(review.files, "file"), (review.tasks, "task"), (review.scripts, "script")];
    parts.map(|(count, what)| counted(count, what)).join(", ")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
