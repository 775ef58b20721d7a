//! Finds in the source what an error is about, where Rhai only tells the call: the option, or the property after the dot.

use crate::view::Place;

/// The place of the option that a message of `values::options` names; the call's own where it is not written in the call.
pub(super) fn option(place: Place, message: &str) -> Place {
    let Some(path) = named(message) else { return place };
    let text: Vec<char> = place.source.chars().collect();
    let Some(mut at) = offset(&text, place.line, place.column) else { return place };
    let mut found = None;
    for key in path.split('.').map(|step| step.split('[').next().unwrap_or_default()).filter(|key| !key.is_empty()) {
        let Some(key_at) = key_within(&text, at, key, found.is_none()) else { return place };
        at = key_at;
        found = Some((key_at, key.chars().count()));
    }
    match found {
        Some((at, len)) => moved(place, &text, at, len),
        None => place,
    }
}

/// The place of the property, where the error is at the dot before it.
pub(super) fn property(place: Place) -> Place {
    let text: Vec<char> = place.source.chars().collect();
    let Some(at) = offset(&text, place.line, place.column) else { return place };
    let skipped = text[at..].iter().take_while(|c| matches!(c, '.' | '?') || c.is_whitespace()).count();
    let dot = text.get(at).is_some_and(|c| matches!(c, '.' | '?'));
    let len = word(&text, at + skipped).len();
    if dot && len > 0 { moved(place, &text, at + skipped, len) } else { place }
}

/// The name that stands before the dot of the property at this place.
pub(super) fn owner(place: &Place) -> Option<String> {
    let text: Vec<char> = place.source.chars().collect();
    let at = offset(&text, place.line, place.column)?;
    let before: String = text[..at].iter().collect();
    let before = before.trim_end().strip_suffix('.')?;
    let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    Some(before.get(start..)?.to_owned()).filter(|name| !name.is_empty())
}

/// The path in ``docker.run: `ports[1]`: …`` or ``docker.run: unknown option `a` in `b` ``.
fn named(message: &str) -> Option<String> {
    // What a request is checked for by itself comes without the call.
    let rest = match message.split_once(": ") {
        Some((call, rest)) if !call.contains(char::is_whitespace) && !call.starts_with('`') => rest,
        _ => message,
    };
    let mut quoted = rest.split('`').skip(1).step_by(2);
    if rest.starts_with("unknown option `") {
        let key = quoted.next()?;
        let within = rest.contains("` in `").then(|| quoted.next()).flatten();
        return Some(within.map_or_else(|| key.to_owned(), |parent| format!("{parent}.{key}")));
    }
    let path = quoted.next().filter(|_| rest.starts_with('`'))?;
    rest.starts_with(&format!("`{path}`: ")).then(|| path.to_owned())
}

fn offset(text: &[char], line: usize, column: usize) -> Option<usize> {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(breaks) => text.iter().enumerate().filter(|(_, c)| **c == '\n').nth(breaks)?.0 + 1,
    };
    Some(start + column.checked_sub(1)?).filter(|at| *at < text.len())
}

fn moved(place: Place, text: &[char], at: usize, len: usize) -> Place {
    let before = &text[..at];
    let line = before.iter().filter(|c| **c == '\n').count() + 1;
    let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
    Place { line, column, len, ..place }
}

fn word(text: &[char], at: usize) -> String {
    text.iter().skip(at).take_while(|c| c.is_alphanumeric() || **c == '_').collect()
}

/// Where `key:` stands in the brackets that open next; with `call`, those of the call, otherwise those of the key before.
fn key_within(text: &[char], from: usize, key: &str, call: bool) -> Option<usize> {
    let open = (from..text.len()).find(|at| matches!(text[*at], '(' | '{' | '['))?;
    if call && text[open] != '(' {
        return None;
    }
    let (mut depth, mut at) = (0_usize, open);
    while let Some(c) = text.get(at) {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return None;
                }
            }
            '/' if text.get(at + 1) == Some(&'/') => at = (at..text.len()).find(|at| text[*at] == '\n')?,
            '"' | '`' => {
                let end = closing(text, at)?;
                let inside: String = text[at + 1..end].iter().collect();
                if inside == key && is_key(text, end + 1) {
                    return Some(at + 1);
                }
                at = end;
            }
            c if c.is_alphanumeric() || *c == '_' => {
                let word = word(text, at);
                let end = at + word.chars().count();
                if word == key && is_key(text, end) {
                    return Some(at);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The quote that ends a string.
fn closing(text: &[char], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while text.get(at)? != &text[open] {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    Some(at)
}

/// Whether a colon follows, and no second one.
fn is_key(text: &[char], at: usize) -> bool {
    let mut rest = text.iter().skip(at).skip_while(|c| c.is_whitespace());
    rest.next() == Some(&':') && rest.next() != Some(&':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, column: usize, message: &str) -> (usize, usize, usize) {
        let place = Place { path: "x".into(), source: source.into(), line: 1, column, len: 3 };
        let place = option(place, message);
        (place.line, place.column, place.len)
    }

    #[test]
    fn an_option_is_found_where_it_is_written() {
        assert_eq!(shown("run(\"a\", #{\n  nmae: 1})", 1, "docker.run: unknown option `nmae`"), (2, 3, 4));
        let nested = "f(\"n\", #{gateway: 1, ipam: #{config: [#{gateway: 2}]}})";
        assert_eq!(shown(nested, 1, "f: `ipam.config[0].gateway`: \"2\" is none"), (1, 41, 7));
        assert_eq!(shown("f(\"nmae: 1\", #{\"nmae\": 1})", 1, "f: unknown option `nmae`"), (1, 17, 4));
    }

    #[test]
    fn what_is_not_written_in_the_call_leaves_the_place_alone() {
        for (source, message) in [
            ("f(o); #{nmae: 1}", "f: unknown option `nmae`"),
            ("f(\"", "f: unknown option `nmae`"),
            ("f", "f: unknown option `nmae`"),
            ("f(#{a::b: 1})", "f: unknown option `a`"),
            ("f(#{a: 1})", "an own: `a` message"),
            ("f(#{a: 1})", "`a` is not there"),
            ("ä(#{\\", "f: `ä`"),
        ] {
            assert_eq!(shown(source, 1, message), (1, 1, 3), "{source}");
        }
    }
}
