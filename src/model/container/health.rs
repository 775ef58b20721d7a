//! How the engine finds out whether a container is well.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::model::duration::Span;

/// The healthcheck of a container: a command for its shell, a map, or `false` to switch off the one of its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    Off,
    Check(HealthCheck),
}

/// What is left out is taken from the image, and is Docker's default otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthCheck {
    pub test: Option<HealthTest>,
    pub interval: Option<Span>,
    /// How long one check may take.
    pub timeout: Option<Span>,
    /// Failures in a row that make it unhealthy.
    pub retries: Option<u32>,
    /// Failures this long after the start do not count.
    #[serde(alias = "startPeriod")]
    pub start_period: Option<Span>,
    /// Between checks during the start period; from API 1.44 on.
    #[serde(alias = "startInterval")]
    pub start_interval: Option<Span>,
    disable: bool,
}

/// In Docker's own form: `["CMD", …]` or `["CMD-SHELL", text]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthTest(pub Vec<String>);

const FORM: &str = "a text for the container's shell, [\"CMD\", \"program\", …] or [\"CMD-SHELL\", \"text\"]";

impl<'de> Deserialize<'de> for HealthTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TestVisitor;
        impl<'de> Visitor<'de> for TestVisitor {
            type Value = HealthTest;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(FORM)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HealthTest, E> {
                if text.trim().is_empty() {
                    return Err(E::custom("the test is empty"));
                }
                Ok(HealthTest(vec!["CMD-SHELL".into(), text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<HealthTest, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element::<String>()? {
                    words.push(word);
                }
                // The engine accepts any other first word, and then never finds the container healthy.
                match (words.first().map(String::as_str), words.len()) {
                    (Some("CMD"), 2..) | (Some("CMD-SHELL"), 2) => Ok(HealthTest(words)),
                    _ => Err(A::Error::custom(format!("a test is {FORM}"))),
                }
            }
        }
        deserializer.deserialize_any(TestVisitor)
    }
}

impl<'de> Deserialize<'de> for Health {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HealthVisitor;
        impl<'de> Visitor<'de> for HealthVisitor {
            type Value = Health;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a command, a map with `test`, or false")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<Health, E> {
                if on { Err(E::custom("say which: `healthcheck: \"wget -q localhost\"`")) } else { Ok(Health::Off) }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Health, E> {
                if text == "none" {
                    return Ok(Health::Off);
                }
                let reader = serde::de::value::StrDeserializer::new(text);
                HealthTest::deserialize(reader)
                    .map(|test| Health::Check(HealthCheck { test: Some(test), ..HealthCheck::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Health, A::Error> {
                let check = HealthCheck::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                if !check.disable {
                    return Ok(Health::Check(check));
                }
                if check != (HealthCheck { disable: true, ..HealthCheck::default() }) {
                    return Err(A::Error::custom("`disable: true` stands alone"));
                }
                Ok(Health::Off)
            }
        }
        deserializer.deserialize_any(HealthVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Node, read};

    fn health(value: Value) -> Result<Health, String> {
        read::<Health>(&Node::from(value)).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_check_is_a_text_a_map_or_off() {
        let test = |words: &[&str]| Some(HealthTest(words.iter().map(ToString::to_string).collect()));
        let Ok(Health::Check(check)) = health(json!("wget x")) else { panic!() };
        assert_eq!(check.test, test(&["CMD-SHELL", "wget x"]));
        let Ok(Health::Check(check)) = health(json!({"test": ["CMD", "true"], "interval": "1s"})) else { panic!() };
        assert_eq!(check.test, test(&["CMD", "true"]));
        for off in [json!(false), json!("none"), json!({"disable": true})] {
            assert_eq!(health(off), Ok(Health::Off));
        }
    }

    #[test]
    fn a_check_that_would_never_pass_is_refused() {
        for bad in
            [json!({"test": ["wget", "x"]}), json!({"test": []}), json!(true), json!({"test": ["CMD"]}), json!(" ")]
        {
            assert!(health(bad.clone()).is_err(), "{bad}");
        }
        assert!(health(json!({"test": "x", "intervall": 1})).unwrap_err().contains("intervall"));
        assert!(health(json!({"test": "x", "disable": true})).is_err());
    }
}
