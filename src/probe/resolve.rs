//! `resolve`: what a name means where a probe starts, who said so, and how long it took.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use super::error::Error;
use super::names::{in_order, lookup};
use super::prober::Prober;
use crate::model::probe::http::host_and_port;
use crate::model::probe::names::{Heard, Lookup, Origin, RecordType, Resolution, ResolveSpec};
use crate::model::probe::order::Stand;
use crate::model::probe::place::Source;
use crate::model::probe::resolver::{self, HostsSearch, Resolver};
use crate::model::probe::verdict::{Cause, Miss};

/// What glibc waits for one server.
const WITHIN: Duration = Duration::from_secs(5);

impl Prober {
    /// Finds out what a name means there. A name that means nothing is a result too.
    pub async fn resolve(&self, from: &Source, name: &str, spec: &ResolveSpec) -> Result<Resolution, Error> {
        is_a_name(name)?;
        let stand = self.stand(from).await?;
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let begun = Instant::now();
        let mut told = match (address, spec.kind) {
            (Some(address), None | Some(RecordType::Ptr)) => self.backwards(&stand, name, address, spec).await?,
            (Some(address), Some(kind)) => literal(name, address, kind),
            (None, _) => self.forwards(&stand, name, spec).await?,
        };
        if let Some(cause) = told.cause.filter(|_| spec.kind.is_none() && spec.server.is_none() && address.is_none()) {
            let miss = Miss { cause, detail: told.message.clone(), after: Duration::ZERO };
            let (miss, hint) = self.unknown(from, name, miss).await?;
            (told.cause, told.message) = (Some(miss.cause), miss.detail);
            told.hint = hint.or(told.hint);
        }
        // The hints speak of addresses, and of the container's own servers.
        told.hint = told.hint.filter(|_| told.ok || (spec.kind.is_none() && spec.server.is_none()));
        if told.origin != Some(Origin::Dns) && told.cause.is_none() {
            told.latency_ms = millis(begun.elapsed());
        }
        Ok(told)
    }

    async fn forwards(&self, stand: &Stand, name: &str, spec: &ResolveSpec) -> Result<Resolution, Error> {
        let kinds = spec.kind.map_or_else(|| vec![RecordType::A, RecordType::Aaaa], |kind| vec![kind]);
        let wanted = |address: &IpAddr| kinds.contains(&kind_of(*address));
        if spec.server.is_none() {
            let known = self.hosts_file(stand, HostsSearch::of_name(name)).await?.addresses;
            let known: Vec<IpAddr> = known.into_iter().filter(wanted).collect();
            if !known.is_empty() {
                let told = Resolution { origin: Some(Origin::HostsFile), ..found(name) };
                return Ok(with_addresses(told, in_order(known)));
            }
        }
        let resolver = self.resolver(stand).await?;
        let lookup = questions(&resolver, name, kinds, spec);
        self.told(stand, name, lookup, &resolver).await
    }

    /// The names of an address.
    async fn backwards(
        &self,
        stand: &Stand,
        name: &str,
        address: IpAddr,
        spec: &ResolveSpec,
    ) -> Result<Resolution, Error> {
        if spec.server.is_none() {
            let names = self.hosts_file(stand, HostsSearch::of_address(address)).await?.names;
            if !names.is_empty() {
                let told = Resolution { origin: Some(Origin::HostsFile), names, ..found(name) };
                return Ok(worded(told));
            }
        }
        let resolver = self.resolver(stand).await?;
        let whole = format!("{}.", resolver::reverse(address));
        let lookup = questions(&resolver, &whole, vec![RecordType::Ptr], spec);
        self.told(stand, name, lookup, &resolver).await
    }

    async fn told(&self, stand: &Stand, name: &str, lookup: Lookup, by: &Resolver) -> Result<Resolution, Error> {
        let asked = lookup.names.clone();
        let told = match self.heard(stand, lookup, by).await {
            Ok(heard) => answered(name, heard),
            Err(Error::Miss(miss)) => missed(name, miss),
            Err(error) => return Err(error),
        };
        Ok(Resolution { asked, ..told })
    }
}

