//! Networks: create, ensure, remove, connect, disconnect, list, inspect, prune.

use std::time::Duration;

use serde_json::{Value, json};

use super::attached::by_network;
use super::cleanup::{Unfinished, or_undo};
use super::client::Engine;
use super::compare::{Difference, network as compare};
use super::errors::{Error, Result};
use super::explain::Thing;
use super::network_fault::NetworkFault;
use super::raw::Request;
use super::taken::{self, Space};
use super::{ability, body, filters};
use crate::model::network::{DisconnectSpec, EndpointSpec, NetworkFilters, NetworkSpec, PruneFilters};

/// How long a swarm may take to give a network its addresses; it takes a few milliseconds.
const ALLOCATION: Duration = Duration::from_secs(5);
const ALLOCATION_STEP: Duration = Duration::from_millis(50);
const VXLAN: &str = "com.docker.network.driver.overlay.vxlanid_list";

/// A network that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub id: String,
    /// What the engine found worth saying.
    pub warnings: Vec<String>,
}

/// What [`Engine::ensure_network`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ensured {
    Created(Created),
    Unchanged { id: String },
    Recreated(Created),
}

impl Engine {
    /// Creates a network. Its plan is checked first, that no network has the name (engines before 25 allow several), and
    /// that its subnets are free. Where the engine has no subnet left to give, one is chosen; a warning says which.
    pub async fn create_network(&self, name: &str, spec: &NetworkSpec) -> Result<Created> {
        spec.check()?;
        if name.trim().is_empty() {
            return Err(Error::Invalid { message: "a network needs a name".into(), hint: None });
        }
        if name.contains(char::is_whitespace) {
            let hint = Some("letters, digits, `-`, `_` and `.` are safe everywhere".into());
            return Err(Error::Invalid { message: format!("the network name \"{name}\" holds a space"), hint });
        }
        let _turn = if self.api().await? < ability::WHOLE { self.turn().await } else { None };
        let networks = self.networks().await?;
        if networks.iter().any(|network| network["Name"] == name) {
            return Err(Error::NameTaken { what: "network", name: name.to_owned() });
        }
        let ground = self.ground(networks).await;
        ground.fits(spec)?;
        let (made, mut warnings) = self.make_network(name, spec, &ground).await?;
        let id = made["Id"].as_str().unwrap_or_default().to_owned();
        let unfinished = Unfinished::new(self, Request::delete(&["networks", &id]));
        let there = match self.only_one(name, &id).await {
            Ok(there) => there,
            Err(error) => {
                unfinished.remove().await;
                return Err(error);
            }
        };
        unfinished.keep();
        warnings.extend(made["Warning"].as_str().filter(|words| !words.is_empty()).map(str::to_owned));
        warnings.extend(self.otherwise(name, &id, there, spec, &warnings).await);
        Ok(Created { id, warnings })
    }

    /// What of a network that was made is not as asked for: an engine may take an option and do nothing with it. What the
    /// engine warned of itself is not said again; a swarm's networks are whole before they are shown.
    async fn otherwise(
        &self,
        name: &str,
        id: &str,
        there: Option<Value>,
        spec: &NetworkSpec,
        said: &[String],
    ) -> Option<String> {
        if taken::space(spec) == Some(Space::Swarm) {
            return None;
        }
        let there = match there {
            Some(there) => there,
            // One that is gone again, or cannot be asked for, tells nothing.
            None => self.send(&Request::get(&["networks", id])).await.ok()?,
        };
        unlike(name, &there, spec, said)
    }

    /// One request to create, with nothing left behind when its caller goes away.
    pub(super) async fn post_network(&self, name: &str, spec: &NetworkSpec) -> Result<Value> {
        let request = Request::post(&["networks", "create"]).json(&body::network(name, spec, self.ownership()));
        let (worker, undoer) = (self.clone(), self.clone());
        let (own, shared) = (name.to_owned(), taken::space(spec) == Some(Space::Swarm));
        let vxlan = spec.options.0.get(VXLAN).cloned();
        let work = async move {
            let made = worker.send(&request).await?;
            let id = made["Id"].as_str().unwrap_or_default();
            if shared && let Err(error) = worker.until_allocated(&own, id, vxlan).await {
                let _ = worker.send(&Request::delete(&["networks", id])).await;
                return Err(error);
            }
            Ok(made)
        };
        let undo = |made: Value| async move {
            if let Some(id) = made["Id"].as_str() {
                let _ = undoer.send(&Request::delete(&["networks", id])).await;
            }
        };
        or_undo(work, undo).await.unwrap_or_else(|| Err(self.transport("the request was lost".into())))
    }

