//! A text from a YAML file that knows where each of its characters stands there.

use std::sync::Arc;

use crate::config::{Node, Span};
use crate::view::Place;

/// A YAML file as errors show it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// As shown to people.
    pub(super) name: String,
    pub(super) text: Arc<str>,
    /// Where relative script paths begin; `None` for the embedded files.
    pub(super) folder: Option<std::path::PathBuf>,
    /// Where commands run; the working folder when `None`.
    pub(super) workdir: Option<std::path::PathBuf>,
}

impl File {
    /// Where relative paths of the file begin: the project's folder, or where the user stands.
    pub(super) fn base(&self) -> std::path::PathBuf {
        self.folder.clone().unwrap_or_else(|| std::env::current_dir().unwrap_or_default())
    }

    pub(super) fn place(&self, span: Span) -> Place {
        // What spans lines is shown by its beginning.
        let shown = self
            .text
            .get(span.start..span.start + span.len)
            .map_or(1, |text| text.lines().next().map_or(1, |line| line.trim_end().chars().count()));
        Place { path: self.name.clone(), source: self.text.clone(), line: span.line, column: span.column, len: shown }
    }
}

/// A scalar of a YAML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) file: Arc<File>,
    /// Where the value begins; each line of a block begins at the same column.
    pub(super) line: usize,
    pub(super) column: usize,
    /// Whether the characters of the value stand in the file as they are.
    exact: bool,
}

impl Text {
    /// The scalar of a node; `None` for lists, maps and nothing.
    pub(super) fn new(node: &Node, file: &Arc<File>) -> Option<Self> {
        let value = node.scalar()?;
        let span = node.span.unwrap_or(Span { line: 1, column: 1, start: 0, len: 0 });
        let written = file.text.get(span.start..span.start + span.len).unwrap_or_default();
        let (line, column, exact) = locate(&value, written, span);
        Some(Self { value, file: file.clone(), line, column, exact })
    }

    /// The empty text of a node that is no scalar.
    pub(super) fn empty(node: &Node, file: &Arc<File>) -> Self {
        let span = node.span.unwrap_or(Span { line: 1, column: 1, start: 0, len: 0 });
        Self { value: String::new(), file: file.clone(), line: span.line, column: span.column, exact: false }
    }

    /// The same place with another value, such as the whole name for a short one.
    pub(super) fn renamed(mut self, value: String) -> Self {
        self.exact = false;
        self.value = value;
        self
    }

    /// The place of some bytes of the value.
    pub(super) fn place(&self, offset: usize, len: usize) -> Place {
        let before = self.value.get(..offset).unwrap_or_default();
        let lines = before.matches('\n').count();
        let last = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let (line, column, len) = if self.exact {
            let shown = self.value.get(offset..offset + len).and_then(|text| text.lines().next());
            (self.line + lines, self.column + last, shown.map_or(1, |text| text.chars().count()))
        } else {
            (self.line, self.column, 1)
        };
        Place { path: self.file.name.clone(), source: self.file.text.clone(), line, column, len }
    }

    /// The place of the whole, shown by its first line.
    pub(super) fn whole(&self) -> Place {
        let skip = self.value.len() - self.value.trim_start_matches('\n').len();
        let first = self.value[skip..].lines().next().map_or(0, |line| line.trim_end().len());
        self.place(skip, first)
    }

    /// The same, with stars in the place of what stands there: it may be a secret.
    pub(super) fn hidden(&self) -> Place {
        let place = self.whole();
        let shown = self.value.lines().map(str::trim).find(|part| !part.is_empty()).unwrap_or_default();
        let stars = "*".repeat(shown.chars().count());
        let hide = |(index, line): (usize, &str)| {
            if index + 1 == place.line && !shown.is_empty() { line.replace(shown, &stars) } else { line.to_owned() }
        };
        let source: String = self.file.text.split_inclusive('\n').enumerate().map(hide).collect();
        Place { source: source.into(), ..place }
    }

    /// The first line that says something, for headers.
    pub(super) fn headline(&self) -> &str {
        self.value.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }
}

/// Where a value begins in the file, and whether it stands there as it is.
fn locate(value: &str, written: &str, span: Span) -> (usize, usize, bool) {
    if written == value {
        return (span.line, span.column, !value.contains('\n'));
    }
    if written.len() >= 2 && written.starts_with(['"', '\'']) && &written[1..written.len() - 1] == value {
        return (span.line, span.column + 1, true);
    }
    // A block's span begins with its first line that is not empty.
    let content = value.trim_start_matches('\n');
    let skipped = value.len() - content.len();
    let indent = span.column.saturating_sub(1);
    let strip = |line: &str| line.get(indent.min(line.len())..).unwrap_or_default().trim_end().to_owned();
    let mut lines = written.lines();
    let first = lines.next().unwrap_or_default().trim_end().to_owned();
    let standing: Vec<String> = std::iter::once(first).chain(lines.map(strip)).collect();
    let wanted: Vec<String> = content.lines().map(|line| line.trim_end().to_owned()).collect();
    let exact = standing.len() >= wanted.len() && standing[..wanted.len()] == wanted[..];
    (span.line.saturating_sub(if exact { skipped } else { 0 }).max(1), span.column, exact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn text(yaml: &str) -> Text {
        let file = Arc::new(File { name: "t.yaml".into(), text: yaml.into(), folder: None, workdir: None });
        Text::new(parse(yaml).unwrap().get("k").unwrap(), &file).unwrap()
    }

    fn at(yaml: &str, needle: &str) -> (usize, usize) {
        let text = text(yaml);
        let place = text.place(text.value.find(needle).unwrap(), needle.len());
        (place.line, place.column)
    }

    #[test]
    fn a_place_in_a_scalar_is_the_place_in_the_file() {
        assert_eq!(at("k: one two\n", "two"), (1, 8));
        assert_eq!(at("k: \"one two\"\n", "two"), (1, 9));
        assert_eq!(at("k: |\n  one\n    two\n\n  three\n", "two"), (3, 5));
        assert_eq!(at("k: |\n  one\n    two\n\n  three\n", "three"), (5, 3));
        assert_eq!(at("a:\n  - x\nk: |-   # why\n\n    one\n     two\n", "two"), (6, 6));
        assert_eq!(at("k: 1.10\n", "10"), (1, 6));
    }

    #[test]
    fn a_folded_or_escaped_scalar_is_shown_by_its_beginning() {
        assert_eq!(at("k: >\n  one\n  two\n", "two"), (2, 3));
        assert_eq!(at("k: \"a\\tb two\"\n", "two"), (1, 4));
    }
}
