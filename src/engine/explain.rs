//! Turns an engine's refusal into what is known about it: who owns the port, which names there are. Networks have their own.
//!
//! All of it is looked up only once something failed. What cannot be looked up is left out; the refusal stays.

use serde_json::Value;

use super::attached::name_of;
use super::client::Engine;
use super::errors::Error;
use super::owner::Owner;
use super::procfs;
use super::raw::Request;
use super::state;
use crate::model::ports::Protocol;

const SETTING_UP: &str = "failed to set up container networking: ";

/// What a request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Network,
    Container,
}

impl Engine {
    /// Not found becomes the thing's name with those that there are; "not running" is told apart.
    pub(super) async fn explain(&self, error: Error, thing: Thing, name: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        // An engine redirects a path that is not clean, `..` or `a//b`: nothing has such a name.
        if status == 404 || status == 301 {
            return self.missing(thing, name).await;
        }
        if thing == Thing::Network && words.contains("matches found based on name") {
            let networks = self.networks().await.unwrap_or_default();
            let same = networks.into_iter().filter(|network| network["Name"] == name);
            let ids = same.filter_map(|network| network["Id"].as_str().and_then(|id| id.get(..12)).map(str::to_owned));
            return Error::Ambiguous { name: name.to_owned(), ids: ids.collect() };
        }
        let improper = words.contains("container state improper");
        if (status == 409 && words.contains("is not running")) || improper {
            let inspected = self.send(&Request::get(&["containers", name, "json"])).await.unwrap_or_default();
            // Podman has one word for every state that it does not want.
            if !improper || !state::alive(&inspected) {
                return Error::NotRunning { container: name.to_owned(), state: state::in_words(&inspected) };
            }
        }
        Error::Refused { status, words }
    }

    pub(super) async fn missing(&self, thing: Thing, name: &str) -> Error {
        let known = match thing {
            Thing::Network => self.networks().await.map(|all| names_under(&all, "Name")),
            Thing::Container => {
                self.containers(true).await.map(|all| all.iter().map(|c| name_of(c).to_owned()).collect())
            }
        };
        let what = match thing {
            Thing::Network => "network",
            Thing::Container => "container",
        };
        Error::NotFound { what, name: name.to_owned(), known: known.unwrap_or_default() }
    }

    /// A container that could not be created or started: ports, names, images, networks. `own` is its id, not to be blamed.
    pub(super) async fn explain_run(&self, error: Error, name: Option<&str>, own: &str) -> Error {
        let Error::Refused { status, words } = error else { return error };
        let low = words.to_lowercase();
        if low.contains("port is already allocated") || low.contains("address already in use") {
            return self.port_taken(words, name.unwrap_or_default(), own).await;
        }
        if low.contains("all ports are allocated") {
            return self.range_taken(status, words, name.unwrap_or_default(), own).await;
        }
        if (status == 409 && low.contains("already in use by container")) || low.contains("that name is already in use")
        {
            return Error::NameTaken { what: "container", name: name.unwrap_or_default().to_owned() };
        }
        if low.contains("invalid reference format") || low.contains("repository name must be lowercase") {
            return Error::Invalid {
                message: words,
                hint: Some("an image is written NAME[:TAG] in lower case".into()),
            };
        }
        if let Some((thing, name)) = nameless(&words) {
            return self.missing(thing, name).await;
        }
        for (start, thing) in [("network ", Thing::Network), ("no such container: ", Thing::Container)] {
            // Newer engines say first what they were doing.
            let from = if low.starts_with(SETTING_UP) { SETTING_UP.len() } else { 0 };
            if status == 404 && low[from..].starts_with(start) {
                let typed = words.get(from + start.len()..).unwrap_or_default().trim_end_matches(" not found");
                return self.missing(thing, typed).await;
            }
        }
        Error::Refused { status, words }
    }

    async fn port_taken(&self, words: String, name: &str, own: &str) -> Error {
        let Some((address, port)) = procfs::endpoint_in(&words) else { return Error::Refused { status: 500, words } };
        let subject = if own.is_empty() { name } else { own };
        let says =
            |protocol: &str| words.contains(&format!("listen {protocol}")) || words.contains(&format!("/{protocol}:"));
        let protocol = match (says("udp"), says("tcp")) {
            (true, false) => Protocol::Udp,
            (false, true) => Protocol::Tcp,
            _ => self.protocol_of(subject, port).await,
        };
        let owner = self.owner_of(port, protocol, own).await;
        let address = if protocol == Protocol::Tcp { address } else { format!("{address}/{protocol}") };
        Error::PortTaken { address, owner, words }
    }

