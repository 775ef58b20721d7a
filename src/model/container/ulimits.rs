//! Limits of the processes of a container: `nofile: 1024`, `nofile: #{soft: 1024, hard: 2048}`, or `"nofile=1024:2048"`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::model::names;

/// The limits that Docker knows.
///
/// Source: docker/go-units, `ulimit.go`.
const KNOWN: [&str; 16] = [
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// One limit; -1 means none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    pub name: String,
    pub soft: i64,
    pub hard: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ulimits(pub Vec<Ulimit>);

/// Soft and hard limit as a number, as `soft:hard`, or as a map.
struct Pair {
    soft: i64,
    hard: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairMap {
    soft: i64,
    hard: Option<i64>,
}

impl Pair {
    fn parse(text: &str) -> Option<Self> {
        let number = |digits: &str| digits.parse::<i64>().ok().filter(|limit| *limit >= -1);
        let (soft, hard) = text.split_once(':').unwrap_or((text, text));
        Some(Self { soft: number(soft)?, hard: number(hard)? })
    }
}

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairVisitor;
        impl<'de> Visitor<'de> for PairVisitor {
            type Value = Pair;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number, or a map with `soft` and `hard`")
            }

            fn visit_i64<E: Error>(self, limit: i64) -> Result<Pair, E> {
                self.visit_str(&limit.to_string())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Pair, E> {
                Pair::parse(text)
                    .ok_or_else(|| E::custom(format!("\"{text}\" is not a limit: write 1024 or \"1024:2048\"")))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Pair, A::Error> {
                let PairMap { soft, hard } = PairMap::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                if soft < -1 || hard.is_some_and(|hard| hard < -1) {
                    return Err(A::Error::custom("a limit is -1, which means none, or more"));
                }
                Ok(Pair { soft, hard: hard.unwrap_or(soft) })
            }
        }
        deserializer.deserialize_any(PairVisitor)
    }
}

fn ulimit<E: Error>(name: &str, Pair { soft, hard }: Pair) -> Result<Ulimit, E> {
    if !KNOWN.contains(&name) {
        let hint = names::suggestion(name, KNOWN).unwrap_or_default();
        return Err(E::custom(format!("there is no limit \"{name}\"; {hint}")));
    }
    // -1 is the highest there is.
    if hard != -1 && (soft == -1 || soft > hard) {
        return Err(E::custom(format!("{name}: the soft limit {soft} is above the hard limit {hard}")));
    }
    Ok(Ulimit { name: name.to_owned(), soft, hard })
}

impl<'de> Deserialize<'de> for Ulimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UlimitsVisitor;
        impl<'de> Visitor<'de> for UlimitsVisitor {
            type Value = Ulimits;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map from a limit's name to its value, or a list such as [\"nofile=1024:2048\"]")
            }

            fn visit_str<E: Error>(self, entry: &str) -> Result<Ulimits, E> {
                let bad = || E::custom(format!("write \"{entry}\" as `nofile=1024` or `nofile=1024:2048`"));
                let (name, value) = entry.split_once('=').ok_or_else(bad)?;
                Ok(Ulimits(vec![ulimit(name, Pair::parse(value).ok_or_else(bad)?)?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ulimits, A::Error> {
                let mut limits = Vec::new();
                while let Some(entry) = seq.next_element::<String>()? {
                    limits.extend(UlimitsVisitor.visit_str::<A::Error>(&entry)?.0);
                }
                Ok(Ulimits(limits))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ulimits, A::Error> {
                let mut limits = Vec::new();
                while let Some((name, pair)) = map.next_entry::<String, Pair>()? {
                    limits.push(ulimit(&name, pair)?);
                }
                Ok(Ulimits(limits))
            }
        }
        deserializer.deserialize_any(UlimitsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Node, read};

    fn limits(value: Value) -> Result<Vec<(String, i64, i64)>, String> {
        let limits = read::<Ulimits>(&Node::from(value)).map_err(|fault| fault.to_string())?;
        Ok(limits.0.into_iter().map(|limit| (limit.name, limit.soft, limit.hard)).collect())
    }

    #[test]
    fn three_ways_to_write_a_limit() {
        let wanted = Ok(vec![("nofile".to_owned(), 1024, 2048)]);
        assert_eq!(limits(json!({"nofile": {"soft": 1024, "hard": 2048}})), wanted);
        assert_eq!(limits(json!(["nofile=1024:2048"])), wanted);
        assert_eq!(limits(json!({"nofile": "1024:2048"})), wanted);
        assert_eq!(limits(json!({"core": -1})), Ok(vec![("core".to_owned(), -1, -1)]));
    }

    #[test]
    fn a_bad_limit_is_named() {
        assert!(limits(json!({"nofiles": 3})).unwrap_err().contains("did you mean `nofile`?"));
        assert!(limits(json!({"nofile": "2:1"})).unwrap_err().contains("soft limit 2 is above the hard limit 1"));
        assert!(limits(json!({"nofile": {"soft": 1, "hrad": 2}})).unwrap_err().contains("hrad"));
        assert!(limits(json!(["nofile"])).unwrap_err().contains("nofile=1024"));
    }
}
