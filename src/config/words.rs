//! What the YAML reader says of a text that is none, in our words, with what to do.

use super::node::Span;

/// A beginning or a part of the reader's words; ours; what to do.
const WORDS: &[(&str, &str, &str)] = &[
    ("unexpected character: `\\u{0}'", "a NUL byte cannot stand in YAML", ""),
    ("recursion limit exceeded", DEEP, ""),
    ("budget breached: Depth", DEEP, ""),
    ("budget breached: Nodes", "these are more values than can be read; an alias counts as all that it stands for", ""),
    ("budget breached", "this is more than can be read; an alias counts as all that it stands for", ""),
    ("mapping values are not allowed", "a `:` cannot stand here", COLON),
    ("illegal placement of ':'", "a `:` cannot stand here", "a bracket before it is not closed, or a comma is missing"),
    ("multiline quoted scalar", "a quote is not closed", "the text that begins before goes on until the same quote"),
    ("unexpected end of stream", "a quote is not closed", "the text that begins before goes on until the same quote"),
    ("trailing content after", "something follows the closing quote", QUOTES),
    ("unknown escape character", "a backslash in double quotes stands before something it does not escape", BACKSLASH),
    ("hexadecimal number", "`\\x` and `\\u` are followed by the digits of a character", BACKSLASH),
    ("surrogate", "`\\u` is followed by the digits of a character", BACKSLASH),
    ("Unicode character escape", "`\\u` is followed by the digits of a character", BACKSLASH),
    ("unknown anchor", "an alias stands for what `&name` has marked before, and nothing is marked so", STAR),
    ("alphabetic or numeric character", "`*` and `&` are followed by a name", STAR),
    (
        "did not find expected '-'",
        "a list and a map cannot stand side by side",
        "elements of a list begin with `- ` in one column",
    ),
    ("did not find expected key", "this begins in another column than what it belongs to", INDENT),
    (
        "simple key expected",
        "a key needs a `:` after it",
        "text that goes on stands further right than its key; after `|` each line keeps its end",
    ),
    ("simple keys", "a key needs a `:` after it, on its own line", INDENT),
    ("invalid indentation in flow", "what stands in brackets begins further right than the key before them", ""),
    ("indentation", "this begins in another column than what it belongs to", INDENT),
    (
        "block scalar",
        "after `|` or `>` the text begins on the next line, further right",
        "command: |\n  echo one\n  echo two",
    ),
    ("multiple YAML documents", "a second document begins here, and a file holds one", "leave out the `---` before it"),
    ("expected string scalar", "a key is text, and cannot be a list or a map", BRACES),
    ("cannot deserialize null into string", "a key is missing before this `:`", ""),
    ("misplaced bracket", "this bracket closes nothing", "text that begins with a bracket stands in quotes"),
    (
        "did not find expected ',' or",
        "in brackets elements stand apart by `,`, and a bracket closes what it opened",
        "",
    ),
    ("expected ',' or ']'", "in brackets elements stand apart by `,`, and a bracket closes what it opened", ""),
    ("unexpected EOF", "a bracket is not closed", ""),
    ("node content", "a value is missing here", "text that begins with a sign of YAML stands in quotes"),
    ("YAML directive", "a line that begins with `%` is no task file", "text that begins with `%` stands in quotes"),
    ("YAML major version", "this is another YAML than the one that is read: it is 1.2", "leave out the line `%YAML`"),
    ("TAG", TAG, BANG),
    ("a tag", TAG, BANG),
    ("invalid ", "this is no value of the type that `!!` gives it", "leave out the `!!`"),
];

const DEEP: &str = "this is nested more deeply than can be read";
const COLON: &str =
    "text that holds `: ` stands in quotes, or on lines of its own after `|`; keys of one map begin in one column";
const QUOTES: &str = "a quote within single quotes is doubled: 'it''s'; or write \"it's\"";
const BACKSLASH: &str = "single quotes keep every backslash: '\\d+'";
const STAR: &str = "text that begins with `*` or `&` stands in quotes: \"*.log\"";
const INDENT: &str = "keys of one map, and the `-` of one list, begin in one column";
const BRACES: &str = "text that begins with `{` or `[` stands in quotes; a value is written \"${params.x}\"";
const TAG: &str = "a tag, which begins with `!`, has no meaning here";
const BANG: &str = "text that begins with `!` stands in quotes: when: \"!params.x\"";

/// Our words for the reader's, and a hint.
pub(super) fn plain(raw: &str) -> (String, Option<String>) {
    if let Some(key) = raw.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.split(',').next()) {
        let hint = "one of them is too many, or stands in the wrong column";
        return (format!("the key `{key}` stands here twice"), Some(hint.into()));
    }
    if let Some(bracket) = raw.strip_prefix("unclosed bracket ") {
        let bracket = bracket.trim_matches('\'');
        return (format!("the bracket `{bracket}` is not closed"), None);
    }
    if let Some((_, ours, hint)) = WORDS.iter().find(|(theirs, ..)| raw.contains(theirs)) {
        return ((*ours).to_owned(), Some(*hint).filter(|hint| !hint.is_empty()).map(str::to_owned));
    }
    if let Some(sign) = raw.strip_prefix("unexpected character: `").and_then(|rest| rest.chars().next()) {
        return (format!("text cannot begin with {sign:?}"), Some(String::from("put it in quotes")));
    }
    (format!("this is not YAML: {raw}"), None)
}

/// What to say of a tag: most often it is a condition that begins with a `!`.
pub(super) fn tag(tag: &str) -> (String, Option<String>) {
    let shown = tag.strip_prefix('!').unwrap_or(tag);
    (
        format!("`!{shown}` is a tag, which has no meaning here"),
        Some(format!("text that begins with `!` stands in quotes: \"!{shown}\"")),
    )
}

/// Whether the line of a place is indented by a tab.
pub(super) fn is_tabbed(text: &str, span: Option<Span>) -> bool {
    let line = span.and_then(|span| text.lines().nth(span.line.saturating_sub(1)));
    line.is_some_and(|line| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t'))
}