    /// None of a range of host ports is free: the engine does not say which range that is.
    async fn range_taken(&self, status: u16, words: String, name: &str, own: &str) -> Error {
        let subject = if own.is_empty() { name } else { own };
        let whole = self.send(&Request::get(&["containers", subject, "json"])).await.unwrap_or_default();
        for (key, bindings) in whole["HostConfig"]["PortBindings"].as_object().into_iter().flatten() {
            for binding in bindings.as_array().into_iter().flatten() {
                let range = binding["HostPort"].as_str().unwrap_or_default();
                let Some(Ok(first)) = range.split_once('-').map(|(first, _)| first.parse::<u16>()) else { continue };
                let protocol = if key.ends_with("/udp") { Protocol::Udp } else { Protocol::Tcp };
                let Some(owner) = self.owner_of(first, protocol, own).await else { continue };
                let address = format!("{}:{range}", binding["HostIp"].as_str().unwrap_or_default());
                return Error::PortTaken { address, owner: Some(owner), words };
            }
        }
        Error::Refused { status, words }
    }

    /// The protocol with which a container wants a host port.
    async fn protocol_of(&self, container: &str, port: u16) -> Protocol {
        let whole = self.send(&Request::get(&["containers", container, "json"])).await.unwrap_or_default();
        let wanted = whole["HostConfig"]["PortBindings"].as_object();
        let here = |binding: &Value| {
            let range = binding["HostPort"].as_str().unwrap_or_default();
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            first.parse::<u16>().is_ok_and(|first| first <= port) && last.parse::<u16>().is_ok_and(|last| port <= last)
        };
        let found =
            wanted.into_iter().flatten().find(|(_, list)| list.as_array().is_some_and(|list| list.iter().any(here)));
        match found.and_then(|(key, _)| key.split_once('/')) {
            Some((_, "udp")) => Protocol::Udp,
            Some((_, "sctp")) => Protocol::Sctp,
            _ => Protocol::Tcp,
        }
    }

    /// Who has a TCP port of this machine: a container that publishes it, else a process, where that can be known.
    pub async fn port_owner(&self, port: u16) -> Option<Owner> {
        self.owner_of(port, Protocol::Tcp, "").await
    }

    async fn owner_of(&self, port: u16, protocol: Protocol, own: &str) -> Option<Owner> {
        let containers = self.containers(false).await.unwrap_or_default();
        let bound = |entry: &Value| entry["PublicPort"] == port && entry["Type"] == protocol.to_string();
        let publishes = |container: &&Value| {
            container["Id"] != own && container["Ports"].as_array().into_iter().flatten().any(bound)
        };
        let container = containers.iter().find(publishes).map(|c| Owner::Container { name: name_of(c).to_owned() });
        if container.is_some() || !self.is_local() {
            return container;
        }
        // It looks at the open files of every process.
        let found = tokio::task::spawn_blocking(move || procfs::listener(port, protocol)).await;
        found.ok().flatten().map(|(name, pid)| Owner::Process { name, pid })
    }
}

/// What Podman says is not there, whatever the status: a network, or a container whose network is to be shared.
fn nameless(words: &str) -> Option<(Thing, &str)> {
    if let Some((_, rest)) = words.split_once("unable to find network with name or ID ") {
        return Some((Thing::Network, rest.strip_suffix(": network not found")?));
    }
    let (_, rest) = words.split_once("no container with name or ID \"")?;
    Some((Thing::Container, rest.split_once('"')?.0))
}

fn names_under(all: &[Value], key: &str) -> Vec<String> {
    all.iter().filter_map(|one| one[key].as_str()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read_from_podman_s_words() {
        let network = "container create: unable to find network with name or ID app: network not found";
        assert_eq!(nameless(network), Some((Thing::Network, "app")));
        let container = "container create: looking up container to share net namespace with: no container with name or ID \"web\" found: no such container";
        assert_eq!(nameless(container), Some((Thing::Container, "web")));
        assert_eq!(nameless("no such image: docker.io/library/nope: image not known"), None);
    }
}
