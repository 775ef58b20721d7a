//! The one form of an error: `path:line:column`, the source line, a caret, notes, `hint:`.

use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// An error, ready to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnostic {
    pub message: String,
    /// What kind of fault it is, for programs: `unknown-option`. Empty where nobody has said.
    pub code: &'static str,
    pub place: Option<Place>,
    /// Where it was called from, innermost first.
    pub trace: Vec<(String, Place)>,
    pub notes: Vec<String>,
    pub hint: Option<String>,
}

/// A place in a source text. Lines and columns count from 1, in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub path: String,
    /// The whole text of the file.
    pub source: Arc<str>,
    pub line: usize,
    pub column: usize,
    /// Characters to underline; at least one is.
    pub len: usize,
}

impl Place {
    fn start(&self) -> usize {
        let lines = self.source.split_inclusive('\n').take(self.line.saturating_sub(1)).map(str::len).sum::<usize>();
        let rest = self.source.get(lines..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let column = line.char_indices().nth(self.column.saturating_sub(1)).map_or(line.len(), |(index, _)| index);
        (lines + column).min(self.source.len())
    }

    fn range(&self) -> std::ops::Range<usize> {
        let start = self.start();
        let rest = self.source.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let end = line.char_indices().nth(self.len.max(1)).map_or(line.len(), |(index, _)| index);
        start..start + end
    }
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// In one line, for what is told in passing: `tasks/web.yaml:3:1: unknown key`.
    pub fn headline(&self) -> String {
        let message = self.message.lines().next().unwrap_or_default();
        match &self.place {
            Some(place) => format!("{}:{}:{}: {message}", place.path, place.line, place.column),
            None => message.to_owned(),
        }
    }

    /// The message whole, after its place where it has one.
    pub fn located(&self) -> String {
        match &self.place {
            Some(place) => format!("{}:{}:{}: {}", place.path, place.line, place.column, self.message),
            None => self.message.clone(),
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// The same with its words changed; the sources it shows stay as they are.
    #[must_use]
    pub(super) fn mapped(&self, change: &dyn Fn(&str) -> String) -> Self {
        Self {
            message: change(&self.message),
            code: self.code,
            place: self.place.clone(),
            trace: self.trace.iter().map(|(label, place)| (change(label), place.clone())).collect(),
            notes: self.notes.iter().map(|note| change(note)).collect(),
            hint: self.hint.as_deref().map(change),
        }
    }

    /// The text for people, without a final newline.
    pub fn render(&self, colour: bool) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(&self.message));
        if let Some(place) = &self.place {
            group = group.element(snippet(place, AnnotationKind::Primary));
        }
        for (label, place) in self.trace.iter().take(8) {
            group = group.element(Level::NOTE.message(label));
            group = group.element(snippet(place, AnnotationKind::Context));
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(note));
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.with_name("hint").message(hint));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

fn snippet(place: &Place, kind: AnnotationKind) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(&*place.source).path(&*place.path).fold(true).annotation(kind.span(place.range()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_path_line_column_source_caret_and_hint() {
        let place = Place { path: "a.rhai".into(), source: "let x = 1;\nfo(x);\n".into(), line: 2, column: 1, len: 2 };
        let text = Diagnostic::new("unknown function `fo`")
            .at(Some(place))
            .hint(Some("did you mean `foo`?".into()))
            .render(false);
        assert!(text.starts_with("error: unknown function `fo`\n"), "{text}");
        assert!(text.contains("a.rhai:2:1"), "{text}");
        assert!(text.contains("fo(x);"), "{text}");
        assert!(text.contains("^^"), "{text}");
        assert!(text.contains("hint: did you mean `foo`?"), "{text}");
    }

    #[test]
    fn places_beyond_the_text_do_not_panic() {
        for (line, column) in [(0, 0), (1, 99), (99, 1), (2, 1)] {
            let place = Place { path: "p".into(), source: "é\n".into(), line, column, len: 5 };
            let _ = Diagnostic::new("x").at(Some(place)).render(false);
        }
    }
}
