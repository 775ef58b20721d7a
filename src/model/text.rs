//! Field types for the shapes that people write in more than one way: a word or a list of words, `K=V` lists or maps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// One string or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "array"], "items": {"type": "string"}})
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor).map(Self)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E>(self, word: &str) -> Result<Self::Value, E> {
        Ok(vec![word.to_owned()])
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(vec![number.to_string()])
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = seq.next_element::<String>()? {
            words.push(word);
        }
        Ok(words)
    }
}

/// A command: text for the container's shell, or a list of arguments that no shell sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// Interpreted by a shell, or split as Docker splits a string command.
    Text(String),
    /// Each element is one argument, whatever it holds.
    Arguments(Vec<String>),
}

impl JsonSchema for CommandLine {
    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "array"], "items": {"type": "string"}})
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CommandVisitor;
        impl<'de> Visitor<'de> for CommandVisitor {
            type Value = CommandLine;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a command: a string, or a list of arguments")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(CommandLine::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                WordsVisitor.visit_seq(seq).map(CommandLine::Arguments)
            }
        }
        deserializer.deserialize_any(CommandVisitor)
    }
}

/// Names with values, written as a map or as a list of `NAME=value`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(pub BTreeMap<String, String>);

impl Pairs {
    /// Each as `NAME=value`.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor { bare: true })
    }
}

/// Reads pairs of an environment. In a list every entry has its `=`: elsewhere a bare `NAME` means the value that the
/// caller's environment has, and an empty one in its place would go unnoticed.
pub(crate) fn environment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
    deserializer.deserialize_any(PairsVisitor { bare: false })
}

struct PairsVisitor {
    /// Whether a list may hold a name without `=`, whose value is empty.
    bare: bool,
}

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map of strings, or a list of `NAME=value`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
            pairs.insert(name, value.unwrap_or_default());
        }
        Ok(Pairs(pairs))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some(entry) = seq.next_element::<String>()? {
            let (name, value) = match entry.split_once('=') {
                Some(pair) => pair,
                None if self.bare => (entry.as_str(), ""),
                None => return Err(A::Error::custom(format!("write \"{entry}\" as `NAME=value`"))),
            };
            pairs.insert(name.to_owned(), value.to_owned());
        }
        Ok(Pairs(pairs))
    }
}

/// A MAC address as engines write it: small letters, colons. What is none stays as it was typed.
pub(crate) fn mac(text: &str) -> String {
    text.to_lowercase().replace('-', ":")
}

pub(crate) fn mac_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.as_deref().map(mac))
}

/// Reads true or false where text may come from a command line.
pub(crate) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    struct TruthVisitor;
    impl Visitor<'_> for TruthVisitor {
        type Value = Option<bool>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("true or false")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok(Some(value))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            match text {
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                _ => Err(E::custom(format!("expected true or false, found \"{text}\""))),
            }
        }
    }
    deserializer.deserialize_any(TruthVisitor)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::{Fault, Node, read};
    use crate::model::container::ContainerSpec;
    use crate::model::network::{NetworkFilters, PruneFilters};

    fn container(options: Value) -> Result<ContainerSpec, Fault> {
        read(&Node::from(options))
    }

    #[test]
    fn a_variable_without_a_value_is_refused_and_a_label_is_not() {
        let fault = container(json!({"env": ["A=1", "PATH"]})).unwrap_err();
        assert_eq!(fault.to_string(), "`env`: write \"PATH\" as `NAME=value`");
        let spec = container(json!({"env": ["A=", "B=x=y"], "labels": ["bare"]})).unwrap();
        assert_eq!((spec.env.0["A"].as_str(), spec.env.0["B"].as_str()), ("", "x=y"));
        assert_eq!(spec.labels.0["bare"], "");
    }

    #[test]
    fn a_mac_address_is_written_in_one_way() {
        let spec =
            container(json!({"mac": "02-42-AC-11-00-02", "networks": {"a": {"mac_address": "02:42:AC:11:00:03"}}}));
        let spec = spec.unwrap();
        assert_eq!(spec.mac_address.as_deref(), Some("02:42:ac:11:00:02"));
        assert_eq!(spec.networks.0[0].1.mac_address.as_deref(), Some("02:42:ac:11:00:03"));
    }

    #[test]
    fn what_a_list_holds_may_stand_alone() {
        let spec = container(json!({"ports": "8080:80", "expose": "81", "networks": "a"})).unwrap();
        assert_eq!((spec.ports.len(), spec.expose.len(), spec.networks.0[0].0.as_str()), (1, 1, "a"));
        assert_eq!(container(json!({"ports": 80})).unwrap().ports[0].container.first, 80);
        assert!(container(json!({"ports": true})).is_err() && container(json!({"ports": "x"})).is_err());
    }

    #[test]
    fn a_filter_is_true_or_false_and_nothing_like_it() {
        let dangling = |value: Value| read::<NetworkFilters>(&Node::from(json!({"dangling": value})));
        assert_eq!(dangling(json!("true")).unwrap().dangling, Some(true));
        assert_eq!(dangling(json!(false)).unwrap().dangling, Some(false));
        assert_eq!(dangling(json!("1")).unwrap_err().to_string(), "`dangling`: expected true or false, found \"1\"");
        assert!(dangling(json!(1)).is_err() && dangling(json!(["true", "false"])).is_err());
    }

    #[test]
    fn prune_has_no_filters_but_its_own() {
        let filters = |tree: Value| read::<PruneFilters>(&Node::from(tree));
        assert_eq!(filters(json!({"label": "a", "until": "24h"})).unwrap().until.0, ["24h"]);
        for key in ["driver", "name", "type", "dangling"] {
            assert_eq!(filters(json!({key: "x"})).unwrap_err().to_string(), format!("unknown option `{key}`"));
        }
    }
}
