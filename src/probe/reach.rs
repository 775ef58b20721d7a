//! `reach`: whether a destination answers where the probe starts, and what is known about why not.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::aim::{Aim, Peer, Target, endpoints};
use super::error::Error;
use super::prober::Prober;
use crate::model::duration::Span;
use crate::model::probe::order::{Ask, Found, Order, Stand};
use crate::model::probe::place::{Destination, Place, Source, Transport};
use crate::model::probe::reach::{Reach, ReachSpec, Tried, ask, telling, written};
use crate::model::probe::socket::{Socket, Which};
use crate::model::probe::verdict::{Cause, Miss};
use crate::model::probe::wait::WaitForPortSpec;

/// The kernel answers at once.
const AT_ONCE: Duration = Duration::from_secs(5);
/// How long `wait_for_port` waits, and how often it asks.
const PATIENCE: Duration = Duration::from_secs(30);
const EVERY: Duration = Duration::from_millis(100);

impl Prober {
    /// Asks every address that the destination has there. That nothing answers is a result too.
    pub async fn reach(&self, from: &Source, to: &Destination, spec: &ReachSpec) -> Result<Reach, Error> {
        let start = self.located(from).await?;
        let aim = self.aim(&start, to, &spec.internet, spec.within()).await?;
        let mut verdict = Reach {
            from: from.to_string(),
            to: to.to_string(),
            ok: false,
            cause: Cause::NameUnknown,
            protocol: to.transport,
            address: None,
            port: to.port,
            latency_ms: None,
            message: String::new(),
            hint: None,
            note: None,
            tried: Vec::new(),
        };
        match &aim.targets {
            Ok(targets) => {
                verdict.tried = self.asked(&start.0, targets, spec).await;
                conclude(&mut verdict, targets);
                self.explain(&mut verdict, &aim, to).await;
            }
            Err(miss) => self.unresolved(&mut verdict, &start, miss, &aim, to, spec).await,
        }
        if !verdict.ok {
            self.ended_meanwhile(&mut verdict, &aim).await?;
        }
        Ok(verdict)
    }

    /// Waits until a destination answers. What cannot change by waiting ends it at once.
    pub async fn wait_for_port(&self, from: &Source, to: &Destination, spec: &WaitForPortSpec) -> Result<Reach, Error> {
        let patience = spec.timeout.map_or(PATIENCE, |span| span.0);
        let every = spec.every.map_or(EVERY, |span| span.0).max(Duration::from_millis(10));
        let end = Instant::now() + patience;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let once = left.clamp(Duration::from_millis(50), Duration::from_secs(2));
            let asked = ReachSpec { timeout: Some(Span(once)), ..ReachSpec::default() };
            let verdict = self.reach(from, to, &asked).await?;
            if verdict.ok {
                return Ok(verdict);
            }
            if verdict.cause == Cause::SourceGone || Instant::now() + every >= end {
                let Reach { from, to, message, hint, .. } = verdict;
                return Err(Error::NeverAnswered { from, to, after: patience, last: message, hint });
            }
            sleep(every).await;
        }
    }

    /// All addresses at the same time.
    async fn asked(&self, from: &Stand, targets: &[Target], spec: &ReachSpec) -> Vec<Tried> {
        let one = |target: &Target| {
            let Target { address, port, transport } = *target;
            let ask = ask(address, port, transport, spec.payload.as_deref());
            let order = Order { from: from.clone(), ask, within: spec.within() };
            async move { Tried::new(&written(address, port), self.ask(order).await) }
        };
        join_all(targets.iter().map(one)).await
    }

    /// Adds what the destination's container tells of the verdict.
    async fn explain(&self, verdict: &mut Reach, aim: &Aim, to: &Destination) {
        let Some(peer) = &aim.peer else { return };
        if peer.status() == "paused" {
            let words = if verdict.ok { ": its kernel answers, its processes do not" } else { "" };
            verdict.note = Some(format!("{} is paused{words}", peer.name));
        }
        let (Some(port), Some(stand)) = (to.port, peer.stand()) else { return };
        if !matches!(verdict.cause, Cause::Refused | Cause::NoAnswer | Cause::Filtered) {
            return;
        }
        let order = Order { from: stand, ask: Ask::Sockets(Which::Listening), within: AT_ONCE };
        // What cannot be read there is left unsaid.
        let Some(Ok(Found::Sockets(sockets))) = self.ask_if_at_hand(order).await else { return };
        verdict.hint = Some(listens(&peer.name, port, to.transport, &sockets));
    }

    /// That a container ended while it was asked says nothing of the way to it.
    async fn ended_meanwhile(&self, verdict: &mut Reach, aim: &Aim) -> Result<(), Error> {
        let Some(peer) = aim.peer.as_ref().filter(|peer| peer.is_running()) else { return Ok(()) };
        let now = self.peer(&peer.name).await?;
        if now.is_none_or(|now| now.stand() != peer.stand()) {
            verdict.cause = Cause::NotRunning;
            verdict.message = format!("container \"{}\" ended, or was restarted, while it was asked", peer.name);
            verdict.hint = Some(format!("see why: `docker logs {}`", peer.name));
            verdict.note = None;
        }
        Ok(())
    }

    /// A name that means nothing there may be that of a container all the same.
    async fn unresolved(
        &self,
        verdict: &mut Reach,
        start: &(Stand, Value),
        miss: &Miss,
        aim: &Aim,
        to: &Destination,
        spec: &ReachSpec,
    ) {
        (verdict.cause, verdict.message) = (miss.cause, miss.detail.clone());
        let (Some(peer), Place::Name(name)) = (&aim.peer, &to.place) else { return };
        if !peer.is_running() {
            verdict.cause = Cause::NotRunning;
            verdict.message = format!("container \"{name}\" is not running ({})", peer.status());
            verdict.hint = Some(format!("start it: `docker start {name}`"));
            return;
        }
        let (why, shared) = not_known(start, peer);
        if !shared {
            verdict.cause = Cause::NameUnknown;
        }
        verdict.message = format!("the name \"{name}\" means nothing there: {why}");
        verdict.hint = Some(format!(
            "names are known between containers of one user-defined network: `docker network connect NETWORK {name}`"
        ));
        let targets: Vec<Target> = peer
            .addresses()
            .into_iter()
            .map(|address| Target { address, port: to.port, transport: to.transport })
            .collect();
        verdict.tried = self.asked(&start.0, &targets, spec).await;
        verdict.note = telling(&verdict.tried).map(|one| {
            if one.ok {
                format!("{name} answers at {}, by address only", one.address)
            } else {
                format!("{name} does not answer at {} either: {}", one.address, one.message)
            }
        });
    }
}

