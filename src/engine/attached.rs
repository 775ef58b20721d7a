//! Who is attached to which network, read from the container list. Pure.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// The name of a listed container, without Docker's slash.
pub(super) fn name_of(container: &Value) -> &str {
    // Links give a container further names, `/other/alias`: its own has one slash.
    let names = container["Names"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let own = names.map(|name| name.trim_start_matches('/')).find(|name| !name.contains('/'));
    own.unwrap_or_default()
}

/// From the container list to what each network's inspect says under `Containers`, by network id; Podman has the network's
/// name in its place, and no ids for endpoints.
pub(super) fn by_network(containers: &Value) -> HashMap<String, Map<String, Value>> {
    let mut attached: HashMap<String, Map<String, Value>> = HashMap::new();
    for container in containers.as_array().into_iter().flatten() {
        let endpoints = container["NetworkSettings"]["Networks"].as_object();
        for endpoint in endpoints.into_iter().flatten().map(|(_, endpoint)| endpoint) {
            let (Some(network), Some(id)) = (endpoint["NetworkID"].as_str(), container["Id"].as_str()) else {
                continue;
            };
            if ["EndpointID", "IPAddress"].iter().all(|key| endpoint[*key].as_str().unwrap_or_default().is_empty()) {
                continue;
            }
            let entry = json!({
                "Name": name_of(container),
                "EndpointID": endpoint["EndpointID"],
                "MacAddress": endpoint["MacAddress"],
                "IPv4Address": with_prefix(&endpoint["IPAddress"], &endpoint["IPPrefixLen"]),
                "IPv6Address": with_prefix(&endpoint["GlobalIPv6Address"], &endpoint["GlobalIPv6PrefixLen"]),
            });
            attached.entry(network.to_owned()).or_default().insert(id.to_owned(), entry);
        }
    }
    attached
}

fn with_prefix(address: &Value, length: &Value) -> String {
    match address.as_str() {
        Some(address) if !address.is_empty() => format!("{address}/{length}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_list_tells_who_is_on_which_network() {
        let list = json!([{
            "Id": "c1", "Names": ["/db/alias", "/web"],
            "NetworkSettings": {"Networks": {
                "a": {"NetworkID": "n1", "EndpointID": "e1", "MacAddress": "m", "IPAddress": "10.0.0.2",
                      "IPPrefixLen": 24, "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0},
                "b": {"NetworkID": "n2", "EndpointID": "", "IPAddress": ""}
            }}
        }]);
        let attached = by_network(&list);
        assert_eq!(attached.len(), 1);
        assert_eq!(
            Value::Object(attached["n1"].clone()),
            json!({"c1": {"Name": "web", "EndpointID": "e1", "MacAddress": "m", "IPv4Address": "10.0.0.2/24",
                          "IPv6Address": ""}})
        );
    }
}
