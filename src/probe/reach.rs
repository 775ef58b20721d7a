//! `reach`: whether a destination answers where the probe starts, and what is known about why not.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::aim::{ADDRESSES, Aim, Target};
use super::error::Error;
use super::peer::{Peer, endpoints};
use super::prober::Prober;
use super::queues::{FULL, rose};
use crate::model::probe::listener;
use crate::model::probe::order::{Ask, Found, Order, Stand};
use crate::model::probe::place::{Destination, Place, Source, Transport};
use crate::model::probe::reach::{Reach, ReachSpec, Tried, ask, telling, written};
use crate::model::probe::socket::Which;
use crate::model::probe::timeout::Timeout;
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
        let mut aim = self.aim(&start, to, &spec.internet, spec.within()).await?;
        let mut verdict = Reach {
            from: from.to_string(),
            to: to.to_string(),
            ok: false,
            reached: false,
            cause: Cause::NameUnknown,
            protocol: to.transport,
            address: None,
            port: to.port,
            latency_ms: None,
            message: String::new(),
            hint: None,
            note: None,
            tried: Vec::new(),
            unasked: aim.beyond,
        };
        match &aim.targets {
            Ok(targets) => {
                // An alias may be spelt as the name of another container, which then has no part in it.
                aim.peer = aim.peer.filter(|peer| targets.iter().any(|target| peer.has(target.address)));
                verdict.tried = self.asked(&start.0, targets, aim.peer.as_ref(), spec).await;
                conclude(&mut verdict, targets);
                self.explain(&mut verdict, &aim).await;
            }
            Err(miss) => self.unresolved(&mut verdict, &start, miss, &aim, to, spec).await?,
        }
        if let (Cause::NameUnknown | Cause::DnsSilent | Cause::DnsFailed, None, Place::Name(name)) =
            (verdict.cause, &verdict.hint, &to.place)
        {
            verdict.hint = self.meant(from, name).await;
        }
        verdict.reached = verdict.tried.iter().any(|one| one.reached);
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
            let asked = ReachSpec { timeout: Some(Timeout(once)), ..ReachSpec::default() };
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

    /// All addresses at the same time. Silence of a container that meanwhile dropped handshakes is that of a full queue.
    async fn asked(&self, from: &Stand, targets: &[Target], peer: Option<&Peer>, spec: &ReachSpec) -> Vec<Tried> {
        let one = |target: &Target| {
            let Target { address, port, transport } = *target;
            let ask = ask(address, port, transport, spec.payload.as_deref());
            let order = Order { from: from.clone(), ask, within: spec.within() };
            async move { Tried::new(&written(address, port), self.ask(order).await) }
        };
        let handshakes = targets.iter().any(|target| target.transport == Transport::Tcp);
        let Some((peer, stand)) = peer.filter(|_| handshakes).and_then(|peer| Some((peer, peer.stand()?))) else {
            return join_all(targets.iter().map(one)).await;
        };
        let mut before = self.overflows_at_hand(&stand).await;
        let mut tried = join_all(targets.iter().map(one)).await;
        let silent = |one: &Tried| one.cause == Cause::Filtered;
        if !tried.iter().any(silent) {
            return tried;
        }
        if before.is_none() {
            // Only silence is worth an agent beside the one that is asked; what it counts shows when it is asked again.
            before = self.overflows(&stand).await;
            tried = join_all(targets.iter().map(one)).await;
        }
        if !rose(before, self.overflows(&stand).await) {
            return tried;
        }
        let turn = |(one, target): (Tried, &Target)| {
            if silent(&one) && peer.has(target.address) { one.turned(Cause::TimedOut, FULL) } else { one }
        };
        tried.into_iter().zip(targets).map(turn).collect()
    }

    /// Adds what is known besides of the verdict and of the container that was asked.
    async fn explain(&self, verdict: &mut Reach, aim: &Aim) {
        if aim.beyond > 0 {
            let all = aim.beyond + ADDRESSES;
            verdict.note = Some(format!("only the first {ADDRESSES} of the {all} addresses of the name were asked"));
        }
        let Some(address) = verdict.address.as_deref().and_then(|address| address.parse::<IpAddr>().ok()) else {
            return;
        };
        if is_link_local(address) && matches!(verdict.cause, Cause::NotSent | Cause::NoRoute) {
            verdict.hint = Some(format!(
                "{address} is link-local: it means something only together with an interface, which a probe does not take; \
                 ask the address on a network instead"
            ));
        }
        let Some(peer) = aim.peer.as_ref().filter(|peer| peer.has(address)) else { return };
        if peer.status() == "paused" {
            let words = if verdict.ok { ": its kernel answers, its processes do not" } else { "" };
            verdict.note = Some(format!("{} is paused{words}", peer.name));
        }
        let (Some(port), Some(stand)) = (verdict.port, peer.stand()) else { return };
        if !matches!(verdict.cause, Cause::Refused | Cause::NoAnswer | Cause::Filtered) {
            return;
        }
        let order = Order { from: stand, ask: Ask::Sockets(Which::Listening), within: AT_ONCE };
        // What cannot be read there is left unsaid.
        let Some(Ok(Found::Sockets(sockets))) = self.ask_if_at_hand(order).await else { return };
        let asked = SocketAddr::new(address, port);
        verdict.hint = Some(listener::hint(&peer.name, asked, verdict.protocol, verdict.cause, &sockets));
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
    ) -> Result<(), Error> {
        (verdict.cause, verdict.message) = (miss.cause, miss.detail.clone());
        if let (Cause::NotSent | Cause::NoRoute, Place::Host) = (miss.cause, &to.place) {
            verdict.hint = Some("name an address of the host in place of `host`".to_owned());
        }
        let (Some(peer), Place::Name(name)) = (&aim.peer, &to.place) else { return Ok(()) };
        if !peer.is_running() {
            verdict.cause = Cause::NotRunning;
            verdict.message = format!("container \"{name}\" is not running ({})", peer.status());
            verdict.hint = Some(format!("start it: `docker start {name}`"));
            return Ok(());
        }
        let own = self.network_owner(&start.1).await?;
        let own: Vec<String> = endpoints(&own).into_iter().map(|(name, _)| name).collect();
        let (why, shared) = not_known(&start.0, &own, peer);
        if !shared {
            verdict.cause = Cause::NameUnknown;
        }
        verdict.message = format!("the name \"{name}\" means nothing there: {why}");
        verdict.hint = Some(named_instead(peer, to));
        let addresses = if peer.is_on_host() {
            match self.host(start).await? {
                Ok(found) => found,
                Err(miss) => {
                    verdict.note = Some(format!("{name} has the addresses of the host: {}", miss.detail));
                    Vec::new()
                }
            }
        } else {
            peer.addresses()
        };
        let target = |address| Target { address, port: to.port, transport: to.transport };
        let targets: Vec<Target> = addresses.into_iter().map(target).collect();
        verdict.tried = self.asked(&start.0, &targets, Some(peer), spec).await;
        verdict.note = telling(&verdict.tried)
            .map(|one| {
                if one.ok {
                    format!("{name} answers at {}, by address only", one.address)
                } else {
                    format!("{name} does not answer at {} either: {}", one.address, one.message)
                }
            })
            .or(verdict.note.take());
        Ok(())
    }
}

