//! A container against what is asked for: the request that would create it is held against its inspect data.
//!
//! What is left open is not compared; `false` and an empty list are not left open. Where the image or the engine adds to
//! what is asked for (variables, labels, exposed ports, volumes, log options), and for networks, more may be there; what is
//! given is compared whole otherwise.

use serde_json::{Map, Value};

use super::difference::{Difference, Findings, text};
use super::network;
use crate::model::container::{Bytes, ContainerSpec, Cpus};

/// Docker's keys and the options that become them.
const OPTIONS: [(&str, &str); 50] = [
    ("Cmd", "command"),
    ("Entrypoint", "entrypoint"),
    ("Hostname", "hostname"),
    ("Domainname", "domainname"),
    ("User", "user"),
    ("WorkingDir", "working_dir"),
    ("StopSignal", "stop_signal"),
    ("StopTimeout", "stop_timeout"),
    ("Tty", "tty"),
    ("Env", "env"),
    ("Labels", "label"),
    ("ExposedPorts", "expose"),
    ("Volumes", "volumes"),
    ("Healthcheck", "healthcheck"),
    ("NetworkMode", "network"),
    ("PortBindings", "ports"),
    ("PublishAllPorts", "publish_all"),
    ("Binds", "volumes"),
    ("AutoRemove", "auto_remove"),
    ("Privileged", "privileged"),
    ("ReadonlyRootfs", "read_only"),
    ("Sysctls", "sysctl"),
    ("Links", "links"),
    ("ExtraHosts", "extra_hosts"),
    ("Dns", "dns"),
    ("DnsSearch", "dns_search"),
    ("DnsOptions", "dns_options"),
    ("CapAdd", "cap_add"),
    ("CapDrop", "cap_drop"),
    ("SecurityOpt", "security_opt"),
    ("GroupAdd", "group_add"),
    ("Init", "init"),
    ("RestartPolicy", "restart"),
    ("PidMode", "pid"),
    ("IpcMode", "ipc"),
    ("CpusetCpus", "cpuset"),
    ("LogConfig", "log_driver"),
    ("Tmpfs", "tmpfs"),
    ("Memory", "memory"),
    ("MemorySwap", "memory_swap"),
    ("MemoryReservation", "memory_reservation"),
    ("ShmSize", "shm_size"),
    ("PidsLimit", "pids_limit"),
    ("NanoCpus", "cpus"),
    ("CpuShares", "cpu_shares"),
    ("Ulimits", "ulimits"),
    ("Devices", "devices"),
    ("Type", "log_driver"),
    ("Config", "log_options"),
    ("MacAddress", "mac_address"),
];

/// What the engine says of an image: its id, where it is here.
pub(in crate::engine) struct Image<'a> {
    pub(in crate::engine) name: &'a str,
    pub(in crate::engine) id: Option<&'a str>,
}

/// `body` is the request that would create it, without the labels that say whose it is.
pub(in crate::engine) fn container(
    there: &Value,
    image: &Image,
    spec: &ContainerSpec,
    body: &Value,
) -> Vec<Difference> {
    let mut found = Findings::default();
    let has = text(&there["Config"]["Image"]);
    match image.id {
        Some(id) if there["Image"] != id && has == image.name => {
            found.expect("image", &format!("an older {has}"), &image.name);
        }
        Some(id) if there["Image"] == id => {}
        _ => found.expect("image", &has, &image.name),
    }
    let networkless = spec.network.is_none() && spec.networks.0.is_empty();
    for (key, wanted) in body.as_object().into_iter().flatten() {
        match key.as_str() {
            "Image" | "HostConfig" | "NetworkingConfig" | "MacAddress" => {}
            _ => option(&mut found, key, &there["Config"][key.as_str()], wanted),
        }
    }
    for (key, wanted) in body["HostConfig"].as_object().into_iter().flatten() {
        if key == "NetworkMode" && (networkless || !spec.attachments().is_empty())
            || key == "Links" && !spec.attachments().is_empty()
        {
            continue;
        }
        option(&mut found, key, &there["HostConfig"][key.as_str()], wanted);
    }
    for key in spec.turned_off() {
        turned_off(&mut found, key, there);
    }
    if let Some(address) = &spec.mac_address {
        mac(&mut found, there, address);
    }
    networks(&mut found, there, spec);
    found.0
}

