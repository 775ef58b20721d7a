//! Networks and endpoints against what is asked for. Pure.
//!
//! What is left open is not compared, but for a network's driver, internal, attachable, ingress and `config_only`: they are
//! asked for with their defaults.

use ipnet::IpNet;
use serde_json::Value;

use super::difference::{Difference, Findings, text};
use crate::model::network::{BRIDGE_NAME, EndpointSpec, IpamSpec, NetworkSpec, PoolSpec};

const MTU: &str = "com.docker.network.driver.mtu";

/// A network's inspect data against a request.
pub(in crate::engine) fn network(there: &Value, asked: &NetworkSpec) -> Vec<Difference> {
    let mut found = Findings::default();
    // A template's driver is the engine's own affair.
    if !asked.config_only && asked.config_from.is_none() {
        found.expect("driver", &text(&there["Driver"]), &asked.driver());
    }
    if let Some(scope) = &asked.scope {
        found.expect("scope", &text(&there["Scope"]), &scope);
    }
    for (what, key, wanted) in [
        ("internal", "Internal", asked.internal),
        ("attachable", "Attachable", asked.attachable),
        ("ingress", "Ingress", asked.ingress),
        ("config_only", "ConfigOnly", asked.config_only),
    ] {
        found.expect(what, &there[key].as_bool().unwrap_or(false), &wanted);
    }
    // Newer engines may turn IPv6 on for all networks: it counts only where something is said of it.
    if asked.enable_ipv6.given() {
        found.expect("enable_ipv6", &there["EnableIPv6"].as_bool().unwrap_or(false), &*asked.enable_ipv6);
    }
    if let Some(from) = &asked.config_from {
        found.expect("config_from", &text(&there["ConfigFrom"]["Network"]), &from);
    }
    if let Some(ipam) = &asked.ipam {
        addresses(&mut found, there, ipam);
    }
    for (name, value) in &asked.options.0 {
        match name.as_str() {
            BRIDGE_NAME if is_podman(there) => {}
            MTU if is_podman(there) => found.expect(format!("option {name}"), &text(&there["Options"]["mtu"]), &value),
            name => found.expect(format!("option {name}"), &text(&there["Options"][name]), &value),
        }
    }
    if asked.encrypted.given() {
        found.expect("encrypted", &there["Options"].get("encrypted").is_some(), &*asked.encrypted);
    }
    for (name, value) in &asked.labels.0 {
        found.expect(format!("label {name}"), &text(&there["Labels"][name.as_str()]), &value);
    }
    found.0
}

/// Podman calls its own address management `default`, and says beside that which it is. It keeps the bridge's name and the
/// range of a pool, and does not show them to those who speak Docker's language.
pub(in crate::engine) fn is_podman(there: &Value) -> bool {
    there["IPAM"]["Options"]["driver"].is_string()
}

fn addresses(found: &mut Findings, whole: &Value, asked: &IpamSpec) {
    let there = &whole["IPAM"];
    if let Some(driver) = &asked.driver {
        found.expect("ipam driver", &text(&there["Driver"]), &driver);
    }
    for (name, value) in &asked.options.0 {
        found.expect(format!("ipam option {name}"), &text(&there["Options"][name.as_str()]), &value);
    }
    let shows_range = !is_podman(whole);
    let pools: Vec<&Value> = there["Config"].as_array().into_iter().flatten().collect();
    for pool in asked.pools() {
        let Some(subnet) = pool.subnet.map(|subnet| subnet.trunc().to_string()) else { continue };
        let is_it = |there: &&&Value| trunc(&there["Subnet"]) == subnet;
        if let Some(there) = pools.iter().find(is_it) {
            same_pool(found, &subnet, there, &pool, shows_range);
        } else {
            let all = pools.iter().map(|pool| text(&pool["Subnet"])).collect::<Vec<_>>().join(" and ");
            found.expect("subnet", &all, &subnet);
        }
    }
}

/// 20.10 keeps host bits as they were given.
fn trunc(net: &Value) -> String {
    let text = text(net);
    text.parse::<IpNet>().map_or(text, |net| net.trunc().to_string())
}

fn same_pool(found: &mut Findings, subnet: &str, there: &Value, asked: &PoolSpec, shows_range: bool) {
    if let Some(gateway) = asked.gateway {
        found.expect(
            format!("gateway of {subnet}"),
            &text(&there["Gateway"]).split('/').next().unwrap_or_default(),
            &gateway,
        );
    }
    if let Some(range) = asked.ip_range.filter(|_| shows_range) {
        found.expect(format!("ip_range of {subnet}"), &trunc(&there["IPRange"]), &range.trunc());
    }
    for (name, address) in &asked.aux_addresses {
        let has = text(&there["AuxiliaryAddresses"][name.as_str()]);
        found.expect(format!("aux address {name} of {subnet}"), &has, &address);
    }
}

