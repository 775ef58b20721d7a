//! The words of a line, for colours, for completion and to see whether it ends too early. They need not be right to be cut.

use std::ops::Range;

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    Keyword,
    Name,
    Number,
    /// A string, from quote to quote; `closed` when its last quote is there.
    Text {
        closed: bool,
    },
    /// A comment; only one between `/*` and `*/` can be open.
    Comment {
        closed: bool,
    },
    Sign,
}

/// A piece of a line, by bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

const KEYWORDS: &[&str] = &[
    "let", "const", "if", "else", "switch", "do", "while", "until", "loop", "for", "in", "continue", "break", "return",
    "throw", "try", "catch", "fn", "private", "import", "export", "as", "true", "false", "this", "global",
];

/// Cuts a text into words that cover all of it.
pub(super) fn cut(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, len) = match first {
            c if c.is_whitespace() => (Kind::Space, span(rest, char::is_whitespace)),
            '"' | '`' | '\'' => quoted(rest, first),
            '/' if rest.starts_with("//") => (Kind::Comment { closed: true }, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => comment(rest),
            c if c.is_ascii_digit() => (Kind::Number, number(rest)),
            c if c.is_alphabetic() || c == '_' => name(rest),
            '#' if rest.starts_with("#{") => (Kind::Sign, 2),
            ':' if rest.starts_with("::") => (Kind::Sign, 2),
            c => (Kind::Sign, c.len_utf8()),
        };
        words.push(Word { kind, range: at..at + len });
        at += len;
    }
    words
}

/// Whether a line must go on: in the middle of a comment, a string or a statement.
pub(super) fn goes_on(text: &str) -> bool {
    let open = cut(text).last().is_some_and(|word| word.kind == Kind::Comment { closed: false });
    open || crate::script::incomplete(text)
}

/// The text as a statement of a file: with a `;`, unless it ends with one.
pub(super) fn statement(text: &str) -> String {
    let words = cut(text);
    let meaning = |word: &&Word| !matches!(word.kind, Kind::Space | Kind::Comment { .. });
    match words.iter().rev().find(meaning) {
        Some(word) if &text[word.range.clone()] != ";" => {
            let (code, comment) = text.split_at(word.range.end);
            format!("{code};{comment}")
        }
        _ => text.to_owned(),
    }
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn quoted(text: &str, quote: char) -> (Kind, usize) {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote != '`' => return (Kind::Text { closed: false }, index),
            c if c == quote => return (Kind::Text { closed: true }, index + 1),
            _ => {}
        }
    }
    (Kind::Text { closed: false }, text.len())
}

/// Block comments stand inside each other.
fn comment(text: &str) -> (Kind, usize) {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return (Kind::Comment { closed: true }, at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    (Kind::Comment { closed: false }, text.len())
}

/// `1.5` is a number, `1..5` and `1.abs()` begin with one.
fn number(text: &str) -> usize {
    let len = span(text, |c| c.is_ascii_alphanumeric() || c == '_');
    let fraction = text[len..].strip_prefix('.').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    len + fraction.map_or(0, |rest| 1 + span(rest, |c| c.is_ascii_alphanumeric() || c == '_'))
}

fn name(text: &str) -> (Kind, usize) {
    let len = span(text, |c| c.is_alphanumeric() || c == '_');
    (if KEYWORDS.contains(&&text[..len]) { Kind::Keyword } else { Kind::Name }, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(Kind, &str)> {
        let words = cut(text);
        assert_eq!(words.iter().map(|word| &text[word.range.clone()]).collect::<String>(), text);
        words
            .iter()
            .filter(|word| word.kind != Kind::Space)
            .map(|word| (word.kind, &text[word.range.clone()]))
            .collect()
    }

    #[test]
    fn words_have_their_kinds() {
        let expected = vec![
            (Kind::Keyword, "let"),
            (Kind::Name, "x1"),
            (Kind::Sign, "="),
            (Kind::Number, "1.5"),
            (Kind::Sign, "+"),
            (Kind::Text { closed: true }, "\"a\\\"b\""),
            (Kind::Sign, ";"),
            (Kind::Comment { closed: true }, "// done"),
        ];
        assert_eq!(seen("let x1 = 1.5 + \"a\\\"b\"; // done"), expected);
        assert_eq!(seen("1..5").first(), Some(&(Kind::Number, "1")));
        assert_eq!(seen("m::f")[1], (Kind::Sign, "::"));
        assert_eq!(seen("é /* a /* b */ */ü").last(), Some(&(Kind::Name, "ü")));
    }

    #[test]
    fn what_is_open_is_told() {
        assert_eq!(seen("\"ab\nc").first(), Some(&(Kind::Text { closed: false }, "\"ab")));
        assert_eq!(seen("`ab\nc").first(), Some(&(Kind::Text { closed: false }, "`ab\nc")));
        assert!(goes_on("/* a"));
        assert!(goes_on("fn f() {"));
        assert!(!goes_on("\"ab"));
        assert!(!goes_on("1 /* a */"));
    }

    #[test]
    fn a_line_becomes_a_statement() {
        assert_eq!(statement("x = 1 // why"), "x = 1; // why");
        assert_eq!(statement("x = 1;  "), "x = 1;  ");
        assert_eq!(statement("// only words"), "// only words");
    }
}