fn mac(found: &mut Findings, there: &Value, wanted: &str) {
    let endpoints = there["NetworkSettings"]["Networks"].as_object().into_iter().flatten();
    let mut has: Vec<String> = endpoints.map(|(_, endpoint)| text(&endpoint["MacAddress"]).to_lowercase()).collect();
    has.insert(0, text(&there["Config"]["MacAddress"]).to_lowercase());
    if !has.iter().any(|one| one == wanted) {
        found.expect("mac_address", &has.into_iter().find(|one| !one.is_empty()).unwrap_or_default(), &wanted);
    }
}

fn networks(found: &mut Findings, there: &Value, spec: &ContainerSpec) {
    for (name, mut asked) in spec.attachments() {
        asked.links.0.extend(spec.links.0.iter().cloned());
        let networks = &there["NetworkSettings"]["Networks"];
        let by_id = || networks.as_object()?.values().find(|endpoint| endpoint["NetworkID"] == name.as_str());
        let Some(endpoint) = networks.get(&name).or_else(by_id) else {
            found.expect(format!("network {name}"), &"not connected", &"connected");
            continue;
        };
        let differences = network::endpoint(endpoint, &asked).into_iter();
        found.0.extend(differences.map(|one| Difference { what: format!("network {name}: {}", one.what), ..one }));
    }
}

/// What an option is called that becomes this key.
fn word(key: &str) -> &str {
    OPTIONS.iter().find(|(docker, _)| *docker == key).map_or(key, |(_, option)| option)
}

/// What was said not to be, and is.
fn turned_off(found: &mut Findings, key: &str, there: &Value) {
    let has = &there[if key == "Tty" { "Config" } else { "HostConfig" }][key];
    match has {
        Value::Bool(has) => found.expect(word(key), has, &false),
        Value::Array(items) => found.expect(word(key), &normal(key, items).join(", "), &""),
        Value::Object(entries) => {
            let names: Vec<&str> = entries.keys().map(String::as_str).collect();
            found.expect(word(key), &names.join(", "), &"");
        }
        _ => {}
    }
}

fn option(found: &mut Findings, key: &str, has: &Value, wanted: &Value) {
    let what = word(key);
    match wanted {
        Value::Null | Value::Bool(false) => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Object(entries) if entries.is_empty() => {}
        Value::String(words) if words.is_empty() => {}
        Value::Array(items) if key == "Env" => {
            let has: Vec<&str> = has.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for item in items.iter().filter_map(Value::as_str).filter(|item| !has.contains(item)) {
                let (name, value) = item.split_once('=').unwrap_or((item, ""));
                let other = has.iter().find_map(|entry| entry.strip_prefix(name)?.strip_prefix('='));
                found.expect(format!("{what} {name}"), &other.unwrap_or_default(), &value);
            }
        }
        Value::Object(_) if key == "RestartPolicy" => found.expect(what, &policy(has), &policy(wanted)),
        Value::Object(entries) => object(found, key, what, has, entries),
        Value::Array(items) => {
            let (has, wanted) = (normal(key, has.as_array().map_or(&[], Vec::as_slice)), normal(key, items));
            // The engine has some of its own, by its configuration.
            let more = matches!(key, "Ulimits" | "SecurityOpt") && wanted.iter().all(|word| has.contains(word));
            if has != wanted && !more {
                found.expect(what, &has.join(", "), &wanted.join(", "));
            }
        }
        wanted => found.expect(what, &shown(key, has), &shown(key, wanted)),
    }
}

