//! Files that tasks name: where they are, and their text, of which there is a bound.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::text::File;

/// A larger file of tasks is a mistake, and would take long to read.
pub(super) const LARGEST_TASKS: u64 = 4 * 1024 * 1024;

/// Where a path of a task file leads: from the project's folder, or from home for `~/`.
pub(super) fn located(path: &str, folder: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path)),
    }
}

/// The text of a file of at most so many bytes.
pub(super) fn text(path: &Path, largest: u64) -> Result<String, String> {
    let bounded = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = bounded().map_err(|error| error.to_string())?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > largest) {
        return Err(format!("it is larger than {} KiB", largest / 1024));
    }
    String::from_utf8(bytes).map_err(|_| String::from("it is not UTF-8 text"))
}

/// How a path that was meant from the file it stands in is written, if there is something of that name beside the file.
pub(super) fn beside(path: &str, file: &File) -> Option<String> {
    let near = Path::new(&file.name).parent()?.join(path).canonicalize().ok()?;
    let folder = file.folder.as_deref()?.canonicalize().ok()?;
    let written = near.strip_prefix(folder).ok()?.display().to_string();
    (written != path).then(|| format!("paths begin in the project's folder: write {written}"))
}
