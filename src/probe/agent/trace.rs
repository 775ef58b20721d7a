//! Whom packets pass on their way: each is sent to live one hop longer than the last.

use std::net::IpAddr;
use std::time::Duration;

use super::arp::explained;
use super::namespace::Namespace;
use super::path::{Event, Manner, shot};
use crate::model::probe::path::{Hop, Packet, Traced};
use crate::model::probe::verdict::{Cause, Miss};

/// Packets for a stop that does not answer. One in many is lost; routers say little when they are asked often.
const TRIES: u8 = 2;
/// Stops without an answer in a row, after which nobody is expected any more.
const SILENT: usize = 4;

pub(super) async fn trace(
    namespace: &Namespace,
    to: IpAddr,
    packet: Packet,
    most: u8,
    wait: Duration,
) -> Result<Traced, Miss> {
    let mut hops: Vec<Hop> = Vec::new();
    for life in 1..=most {
        let quiet = hops.iter().rev().take_while(|hop| hop.by.is_none()).count();
        if quiet >= SILENT {
            break;
        }
        let tries = if quiet > 0 { 1 } else { TRIES };
        let mut answer = None;
        for _ in 0..tries {
            answer = shot(namespace, to, packet, Manner::Hops(life), wait).await?;
            if answer.is_some() {
                break;
            }
        }
        let silence = Hop { by: None, latency: wait, refused: None };
        match answer {
            Some((latency, Event::Expired { by })) => hops.push(Hop { by: Some(by), latency, refused: None }),
            Some((latency, Event::Reached)) => {
                hops.push(Hop { by: Some(to), latency, refused: None });
                return Ok(Traced { hops, reached: true });
            }
            Some((latency, Event::Failed(cause, words, by))) => {
                hops.push(Hop { by, latency, refused: Some((cause, words)) });
                break;
            }
            // What is sent is small: a link that is smaller still is none.
            None | Some((_, Event::TooLarge { .. })) => hops.push(silence),
        }
    }
    // Where not even the first stop answers, the link itself may know why.
    if hops.iter().all(|hop| hop.by.is_none() && hop.refused.is_none()) {
        let silence = Miss::new(Cause::Filtered, String::new(), wait);
        let miss = explained(namespace, to, silence).await;
        if let Some(last) = hops.last_mut().filter(|_| miss.cause == Cause::NoRoute) {
            last.refused = Some((miss.cause, miss.detail));
        }
    }
    Ok(Traced { hops, reached: false })
}