/// Each entry that is asked for; others may be there where the image or the engine adds its own.
fn object(found: &mut Findings, key: &str, what: &str, has: &Value, wanted: &Map<String, Value>) {
    if matches!(key, "PortBindings" | "Sysctls" | "Tmpfs") {
        let others = has.as_object().into_iter().flatten().filter(|(name, _)| !wanted.contains_key(name.as_str()));
        for (name, value) in others {
            let has = if key == "PortBindings" { bindings(value) } else { shown(key, value) };
            let has = if has.is_empty() { "there".to_owned() } else { has };
            found.expect(format!("{what} {name}"), &has, &"");
        }
    }
    for (name, value) in wanted {
        let has = &has[name.as_str()];
        match key {
            "ExposedPorts" | "Volumes" if has.is_null() => found.expect(format!("{what} {name}"), &"", &"there"),
            "ExposedPorts" | "Volumes" => {}
            "LogConfig" => option(found, name, has, value),
            "PortBindings" => found.expect(format!("{what} {name}"), &bindings(has), &bindings(value)),
            _ => found.expect(format!("{what} {name}"), &shown(key, has), &shown(key, value)),
        }
    }
}

/// A restart policy as it is typed; Docker has two words for never.
fn policy(value: &Value) -> String {
    let name = text(&value["Name"]);
    match (name.as_str(), value["MaximumRetryCount"].as_u64().unwrap_or(0)) {
        ("" | "no", _) => "no".into(),
        (_, 0) => name,
        (_, count) => format!("{name}:{count}"),
    }
}

