//! `xnet init [DIR]`: a project to begin with, whose tasks run as they stand.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::task;
use crate::view::Diagnostic;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the project; it is made when it is not there
    #[arg(value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,
    /// Tell what would be written, and write nothing
    #[arg(long)]
    list: bool,
}

/// Written last, so that a project is none before all of it is there.
const CONFIG: &str = ".xnet/config.yaml";

fn files() -> [(&'static str, String); 5] {
    let schema = serde_json::to_string_pretty(&task::schema()).unwrap_or_default() + "\n";
    [
        ("tasks/network.yaml", include_str!("starter/network.yaml").to_owned()),
        ("scripts/networks.rhai", include_str!("starter/networks.rhai").to_owned()),
        ("tests/network_test.rhai", include_str!("starter/network_test.rhai").to_owned()),
        (".xnet/schema.json", schema),
        (CONFIG, include_str!("starter/config.yaml").to_owned()),
    ]
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<(), Failure> {
    let folder = invocation.folder.join(&arguments.folder);
    let shown = |path: &str| {
        arguments
            .folder
            .join(path)
            .strip_prefix(".")
            .map_or_else(|_| arguments.folder.join(path).display().to_string(), |path| path.display().to_string())
    };
    let files = files();
    if !arguments.list {
        refuse(&folder, &files, &shown)?;
        for (path, text) in &files {
            write(&folder.join(path), text).map_err(|error| {
                Failure::new(1, Diagnostic::new(format!("{} could not be written: {error}", shown(path))))
            })?;
        }
    }
    let printer = &invocation.printer;
    let names: Vec<String> = files.iter().map(|(path, _)| shown(path)).collect();
    if printer.json() {
        printer.value(&json!({"files": names, "written": !arguments.list}));
        return Ok(());
    }
    let word = if arguments.list { "would write" } else { "wrote" };
    names.iter().for_each(|name| printer.data(&format!("{word} {name}")));
    if !arguments.list {
        printer.talk("next: `xnet tasks` lists its tasks, `xnet run hello` runs one, `xnet test` runs its tests, `xnet check` checks them all");
    }
    Ok(())
}

/// Nothing that is there is written over, and nothing is written beside it.
fn refuse(folder: &Path, files: &[(&str, String)], shown: &dyn Fn(&str) -> String) -> Result<(), Failure> {
    let there: Vec<String> = files
        .iter()
        .filter(|(path, _)| fs::symlink_metadata(folder.join(path)).is_ok())
        .map(|(path, _)| shown(path))
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    let are = if there.len() == 1 { "is" } else { "are" };
    let diagnostic = Diagnostic::new(format!("{} {are} there already, and nothing was written", there.join(", ")));
    Err(Failure::usage(diagnostic.hint(Some("`xnet init DIR` begins in another folder".to_owned()))))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    // Not over a file that came in the meantime.
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
