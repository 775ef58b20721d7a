//! Where a script's text came from, so that an error can show it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rhai::Position;

use super::error::Error;
use crate::view::Place;

/// A script: the code that runs, and the text that it stands in.
#[derive(Debug, Clone)]
pub struct Source {
    /// Shown in errors.
    pub path: String,
    /// The whole file.
    pub text: Arc<str>,
    pub code: String,
    /// Where `code` begins in `text`; 1 and 1 for a whole file. For a block, each line begins at `column`.
    pub line: usize,
    pub column: usize,
    /// Where `import "x"` looks first.
    pub folder: Option<PathBuf>,
}

impl Source {
    /// Reads a script file. A first line that begins with `#!` is not part of the code.
    pub fn file(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Error::unreadable(&shown, &error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| Error::unreadable(&shown, "it is not UTF-8 text"))?;
        let code = text.strip_prefix("#!").map_or_else(|| text.clone(), |rest| format!("//{rest}"));
        let folder = path.parent().map(Path::to_path_buf);
        Ok(Self { path: shown, text: text.into(), code, line: 1, column: 1, folder })
    }

    /// Code that stands inside another file, such as a step of a YAML task.
    pub fn inline(
        path: impl Into<String>,
        text: impl Into<Arc<str>>,
        code: impl Into<String>,
        line: usize,
        column: usize,
    ) -> Self {
        Self { path: path.into(), text: text.into(), code: code.into(), line, column, folder: None }
    }

    /// Code that is its own text: a line of the REPL, an argument of `eval`.
    pub fn literal(name: impl Into<String>, code: impl Into<String>) -> Self {
        let code = code.into();
        Self { path: name.into(), text: code.as_str().into(), code, line: 1, column: 1, folder: None }
    }

    /// A position of the code as a place in the text.
    pub(super) fn place(&self, position: Position, len: usize) -> Option<Place> {
        let line = position.line()?;
        let column = position.position().unwrap_or(1);
        Some(Place {
            path: self.path.clone(),
            source: self.text.clone(),
            line: line + self.line - 1,
            column: column + self.column - 1,
            len,
        })
    }

    /// Characters of the word that begins at a position: what an error underlines.
    pub(super) fn word_len(&self, position: Position) -> usize {
        let line = position.line().and_then(|line| self.code.lines().nth(line - 1)).unwrap_or_default();
        let rest = line.chars().skip(position.position().unwrap_or(1).saturating_sub(1));
        rest.take_while(|c| c.is_alphanumeric() || *c == '_').count().max(1)
    }
}

/// Every source of a session by the name that Rhai knows it by.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<HashMap<String, Source>>);

impl Sources {
    pub(super) fn add(&self, source: Source) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(source.path.clone(), source);
    }

    pub(super) fn get(&self, name: &str) -> Option<Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}
