//! Which expressions can be evaluated without running anything: those that use only what is known and only functions of the
//! language itself.

/// What is known before a run.
const KNOWN: [&str; 8] = ["params", "env", "vars", "secrets", "project", "item", "index", "matrix"];
const WORDS: [&str; 7] = ["true", "false", "in", "if", "else", "let", "switch"];
/// Functions that look at a value and nothing else.
const PURE: [&str; 24] = [
    "len",
    "contains",
    "starts_with",
    "ends_with",
    "to_upper",
    "to_lower",
    "trim",
    "is_empty",
    "to_string",
    "type_of",
    "keys",
    "values",
    "split",
    "sub_string",
    "parse_int",
    "parse_float",
    "abs",
    "min",
    "max",
    "index_of",
    "range",
    "get",
    "to_int",
    "to_float",
];

/// Whether an expression needs nothing but what is known before a run; `bound` is what a loop calls its element.
pub(super) fn is_pure(code: &str, bound: &[String]) -> bool {
    let mut rest = code;
    let mut after_dot = false;
    while let Some(c) = rest.chars().next() {
        if c == '`' || rest.starts_with("//") || rest.starts_with("/*") {
            return false;
        }
        if c == '"' || c == '\'' {
            let Some(end) = closing(rest, c) else { return false };
            rest = &rest[end..];
            after_dot = false;
            continue;
        }
        if c.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            after_dot = false;
            continue;
        }
        if !(c.is_alphabetic() || c == '_') {
            // A range is no member.
            after_dot = c == '.' && !rest.starts_with("..");
            let step = if rest.starts_with("..") { 2 } else { c.len_utf8() };
            rest = &rest[step..];
            continue;
        }
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, tail) = rest.split_at(len);
        let is_key = tail.trim_start().starts_with(':') && !tail.trim_start().starts_with("::");
        let fine = if tail.trim_start().starts_with('(') {
            PURE.contains(&word) || WORDS.contains(&word)
        } else {
            after_dot
                || is_key
                || KNOWN.contains(&word)
                || WORDS.contains(&word)
                || bound.iter().any(|name| name == word)
        };
        if !fine {
            return false;
        }
        rest = tail;
        after_dot = false;
    }
    true
}

/// Where a string ends that begins with this quote.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_run_is_pure() {
        for code in [
            "params.a == 1",
            "1..params.n",
            "[1, 2]",
            "params.x.contains(\"exec(\")",
            "#{a: 1}",
            "env.HOME != ()",
            "'a' in params.x",
        ] {
            assert!(is_pure(code, &[]), "{code}");
        }
        for code in [
            "out.ok",
            "docker.list()",
            "params.x.exec(\"rm\")",
            "`${out}`",
            "sh(\"x\")",
            "steps.a.ok",
            "each",
            "print(1)",
        ] {
            assert!(!is_pure(code, &[]), "{code}");
        }
        assert!(is_pure("each > 1", &[String::from("each")]));
    }
}