/// The verdict, from the answers of all addresses.
fn conclude(verdict: &mut Reach, targets: &[Target]) {
    let Some(best) = telling(&verdict.tried) else { return };
    let target = verdict.tried.iter().position(|one| one == best).and_then(|at| targets.get(at));
    let place = if verdict.to == best.address { String::new() } else { format!(" at {}", best.address) };
    let joint = if best.ok { " " } else { ": " };
    let message = format!("{}{place}{joint}{}", verdict.to, best.message);
    (verdict.ok, verdict.cause, verdict.latency_ms) = (best.ok, best.cause, best.latency_ms);
    verdict.address = target.map(|target| target.address.to_string());
    if let Some(target) = target {
        (verdict.port, verdict.protocol) = (target.port, target.transport);
    }
    verdict.message = message;
}

/// Why a container's name is unknown where the probe starts, and whether they share a network on which it should not be.
fn not_known((stand, whole): &(Stand, Value), peer: &Peer) -> (String, bool) {
    if *stand == Stand::Own {
        return ("this machine does not ask Docker for names".into(), false);
    }
    let own: Vec<String> = endpoints(whole).into_iter().map(|(name, _)| name).collect();
    let shared: Vec<String> =
        endpoints(&peer.whole).into_iter().map(|(name, _)| name).filter(|name| own.contains(name)).collect();
    match shared.iter().find(|name| *name != "bridge") {
        Some(network) if network != "host" => (format!("though both are on {network}"), true),
        _ if shared.iter().any(|name| name == "bridge") => {
            ("the two share only the default bridge, which has no names".into(), false)
        }
        _ => ("the two share no network".into(), false),
    }
}

/// What the sockets of a container say about one port of it.
fn listens(name: &str, port: u16, transport: Transport, sockets: &[Socket]) -> String {
    let udp = transport == Transport::Udp;
    let of_kind: Vec<&Socket> = sockets.iter().filter(|socket| socket.listens() && socket.udp == udp).collect();
    let there: Vec<&&Socket> = of_kind.iter().filter(|socket| socket.local.port() == port).collect();
    if there.is_empty() {
        // The engine's own name server listens on 127.0.0.11.
        let mut ports: Vec<u16> = of_kind
            .iter()
            .filter(|socket| !socket.local.ip().is_loopback())
            .map(|socket| socket.local.port())
            .collect();
        ports.sort_unstable();
        ports.dedup();
        let others: Vec<String> = ports.iter().take(8).map(u16::to_string).collect();
        let others = if others.is_empty() { String::new() } else { format!("; it listens on {}", others.join(", ")) };
        return format!("nothing listens on {transport} port {port} of {name}{others}");
    }
    if there.iter().all(|socket| socket.local.ip().is_loopback()) {
        let at = there[0].local;
        return format!("{name} listens on {at} only, which nobody outside it reaches: let it bind 0.0.0.0");
    }
    let at = there[0].local;
    format!("{name} listens on {at}{}", if udp { ", and did not answer" } else { ": something on the way drops it" })
}
