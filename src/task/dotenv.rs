//! Files of `NAME=value` lines: how they are named in YAML, and what they hold. Nothing in them is expanded.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::files::{located, text};

/// Larger files are no list of variables.
const LARGEST: u64 = 1024 * 1024;

/// `.env`, `.env?`, or `{file: .env, required: false}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DotenvSpec {
    pub(super) file: String,
    /// Whether it must be there.
    pub(super) required: bool,
}

/// A file of `NAME=value` lines.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Long {
    /// From the project's folder, or from home for `~/`.
    file: String,
    /// Whether it must be there.
    #[serde(default = "yes")]
    required: bool,
}

impl JsonSchema for DotenvSpec {
    fn schema_name() -> Cow<'static, str> {
        "Dotenv".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let long = generator.subschema_for::<Long>();
        json_schema!({"oneOf": [{"type": "string", "minLength": 1}, long]})
    }
}

fn yes() -> bool {
    true
}

impl<'de> Deserialize<'de> for DotenvSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SpecVisitor;
        impl<'de> Visitor<'de> for SpecVisitor {
            type Value = DotenvSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a path, or a map with `file` and `required`")
            }

            fn visit_str<E: Error>(self, path: &str) -> Result<Self::Value, E> {
                let file = path.strip_suffix('?');
                Ok(DotenvSpec { file: file.unwrap_or(path).to_owned(), required: file.is_none() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let long = Long::deserialize(MapAccessDeserializer::new(map))?;
                Ok(DotenvSpec { file: long.file, required: long.required })
            }
        }
        deserializer.deserialize_any(SpecVisitor)
    }
}

/// The variables of a file, in its order; `None` when it may be missing, and is. Errors say the line, and not what stands
/// in it: it may be a secret.
pub(super) fn read(spec: &DotenvSpec, folder: Option<&Path>) -> Result<Option<Vec<(String, String)>>, String> {
    let path = located(&spec.file, folder);
    if !spec.required && !path.exists() {
        return Ok(None);
    }
    let content = text(&path, LARGEST).map_err(|error| format!("{} could not be read: {error}", spec.file))?;
    parse(&content).map(Some).map_err(|(line, message)| format!("{}:{line}: {message}", spec.file))
}

/// Whether the file is there at all.
pub(super) fn is_there(spec: &DotenvSpec, folder: Option<&Path>) -> bool {
    located(&spec.file, folder).exists()
}

type Fault = (usize, String);

/// Reads the text of such a file. A fault is a line, counted from 1, and words.
fn parse(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text;
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        if rest.is_empty() {
            return Ok(found);
        }
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let (name, after) = name(rest).map_err(|message| (line, message))?;
        let (value, after) = value(after).map_err(|message| (line, format!("`{name}`: {message}")))?;
        if value.contains('\0') {
            return Err((line, format!("`{name}`: a variable cannot hold a NUL byte")));
        }
        found.push((name.to_owned(), value));
        rest = after;
    }
}

/// `NAME =`, with `export` before it or not, and what follows.
fn name(rest: &str) -> Result<(&str, &str), String> {
    let exported = rest.strip_prefix("export").filter(|after| after.starts_with([' ', '\t']));
    let rest = exported.unwrap_or(rest).trim_start_matches([' ', '\t']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    match after.trim_start_matches([' ', '\t']).strip_prefix('=') {
        Some(after) if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) => Ok((name, after)),
        _ => Err(String::from("expected NAME=value")),
    }
}

/// The value, and what follows its line.
fn value(rest: &str) -> Result<(String, &str), String> {
    let rest = rest.trim_start_matches([' ', '\t']);
    let (value, after) = match rest.chars().next() {
        Some('\'') => rest[1..].split_once('\'').map(|(value, after)| (value.to_owned(), after)),
        Some('"') => double(&rest[1..])?,
        _ => {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let comment =
                line.match_indices('#').find(|(at, _)| line[..*at].is_empty() || line[..*at].ends_with([' ', '\t']));
            return Ok((line[..comment.map_or(line.len(), |(at, _)| at)].trim().to_owned(), after));
        }
    }
    .ok_or("the quote is not closed")?;
    let (line, after) = after.split_once('\n').unwrap_or((after, ""));
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        Ok((value, after))
    } else {
        Err(String::from("something follows the closing quote"))
    }
}

/// The value in double quotes; `None` when they are not closed.
fn double(rest: &str) -> Result<Option<(String, &str)>, String> {
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok(Some((value, &rest[at + 1..]))),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some('\n') => {}
                Some(c @ ('"' | '\\' | '$' | '`')) => value.push(c),
                Some(c) => return Err(format!("`\\{c}` is not known in double quotes; `\\\\` is a backslash")),
                None => return Ok(None),
            },
            c => value.push(c),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, wanted: &[(&str, &str)]) {
        let found = parse(text).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn lines_quotes_comments_and_export_are_read() {
        reads("", &[]);
        reads(
            "\u{feff}A=1\r\nB = two words # and why\r\n\n# none\nexport C=c#d",
            &[("A", "1"), ("B", "two words"), ("C", "c#d")],
        );
        reads(
            "A='$x \\n # \"'\nB=\"a\\tb\\n\\\"\\$x #\" # why\nC=\nD=# nothing\n",
            &[("A", "$x \\n # \""), ("B", "a\tb\n\"$x #"), ("C", ""), ("D", "")],
        );
        reads("KEY=\"one\ntwo\"\nNEXT='three\nfour'\n", &[("KEY", "one\ntwo"), ("NEXT", "three\nfour")]);
        reads("A=$(id) ${B}\nexported=1\n", &[("A", "$(id) ${B}"), ("exported", "1")]);
    }

    #[test]
    fn what_is_no_variable_is_told_with_its_line_and_without_its_value() {
        for (text, line, message) in [
            ("A=1\nhunter2\n", 2, "expected NAME=value"),
            ("\n1A=x", 2, "expected NAME=value"),
            ("A-B=hunter2", 1, "expected NAME=value"),
            ("=x", 1, "expected NAME=value"),
            ("A=\"hunter2\nB=2\n", 1, "`A`: the quote is not closed"),
            ("A='hunter2", 1, "`A`: the quote is not closed"),
            ("A='x' hunter2", 1, "`A`: something follows the closing quote"),
            ("A=\"x\\q\"", 1, "`A`: `\\q` is not known in double quotes; `\\\\` is a backslash"),
            ("A=x\0y", 1, "`A`: a variable cannot hold a NUL byte"),
        ] {
            assert_eq!(parse(text), Err((line, message.to_owned())), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much(text in "([A=# '\"\\\\$\r\n\t]|export |é){0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_value_in_single_quotes_is_itself(value in "[^'\u{0}]*") {
            let found = parse(&format!("export A='{value}' # why\nB=1"));
            assert_eq!(found, Ok(vec![("A".into(), value), ("B".into(), "1".into())]));
        }
    }
}
