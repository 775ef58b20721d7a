//! Where a script's text came from, so that an error can show it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::Position;

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
    pub comparisons: Comparisons,
}

/// What becomes of comparisons of values of different types, which are never true in Rhai.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Comparisons {
    /// As in Rhai.
    #[default]
    Any,
    /// An order (`<`) between them is an error; equality is as in Rhai. So it is in the scripts of tasks.
    Ordered,
    /// Equality is an error too, unless it asks whether something is there. So it is in conditions.
    Alike,
}

impl Source {
    /// Code that stands inside another file, such as a step of a YAML task.
    pub fn inline(
        path: impl Into<String>,
        text: impl Into<Arc<str>>,
        code: impl Into<String>,
        line: usize,
        column: usize,
    ) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            code: code.into(),
            line,
            column,
            folder: None,
            comparisons: Comparisons::Any,
        }
    }

    /// Code that is its own text: a line of the REPL, an argument of `eval`.
    pub fn literal(name: impl Into<String>, code: impl Into<String>) -> Self {
        let code = code.into();
        Self {
            path: name.into(),
            text: code.as_str().into(),
            code,
            line: 1,
            column: 1,
            folder: None,
            comparisons: Comparisons::Any,
        }
    }

    /// The word at a position, as a place in the text. `before` lines were counted before the code.
    pub(super) fn place_of_word(&self, position: Position, before: usize) -> Option<Place> {
        let line = position.line()?.checked_sub(before)?;
        let column = position.position().unwrap_or(1);
        Some(Place {
            path: self.path.clone(),
            source: self.text.clone(),
            line: (line + self.line).saturating_sub(1),
            column: column + self.column - 1,
            len: self.word_len(line, column),
        })
    }

    /// Characters of the word that begins there: what an error underlines.
    fn word_len(&self, line: usize, column: usize) -> usize {
        let line = line.checked_sub(1).and_then(|line| self.code.lines().nth(line)).unwrap_or_default();
        let rest = line.chars().skip(column.saturating_sub(1));
        rest.take_while(|c| c.is_alphanumeric() || *c == '_').count().max(1)
    }
}

/// Every source of a session by the name that Rhai knows it by.
///
/// What the session evaluates goes by one name, the first one's: Rhai forgets which evaluation a function came from. The
/// evaluations are told apart by their lines, each beginning where those before it end.
#[derive(Debug, Default)]
pub(super) struct Sources {
    modules: Mutex<HashMap<String, Source>>,
    evaluated: Mutex<Evaluated>,
}

#[derive(Debug, Default)]
struct Evaluated {
    name: String,
    /// The sources, each with the lines before it, in order.
    parts: Vec<(usize, Source)>,
}

impl Sources {
    pub(super) fn add(&self, source: Source) {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner).insert(source.path.clone(), source);
    }

    /// Takes in what the session evaluates next, after so many lines; returns the name that Rhai is to know it by.
    pub(super) fn begin(&self, source: Source, before: usize) -> String {
        let mut evaluated = self.evaluated.lock().unwrap_or_else(PoisonError::into_inner);
        if evaluated.name.is_empty() {
            evaluated.name.clone_from(&source.path);
        }
        // One that left no functions behind is replaced: its lines were not counted.
        evaluated.parts.retain(|(lines, _)| *lines < before);
        evaluated.parts.push((before, source));
        evaluated.name.clone()
    }

    pub(super) fn get(&self, name: &str) -> Option<Source> {
        let evaluated = self.evaluated.lock().unwrap_or_else(PoisonError::into_inner);
        if evaluated.name == name {
            return evaluated.parts.last().map(|(_, source)| source.clone());
        }
        self.modules.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The word at a position of the source that Rhai knows by this name.
    pub(super) fn place(&self, name: &str, position: Position) -> Option<Place> {
        let evaluated = self.evaluated.lock().unwrap_or_else(PoisonError::into_inner);
        if evaluated.name == name || evaluated.parts.iter().any(|(_, source)| source.path == name) {
            let line = position.line()?;
            let (before, source) = evaluated.parts.iter().rev().find(|(before, _)| *before < line)?;
            return source.place_of_word(position, *before);
        }
        drop(evaluated);
        self.get(name)?.place_of_word(position, 0)
    }
}
