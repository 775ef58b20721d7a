//! A point in time as people write it: `10m` ago, an RFC 3339 time, or seconds since 1970.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::duration::Span;

/// When something was or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long before now.
    Ago(Duration),
    /// This long after the beginning of 1970, UTC.
    At(Duration),
}

impl Moment {
    /// Time since 1970, where `now` is the present one.
    pub fn since_epoch(self, now: Duration) -> Duration {
        match self {
            Self::Ago(span) => now.saturating_sub(span),
            Self::At(time) => time,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time: write `10m` for ten minutes ago, or 2025-01-31T12:00:00Z")]
pub struct MomentFault(String);

impl std::str::FromStr for Moment {
    type Err = MomentFault;

    /// A number is a span if it is shorter than a year, and a time since 1970 otherwise.
    fn from_str(text: &str) -> Result<Self, MomentFault> {
        let text = text.trim();
        if let Ok(Span(span)) = text.parse() {
            return Ok(Self::Ago(span));
        }
        let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
        let unix = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        // Years of five digits are slips of the keyboard: milliseconds, most likely.
        let unix = unix.filter(|unix| unix.as_secs() < 253_402_300_800);
        unix.or_else(|| rfc3339(text)).map(Self::At).ok_or_else(|| MomentFault(text.to_owned()))
    }
}

/// `2025-01-31T12:00:00.5+01:00` as time since 1970; a date alone is its midnight in UTC.
fn rfc3339(text: &str) -> Option<Duration> {
    // A date and a time without a zone would be read as that date.
    let date = Some(text).filter(|text| text.len() == "2025-01-31".len());
    let midnight = || date?.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp());
    let time = text.parse::<Timestamp>().ok().or_else(midnight)?;
    Duration::try_from(time.duration_since(Timestamp::UNIX_EPOCH)).ok()
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MomentVisitor;
        impl Visitor<'_> for MomentVisitor {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a time such as 2025-01-31T12:00:00Z, or `10m` for ten minutes ago")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Moment, E> {
                self.visit_str(&seconds.to_string())
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Moment, E> {
                self.visit_str(&seconds.to_string())
            }
        }
        deserializer.deserialize_any(MomentVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<u128> {
        match text.parse() {
            Ok(Moment::At(time)) => Some(time.as_millis()),
            _ => None,
        }
    }

    #[test]
    fn a_short_number_is_a_span_and_a_long_one_a_time() {
        assert_eq!("90".parse(), Ok(Moment::Ago(Duration::from_secs(90))));
        assert_eq!("1h30m".parse(), Ok(Moment::Ago(Duration::from_mins(90))));
        assert_eq!(at("1735689600.25"), Some(1_735_689_600_250));
        assert_eq!(Moment::Ago(Duration::from_secs(9)).since_epoch(Duration::from_secs(5)), Duration::ZERO);
    }

    #[test]
    fn times_read_as_rfc_3339_writes_them() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2025-01-01", 1_735_689_600_000),
            ("2025-01-01T00:00:00.123456789Z", 1_735_689_600_123),
            ("2025-01-01 01:30:00+01:30", 1_735_689_600_000),
            ("2024-12-31t19:00:00-05:00", 1_735_689_600_000),
            ("2024-02-29T12:00:00Z", 1_709_208_000_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        ] {
            assert_eq!(at(text), Some(millis), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "-5",
            "2025-13-01",
            "2025-02-29",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:00",
            "2025-1-1",
            "2025-01-01T00:00:00.Z",
            "2025-01-01T00:00:00+99:00",
            "1735689600000000",
            "1969-12-31T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "2025-01-01T00:00:00é",
            "é025-01-01",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
