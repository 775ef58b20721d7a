//! How much of the machine a container may use: memory in Docker's grammar, processors as a fraction.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// An amount of memory: bytes, or `512k`, `64m`, `1.5g`, `1t`, with or without `b` or `iB` behind. All are powers of 1024.
///
/// Source: docker/go-units, `RAMInBytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes(pub u64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitFault {
    #[error("\"{0}\" is not an amount of memory: write `64m`, `1g` or a number of bytes")]
    Memory(String),
    #[error("\"{0}\" is not a number of processors above 0, such as 1.5")]
    Cpus(String),
}

/// More than any machine has, and less than what overflows Docker's signed number.
const MOST: f64 = 1e18;

impl FromStr for Bytes {
    type Err = LimitFault;

    fn from_str(text: &str) -> Result<Self, LimitFault> {
        let fault = || LimitFault::Memory(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let number: f64 = number.parse().map_err(|_| fault())?;
        let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
        let power = match unit.as_str() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 1,
            "m" | "mb" | "mib" => 2,
            "g" | "gb" | "gib" => 3,
            "t" | "tb" | "tib" => 4,
            _ => return Err(fault()),
        };
        let bytes = (number * 1024_f64.powi(power)).floor();
        if !(1.0..=MOST).contains(&bytes) {
            return Err(fault());
        }
        // In range and whole, as was just seen.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(Self(bytes as u64))
    }
}

impl TryFrom<String> for Bytes {
    type Error = LimitFault;

    fn try_from(text: String) -> Result<Self, LimitFault> {
        text.parse()
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let unit = [(30, "g"), (20, "m"), (10, "k")].into_iter().find(|(bits, _)| self.0.is_multiple_of(1 << bits));
        match unit {
            Some((bits, unit)) if self.0 > 0 => write!(f, "{}{unit}", self.0 >> bits),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// Memory and swap together, or no limit to swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Swap {
    /// Written -1.
    Unlimited,
    Total(Bytes),
}

impl TryFrom<String> for Swap {
    type Error = LimitFault;

    fn try_from(text: String) -> Result<Self, LimitFault> {
        if text == "-1" { Ok(Self::Unlimited) } else { text.parse().map(Self::Total) }
    }
}

/// Processors, in billionths of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cpus(pub u64);

impl TryFrom<String> for Cpus {
    type Error = LimitFault;

    fn try_from(text: String) -> Result<Self, LimitFault> {
        let number = text.trim().parse::<f64>().ok().map(|number| (number * 1e9).round());
        match number.filter(|nano| (1.0..=1e15).contains(nano)) {
            // In range and whole, as was just seen.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Some(nano) => Ok(Self(nano as u64)),
            None => Err(LimitFault::Cpus(text)),
        }
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_reads_as_docker_reads_it() {
        let mib = 1 << 20;
        for (text, bytes) in
            [("64m", 64 * mib), ("64MB", 64 * mib), ("64 MiB", 64 * mib), ("1.5g", 1536 * mib), ("9", 9)]
        {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "m", "-1", "0", "64x", "64 m b", "1e3", "999999999t", "1..5g", " 64m"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        assert_eq!(Bytes(64 * mib).to_string(), "64m");
    }

    #[test]
    fn processors_are_a_fraction() {
        assert_eq!(Cpus::try_from("1.5".to_owned()), Ok(Cpus(1_500_000_000)));
        assert_eq!(Cpus(250_000_000).to_string(), "0.25");
        assert_eq!(Cpus(2_000_000_000).to_string(), "2");
        for text in ["0", "-1", "two", "NaN", "inf", ""] {
            assert!(Cpus::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
