//! Handshakes that a listener had no room for. Its side keeps silent about them, as a firewall would: only the kernel that
//! dropped them tells.

use std::time::Duration;

use super::prober::Prober;
use crate::model::probe::order::{Answer, Ask, Found, Order, Stand};

/// The kernel counts at once.
const COUNTED: Duration = Duration::from_secs(5);
/// What is said where the handshake came as far as the listener.
pub(super) const FULL: &str = "it was reached, but the queue of its listener is full: nothing accepts";

impl Prober {
    /// How many handshakes were dropped there so far because a listener's queue was full, where it can be known.
    pub(super) async fn overflows(&self, stand: &Stand) -> Option<u64> {
        counted(&self.ask(count(stand)).await)
    }

    /// The same, where that takes no agent that is not there yet.
    pub(super) async fn overflows_at_hand(&self, stand: &Stand) -> Option<u64> {
        self.ask_if_at_hand(count(stand)).await.as_ref().and_then(counted)
    }
}

fn count(stand: &Stand) -> Order {
    Order { from: stand.clone(), ask: Ask::Overflows, within: COUNTED }
}

fn counted(answer: &Answer) -> Option<u64> {
    match answer {
        Ok(Found::Count(count)) => Some(*count),
        _ => None,
    }
}

pub(super) fn rose(before: Option<u64>, now: Option<u64>) -> bool {
    before.zip(now).is_some_and(|(before, now)| now > before)
}
