//! YAML into a tree with positions, and values back into YAML.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned, Tagged};

use super::node::{Key, Node, Span, Value};
use super::words;

/// Why a text is not YAML.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct YamlFault {
    pub message: String,
    pub span: Option<Span>,
    pub hint: Option<String>,
}

thread_local! {
    /// The text being read: a plain scalar keeps what was typed, and only the text tells what that was.
    static SOURCE: RefCell<String> = const { RefCell::new(String::new()) };
    /// The first tag that is met, where tags are refused.
    static TAG: RefCell<Option<(String, Span)>> = const { RefCell::new(None) };
    static REFUSES_TAGS: Cell<bool> = const { Cell::new(false) };
}

/// Reads one YAML document. An empty text is null. Duplicate keys, tabs as indentation, alias bombs and tags such as `!x`
/// are refused: `when: !params.x` is a tag and nothing else.
pub fn parse(text: &str) -> Result<Node, YamlFault> {
    REFUSES_TAGS.set(true);
    let read = parse_any(text);
    REFUSES_TAGS.set(false);
    read
}

/// The same, of a document that is not ours: its tags are left out.
pub fn parse_any(text: &str) -> Result<Node, YamlFault> {
    TAG.set(None);
    let mut options = serde_yaml::Options::default();
    options.strict_booleans = true;
    options.with_snippet = false;
    SOURCE.with_borrow_mut(|source| text.clone_into(source));
    let read = serde_yaml::from_str_with_options::<Raw>(text, options);
    SOURCE.with_borrow_mut(String::clear);
    match read {
        Ok(raw) => Ok(raw.0),
        Err(_) if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) => {
            Ok(Node::bare(Value::Null))
        }
        Err(error) => Err(fault(text, &error)),
    }
}

/// Reads what a type takes of a document, without places and without words for what is wrong.
pub fn glance<T: de::DeserializeOwned>(text: &str) -> Option<T> {
    let mut options = serde_yaml::Options::default();
    options.strict_booleans = true;
    options.with_snippet = false;
    serde_yaml::from_str_with_options(text, options).ok()
}

fn fault(text: &str, error: &serde_yaml::Error) -> YamlFault {
    if let Some((tag, span)) = TAG.take() {
        let (message, hint) = words::tag(&tag);
        return YamlFault { message, span: Some(span), hint };
    }
    let span = error.location().map(span);
    if words::is_tabbed(text, span) {
        return YamlFault { message: String::from("a tab cannot indent YAML: use spaces"), span, hint: None };
    }
    let mut raw = error.without_snippet().to_string();
    // The library appends the place to its words; the renderer says it better.
    if let Some(at) = raw.find(" at line ") {
        raw.truncate(at);
    }
    let (message, hint) = words::plain(&raw);
    YamlFault { message, span, hint }
}

fn span(location: Location) -> Span {
    let place = location.span();
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    Span {
        line: number(location.line()),
        column: number(location.column()),
        start: number(place.byte_offset().unwrap_or(place.offset())),
        len: number(place.byte_len().unwrap_or(place.len())),
    }
}

/// Writes a value as YAML.
pub fn format(value: &serde_json::Value) -> Result<String, String> {
    serde_yaml::to_string(value).map_err(|error| error.to_string())
}

struct Raw(Node);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tagged<Plain>>::deserialize(deserializer)?;
        let span = span(spanned.defined);
        let Tagged(Plain(value), tag) = spanned.value;
        if let Some(tag) = tag.filter(|tag| REFUSES_TAGS.get() && !tag.starts_with("tag:yaml.org,2002:")) {
            TAG.set(Some((tag, span)));
            return Err(de::Error::custom("a tag"));
        }
        let typed = matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        let raw = typed.then(|| source(span)).flatten();
        Ok(Self(Node { value, span: Some(span), raw }))
    }
}

fn source(span: Span) -> Option<String> {
    SOURCE.with_borrow(|text| text.get(span.start..span.start + span.len).map(|raw| raw.trim_end().to_owned()))
}

struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Raw(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, Raw(value))) = map.next_entry::<Spanned<String>, Raw>()? {
            entries.push((Key { name: key.value, span: Some(span(key.defined)) }, value));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_what_was_typed() {
        let tree = parse("version: 1.10\nflag: true\nword: yes\nquoted: \"1.10\"\nempty:\n").unwrap();
        assert_eq!(tree.get("version").unwrap().scalar().unwrap(), "1.10");
        assert_eq!(tree.get("flag").unwrap().value, Value::Bool(true));
        assert_eq!(tree.get("word").unwrap().value, Value::Text("yes".into()));
        assert_eq!(tree.get("quoted").unwrap().value, Value::Text("1.10".into()));
        assert_eq!(tree.get("empty").unwrap().value, Value::Null);
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let tree = parse("tasks:\n  up:\n    steps:\n      - command: echo hi\n").unwrap();
        let Value::Map(entries) = &tree.get("tasks").unwrap().value else { panic!("{tree:?}") };
        let span = entries[0].0.span.unwrap();
        assert_eq!((span.line, span.column, span.len), (2, 3, 2));
    }

    #[test]
    fn a_duplicate_key_and_a_tab_are_refused_with_their_place() {
        let fault = parse("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(fault.span.unwrap().line, 3, "{fault:?}");
        let fault = parse("a:\n\tb: 1\n").unwrap_err();
        assert_eq!(fault.message, "a tab cannot indent YAML: use spaces");
        assert_eq!(fault.span.unwrap().line, 2, "{fault:?}");
    }

    #[test]
    fn an_empty_text_is_null_and_an_alias_bomb_is_refused() {
        assert_eq!(parse("# nothing\n").unwrap().value, Value::Null);
        assert_eq!(parse("").unwrap().value, Value::Null);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let last = level - 1;
            let references = vec![format!("*a{last}"); 6].join(", ");
            bomb.extend([format!("a{level}: &a{level} [{references}]\n")]);
        }
        assert!(parse(&bomb).is_err());
    }
}
