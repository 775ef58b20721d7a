//! Reads a tree into a typed request. What the type does not know is refused, with its path, place and suggestion.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::meant;
use super::node::{Key, Node, Span, Value};
use crate::model::names;

/// Why a tree is not the request it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// From the root: `ipam.config[0].gateway`; empty for the root itself.
    pub path: String,
    pub span: Option<Span>,
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    UnknownKey { key: String, known: &'static [&'static str] },
    UnknownValue { value: String, known: &'static [&'static str] },
    MissingKey { key: &'static str },
    WrongType { expected: String, found: String },
    Invalid { message: String },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.problem {
            Problem::UnknownKey { key, .. } => match self.path.rsplit_once('.') {
                Some((parent, _)) => write!(f, "unknown option `{key}` in `{parent}`"),
                None => write!(f, "unknown option `{key}`"),
            },
            Problem::MissingKey { key } if self.path.is_empty() => write!(f, "`{key}` is missing"),
            Problem::MissingKey { key } => write!(f, "`{}` needs `{key}`", self.path),
            Problem::UnknownValue { value, .. } => write!(f, "{}\"{value}\" is not known here", self.lead()),
            Problem::WrongType { expected, found } => write!(f, "{}expected {expected}, found {found}", self.lead()),
            Problem::Invalid { message } => write!(f, "{}{message}", self.lead()),
        }
    }
}

impl std::error::Error for Fault {}

impl Fault {
    pub fn hint(&self) -> Option<String> {
        match &self.problem {
            Problem::UnknownKey { .. } => self.hint_with(&[]),
            Problem::UnknownValue { value, known } => names::suggestion(value, known.iter().copied()),
            Problem::WrongType { found, .. } if found == "a list" && self.path == "network" => {
                Some("several networks stand in `networks`".into())
            }
            _ => None,
        }
    }

    /// The hint to an unknown option, where the call knows more options than the type.
    pub fn hint_with(&self, more: &[&str]) -> Option<String> {
        let Problem::UnknownKey { key, known } = &self.problem else { return self.hint() };
        let more = if self.path.contains('.') { &[] } else { more };
        let all = || known.iter().chain(more).copied();
        meant::hint(key, known).or_else(|| names::suggestion(key, all().collect::<Vec<_>>()))
    }

    fn lead(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("`{}`: ", self.path) }
    }

    fn new(problem: Problem) -> Self {
        Self { path: String::new(), span: None, problem }
    }

    /// Adds the step by which the faulty part is reached, and its place unless a deeper one is known.
    fn under(mut self, step: &str, span: Option<Span>) -> Self {
        self.path = match self.path.as_str() {
            "" => step.to_owned(),
            deeper if deeper.starts_with('[') => format!("{step}{deeper}"),
            deeper => format!("{step}.{deeper}"),
        };
        self.span = self.span.or(span);
        self
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Invalid { message: message.to_string() })
    }

    fn invalid_type(found: de::Unexpected, expected: &dyn de::Expected) -> Self {
        Self::new(Problem::WrongType { expected: expected.to_string(), found: found.to_string() })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownKey { key: key.to_owned(), known })
    }

    fn unknown_variant(value: &str, known: &'static [&'static str]) -> Self {
        Self::new(Problem::UnknownValue { value: value.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Problem::MissingKey { key })
    }
}

/// Reads a tree into a type.
pub fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Fault> {
    T::deserialize(Reader(node)).map_err(|fault| Fault { span: fault.span.or(node.span), ..fault })
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a Node);

