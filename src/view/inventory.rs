//! Networks and containers, as the engine lists them, in tables; any other value in a form that reads well.

use serde_json::Value;

use super::table::Table;

/// The networks of a list call: name, driver, scope, subnets, containers.
pub fn networks(list: &[Value]) -> String {
    let mut table = Table::new(["NAME", "DRIVER", "SCOPE", "SUBNET", "CONTAINERS"]);
    for network in sorted(list, |network| text(&network["Name"])) {
        let pools = network.pointer("/IPAM/Config").and_then(Value::as_array);
        let subnets = pools.into_iter().flatten().map(|pool| text(&pool["Subnet"])).collect::<Vec<_>>().join(", ");
        let mut driver = text(&network["Driver"]);
        if network["Internal"] == Value::Bool(true) {
            driver += " (internal)";
        }
        let attached = network["Containers"].as_object();
        let mut names: Vec<String> =
            attached.into_iter().flat_map(|map| map.values()).map(|c| text(&c["Name"])).collect();
        names.sort();
        table.row([text(&network["Name"]), driver, text(&network["Scope"]), dash(subnets), dash(names.join(", "))]);
    }
    table.render()
}

/// The containers of a list call: name, image, status, networks with addresses, ports.
pub fn containers(list: &[Value]) -> String {
    let mut table = Table::new(["NAME", "IMAGE", "STATUS", "NETWORKS", "PORTS"]);
    for container in sorted(list, container_name) {
        table.row([
            container_name(container),
            text(&container["Image"]),
            text(&container["Status"]),
            dash(attachments(container)),
            dash(ports(container)),
        ]);
    }
    table.render()
}

/// The name of a container in a list, without Docker's slash.
pub fn container_name(container: &Value) -> String {
    let names = container["Names"].as_array();
    // A name with a second slash is a link's name for it.
    let own = names.into_iter().flatten().map(text).find(|name| name.matches('/').count() <= 1);
    own.unwrap_or_default().trim_start_matches('/').to_owned()
}

fn sorted(list: &[Value], key: impl Fn(&Value) -> String) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = list.iter().collect();
    sorted.sort_by_cached_key(|value| key(value));
    sorted
}

fn attachments(container: &Value) -> String {
    let networks = container.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
    let show = |(name, endpoint): (&String, &Value)| match text(&endpoint["IPAddress"]) {
        address if address.is_empty() => name.clone(),
        address => format!("{name} {address}"),
    };
    networks.into_iter().flatten().map(show).collect::<Vec<_>>().join(", ")
}

fn ports(container: &Value) -> String {
    let mut shown: Vec<String> = Vec::new();
    for port in container["Ports"].as_array().into_iter().flatten() {
        let inside = format!("{}/{}", port["PrivatePort"], text(&port["Type"]));
        let address = text(&port["IP"]);
        shown.push(match port["PublicPort"].as_u64() {
            Some(public) if address.contains(':') => format!("[{address}]:{public}->{inside}"),
            Some(public) => format!("{address}:{public}->{inside}"),
            None => inside,
        });
    }
    shown.sort();
    shown.join(", ")
}

/// A value for people: text as it is, lists of networks or containers as tables, all else as indented JSON.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list)
            if !list.is_empty() && list.iter().all(|item| item["Driver"].is_string() && item["Name"].is_string()) =>
        {
            networks(list)
        }
        Value::Array(list)
            if !list.is_empty() && list.iter().all(|item| item["Names"].is_array() && item["Image"].is_string()) =>
        {
            containers(list)
        }
        other => format!("{other:#}"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn networks_and_containers_are_tables() {
        let list = json!([{"Name": "app", "Driver": "bridge", "Scope": "local", "Internal": true,
            "IPAM": {"Config": [{"Subnet": "10.1.0.0/24"}]}, "Containers": {"x": {"Name": "web"}}}]);
        let shown = value(&list);
        assert!(
            shown.lines().nth(1).unwrap().starts_with("app   bridge (internal)  local  10.1.0.0/24  web"),
            "{shown}"
        );
        let list = json!([{"Names": ["/a/link", "/web"], "Image": "i", "Status": "Up", "Ports": [
            {"PrivatePort": 80, "PublicPort": 8080, "Type": "tcp", "IP": "::"}],
            "NetworkSettings": {"Networks": {"app": {"IPAddress": "10.1.0.2"}}}}]);
        let shown = value(&list);
        assert!(shown.contains("web   i      Up      app 10.1.0.2  [::]:8080->80/tcp"), "{shown}");
    }

    #[test]
    fn other_values_are_json() {
        assert_eq!(value(&json!([1])), "[\n  1\n]");
        assert_eq!(value(&json!("a\nb")), "a\nb");
        assert_eq!(value(&json!([])), "[]");
    }
}
