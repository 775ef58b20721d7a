//! ICMP echoes one after another: what may be asked, and what came back.

use serde::{Deserialize, Serialize};

use super::timeout::Timeout;
use super::verdict::Cause;
use crate::model::duration::Span;

/// The most echoes of one `ping`.
pub const MOST: u32 = 10_000;
/// The most payload that fits into a packet of IPv4 with its header and that of ICMP.
pub const LARGEST: u16 = 65_507;

/// The options of `ping`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PingSpec {
    /// Echoes; 3 when absent.
    pub count: Option<u32>,
    /// Between one and the next; 200ms when absent.
    pub interval: Option<Span>,
    /// Bytes of payload; 56 when absent.
    pub size: Option<u16>,
    /// For each echo; 1s when absent.
    pub timeout: Option<Timeout>,
}

impl PingSpec {
    /// What cannot be done, in words.
    pub fn fault(&self) -> Option<String> {
        match (self.count, self.size) {
            (Some(count), _) if count == 0 || count > MOST => Some(format!("count {count} is not from 1 to {MOST}")),
            (_, Some(size)) if size > LARGEST => Some(format!("size {size} is more than {LARGEST} bytes")),
            _ => None,
        }
    }
}

/// What became of the echoes. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ping {
    pub from: String,
    pub to: String,
    /// At least one was answered.
    pub ok: bool,
    pub cause: Cause,
    pub address: Option<String>,
    pub sent: u32,
    pub received: u32,
    /// Percent.
    pub loss: f64,
    /// The mean.
    pub latency_ms: Option<f64>,
    pub min_ms: Option<f64>,
    pub avg_ms: Option<f64>,
    pub max_ms: Option<f64>,
    /// In the order they were sent; nothing for one that was not answered.
    pub times_ms: Vec<Option<f64>>,
    pub message: String,
    pub hint: Option<String>,
    pub note: Option<String>,
}

/// Least, mean and greatest.
pub fn spread(times: &[Option<f64>]) -> Option<(f64, f64, f64)> {
    let known: Vec<f64> = times.iter().flatten().copied().collect();
    let count = u32::try_from(known.len()).ok().filter(|count| *count > 0)?;
    let least = known.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = known.iter().copied().fold(0.0, f64::max);
    let mean = known.iter().sum::<f64>() / f64::from(count);
    Some((least, (mean * 1e3).round() / 1e3, greatest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_echoes_do_not_count_into_the_mean() {
        assert_eq!(spread(&[Some(1.0), None, Some(3.0)]), Some((1.0, 2.0, 3.0)));
        assert_eq!(spread(&[None]), None);
    }
}
