//! A script read from its file.

use std::io::Read;
use std::path::Path;

use super::error::Error;
use super::source::{Comparisons, Source};

/// A larger script is a mistake: a device, or data.
const LARGEST: u64 = 16 * 1024 * 1024;

impl Source {
    /// Reads a script file. A byte order mark and a first line that begins with `#!` are no code.
    pub fn file(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map(|file| file.take(LARGEST + 1));
        let read = file.and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(|error| Error::unreadable(&shown, &error.to_string()))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
            return Err(Error::unreadable(&shown, &format!("it is larger than {} MiB", LARGEST / 1024 / 1024)));
        }
        let text = String::from_utf8(bytes).map_err(|_| Error::unreadable(&shown, "it is not UTF-8 text"))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let first = if text.starts_with("#!") { text.find('\n').unwrap_or(text.len()) } else { 0 };
        let code = text[first..].to_owned();
        let folder = path.parent().map(Path::to_path_buf);
        Ok(Self { path: shown, text: text.into(), code, line: 1, column: 1, folder, comparisons: Comparisons::Any })
    }
}