impl Reader<'_> {
    fn wrong(self, expected: &str) -> Fault {
        Fault::new(Problem::WrongType { expected: expected.to_owned(), found: self.0.kind().to_owned() })
    }

    /// A number for a field that wants one: as typed, or a string that holds one.
    fn number(self) -> Option<i64> {
        match &self.0.value {
            Value::Int(value) => Some(*value),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

macro_rules! whole_numbers {
    ($($method:ident => $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.visit_i64(self.number().ok_or_else(|| self.wrong("a whole number"))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let answer = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Value::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        };
        answer.map_err(|fault| self.plain_words(fault))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.0.scalar().ok_or_else(|| self.wrong("a string"))?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(self.wrong("true or false")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Float(value) => visitor.visit_f64(value),
            _ => visitor.visit_i64(self.number().ok_or_else(|| self.wrong("a number"))?),
        }
    }

    whole_numbers! {
        deserialize_i64 => visit_i64, deserialize_u64 => visit_u64, deserialize_i32 => visit_i32,
        deserialize_u32 => visit_u32, deserialize_i16 => visit_i16, deserialize_u16 => visit_u16,
        deserialize_i8 => visit_i8, deserialize_u8 => visit_u8
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::List(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Map(_) => self.deserialize_any(visitor),
            _ => Err(self.wrong("a map")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(self.wrong("a word")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

impl Reader<'_> {
    /// Says a wrong type in the words of the tree rather than in serde's.
    fn plain_words(self, fault: Fault) -> Fault {
        match fault.problem {
            Problem::WrongType { expected, .. } if fault.path.is_empty() && fault.span.is_none() => {
                Fault::new(Problem::WrongType { expected, found: self.0.kind().to_owned() })
            }
            problem => Fault { problem, ..fault },
        }
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Node>,
    index: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let step = format!("[{}]", self.index);
        self.index += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|fault| fault.under(&step, item.span))
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, (Key, Node)>,
    value: Option<&'a (Key, Node)>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(entry);
        let key = &entry.0;
        seed.deserialize(key.name.as_str().into_deserializer())
            .map(Some)
            .map_err(|fault: Fault| fault.under(&key.name, key.span))
    }

    fn next_value_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let Some((key, node)) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(Reader(node)).map_err(|fault| fault.under(&key.name, node.span.or(key.span)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::container::ContainerSpec;
    use crate::model::network::NetworkSpec;
    use serde_json::json;

    fn network(json: serde_json::Value) -> Result<NetworkSpec, Fault> {
        read(&Node::from(json))
    }

    #[test]
    fn a_mistyped_option_is_named_with_its_path_and_the_nearest_known() {
        let fault = network(json!({"ipam": {"config": [{"gatway": "10.0.0.1"}]}})).unwrap_err();
        assert_eq!(fault.path, "ipam.config[0].gatway");
        assert_eq!(fault.to_string(), "unknown option `gatway` in `ipam.config[0]`");
        assert_eq!(fault.hint().unwrap(), "did you mean `gateway`?");
    }

    #[test]
    fn the_spellings_that_people_already_type_are_accepted() {
        let spec = network(json!({"enableIPv6": true, "ipam": {"subnet": "10.0.0.0/8", "ipRange": "10.1.0.0/16"}}));
        assert!(*spec.unwrap().enable_ipv6);
    }

    #[test]
    fn a_wrong_type_says_what_was_expected_and_found() {
        let fault = network(json!({"internal": "yes"})).unwrap_err();
        assert_eq!(fault.to_string(), "`internal`: expected true or false, found a string");
        let fault = network(json!({"labels": 3})).unwrap_err();
        assert!(fault.to_string().starts_with("`labels`: expected a map of strings"), "{fault}");
    }

    #[test]
    fn numbers_are_accepted_where_text_is_wanted() {
        let spec: ContainerSpec = read(&Node::from(json!({"ports": [8080], "env": {"PORT": 80}}))).unwrap();
        assert_eq!(spec.ports[0].container.first, 8080);
        assert_eq!(spec.env.0["PORT"], "80");
    }

    #[test]
    fn a_bad_port_keeps_its_place_in_the_list() {
        let fault = read::<ContainerSpec>(&Node::from(json!({"ports": ["80:80", "0:1"]}))).unwrap_err();
        assert!(fault.to_string().starts_with("`ports[1]`: port \"0:1\""), "{fault}");
    }
}
