//! Containers that exist: list, inspect, start, stop, restart, remove, wait, addresses and ports.

use std::time::Duration;

use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::filters;
use super::raw::{LIMIT, Request, UNBOUNDED};
use crate::model::container::ContainerFilters;

impl Engine {
    /// Docker's list; with `all` also those that do not run.
    pub async fn list_containers(&self, all: bool, filters: &ContainerFilters) -> Result<Vec<Value>> {
        let request = Request::get(&["containers", "json"])
            .query("all", if all { "1" } else { "0" })
            .query("filters", &filters::container(filters));
        match self.send(&request).await? {
            Value::Array(containers) => Ok(containers),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) async fn containers(&self, all: bool) -> Result<Vec<Value>> {
        self.list_containers(all, &ContainerFilters::default()).await
    }

    /// Docker's own JSON, whole.
    pub async fn inspect_container(&self, name: &str) -> Result<Value> {
        self.about(name, &Request::get(&["containers", name, "json"])).await
    }

    /// Starts it; one that runs stays as it is.
    pub async fn start_container(&self, name: &str) -> Result<()> {
        match self.send(&Request::post(&["containers", name, "start"])).await {
            Ok(_) => Ok(()),
            Err(error @ Error::Refused { status: 404, .. }) => Err(self.explain_start(error, name).await),
            Err(error) => Err(self.explain_run(error, Some(name), "").await),
        }
    }

    /// A 404 at start may also mean a network that is gone, or a program that the image does not have.
    async fn explain_start(&self, error: Error, name: &str) -> Error {
        match &error {
            Error::Refused { words, .. } if words.to_lowercase().contains("no such container") => {
                self.explain(error, Thing::Container, name).await
            }
            _ => self.explain_run(error, Some(name), "").await,
        }
    }

    /// Asks it to end and kills it after `timeout` (the container's own, usually 10 s, when absent). Whole seconds count.
    pub async fn stop_container(&self, name: &str, timeout: Option<Duration>) -> Result<()> {
        self.end(name, "stop", timeout).await
    }

    /// Stops as [`Engine::stop_container`] does, and starts again.
    pub async fn restart_container(&self, name: &str, timeout: Option<Duration>) -> Result<()> {
        self.end(name, "restart", timeout).await
    }

    async fn end(&self, name: &str, verb: &str, timeout: Option<Duration>) -> Result<()> {
        // A container may bring a longer stop timeout of its own, so the bound is generous.
        let mut request = Request::post(&["containers", name, verb]).within(LIMIT * 5);
        if let Some(timeout) = timeout {
            let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
            request = request.query("t", &seconds.to_string()).within(timeout + LIMIT);
        }
        self.about(name, &request).await.map(drop)
    }

    /// Removes it; with `force` also while it runs, with `volumes` its anonymous volumes too.
    pub async fn remove_container(&self, name: &str, force: bool, volumes: bool) -> Result<()> {
        let flag = |on: bool| if on { "1" } else { "0" };
        let request = Request::delete(&["containers", name]).query("force", flag(force)).query("v", flag(volumes));
        match self.send(&request).await {
            Ok(_) => Ok(()),
            Err(Error::Refused { status: 409, words })
                if words.contains("force remove") || words.contains("is paused") =>
            {
                let whole = self.inspect_container(name).await?;
                let state = whole["State"]["Status"].as_str().unwrap_or("running").to_owned();
                Err(Error::Alive { container: name.to_owned(), state })
            }
            Err(error) => Err(self.explain(error, Thing::Container, name).await),
        }
    }

    /// Waits without bound until it does not run, and says its exit code.
    pub async fn wait_container(&self, name: &str) -> Result<i64> {
        let answer = self.about(name, &Request::post(&["containers", name, "wait"]).within(UNBOUNDED)).await?;
        match answer["Error"]["Message"].as_str() {
            Some(words) if !words.is_empty() => Err(Error::Refused { status: 500, words: words.to_owned() }),
            _ => Ok(answer["StatusCode"].as_i64().unwrap_or_default()),
        }
    }

    /// Its address on a network, given by name or whole id, or on the first of its networks that gives it one, in the order of `docker inspect`.
    pub async fn container_address(&self, name: &str, network: Option<&str>) -> Result<String> {
        let whole = self.inspect_container(name).await?;
        address(name, network, &whole)
    }

    /// Where a port is published, as `host:port`, an IPv6 host in brackets. `80` means `80/tcp`.
    pub async fn container_port(&self, name: &str, port: &str) -> Result<Vec<String>> {
        let whole = self.inspect_container(name).await?;
        published(name, port, &whole)
    }

    /// Sends a request about one container.
    pub(super) async fn about(&self, name: &str, request: &Request) -> Result<Value> {
        match self.send(request).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.explain(error, Thing::Container, name).await),
        }
    }
}

