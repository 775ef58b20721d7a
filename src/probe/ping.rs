//! `ping`: echoes one after another.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::error::Error;
use super::prober::Prober;
use crate::model::asked::Asked;
use crate::model::probe::order::{Ask, Order, Stand};
use crate::model::probe::ping::{Ping, PingSpec, spread};
use crate::model::probe::place::{Destination, Source};
use crate::model::probe::reach::{Reach, ReachSpec, SIZE, millis};
use crate::model::probe::verdict::{Cause, Miss};

const COUNT: u32 = 3;
const INTERVAL: Duration = Duration::from_millis(200);
const WITHIN: Duration = Duration::from_secs(1);

impl Prober {
    /// Sends echoes to the first address of a destination. Each is asked once: what is lost counts as lost.
    pub async fn ping(&self, from: &Source, to: &Destination, spec: &PingSpec) -> Result<Ping, Error> {
        if let Some(fault) = spec.fault() {
            return Err(Error::Invalid { message: format!("ping: {fault}"), hint: None });
        }
        if let Some(port) = to.port {
            let message = format!("ping \"{to}\": an echo has no port");
            return Err(Error::Invalid { message, hint: Some(format!("`reach` asks port {port}")) });
        }
        let within = spec.timeout.map_or(WITHIN, |span| span.0);
        let start = self.located(from).await?;
        let aim = self.aim(&start, to, &Asked::default(), within.max(WITHIN)).await?;
        let address = match &aim.targets {
            Ok(targets) => targets.first().map(|target| target.address),
            Err(_) => None,
        };
        let Some(address) = address else {
            let timeout = spec.timeout;
            let asked = ReachSpec { timeout, ..ReachSpec::default() };
            return Ok(unsent(self.reach(from, to, &asked).await?));
        };
        let echoes = self.echoes(&start.0, address, spec, within).await;
        let paused = aim.peer.as_ref().filter(|peer| peer.status() == "paused");
        let note = paused.map(|peer| format!("{} is paused: its kernel answers, its processes do not", peer.name));
        Ok(Ping { note, ..told(from, to, address, echoes) })
    }

    /// One after the other, each in its time.
    async fn echoes(&self, from: &Stand, to: IpAddr, spec: &PingSpec, within: Duration) -> Echoes {
        let (count, interval) = (spec.count.unwrap_or(COUNT), spec.interval.map_or(INTERVAL, |span| span.0));
        let mut echoes = Echoes { times: Vec::new(), missed: None };
        let began = Instant::now();
        for sent in 0..count {
            sleep_until(began + interval * sent).await;
            let ask = Ask::Echo { to, size: spec.size.unwrap_or(SIZE), tries: 1 };
            match self.ask(Order { from: from.clone(), ask, within }).await {
                Ok(found) => echoes.times.push(found.latency().map(millis)),
                Err(miss) => {
                    echoes.times.push(None);
                    echoes.missed = Some(miss);
                }
            }
        }
        echoes
    }
}

/// How long each took that came back, and why the last did not that was lost.
struct Echoes {
    times: Vec<Option<f64>>,
    missed: Option<Miss>,
}

fn told(from: &Source, to: &Destination, address: IpAddr, Echoes { times, missed }: Echoes) -> Ping {
    let spread = spread(&times);
    let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let (count, received) = (number(times.len()), number(times.iter().flatten().count()));
    let cause = match &missed {
        Some(miss) if received == 0 => miss.cause,
        _ => Cause::Reachable,
    };
    let message = match spread {
        Some((least, mean, greatest)) => {
            format!("{to} at {address}: {received} of {count} came back in {least}/{mean}/{greatest} ms (min/avg/max)")
        }
        None => format!("{to} at {address}: {}", missed.map(|miss| miss.detail).unwrap_or_default()),
    };
    Ping {
        from: from.to_string(),
        to: to.to_string(),
        ok: received > 0,
        cause,
        address: Some(address.to_string()),
        sent: count,
        received,
        loss: f64::from(count - received) * 100.0 / f64::from(count),
        latency_ms: spread.map(|(_, mean, _)| mean),
        min_ms: spread.map(|(least, ..)| least),
        avg_ms: spread.map(|(_, mean, _)| mean),
        max_ms: spread.map(|(.., greatest)| greatest),
        times_ms: times,
        message,
        hint: None,
        note: None,
    }
}

/// No address to send to: what `reach` finds out about that.
fn unsent(verdict: Reach) -> Ping {
    Ping {
        from: verdict.from,
        to: verdict.to,
        ok: false,
        cause: verdict.cause,
        address: None,
        sent: 0,
        received: 0,
        loss: 100.0,
        latency_ms: None,
        min_ms: None,
        avg_ms: None,
        max_ms: None,
        times_ms: Vec::new(),
        message: verdict.message,
        hint: verdict.hint,
        note: verdict.note,
    }
}