/// A container's endpoint settings against a request.
pub(in crate::engine) fn endpoint(there: &Value, asked: &EndpointSpec) -> Vec<Difference> {
    let mut found = Findings::default();
    let fixed = |key: &str, current: &str| {
        let fixed = text(&there["IPAMConfig"][key]);
        if fixed.is_empty() { text(&there[current]) } else { fixed }
    };
    if let Some(address) = asked.ipv4_address {
        found.expect("ipv4_address", &fixed("IPv4Address", "IPAddress"), &address);
    }
    if let Some(address) = asked.ipv6_address {
        found.expect("ipv6_address", &fixed("IPv6Address", "GlobalIPv6Address"), &address);
    }
    if let Some(address) = &asked.mac_address {
        found.expect("mac_address", &text(&there["MacAddress"]).to_lowercase(), address);
    }
    let local: Vec<String> = asked.link_local_ips.iter().map(ToString::to_string).collect();
    for (what, has, wanted) in [
        ("aliases", &there["Aliases"], &asked.aliases.0),
        ("links", &there["Links"], &asked.links.0),
        ("link_local_ips", &there["IPAMConfig"]["LinkLocalIPs"], &local),
    ] {
        let has: Vec<&str> = has.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if wanted.iter().any(|word| !has.contains(&word.as_str())) {
            found.expect(what, &has.join(", "), &wanted.join(", "));
        }
    }
    for (name, value) in &asked.driver_opts.0 {
        found.expect(format!("driver option {name}"), &text(&there["DriverOpts"][name.as_str()]), &value);
    }
    if let Some(priority) = asked.gw_priority {
        found.expect("gw_priority", &there["GwPriority"].as_i64().unwrap_or(0), &priority);
    }
    found.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, read};
    use serde_json::json;

    fn differences(there: &Value, asked: Value) -> Vec<String> {
        let asked: NetworkSpec = read(&Node::from(asked)).unwrap();
        network(there, &asked).iter().map(ToString::to_string).collect()
    }

    fn there() -> Value {
        json!({
            "Driver": "bridge", "Internal": false, "Attachable": false, "EnableIPv6": false, "Labels": {"other": "1"},
            "IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1"}]}, "Options": {"mtu": "1500"}
        })
    }

    #[test]
    fn what_is_left_open_is_not_compared_but_for_the_switches() {
        assert!(differences(&there(), json!({})).is_empty());
        assert!(differences(&there(), json!({"ipam": {"subnet": "10.0.0.0/24"}})).is_empty());
        let closed = json!({"Driver": "macvlan", "Internal": true});
        assert_eq!(
            differences(&closed, json!({})),
            ["driver: has macvlan, wanted bridge", "internal: has true, wanted false"]
        );
    }

    #[test]
    fn each_difference_says_what_is_and_what_was_wanted() {
        let asked = json!({
            "internal": true, "ipam": {"subnet": "10.1.0.0/24"}, "options": {"mtu": "9000"}, "labels": {"a": "b"}
        });
        assert_eq!(
            differences(&there(), asked),
            [
                "internal: has false, wanted true",
                "subnet: has 10.0.0.0/24, wanted 10.1.0.0/24",
                "option mtu: has 1500, wanted 9000",
                "label a: has none, wanted b",
            ]
        );
        let asked = json!({"ipam": {"subnet": "10.0.0.0/24", "gateway": "10.0.0.9"}});
        assert_eq!(differences(&there(), asked), ["gateway of 10.0.0.0/24: has 10.0.0.1, wanted 10.0.0.9"]);
    }

    #[test]
    fn podman_has_a_word_of_its_own_for_the_mtu_and_hides_the_bridge_and_the_range() {
        let mut there = there();
        there["IPAM"]["Options"] = json!({"driver": "host-local"});
        let options = json!({MTU: "1500", BRIDGE_NAME: "br-app", "other": "1"});
        let pool = json!({"subnet": "10.0.0.0/24", "ip_range": "10.0.0.128/25"});
        let asked = json!({"options": options, "attachable": true, "ipam": pool});
        assert_eq!(
            differences(&there, asked),
            ["attachable: has false, wanted true", "option other: has none, wanted 1"]
        );
    }

    #[test]
    fn a_mac_address_is_the_same_however_it_was_typed() {
        let there = json!({"MacAddress": "02:42:ac:11:00:02"});
        let asked: EndpointSpec = read(&Node::from(json!({"mac_address": "02-42-AC-11-00-02"}))).unwrap();
        assert!(endpoint(&there, &asked).is_empty());
    }

    #[test]
    fn an_endpoint_may_have_more_aliases_than_asked_for() {
        let there = json!({"Aliases": ["web", "3f2a"], "IPAddress": "10.0.0.2"});
        let asked: EndpointSpec = read(&Node::from(json!({"aliases": ["web"]}))).unwrap();
        assert!(endpoint(&there, &asked).is_empty());
        let asked: EndpointSpec = read(&Node::from(json!({"aliases": ["api"], "ip": "10.0.0.3"}))).unwrap();
        assert_eq!(endpoint(&there, &asked).len(), 2);
    }
}
