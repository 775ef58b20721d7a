//! The largest packet that arrives whole: by what routers say of packets that are too large for them (RFC 1191, RFC 8201), and
//! where they say nothing, by trying.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::arp::explained;
use super::namespace::Namespace;
use super::path::{Event, Manner, shot};
use crate::model::duration::seconds;
use crate::model::probe::path::{Measured, Packet};
use crate::model::probe::verdict::{Cause, Miss};

/// The largest packet there is.
const LARGEST: u32 = 65_535;
/// For the first answer; after it, the time that one takes is known.
const WAIT: Duration = Duration::from_secs(1);
/// Shorter waits would take a busy machine for silence.
const SHORTEST: Duration = Duration::from_millis(150);
/// Packets of one size before it is believed not to arrive.
const TRIES: u8 = 2;
/// Routers on the way, each with a smaller link than the one before.
const ROUTERS: u8 = 16;

/// What is known while it is measured.
struct Search<'a> {
    namespace: &'a Namespace,
    to: IpAddr,
    begun: Instant,
    end: Instant,
    wait: Duration,
    by: Option<IpAddr>,
    link: u32,
}

pub(super) async fn path_mtu(namespace: &Namespace, to: IpAddr, within: Duration) -> Result<Measured, Miss> {
    let begun = Instant::now();
    let end = begun + within;
    let mut search = Search { namespace, to, begun, end, wait: WAIT, by: None, link: LARGEST };
    // Small packets first: where they do not arrive, nothing is to be said of large ones. Every link takes this much.
    let small = if to.is_ipv4() { 576 } else { 1280 };
    match search.arrives(small).await? {
        Size::Arrives => {}
        Size::TooLarge(most) if most >= 68 && most < small => return Ok(search.found(most, false)),
        _ => {
            let words =
                format!("no answer to small packets either ({small} bytes) within {}", seconds(begun.elapsed()));
            return Err(explained(namespace, to, search.miss(Cause::Filtered, words)).await);
        }
    }
    let (mut low, mut high) = (small, LARGEST);
    for _ in 0..ROUTERS {
        match search.arrives(high).await? {
            Size::Arrives => return Ok(search.found(high, false)),
            Size::TooLarge(most) if (low..high).contains(&most) => high = most,
            Size::TooLarge(_) | Size::Silence => break,
        }
    }
    // Somebody on the way drops without a word: `low` arrives, `high` does not.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match search.arrives(middle).await? {
            Size::Arrives => low = middle,
            Size::TooLarge(most) if (low..middle).contains(&most) => high = most + 1,
            Size::TooLarge(_) | Size::Silence => high = middle,
        }
    }
    Ok(search.found(low, true))
}

/// What becomes of packets of one size.
enum Size {
    Arrives,
    TooLarge(u32),
    Silence,
}

impl Search<'_> {
    /// Sends whole packets of so many bytes, IP header included.
    async fn arrives(&mut self, bytes: u32) -> Result<Size, Miss> {
        // IP and ICMP.
        let headers = if self.to.is_ipv4() { 20 + 8 } else { 40 + 8 };
        let size = u16::try_from(bytes.saturating_sub(headers)).unwrap_or(u16::MAX);
        for _ in 0..TRIES {
            let left = self.end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let words = format!("not found out within {}", seconds(self.begun.elapsed()));
                return Err(self.miss(Cause::TimedOut, words));
            }
            let packet = Packet::Echo { size };
            match shot(self.namespace, self.to, packet, Manner::Whole, self.wait.min(left)).await? {
                Some((took, Event::Reached)) => {
                    self.wait = (took * 10).clamp(SHORTEST, WAIT);
                    return Ok(Size::Arrives);
                }
                Some((_, Event::TooLarge { most, by })) => {
                    if by.is_none() {
                        self.link = most;
                    }
                    self.by = by.or(self.by);
                    return Ok(Size::TooLarge(most));
                }
                Some((_, Event::Failed(cause, words, _))) => return Err(self.miss(cause, words)),
                Some((_, Event::Expired { by })) => {
                    return Err(self.miss(Cause::NoRoute, format!("{by} sends it round in a circle")));
                }
                None => {}
            }
        }
        Ok(Size::Silence)
    }

    fn found(&self, mtu: u32, silently: bool) -> Measured {
        let (by, latency) = (self.by.filter(|_| !silently), self.begun.elapsed());
        Measured { mtu, link: self.link, by, silently, latency }
    }

    fn miss(&self, cause: Cause, detail: String) -> Miss {
        Miss::new(cause, detail, self.begun.elapsed())
    }
}