    /// A swarm says yes first and hands out addresses later, or never: until then a network has no driver.
    async fn until_allocated(&self, name: &str, id: &str, vxlan: Option<String>) -> Result<()> {
        for _ in 0..ALLOCATION.as_millis() / ALLOCATION_STEP.as_millis() {
            let there = self.send(&Request::get(&["networks", id])).await?;
            if there["Driver"].as_str().is_some_and(|driver| !driver.is_empty()) {
                return Ok(());
            }
            tokio::time::sleep(ALLOCATION_STEP).await;
        }
        let networks = self.networks().await?;
        // Of several ids the network shows all; the swarm takes them one for each subnet.
        let owner = networks.iter().filter(|network| network["Id"] != id).find(|network| {
            let shown = network["Options"][VXLAN].as_str();
            vxlan.as_deref().is_some_and(|wanted| {
                wanted.split(',').any(|id| shown.is_some_and(|all| all.split(',').any(|one| one == id)))
            })
        });
        let (reason, hint) = match (owner.and_then(|owner| owner["Name"].as_str()), vxlan) {
            (Some(owner), Some(wanted)) => {
                (format!("VXLAN id {wanted} is that of network \"{owner}\""), "leave the id out: the swarm chooses one")
            }
            _ => (
                "a subnet or a VXLAN id is not free".to_owned(),
                "leave subnet and VXLAN id out: the swarm chooses them",
            ),
        };
        Err(NetworkFault::Unallocated { network: name.to_owned(), reason, hint: hint.into() }.into())
    }

    /// Two that create the same name at once both succeed on engines before 25: the later one is to be taken back. What was
    /// seen of the network that stays, where it was looked at.
    async fn only_one(&self, name: &str, id: &str) -> Result<Option<Value>> {
        if self.api().await? >= ability::WHOLE {
            return Ok(None);
        }
        let oldest = self.oldest_named(name).await?;
        if oldest.as_ref().is_none_or(|network| network["Id"] == id) {
            return Ok(oldest);
        }
        Err(Error::NameTaken { what: "network", name: name.to_owned() })
    }

    /// The one that stays when several were made at once.
    async fn oldest_named(&self, name: &str) -> Result<Option<Value>> {
        let age = |network: &Value| (network["Created"].to_string(), network["Id"].to_string());
        let networks = self.networks().await?;
        Ok(networks.into_iter().filter(|network| network["Name"] == name).min_by_key(age))
    }

    /// Creates the network, or compares the one that is there with what is asked for. What is left open is not compared,
    /// but for driver, internal, attachable, ingress and `config_only`: they are asked for with their defaults.
    ///
    /// A difference is [`Error::Differs`]; with `force` the network is made anew if nothing is attached to it, stopped
    /// containers included, and [`Error::ActiveEndpoints`] otherwise. It stays where there is no place for the new one.
    pub async fn ensure_network(&self, name: &str, spec: &NetworkSpec, force: bool) -> Result<Ensured> {
        spec.check()?;
        let there = match self.find_network(name).await? {
            Some(there) => there,
            None => match self.create_network(name, spec).await {
                // Somebody else was faster: what counts is whether it is as asked for.
                Err(error @ Error::NameTaken { .. }) => self.oldest_named(name).await?.ok_or(error)?,
                made => return made.map(Ensured::Created),
            },
        };
        let differences = compare::network(&there, spec);
        if differences.is_empty() {
            return Ok(Ensured::Unchanged { id: there["Id"].as_str().unwrap_or_default().to_owned() });
        }
        if !force {
            return Err(Error::Differs { name: name.to_owned(), differences });
        }
        // What can be known to fail is found before the old one goes.
        let id = there["Id"].as_str().unwrap_or_default();
        self.ground(self.networks().await?).await.without(id).fits(spec)?;
        if let Some(template) = &spec.config_from {
            self.inspect_network(template).await?;
        }
        self.remove_network(name).await?;
        self.create_network(name, spec).await.map(Ensured::Recreated)
    }