fn bindings(list: &Value) -> String {
    let one = |binding: &Value| {
        let (address, port) = (text(&binding["HostIp"]), text(&binding["HostPort"]));
        let port = if port.is_empty() || port == "0" { "any port".to_owned() } else { port };
        if address.is_empty() { port } else { format!("{address}:{port}") }
    };
    list.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

/// A list in one form: capabilities with or without `CAP_`, links as the engine keeps them; sorted where order says nothing.
fn normal(key: &str, items: &[Value]) -> Vec<String> {
    let one = |item: &Value| match (key, item) {
        ("CapAdd" | "CapDrop", Value::String(name)) => {
            let upper = name.to_uppercase();
            upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
        }
        // `/db:/web/alias`
        ("Links", Value::String(link)) if link.starts_with('/') => {
            let (peer, alias) = link.split_once(':').unwrap_or((link, ""));
            format!("{}:{}", peer.trim_start_matches('/'), alias.rsplit('/').next().unwrap_or_default())
        }
        ("Links", Value::String(link)) if !link.contains(':') => format!("{link}:{link}"),
        ("Ulimits", limit) => format!("{}={}:{}", text(&limit["Name"]), limit["Soft"], limit["Hard"]),
        ("Devices", device) => {
            let part = |key: &str| text(&device[key]);
            format!("{}:{}:{}", part("PathOnHost"), part("PathInContainer"), part("CgroupPermissions"))
        }
        (_, Value::String(word)) => word.clone(),
        (_, other) => other.to_string(),
    };
    let mut words: Vec<String> = items.iter().map(one).collect();
    if !matches!(key, "Cmd" | "Entrypoint" | "Dns" | "DnsSearch") {
        words.sort();
    }
    words
}

/// A value as it would be typed.
fn shown(key: &str, value: &Value) -> String {
    match (key, value) {
        ("NetworkMode", Value::String(mode)) if mode == "default" => "bridge".into(),
        ("PidsLimit", number) if number.as_i64().unwrap_or(0) <= 0 => "unlimited".into(),
        (_, Value::Null) => String::new(),
        (_, Value::String(words)) => words.clone(),
        ("NanoCpus", number) => {
            number.as_u64().filter(|nano| *nano > 0).map(|nano| Cpus(nano).to_string()).unwrap_or_default()
        }
        ("Memory" | "MemorySwap" | "MemoryReservation" | "ShmSize", number) => number.as_u64().map_or_else(
            || number.to_string(),
            |bytes| if bytes == 0 { String::new() } else { Bytes(bytes).to_string() },
        ),
        (_, other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Node, read};
    use crate::engine::body;
    use crate::engine::client::Ownership;

    fn differences(there: &Value, asked: Value) -> Vec<String> {
        let spec: ContainerSpec = read(&Node::from(asked)).unwrap();
        let plan = body::container::plan("img", &spec, &Ownership::default(), false).unwrap();
        let image = Image { name: "img", id: Some("sha256:1") };
        container(there, &image, &spec, &plan.body).iter().map(ToString::to_string).collect()
    }

    fn there() -> Value {
        json!({
            "Image": "sha256:1",
            "Config": {
                "Image": "img", "Env": ["A=1", "PATH=/bin"], "Cmd": ["sleep", "9"], "Hostname": "h", "Tty": false,
                "Labels": {"l": "1", "xnet.run": "r"}, "ExposedPorts": {"80/tcp": {}}, "User": "",
                "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 1_000_000_000}
            },
            "HostConfig": {
                "NetworkMode": "default", "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
                "CapAdd": ["CAP_NET_ADMIN"], "Memory": 67_108_864, "NanoCpus": 500_000_000, "Binds": ["data:/d"],
                "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "Links": ["/db:/web/database"], "Dns": []
            },
            "NetworkSettings": {"Networks": {"a": {"IPAMConfig": {"IPv4Address": "10.0.0.9"}, "Aliases": ["web"]}}}
        })
    }

    #[test]
    fn what_is_as_asked_for_or_left_open_is_no_difference() {
        let same = json!({
            "env": {"A": 1}, "command": "sleep 9", "hostname": "h", "labels": {"l": "1"}, "ports": ["8080:80"],
            "cap_add": ["net_admin"], "memory": "64m", "cpus": 0.5, "volumes": ["data:/d"], "restart": "no",
            "links": ["db:database"], "network": "bridge", "healthcheck": {"test": "true", "interval": "1s"}
        });
        assert_eq!(differences(&there(), same), Vec::<String>::new());
        assert_eq!(differences(&there(), json!({})), Vec::<String>::new());
        let attached = json!({"networks": {"a": {"aliases": ["web"], "ipv4_address": "10.0.0.9"}}});
        assert_eq!(differences(&there(), attached), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_said_in_the_words_of_the_options() {
        let other = json!({
            "env": {"A": 2, "B": "x"}, "command": ["true"], "labels": {"l": "2"}, "ports": ["127.0.0.1:9090:80"],
            "memory": "1g", "cpus": 2, "restart": "on-failure:3", "expose": [90], "user": "7", "init": true
        });
        assert_eq!(
            differences(&there(), other),
            [
                "env A: has 1, wanted 2",
                "env B: has none, wanted x",
                "label l: has 1, wanted 2",
                "expose 90/tcp: has none, wanted there",
                "command: has sleep, 9, wanted true",
                "user: has none, wanted 7",
                "ports 80/tcp: has 8080, wanted 127.0.0.1:9090",
                "init: has none, wanted true",
                "restart: has no, wanted on-failure:3",
                "memory: has 64m, wanted 1g",
                "cpus: has 0.5, wanted 2",
            ]
        );
        let networks = json!({"networks": {"a": {"ipv4_address": "10.0.0.8"}, "b": {}}});
        assert_eq!(
            differences(&there(), networks),
            [
                "network a: ipv4_address: has 10.0.0.9, wanted 10.0.0.8",
                "network b: has not connected, wanted connected"
            ]
        );
    }

    #[test]
    fn an_image_that_was_made_anew_is_a_difference() {
        let mut old = there();
        old["Image"] = json!("sha256:0");
        assert_eq!(differences(&old, json!({})), ["image: has an older img, wanted img"]);
    }
}
