//! Containers that exist, as they are: list, inspect, processes, addresses and ports.

use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::filters;
use super::raw::Request;
use super::state;
use crate::model::container::{ListSpec, TopSpec};

impl Engine {
    /// Docker's list; with `all` also those that do not run.
    pub async fn list_containers(&self, spec: &ListSpec) -> Result<Vec<Value>> {
        let mut request = Request::get(&["containers", "json"])
            .switch("all", spec.all)
            .switch("size", spec.size)
            .query("filters", &filters::container(&spec.filters));
        if let Some(limit) = spec.limit {
            request = request.query("limit", &limit.to_string());
        }
        match self.send(&request).await? {
            Value::Array(containers) => Ok(containers),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) async fn containers(&self, all: bool) -> Result<Vec<Value>> {
        self.list_containers(&ListSpec { all, ..ListSpec::default() }).await
    }

    /// Docker's own JSON, whole.
    pub async fn inspect_container(&self, name: &str) -> Result<Value> {
        self.about(name, &Request::get(&["containers", name, "json"])).await
    }

    /// A container in a few words: `3f2a9c014e55, running, 172.18.0.2`.
    pub async fn container_brief(&self, name: &str) -> Result<String> {
        let short = name.get(..12).unwrap_or(name);
        let whole = match self.send(&Request::get(&["containers", name, "json"])).await {
            Ok(whole) => whole,
            Err(Error::Refused { status: 404, .. }) => return Ok(format!("{short}, removed")),
            Err(error) => return Err(error),
        };
        let status = state::in_words(&whole);
        let networks = whole["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
        let addresses =
            networks.filter_map(|(_, endpoint)| endpoint["IPAddress"].as_str().filter(|text| !text.is_empty()));
        Ok([short, &status].into_iter().chain(addresses).collect::<Vec<_>>().join(", "))
    }

    /// Docker's word for its state: `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    pub async fn container_status(&self, name: &str) -> Result<String> {
        Ok(self.inspect_container(name).await?["State"]["Status"].as_str().unwrap_or_default().to_owned())
    }

    /// Whether there is a container of exactly this name or id.
    pub async fn container_exists(&self, name: &str) -> Result<bool> {
        Ok(self.find_container(name).await?.is_some())
    }

    /// By exact name or id: the engine's own look-up takes parts of ids as well.
    pub(super) async fn find_container(&self, name: &str) -> Result<Option<Value>> {
        match self.send(&Request::get(&["containers", name, "json"])).await {
            Ok(whole) => {
                let named = whole["Name"].as_str().is_some_and(|found| found.trim_start_matches('/') == name);
                Ok((named || whole["Id"] == name).then_some(whole))
            }
            Err(Error::Refused { status: 404 | 301, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Its processes, as maps with the titles of the host's `ps`: `UID`, `PID`, …, `CMD`.
    pub async fn top_container(&self, name: &str, spec: &TopSpec) -> Result<Vec<Value>> {
        let mut request = Request::get(&["containers", name, "top"]);
        if let Some(arguments) = &spec.ps_args {
            request = request.query("ps_args", arguments);
        }
        let answer = self.about(name, &request).await?;
        Ok(processes(&answer))
    }

    /// Its address on a network, given by name or whole id, or on the first of its networks that gives it one, in the order of `docker inspect`.
    pub async fn container_address(&self, name: &str, network: Option<&str>) -> Result<String> {
        let whole = self.inspect_container(name).await?;
        match (address(name, network, &whole), network) {
            // Podman has the network's name where its id should be.
            (Err(error @ Error::NotConnected { .. }), Some(id)) => match self.find_network(id).await? {
                Some(there) if there["Id"] == id => address(name, there["Name"].as_str(), &whole).map_err(|_| error),
                _ => Err(error),
            },
            (found, _) => found,
        }
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

/// Rows with the titles of their columns. Podman may leave a row, and the titles, in one piece.
fn processes(answer: &Value) -> Vec<Value> {
    let texts = |row: &Value| {
        let texts = row.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect::<Vec<String>>()
    };
    let titles = texts(&answer["Titles"]);
    let whole = titles.len() == 1;
    let titles: Vec<String> = titles.iter().flat_map(|title| title.split_whitespace()).map(str::to_owned).collect();
    let row = |process: &Value| {
        let fields = match texts(process).as_slice() {
            [line] if whole => columns(line, titles.len()),
            fields => fields.to_vec(),
        };
        Value::Object(titles.iter().cloned().zip(fields.into_iter().map(Value::from)).collect())
    };
    answer["Processes"].as_array().into_iter().flatten().map(row).collect()
}

/// Words of a line; the last column is what remains, blanks and all.
fn columns(line: &str, count: usize) -> Vec<String> {
    let (mut rest, mut fields) = (line.trim(), Vec::new());
    while fields.len() + 1 < count {
        let Some((field, after)) = rest.split_once(char::is_whitespace) else { break };
        fields.push(field.to_owned());
        rest = after.trim_start();
    }
    fields.push(rest.to_owned());
    fields
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
                format!("it is not running ({})", state::in_words(whole))
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
    // Podman leaves "everywhere" empty.
    let host = binding["HostIp"].as_str().filter(|host| !host.is_empty()).unwrap_or("0.0.0.0");
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
                          "90/tcp": null, "91/tcp": [{"HostIp": "", "HostPort": "91"}]}
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
    fn processes_have_titles_whether_or_not_the_engine_parts_the_columns() {
        let whole = json!({"Titles": ["PID   COMMAND"], "Processes": [["1 sh -c a  b"], ["6 sleep 9"]]});
        let apart = json!({"Titles": ["PID", "COMMAND"], "Processes": [["1", "sh -c a  b"], ["6", "sleep 9"]]});
        let want = [json!({"PID": "1", "COMMAND": "sh -c a  b"}), json!({"PID": "6", "COMMAND": "sleep 9"})];
        assert_eq!((processes(&whole), processes(&apart)), (want.to_vec(), want.to_vec()));
    }

    #[test]
    fn a_published_port_is_where_it_is_bound() {
        assert_eq!(published("c", "80", &container()).unwrap(), ["0.0.0.0:8080", "[::]:8080"]);
        let error = published("c", "90/tcp", &container()).unwrap_err();
        assert_eq!(error.hint().unwrap(), "it publishes 80/tcp, 91/tcp");
        assert_eq!(published("c", "91", &container()).unwrap(), ["0.0.0.0:91"]);
    }
}
