//! How long a probe waits for an answer: never so short that its silence would say nothing.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::model::duration::{Span, SpanFault, seconds};

/// Shorter than this, the machine's own work may be all that took time.
pub const LEAST: Duration = Duration::from_millis(10);

/// A length of time of at least 10 ms where it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub struct Timeout(pub Duration);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeoutFault {
    #[error(transparent)]
    Span(#[from] SpanFault),
    #[error("{} is too short for an answer, so that silence would tell nothing: the least is 10ms", seconds(*.0))]
    Short(Duration),
}

impl TryFrom<Span> for Timeout {
    type Error = TimeoutFault;

    fn try_from(Span(span): Span) -> Result<Self, TimeoutFault> {
        if span < LEAST { Err(TimeoutFault::Short(span)) } else { Ok(Self(span)) }
    }
}

impl FromStr for Timeout {
    type Err = TimeoutFault;

    fn from_str(text: &str) -> Result<Self, TimeoutFault> {
        text.parse::<Span>()?.try_into()
    }
}

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Span::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl JsonSchema for Timeout {
    fn schema_name() -> Cow<'static, str> {
        Span::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Span::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_that_would_tell_nothing_is_refused() {
        assert_eq!("10ms".parse(), Ok(Timeout(LEAST)));
        for text in ["0", "0s", "1ms", "9.99ms", "1us"] {
            let words = text.parse::<Timeout>().unwrap_err().to_string();
            assert!(words.contains("the least is 10ms"), "{words}");
        }
        assert!("soon".parse::<Timeout>().unwrap_err().to_string().contains("not a duration"));
    }
}
