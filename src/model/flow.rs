//! The options of what governs other calls: how many at a time, how often again, how long.

use std::borrow::Cow;
use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::duration::Span;

/// What `parallel` takes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParallelSpec {
    /// How many at a time; 16 elements of a list, all of the functions when absent.
    pub limit: Option<NonZeroU16>,
    /// Whether an error keeps what has not begun from beginning.
    #[serde(alias = "failFast")]
    pub fail_fast: bool,
}

impl Default for ParallelSpec {
    fn default() -> Self {
        Self { limit: None, fail_fast: true }
    }
}

/// What `retry` takes, besides the function that says whether.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrySpec {
    /// Tries, the first included.
    pub times: NonZeroU32,
    /// Before the second try.
    pub delay: Span,
    pub backoff: Backoff,
    /// No delay becomes longer by `backoff`.
    #[serde(alias = "maxDelay")]
    pub max_delay: Span,
}

impl Default for RetrySpec {
    fn default() -> Self {
        let seconds = |seconds| Span(Duration::from_secs(seconds));
        let times = NonZeroU32::MIN.saturating_add(2);
        Self { times, delay: seconds(1), backoff: Backoff(1.0), max_delay: seconds(24 * 3600) }
    }
}

impl RetrySpec {
    /// How long to wait after so many tries.
    pub fn pause(&self, tries: u32) -> Duration {
        if self.delay.0.is_zero() {
            return Duration::ZERO;
        }
        let factor = self.backoff.0.powi(i32::try_from(tries.saturating_sub(1)).unwrap_or(i32::MAX));
        let longest = self.max_delay.0.max(self.delay.0);
        Duration::try_from_secs_f64(self.delay.0.as_secs_f64() * factor).unwrap_or(longest).min(longest)
    }
}

/// What `wait_for` takes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WaitSpec {
    pub timeout: Span,
    /// Between the end of one try and the next.
    #[serde(alias = "interval")]
    pub every: Span,
}

impl Default for WaitSpec {
    fn default() -> Self {
        Self { timeout: Span(Duration::from_secs(30)), every: Span(Duration::from_millis(250)) }
    }
}

/// By what each delay is longer than the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff(pub f64);

impl<'de> Deserialize<'de> for Backoff {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BackoffVisitor;
        impl Visitor<'_> for BackoffVisitor {
            type Value = Backoff;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a factor from 1 to 100, `constant` or `exponential`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Backoff, E> {
                match word {
                    "constant" => Ok(Backoff(1.0)),
                    "exponential" => Ok(Backoff(2.0)),
                    _ => Err(E::unknown_variant(word, &["constant", "exponential"])),
                }
            }

            fn visit_i64<E: Error>(self, factor: i64) -> Result<Backoff, E> {
                self.visit_f64(f64::from(i32::try_from(factor).unwrap_or(-1)))
            }

            fn visit_f64<E: Error>(self, factor: f64) -> Result<Backoff, E> {
                let fault = || E::custom("a factor from 1 to 100 is needed, so that delays do not become shorter");
                (1.0..=100.0).contains(&factor).then_some(Backoff(factor)).ok_or_else(fault)
            }
        }
        deserializer.deserialize_any(BackoffVisitor)
    }
}

impl JsonSchema for Backoff {
    fn schema_name() -> Cow<'static, str> {
        "Backoff".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"enum": ["constant", "exponential"]}, {"type": "number", "minimum": 1, "maximum": 100}]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let millis = |text: &str| text.parse::<Span>().unwrap();
        let spec = RetrySpec {
            delay: millis("100ms"),
            backoff: Backoff(2.0),
            max_delay: millis("1s"),
            ..RetrySpec::default()
        };
        let pauses: Vec<u128> = [1, 2, 3, 4, 5, u32::MAX].map(|tries| spec.pause(tries).as_millis()).into();
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
        let zero = RetrySpec { delay: millis("0"), ..spec };
        assert_eq!(zero.pause(u32::MAX), Duration::ZERO);
    }
}