/// Refuses what no server need be asked for.
fn is_a_name(name: &str) -> Result<(), Error> {
    let invalid = |message: String, hint: Option<String>| Err(Error::Invalid { message, hint });
    if name.is_empty() || name.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return invalid(format!("\"{}\" is no name", name.escape_debug()), None);
    }
    match host_and_port(name) {
        (host, Some(port)) if !host.is_empty() => {
            invalid(format!("\"{name}\": a name has no port"), Some(format!("leave :{port} out: `{host}`")))
        }
        _ => Ok(()),
    }
}

fn questions(resolver: &Resolver, name: &str, kinds: Vec<RecordType>, spec: &ResolveSpec) -> Lookup {
    let within = spec.timeout.map_or(WITHIN, |span| span.0);
    let own = lookup(resolver, name, kinds, within);
    match spec.server {
        None => own,
        Some(server) => {
            let step = resolver.timeout.min(within / own.attempts.max(1));
            Lookup { servers: vec![server.0], step, ..own }
        }
    }
}

fn kind_of(address: IpAddr) -> RecordType {
    if address.is_ipv4() { RecordType::A } else { RecordType::Aaaa }
}

fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

/// A resolution that found something, to be filled in.
fn found(name: &str) -> Resolution {
    Resolution {
        ok: true,
        cause: None,
        name: name.to_owned(),
        addresses: Vec::new(),
        address: None,
        names: Vec::new(),
        records: Vec::new(),
        origin: None,
        server: None,
        latency_ms: 0.0,
        asked: Vec::new(),
        message: String::new(),
        hint: None,
    }
}

fn with_addresses(told: Resolution, addresses: Vec<IpAddr>) -> Resolution {
    worded(Resolution { address: addresses.first().copied(), addresses, ..told })
}

fn answered(name: &str, heard: Heard) -> Resolution {
    let addresses = in_order(heard.addresses());
    let pointers = heard.records.iter().filter(|record| record.kind == RecordType::Ptr);
    let names = pointers.map(|record| record.value.clone()).collect();
    let (latency_ms, hint) = (millis(heard.latency), heard.notes.first().cloned());
    let (origin, server) = (Some(Origin::Dns), Some(heard.server));
    let told = Resolution { origin, server, latency_ms, names, records: heard.records, hint, ..found(name) };
    with_addresses(told, addresses)
}

fn missed(name: &str, miss: Miss) -> Resolution {
    let hint = match miss.cause {
        Cause::NameUnknown => {
            "names and aliases mean something only between containers that share a network of your own"
        }
        Cause::DnsSilent => {
            "a name of the network would have been answered at once; for others, see `dns` of the container or engine"
        }
        Cause::NoNameserver => {
            "on the default bridge and on `none` there is no DNS of the engine's; give it servers by `dns`"
        }
        _ => "",
    };
    Resolution {
        ok: false,
        cause: Some(miss.cause),
        latency_ms: millis(miss.after),
        message: miss.detail,
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
        ..found(name)
    }
}

/// An address asked for as one: there is nothing to find out.
fn literal(name: &str, address: IpAddr, kind: RecordType) -> Resolution {
    if kind == kind_of(address) {
        return with_addresses(Resolution { origin: Some(Origin::Address), ..found(name) }, vec![address]);
    }
    let detail = format!("{address} is an address, which has no {kind} record; its names are asked for as PTR");
    missed(name, Miss { cause: Cause::NameUnknown, detail, after: Duration::ZERO })
}

/// `db: 10.0.0.2, 10.0.0.3 (127.0.0.11, 0.4 ms)`
fn worded(told: Resolution) -> Resolution {
    let addresses = told.addresses.iter().map(ToString::to_string);
    let mut what: Vec<String> = addresses.chain(told.names.iter().cloned()).collect();
    if what.is_empty() {
        what = told.records.iter().map(|record| record.value.clone()).collect();
    }
    let by = match told.origin {
        Some(Origin::HostsFile) => " (hosts file)".to_owned(),
        Some(Origin::Dns) => format!(" ({}, {} ms)", told.server.map_or(String::new(), server), told.latency_ms),
        Some(Origin::Address) | None => String::new(),
    };
    Resolution { message: format!("{}: {}{by}", told.name, what.join(", ")), ..told }
}

fn server(address: SocketAddr) -> String {
    address.ip().to_string()
}