/// How a container can be asked whose name is not known.
fn named_instead(peer: &Peer, to: &Destination) -> String {
    let name = &peer.name;
    let port = to.port.map_or_else(String::new, |port| format!(":{port}"));
    if peer.is_on_host() {
        return format!("{name} is on the network of the host, which has no names: ask `host{port}`");
    }
    match peer.lodges_with() {
        Some(owner) => {
            format!("{name} is on the network of container {owner}, by whose name it is known: ask `{owner}{port}`")
        }
        None if peer.has_no_network() => {
            format!("{name} was made without a network, which keeps it apart from all: no probe is needed")
        }
        None => format!(
            "names are known between containers of one user-defined network: `docker network connect NETWORK {name}`"
        ),
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(six) if six.is_unicast_link_local())
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

/// Why a container's name is unknown where the probe starts, which is on the networks `own`, and whether they share one on
/// which it should not be.
fn not_known(stand: &Stand, own: &[String], peer: &Peer) -> (String, bool) {
    if *stand == Stand::Own {
        return ("this machine does not ask Docker for names".into(), false);
    }
    if peer.is_on_host() {
        return (format!("{} has no network of Docker's, but that of the host", peer.name), false);
    }
    if let Some(owner) = peer.lodges_with() {
        return (format!("{} has no network of its own, but that of container {owner}", peer.name), false);
    }
    let shared: Vec<String> = peer.networks().into_iter().filter(|name| name != "none" && own.contains(name)).collect();
    match shared.iter().find(|name| *name != "bridge") {
        Some(network) if network != "host" => (format!("though both are on {network}"), true),
        _ if shared.iter().any(|name| name == "bridge") => {
            ("the two share only the default bridge, which has no names".into(), false)
        }
        _ => ("the two share no network".into(), false),
    }
}