fn address(name: &str, network: Option<&str>, whole: &Value) -> Result<String> {
    let networks = whole["NetworkSettings"]["Networks"].as_object();
    let of = |endpoint: &Value| {
        let texts = ["IPAddress", "GlobalIPv6Address"].map(|key| endpoint[key].as_str().unwrap_or_default());
        texts.into_iter().find(|text| !text.is_empty()).map(str::to_owned)
    };
    let found = match network {
        None => networks.into_iter().flatten().find_map(|(_, endpoint)| of(endpoint)),
        Some(wanted) => {
            let by_id = || networks?.values().find(|endpoint| endpoint["NetworkID"] == wanted);
            let Some(endpoint) = networks.and_then(|networks| networks.get(wanted)).or_else(by_id) else {
                let networks = networks.into_iter().flatten().map(|(name, _)| name.clone()).collect();
                return Err(Error::NotConnected { network: wanted.to_owned(), container: name.to_owned(), networks });
            };
            of(endpoint)
        }
    };
    found.ok_or_else(|| {
        let mode = whole["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
        let reason = match mode {
            "host" => "it has the host's own network".into(),
            "none" => "it has no network".into(),
            other if other.starts_with("container:") => "it shares the network of another container".into(),
            _ if whole["State"]["Running"] == false => {
                format!("it is not running ({})", whole["State"]["Status"].as_str().unwrap_or("stopped"))
            }
            _ => "the engine gave it none".into(),
        };
        Error::NoAddress { container: name.to_owned(), network: network.map(str::to_owned), reason }
    })
}

fn published(name: &str, port: &str, whole: &Value) -> Result<Vec<String>> {
    let port = if port.contains('/') { port.to_owned() } else { format!("{port}/tcp") };
    let ports = whole["NetworkSettings"]["Ports"].as_object();
    let bindings = ports.and_then(|ports| ports.get(&port)).and_then(Value::as_array);
    let found: Vec<String> = bindings.into_iter().flatten().map(binding).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let bound = ports.into_iter().flatten().filter(|(_, bindings)| bindings.is_array());
    let published = bound.map(|(port, _)| port.clone()).collect();
    Err(Error::NotPublished { container: name.to_owned(), port, published })
}

fn binding(binding: &Value) -> String {
    let host = binding["HostIp"].as_str().unwrap_or_default();
    let port = binding["HostPort"].as_str().unwrap_or_default();
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn container() -> Value {
        json!({
            "State": {"Running": true, "Status": "running"}, "HostConfig": {"NetworkMode": "a"},
            "NetworkSettings": {
                "Networks": {"z": {"IPAddress": ""}, "a": {"IPAddress": "10.0.0.2"}, "b": {"NetworkID": "id-b", "GlobalIPv6Address": "fd00::2"}},
                "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
                          "90/tcp": null}
            }
        })
    }

    #[test]
    fn the_first_network_that_gives_an_address_counts() {
        assert_eq!(address("c", None, &container()).unwrap(), "10.0.0.2");
        assert_eq!(address("c", Some("b"), &container()).unwrap(), "fd00::2");
        assert_eq!(address("c", Some("id-b"), &container()).unwrap(), "fd00::2");
    }

    #[test]
    fn no_address_says_why() {
        let error = address("c", Some("q"), &container()).unwrap_err();
        assert_eq!(error.hint().unwrap(), "it is on z, a, b");
        let host = json!({"HostConfig": {"NetworkMode": "host"}, "NetworkSettings": {"Networks": {"host": {"IPAddress": ""}}}});
        assert!(address("c", None, &host).unwrap_err().to_string().ends_with("it has the host's own network"));
    }

    #[test]
    fn a_published_port_is_where_it_is_bound() {
        assert_eq!(published("c", "80", &container()).unwrap(), ["0.0.0.0:8080", "[::]:8080"]);
        let error = published("c", "90/tcp", &container()).unwrap_err();
        assert_eq!(error.hint().unwrap(), "it publishes 80/tcp");
    }
}
