//! What can go wrong with an engine. Data stands in the fields; the words are made in `Display` and `hint`.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::archive::CopyFault;
use super::attempt::{Attempt, reach_hint};
use super::compare::Difference;
use super::image_fault::ImageFault;
use super::network_fault::NetworkFault;
use super::owner::Owner;
use super::swarm_fault::{SwarmError, manager_hint};
use crate::model::container::SpecFault;
use crate::model::duration::seconds;
use crate::model::names;
use crate::model::plan::PlanFault;

pub type Result<T> = std::result::Result<T, Error>;

/// Why the engine did not do what was asked. Every message names the thing it is about.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("no Docker engine answers{}", lines(tried))]
    NoEngine { tried: Vec<Attempt> },
    #[error("{origin}: \"{host}\" is not an engine address: {fault}")]
    BadHost { origin: String, host: String, fault: super::host::HostFault },
    #[error("no {what} named \"{name}\"")]
    NotFound { what: &'static str, name: String, known: Vec<String> },
    #[error("the {what} name \"{name}\" is already in use")]
    NameTaken { what: &'static str, name: String },
    #[error("{} networks are named \"{name}\": {}", ids.len(), ids.join(", "))]
    Ambiguous { name: String, ids: Vec<String> },
    #[error("container \"{container}\" is already connected to network \"{network}\"")]
    AlreadyConnected { network: String, container: String },
    #[error("container \"{container}\" is not connected to network \"{network}\"")]
    NotConnected { network: String, container: String, networks: Vec<String> },
    #[error("subnet {subnet} overlaps {}", owner.as_ref().map_or("one that is already in use".to_owned(), ToString::to_string))]
    Overlap { subnet: IpNet, owner: Option<Owner>, free: Option<IpNet> },
    #[error("the engine has no default {} address pool with room left ({networks} networks exist)", if *ipv6 { "IPv6" } else { "IPv4" })]
    PoolsExhausted { ipv6: bool, networks: usize, free: Option<IpNet>, words: String },
    #[error("address {address} of network \"{network}\" is already in use{}", owner.as_ref().map(by).unwrap_or_default())]
    AddressTaken { address: String, network: String, owner: Option<Owner>, free: Option<IpAddr> },
    #[error(transparent)]
    Network(#[from] NetworkFault),
    #[error("the engine refused ({status}): {words}")]
    Advised { status: u16, words: String, hint: String },
    #[error("port {address} is already in use{}", owner.as_ref().map(|o| format!(" by {o}")).unwrap_or_default())]
    PortTaken { address: String, owner: Option<Owner>, words: String },
    #[error("image \"{image}\" is not here and cannot be pulled: {words}")]
    ImageMissing { image: String, available: Vec<String>, words: String },
    #[error("network \"{network}\" has containers attached: {}", endpoints.join(", "))]
    ActiveEndpoints { network: String, endpoints: Vec<String> },
    #[error("\"{name}\" differs from what is asked for{}", lines(differences))]
    Differs { name: String, differences: Vec<Difference> },
    #[error("container \"{name}\" differs from what is asked for{}", lines(differences))]
    ContainerDiffers { name: String, differences: Vec<Difference> },
    #[error(
        "container \"{container}\" is connected to network \"{network}\" with other settings than are asked for{}",
        lines(differences)
    )]
    EndpointDiffers { network: String, container: String, differences: Vec<Difference> },
    #[error("the engine has no network driver \"{driver}\": {words}")]
    UnknownDriver { driver: String, known: Vec<String>, words: String },
    #[error("the engine is not a swarm manager: {words}")]
    NotSwarm { words: String },
    #[error(transparent)]
    Swarm(#[from] SwarmError),
    #[error("container \"{container}\" is not running ({state})")]
    NotRunning { container: String, state: String },
    #[error("container \"{container}\" is {state}")]
    Alive { container: String, state: String },
    #[error("container \"{container}\" has no address{}: {reason}", network.as_ref().map(|n| format!(" on network \"{n}\"")).unwrap_or_default())]
    NoAddress { container: String, network: Option<String>, reason: String },
    #[error("container \"{container}\" does not publish port {port}")]
    NotPublished { container: String, port: String, published: Vec<String> },
    #[error("cannot run \"{program}\" in container \"{container}\": {words}")]
    NoProgram { container: String, program: String, shell: bool, words: String },
    #[error("container \"{container}\" has ended{}{}, waiting for \"{wanted}\"{}", exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default(), if *out_of_memory { ", out of memory" } else { "" }, last_words(log))]
    Ended {
        container: String,
        wanted: String,
        exit_code: Option<i64>,
        out_of_memory: bool,
        log: Vec<String>,
        removed: bool,
    },
    #[error("container \"{container}\" is unhealthy: {}{}", if output.is_empty() { "its check says nothing" } else { output }, last_words(log))]
    Unhealthy { container: String, output: String, log: Vec<String>, removed: bool },
    #[error("container \"{container}\" was not ready after {}, waiting for \"{wanted}\"{}{}", seconds(*after), found.as_ref().map(|found| format!(": {found}")).unwrap_or_default(), last_words(log))]
    NotReady {
        container: String,
        wanted: String,
        after: Duration,
        found: Option<String>,
        log: Vec<String>,
        removed: bool,
    },
    #[error("container \"{container}\" has no healthcheck to wait for")]
    NoHealthcheck { container: String },
    #[error("`{option}` needs an engine with API {needs}; this one has {has} and would ignore it")]
    TooOld { option: &'static str, needs: String, has: String },
    #[error("the output is larger than {} MiB, which is more than can be kept", limit >> 20)]
    TooMuch { limit: usize, hint: &'static str },
    #[error(transparent)]
    Copy(#[from] CopyFault),
    #[error(transparent)]
    Image(#[from] ImageFault),
    #[error(transparent)]
    Spec(#[from] SpecFault),
    #[error(transparent)]
    Plan(#[from] PlanFault),
    #[error("{message}")]
    Invalid { message: String, hint: Option<String> },
    #[error("the engine refused ({status}): {words}")]
    Refused { status: u16, words: String },
    #[error("{what} did not finish within {}", seconds(*after))]
    TimedOut { what: String, after: Duration },
    #[error("the engine at {address} cannot be talked to: {words}")]
    Transport { address: String, words: String },
    #[error("cannot read {path}: {words}")]
    File { path: String, words: String },
}

impl Error {
    /// A stable word for programs: `no_engine`, `not_found`, `not_connected`, `not_published`, `no_address`, `conflict`, `no_program`, `ended`, `unhealthy`, `too_much`,
    /// `exhausted`, `invalid`, `refused`, `timeout`, `transport`, `build` or `io`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoEngine { .. } => "no_engine",
            Self::NotFound { .. } | Self::ImageMissing { .. } | Self::UnknownDriver { .. } => "not_found",
            Self::NotConnected { .. } => "not_connected",
            Self::NotPublished { .. } => "not_published",
            Self::NoAddress { .. } => "no_address",
            Self::NoProgram { .. } => "no_program",
            Self::Ended { .. } => "ended",
            Self::Unhealthy { .. } => "unhealthy",
            Self::TooMuch { .. } => "too_much",
            Self::NameTaken { .. }
            | Self::Ambiguous { .. }
            | Self::AlreadyConnected { .. }
            | Self::Overlap { .. }
            | Self::AddressTaken { .. }
            | Self::PortTaken { .. }
            | Self::ActiveEndpoints { .. }
            | Self::Differs { .. }
            | Self::ContainerDiffers { .. }
            | Self::EndpointDiffers { .. }
            | Self::Alive { .. }
            | Self::NotRunning { .. } => "conflict",
            Self::PoolsExhausted { .. } => "exhausted",
            Self::Network(fault) => fault.kind(),
            Self::BadHost { .. }
            | Self::Spec(_)
            | Self::Plan(_)
            | Self::NoHealthcheck { .. }
            | Self::Invalid { .. } => "invalid",
            Self::TimedOut { .. } | Self::NotReady { .. } => "timeout",
            Self::NotSwarm { .. } | Self::Advised { .. } | Self::TooOld { .. } | Self::Refused { .. } => "refused",
            Self::Transport { .. } => "transport",
            Self::File { .. } => "io",
            Self::Copy(fault) => fault.kind(),
            Self::Image(fault) => fault.kind(),
            Self::Swarm(fault) => fault.kind(),
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoEngine { tried } => Some(reach_hint(tried)),
            Self::BadHost { fault, .. } => Some(fault.hint()),
            Self::NotFound { what, name, known } => not_found_hint(what, name, known),
            Self::Ambiguous { ids, .. } => Some(format!(
                "name one by its id, for example `xnet network rm {}`",
                ids.first().map(String::as_str).unwrap_or_default()
            )),
            Self::NameTaken { what, name, .. } => Some(match *what {
                "network" => format!("docker.network.ensure(\"{name}\") or `--ensure` keeps the one that is there"),
                "container" => format!(
                    "docker.ensure_container keeps one that is as asked for; docker.remove(\"{name}\") removes it"
                ),
                _ => format!("remove \"{name}\" first, or choose another name"),
            }),
            Self::AlreadyConnected { .. } => Some("docker.network.ensure_connected or `--ensure` accepts that".into()),
            Self::NotConnected { networks, .. } if networks.is_empty() => Some("it is on no network".into()),
            Self::NotConnected { networks, .. } => Some(format!("it is on {}", networks.join(", "))),
            Self::Overlap { owner, free, .. } => overlap_hint(owner.as_ref(), *free),
            Self::PoolsExhausted { free, .. } => Some(match free {
                Some(net) => format!("give a subnet of your own, such as {net}, or remove networks that are not used"),
                None => "no private subnet is free either: docker.network.prune() removes networks that no running \
                         container uses"
                    .into(),
            }),
            Self::AddressTaken { free, .. } => free.map(|address| format!("{address} is free")),
            Self::Network(fault) => fault.hint(),
            Self::Advised { hint, .. } => Some(hint.clone()),
            Self::PortTaken { .. } => {
                Some("publish on another host port, or leave it out to let the engine choose".into())
            }
            Self::ImageMissing { image, available, .. } => Some(image_hint(image, available)),
            Self::ActiveEndpoints { network, endpoints } => Some(match endpoints.first() {
                Some(first) => format!(
                    "disconnect or remove them first: docker.network.disconnect(\"{network}\", \"{}\")",
                    first.split(' ').next().unwrap_or(first)
                ),
                None => "disconnect or remove them first".into(),
            }),
            Self::Differs { .. } => Some("`force: true` recreates a network to which nothing is attached".into()),
            Self::ContainerDiffers { .. } => Some("`force: true` removes it and creates it anew".into()),
            Self::EndpointDiffers { .. } => Some("disconnect it first, then connect it as asked for".into()),
            Self::Alive { container, .. } => {
                Some(format!("stop it first, or docker.remove(\"{container}\", #{{force: true}})"))
            }
            Self::UnknownDriver { driver, known, .. } => {
                Some(match names::nearest(driver, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("drivers it has: {}", known.join(", ")),
                })
            }
            Self::NotSwarm { words } => Some(manager_hint(words)),
            Self::Swarm(fault) => fault.hint(),
            Self::NotRunning { container, .. } => Some(format!("start it: docker.start(\"{container}\")")),
            Self::NotPublished { published, .. } if published.is_empty() => Some("it publishes nothing".into()),
            Self::NotPublished { published, .. } => Some(format!("it publishes {}", published.join(", "))),
            Self::NoProgram { shell: true, .. } => {
                Some("its image has no shell: give the command as a list, [\"program\", \"argument\"]".into())
            }
            Self::TooMuch { hint, .. } => Some((*hint).into()),
            Self::Ended { removed, .. } | Self::Unhealthy { removed, .. } | Self::NotReady { removed, .. } => {
                removed.then(|| "it was removed again; without `wait` it stays, to be looked into".into())
            }
            Self::NoHealthcheck { .. } => {
                Some("give it one, such as `healthcheck: \"wget -q -O- localhost\"`, or wait for \"port:80\"".into())
            }
            Self::Copy(fault) => fault.hint(),
            Self::Image(fault) => fault.hint(),
            Self::Spec(fault) => fault.hint(),
            Self::Plan(fault) => fault.hint(),
            Self::Invalid { hint, .. } => hint.clone(),
            Self::Refused { words, .. } => refused_hint(words),
            Self::NoAddress { .. }
            | Self::NoProgram { .. }
            | Self::TooOld { .. }
            | Self::TimedOut { .. }
            | Self::Transport { .. }
            | Self::File { .. } => None,
        }
    }

    /// The HTTP status, for what the engine itself refused.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::NotFound { .. } | Self::UnknownDriver { .. } | Self::ImageMissing { .. } => Some(404),
            Self::NameTaken { .. } | Self::NotRunning { .. } | Self::Alive { .. } => Some(409),
            Self::AlreadyConnected { .. } | Self::Overlap { .. } | Self::ActiveEndpoints { .. } => Some(403),
            Self::Refused { status, .. } | Self::Advised { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The thing it is about: a network, container, image, port, subnet or driver.
    pub fn resource(&self) -> Option<String> {
        match self {
            Self::NotFound { name, .. }
            | Self::NameTaken { name, .. }
            | Self::Differs { name, .. }
            | Self::ContainerDiffers { name, .. } => Some(name),
            Self::AlreadyConnected { container, .. }
            | Self::NotConnected { container, .. }
            | Self::NotRunning { container, .. }
            | Self::Alive { container, .. }
            | Self::EndpointDiffers { container, .. }
            | Self::NoAddress { container, .. }
            | Self::NotPublished { container, .. }
            | Self::Ended { container, .. }
            | Self::Unhealthy { container, .. }
            | Self::NotReady { container, .. }
            | Self::NoHealthcheck { container }
            | Self::NoProgram { container, .. } => Some(container),
            Self::AddressTaken { address, .. } | Self::PortTaken { address, .. } | Self::Transport { address, .. } => {
                Some(address)
            }
            Self::Swarm(fault) => return fault.resource().cloned(),
            Self::ImageMissing { image, .. } => Some(image),
            Self::ActiveEndpoints { network, .. } => Some(network),
            Self::UnknownDriver { driver, .. } => Some(driver),
            Self::BadHost { host, .. } => Some(host),
            Self::File { path, .. } => Some(path),
            Self::Overlap { subnet, .. } => return Some(subnet.to_string()),
            Self::Network(fault) => return Some(fault.resource()),
            Self::Copy(fault) => return Some(fault.resource()),
            Self::Image(fault) => return fault.resource(),
            _ => None,
        }
        .cloned()
    }

    /// The exit code of the container or command that it is about.
    pub fn ended_with(&self) -> Option<i64> {
        match self {
            Self::Ended { exit_code, .. } | Self::Image(ImageFault::Build { exit_code, .. }) => *exit_code,
            _ => None,
        }
    }

    /// The same, of a container that was removed because of it.
    #[must_use]
    pub(super) fn with_removal(mut self) -> Self {
        if let Self::Ended { removed, .. } | Self::Unhealthy { removed, .. } | Self::NotReady { removed, .. } =
            &mut self
        {
            *removed = true;
        }
        self
    }

    /// The exit code of a command that ends with it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoEngine { .. } => 3,
            Self::BadHost { .. }
            | Self::Spec(_)
            | Self::Plan(_)
            | Self::NoHealthcheck { .. }
            | Self::Invalid { .. }
            | Self::File { .. } => 2,
            // What was waited for did not come true: a check failed, and the engine refused nothing.
            Self::Ended { .. } | Self::Unhealthy { .. } => 1,
            Self::TimedOut { .. } | Self::NotReady { .. } => 5,
            Self::Copy(fault) => fault.exit_code(),
            Self::Image(fault) => fault.exit_code(),
            Self::Swarm(fault) => fault.exit_code(),
            // As a shell says it, and as `docker exec` does.
            Self::NoProgram { .. } => 127,
            _ => 4,
        }
    }
}

/// ` by container "web"`, ` as its gateway`
fn by(owner: &Owner) -> String {
    if matches!(owner, Owner::Reserved { .. }) { format!(" {owner}") } else { format!(" by {owner}") }
}

fn overlap_hint(owner: Option<&Owner>, free: Option<IpNet>) -> Option<String> {
    let free = free.map(|net| format!("{net} is free"));
    let Some(Owner::Route { .. }) = owner else { return free };
    let anyway = "`allow_route_overlap: true` takes it all the same, and hides what the route leads to";
    Some(free.map_or_else(|| anyway.to_owned(), |free| format!("{free}; {anyway}")))
}

fn lines<T: fmt::Display>(items: &[T]) -> String {
    items.iter().fold(String::new(), |text, item| format!("{text}\n  {item}"))
}

fn refused_hint(words: &str) -> Option<String> {
    let known = [
        ("unable to apply caps", "the engine's own host lacks a right of these: ask for single ones with `cap_add`"),
        (
            "invalid filter",
            "this engine does not have that filter: list without it, and choose with `.filter(|one| …)`",
        ),
        ("strconv.Atoi: parsing", "this engine takes no range of host ports: name each port"),
        (
            "link is not supported",
            "this engine has no links: connect both to a network of your own, where names are known",
        ),
    ];
    known.iter().find(|(part, _)| words.contains(part)).map(|(_, hint)| (*hint).to_owned())
}

/// The end of a container's log, which may be empty.
fn last_words(log: &[String]) -> String {
    if log.is_empty() { "; its log is empty".into() } else { format!("; its last log lines:{}", lines(log)) }
}

fn not_found_hint(what: &str, name: &str, known: &[String]) -> Option<String> {
    if what == "IPAM driver" {
        return Some("leave `ipam.driver` out: the engine's own gives addresses".into());
    }
    if known.is_empty() {
        return Some(format!("there are no {what}s"));
    }
    names::suggestion(name, known.iter().map(String::as_str))
}

fn image_hint(image: &str, available: &[String]) -> String {
    if available.is_empty() {
        return "there are no images here: reach a registry, or import one with docker.image.import_tar".into();
    }
    let near = names::nearest(image, available.iter().map(String::as_str));
    match near {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("images that are here: {}", available.join(", ")),
    }
}