    /// Removes a network. While containers are attached, the error names them; stopped ones count, which the engine
    /// itself would leave with a network that is gone.
    pub async fn remove_network(&self, name: &str) -> Result<()> {
        let there = self.inspect_network(name).await?;
        let endpoints = self.users_of(&there, name).await?;
        let services = if endpoints.is_empty() { Vec::new() } else { self.services_on(name).await };
        if !services.is_empty() {
            let network = name.to_owned();
            return Err(NetworkFault::NetworkUsed { network, users: services, template: false }.into());
        }
        if !endpoints.is_empty() {
            return Err(Error::ActiveEndpoints { network: name.to_owned(), endpoints });
        }
        match self.send(&Request::delete(&["networks", name])).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain_remove_network(error, name).await),
        }
    }

    /// Attaches a container. One that is attached already is [`Error::AlreadyConnected`].
    pub async fn connect_network(&self, network: &str, container: &str, endpoint: &EndpointSpec) -> Result<()> {
        let there = match self.endpoint_of(network, container).await {
            Err(error @ Error::NotFound { .. }) => return Err(self.swapped(error, network, container).await),
            there => there?,
        };
        if there.is_some() {
            let (network, container) = (network.to_owned(), container.to_owned());
            return Err(Error::AlreadyConnected { network, container });
        }
        self.check_endpoint(network, endpoint).await?;
        self.attach(network, container, endpoint).await?;
        self.keeps_all(network, container, endpoint).await
    }

    /// Engines from 25 to 28 check the MAC address of a connection, and forget it; Podman forgets more. Of a container that
    /// is not running, nothing shows whether they did.
    async fn keeps_all(&self, network: &str, container: &str, endpoint: &EndpointSpec) -> Result<()> {
        let mac = match &endpoint.mac_address {
            Some(asked) if self.api().await? < ability::KEEPS_MAC => Some(asked),
            _ => None,
        };
        let asks = [
            ("mac_address", mac.is_some()),
            ("links", !endpoint.links.0.is_empty()),
            ("link_local_ips", !endpoint.link_local_ips.is_empty()),
        ];
        if !asks.iter().any(|(_, asked)| *asked) {
            return Ok(());
        }
        let whole = self.inspect_container(container).await?;
        let there = self.endpoint_of(network, container).await?.unwrap_or_default();
        let has = there["MacAddress"].as_str().unwrap_or_default().to_lowercase();
        let running = whole["State"]["Running"] == true;
        let kept = |option: &str| match option {
            "links" => there["Links"].is_array(),
            "link_local_ips" => there["IPAMConfig"]["LinkLocalIPs"].is_array(),
            _ => running && mac.is_some_and(|asked| has == *asked),
        };
        let Some((option, _)) = asks.into_iter().find(|(option, asked)| *asked && !kept(option)) else { return Ok(()) };
        self.disconnect_network(network, container, DisconnectSpec::default()).await?;
        let (network, container) = (network.to_owned(), container.to_owned());
        Err(if option == "mac_address" && !running {
            NetworkFault::Unverified { option, network, container }.into()
        } else {
            NetworkFault::Ignored { option, network, container }.into()
        })
    }

    /// Of a container that is not there: whether network and container stand in each other's place.
    async fn swapped(&self, error: Error, network: &str, container: &str) -> Error {
        let crossed = matches!(self.find_network(container).await, Ok(Some(_)))
            && matches!(self.find_container(network).await, Ok(Some(_)));
        if !crossed {
            return error;
        }
        let message = format!("\"{network}\" is a container and \"{container}\" is a network");
        let hint = Some(format!("the network comes first: docker.network.connect(\"{container}\", \"{network}\")"));
        Error::Invalid { message, hint }
    }

    /// Attaches a container unless it is attached as asked for. True when it was not attached before.
    pub async fn ensure_connected(&self, network: &str, container: &str, endpoint: &EndpointSpec) -> Result<bool> {
        let found = match self.endpoint_of(network, container).await {
            Err(error @ Error::NotFound { .. }) => return Err(self.swapped(error, network, container).await),
            found => found?,
        };
        let Some(there) = found else {
            self.check_endpoint(network, endpoint).await?;
            return match self.attach(network, container, endpoint).await {
                // Somebody else was faster: what counts is whether it is as asked for.
                Err(Error::AlreadyConnected { .. }) => {
                    let there = self.endpoint_of(network, container).await?.unwrap_or_default();
                    same(network, container, &there, endpoint).map(|()| false)
                }
                other => {
                    other?;
                    self.keeps_all(network, container, endpoint).await.map(|()| true)
                }
            };
        };
        same(network, container, &there, endpoint).map(|()| false)
    }

    pub(super) async fn attach(&self, network: &str, container: &str, endpoint: &EndpointSpec) -> Result<()> {
        self.able_to_attach(endpoint).await?;
        let body = json!({"Container": container, "EndpointConfig": body::endpoint(endpoint)});
        match self.send(&Request::post(&["networks", network, "connect"]).json(&body)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain_connect(error, network, container, endpoint).await),
        }
    }

    /// The container's settings on a network, when it is attached.
    async fn endpoint_of(&self, network: &str, container: &str) -> Result<Option<Value>> {
        let whole = self.inspect_container(container).await?;
        let Some(networks) = whole["NetworkSettings"]["Networks"].as_object() else { return Ok(None) };
        if let Some(endpoint) = networks.get(network) {
            return Ok(Some(endpoint.clone()));
        }
        // The network may be given by its id, which a container that never ran does not know yet.
        let same_id = |id: &str| network.len() >= 12 && id.starts_with(network);
        let by_id = networks.values().find(|endpoint| endpoint["NetworkID"].as_str().is_some_and(same_id));
        if by_id.is_some() || !network.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(by_id.cloned());
        }
        let name = self.find_network(network).await?.and_then(|there| there["Name"].as_str().map(str::to_owned));
        Ok(name.and_then(|name| networks.get(&name).cloned()))
    }

    /// Detaches a container; with `force` even one that is gone from the engine's own view.
    pub async fn disconnect_network(&self, network: &str, container: &str, spec: DisconnectSpec) -> Result<()> {
        let body = json!({"Container": container, "Force": spec.force});
        match self.send(&Request::post(&["networks", network, "disconnect"]).json(&body)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain_disconnect(error, network, container).await),
        }
    }

    /// Docker's list, with `Containers` filled in as `inspect` has it: running containers by id.
    pub async fn list_networks(&self, filters: &NetworkFilters) -> Result<Vec<Value>> {
        let request = Request::get(&["networks"]).query("filters", &filters::network(filters));
        let running = Request::get(&["containers", "json"]);
        let (networks, containers) = tokio::try_join!(self.send(&request), self.send(&running))?;
        let mut attached = by_network(&containers);
        let Value::Array(mut networks) = networks else { return Ok(Vec::new()) };
        for network in &mut networks {
            let mut of = |key: &str| network[key].as_str().and_then(|text| attached.remove(text));
            let there = of("Id").or_else(|| of("Name")).unwrap_or_default();
            network["Containers"] = Value::Object(there);
        }
        if let Some(wanted) = filters.dangling {
            networks.retain(|network| filters::dangling(network) == wanted);
        }
        Ok(networks)
    }

    /// Docker's own JSON, whole.
    pub async fn inspect_network(&self, name: &str) -> Result<Value> {
        match self.send(&Request::get(&["networks", name])).await {
            Ok(network) if compare::is_podman(&network) => self.with_containers(network).await,
            Ok(network) => Ok(network),
            Err(error) => Err(self.explain(error, Thing::Network, name).await),
        }
    }

    /// Podman leaves out who is on a network: the list of containers tells.
    async fn with_containers(&self, mut network: Value) -> Result<Value> {
        if network["Containers"].as_object().is_none_or(serde_json::Map::is_empty) {
            let mut attached = by_network(&self.send(&Request::get(&["containers", "json"])).await?);
            let there = network["Name"].as_str().and_then(|name| attached.remove(name)).unwrap_or_default();
            network["Containers"] = Value::Object(there);
        }
        Ok(network)
    }

    /// A network in a few words: `3f2a9c014e55, bridge, 172.18.0.0/16`.
    pub async fn network_brief(&self, name: &str) -> Result<String> {
        let short = name.get(..12).unwrap_or(name);
        let whole = match self.send(&Request::get(&["networks", name])).await {
            Ok(whole) => whole,
            Err(Error::Refused { status: 404, .. }) => return Ok(format!("{short}, removed")),
            Err(error) => return Err(error),
        };
        let pools = whole["IPAM"]["Config"].as_array().into_iter().flatten();
        let subnets = pools.filter_map(|pool| pool["Subnet"].as_str());
        let driver = whole["Driver"].as_str().unwrap_or("unknown");
        Ok([short, driver].into_iter().chain(subnets).collect::<Vec<_>>().join(", "))
    }

    /// Whether there is a network of exactly this name or id.
    pub async fn network_exists(&self, name: &str) -> Result<bool> {
        Ok(self.find_network(name).await?.is_some())
    }

    /// Removes networks that no running container uses, and says their names. The engine does not look at stopped ones.
    pub async fn prune_networks(&self, filters: &PruneFilters) -> Result<Vec<String>> {
        let request = Request::post(&["networks", "prune"]).query("filters", &filters::prune(filters));
        let answer = self.send(&request).await?;
        let names = answer["NetworksDeleted"].as_array().into_iter().flatten();
        Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// By exact name, then by exact id. The list is asked, for the engine's own look-up takes parts of ids as well.
    pub(super) async fn find_network(&self, name: &str) -> Result<Option<Value>> {
        let networks = self.networks().await?;
        let by = |key: &str| networks.iter().find(|network| network[key] == name).cloned();
        Ok(by("Name").or_else(|| by("Id")))
    }

    pub(super) async fn networks(&self) -> Result<Vec<Value>> {
        match self.send(&Request::get(&["networks"])).await? {
            Value::Array(networks) => Ok(networks),
            _ => Ok(Vec::new()),
        }
    }
}

