//! One question asked several times within its time: a packet that is lost once, or dropped by a queue that was full for a
//! moment, makes no verdict.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::setback::Setback;
use crate::model::duration::seconds;
use crate::model::probe::order::{Answer, Found};
use crate::model::probe::verdict::{Cause, Miss};

/// How often a question is asked, evenly over its time: each is a packet of its own, so that silence counts.
pub(super) const TRIES: u8 = 3;
/// After which what this machine could not send is tried again.
const BREATH: Duration = Duration::from_millis(20);

/// Silence is `silent`, whose words get the time and the number of attempts.
pub(super) async fn until_answered<W>(within: Duration, tries: u8, silent: Cause, attempt: impl Fn() -> W) -> Answer
where
    W: Future<Output = Result<Found, Setback>>,
{
    let began = Instant::now();
    let (end, step) = (began + within, within / u32::from(tries.max(1)));
    let (mut under_way, mut sent, mut next, mut busy) = (FuturesUnordered::new(), 0, began, None);
    // A search for the other side that failed may have begun before any of the attempts: then there is one more.
    let (mut unfound, mut most) = (None, tries);
    loop {
        tokio::select! {
            biased;
            Some(done) = under_way.next(), if !under_way.is_empty() => match done {
                Ok(found) => return Ok(found),
                Err(Setback::Final(cause, detail)) => return Err(Miss::new(cause, detail, began.elapsed())),
                Err(Setback::Unfound(cause, detail)) if sent > tries && under_way.is_empty() => {
                    return Err(Miss::new(cause, detail, began.elapsed()));
                }
                Err(Setback::Unfound(cause, detail)) => {
                    (unfound, most) = (Some((cause, detail)), tries.saturating_add(1));
                    next = next.min(Instant::now() + BREATH);
                }
                Err(Setback::Silent) => {}
                Err(Setback::Busy(error)) => {
                    (busy, sent) = (Some(error), sent - 1);
                    next = next.min(Instant::now() + BREATH);
                }
            },
            () = sleep_until(next), if sent < most && next < end => {
                under_way.push(attempt());
                sent += 1;
                next = (Instant::now() + step).max(began + step * u32::from(sent));
            }
            () = sleep_until(end) => break,
        }
    }
    let time = began.elapsed();
    if let Some((cause, detail)) = unfound {
        return Err(Miss::new(cause, detail, time));
    }
    match busy {
        Some(error) if sent == 0 || under_way.is_empty() => {
            Err(Miss::new(Cause::NotSent, format!("this machine could not send it: {error}"), time))
        }
        _ if sent == 0 => {
            Err(Miss::new(Cause::NotSent, "its time was over before anything could be sent".to_owned(), time))
        }
        _ => Err(Miss::new(silent, silence(within, sent), time)),
    }
}

fn silence(within: Duration, sent: u8) -> String {
    let times = match sent {
        0 | 1 => String::new(),
        2 => ", asked twice".to_owned(),
        times => format!(", asked {times} times"),
    };
    format!("no answer within {}{times}", seconds(within))
}
