//! Durations as people write them: `250ms`, `5s`, `2m`, `1h`, `1m30s`; a bare number is seconds.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// A length of time from a script, a task or the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd)]
pub struct Span(pub Duration);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a duration: write `250ms`, `5s`, `2m` or `1h`")]
pub struct SpanFault(String);

/// A year: longer than any wait, short enough to be added to a clock.
const LONGEST: f64 = 365.0 * 86400.0;

impl FromStr for Span {
    type Err = SpanFault;

    fn from_str(text: &str) -> Result<Self, SpanFault> {
        let fault = || SpanFault(text.to_owned());
        let mut seconds = 0.0;
        let mut rest = text.trim();
        if let Ok(number) = rest.parse::<f64>() {
            return Self::from_seconds(number).ok_or_else(fault);
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(fault)?;
            let number: f64 = rest[..digits].parse().map_err(|_| fault())?;
            let tail = &rest[digits..];
            let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            seconds += number
                * match &tail[..letters] {
                    "us" => 1e-6,
                    "ms" => 1e-3,
                    "s" => 1.0,
                    "m" => 60.0,
                    "h" => 3600.0,
                    _ => return Err(fault()),
                };
            rest = &tail[letters..];
        }
        if text.trim().is_empty() {
            return Err(fault());
        }
        Self::from_seconds(seconds).ok_or_else(fault)
    }
}

impl Span {
    /// `None` for what is negative, not a number, or longer than a year.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        (0.0..=LONGEST).contains(&seconds).then(|| Self(Duration::from_secs_f64(seconds)))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = "^ *([0-9.]+|([0-9.]+(us|ms|s|m|h))+) *$";
        json_schema!({"type": ["string", "number"], "minimum": 0, "pattern": text})
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SpanVisitor;
        impl Visitor<'_> for SpanVisitor {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a duration such as `5s`, or a number of seconds")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Span, E> {
                self.visit_str(&seconds.to_string())
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Span, E> {
                Span::from_seconds(seconds).ok_or_else(|| E::custom(SpanFault(seconds.to_string())))
            }
        }
        deserializer.deserialize_any(SpanVisitor)
    }
}

/// A length of time in the unit a person would choose: `250 ms`, `1.5 s`.
pub fn seconds(span: Duration) -> String {
    if span < Duration::from_secs(1) {
        return format!("{} ms", span.as_millis());
    }
    format!("{} s", (span.as_secs_f64() * 1e3).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        for (text, millis) in [("250ms", 250), ("5s", 5000), ("2m", 120_000), ("1m30s", 90_000), ("1.5", 1500)] {
            assert_eq!(text.parse::<Span>().unwrap().0.as_millis(), millis, "{text}");
        }
        for text in ["", "5", "x", "5 years", "-1", "1e300", "NaN", "5sm"] {
            assert_eq!(text.parse::<Span>().is_ok(), text == "5", "{text}");
        }
    }
}