fn same(network: &str, container: &str, there: &Value, asked: &EndpointSpec) -> Result<()> {
    let differences: Vec<Difference> = compare::endpoint(there, asked);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::EndpointDiffers { network: network.to_owned(), container: container.to_owned(), differences })
}

/// How a network that was made is not as asked for, but for what was said of it already.
fn unlike(name: &str, there: &Value, spec: &NetworkSpec, said: &[String]) -> Option<String> {
    let known = |difference: &Difference| {
        difference.what.strip_prefix("option ").is_some_and(|option| said.iter().any(|said| said.contains(option)))
    };
    let differences = compare::network(there, spec).into_iter().filter(|difference| !known(difference));
    let lines: Vec<String> = differences.map(|difference| difference.to_string()).collect();
    (!lines.is_empty())
        .then(|| format!("the engine made network \"{name}\" otherwise than asked: {}", lines.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, read};

    #[test]
    fn what_an_engine_made_otherwise_is_told_once() {
        let asked =
            json!({"attachable": true, "options": {"com.docker.network.bridge.enable_icc": "false", "mtu": "1400"}});
        let spec: NetworkSpec = read(&Node::from(asked)).unwrap();
        let mut there = json!({"Driver": "bridge", "Options": {"mtu": "1400"}});
        let said = ["\"com.docker.network.bridge.enable_icc: false\" is not a recognized option".to_owned()];
        assert_eq!(
            unlike("app", &there, &spec, &said).unwrap(),
            "the engine made network \"app\" otherwise than asked: attachable: has false, wanted true"
        );
        there["Attachable"] = true.into();
        assert_eq!(unlike("app", &there, &spec, &said), None);
        assert!(unlike("app", &there, &spec, &[]).unwrap().contains("enable_icc: has none, wanted false"));
    }
}
