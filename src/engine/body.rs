//! Typed requests as the JSON that the Engine API takes: networks and endpoints; containers stand below. Pure.

use serde_json::{Map, Value, json};

use super::client::Ownership;
use crate::model::names::{LABEL_PROJECT, LABEL_RUN};
use crate::model::network::{EndpointSpec, IpamSpec, NetworkSpec, PoolSpec};
use crate::model::text::Pairs;

pub(super) mod agent;
pub(super) mod container;
mod host_config;

/// The body of `POST /networks/create`.
pub(super) fn network(name: &str, spec: &NetworkSpec, ownership: &Ownership) -> Value {
    let mut options = spec.options.clone();
    if *spec.encrypted {
        options.0.entry("encrypted".into()).or_default();
    }
    let mut body = json!({
        "Name": name,
        "CheckDuplicate": true,
        "Internal": spec.internal,
        "Attachable": spec.attachable,
        "Ingress": spec.ingress,
        "ConfigOnly": spec.config_only,
        "Options": options.0,
        "Labels": labels(&spec.labels, ownership),
    });
    // What is made from a template takes its labels too: to send even the owner's is refused.
    if spec.config_from.is_some() {
        body["Labels"] = json!({});
        body["Options"] = json!({});
    }
    // A template takes no driver, and one made from a template takes nothing of its own.
    if !spec.config_only || spec.driver.is_some() {
        body["Driver"] = spec.driver().into();
    }
    if spec.enable_ipv6.given() {
        body["EnableIPv6"] = (*spec.enable_ipv6).into();
    }
    if let Some(scope) = &spec.scope {
        body["Scope"] = scope.as_str().into();
    }
    if let Some(from) = &spec.config_from {
        body["ConfigFrom"] = json!({"Network": from});
    }
    if let Some(ipam) = &spec.ipam {
        body["IPAM"] = ipam_body(ipam);
    }
    body
}

fn ipam_body(ipam: &IpamSpec) -> Value {
    json!({
        "Driver": ipam.driver.as_deref().unwrap_or("default"),
        "Config": ipam.pools().iter().map(pool).collect::<Vec<_>>(),
        "Options": ipam.options.0,
    })
}

fn pool(pool: &PoolSpec) -> Value {
    let mut body = Map::new();
    let text = |value: &dyn ToString| Value::String(value.to_string());
    if let Some(subnet) = &pool.subnet {
        body.insert("Subnet".into(), text(subnet));
    }
    if let Some(gateway) = &pool.gateway {
        body.insert("Gateway".into(), text(gateway));
    }
    if let Some(range) = &pool.ip_range {
        body.insert("IPRange".into(), text(range));
    }
    if !pool.aux_addresses.is_empty() {
        let reserved = pool.aux_addresses.iter().map(|(name, address)| (name.clone(), text(address)));
        body.insert("AuxiliaryAddresses".into(), Value::Object(reserved.collect()));
    }
    Value::Object(body)
}

/// Asked-for labels with those that say whose it is.
pub(super) fn labels(asked: &Pairs, ownership: &Ownership) -> Value {
    let mut labels = asked.0.clone();
    for (key, value) in [(LABEL_PROJECT, &ownership.project), (LABEL_RUN, &ownership.run)] {
        if !value.is_empty() {
            labels.insert(key.to_owned(), value.clone());
        }
    }
    json!(labels)
}

/// Docker's `EndpointSettings`.
pub(super) fn endpoint(spec: &EndpointSpec) -> Value {
    let mut body = Map::new();
    let mut ipam = Map::new();
    if let Some(address) = spec.ipv4_address {
        ipam.insert("IPv4Address".into(), address.to_string().into());
    }
    if let Some(address) = spec.ipv6_address {
        ipam.insert("IPv6Address".into(), address.to_string().into());
    }
    if !spec.link_local_ips.is_empty() {
        let addresses = spec.link_local_ips.iter().map(ToString::to_string).collect::<Vec<_>>();
        ipam.insert("LinkLocalIPs".into(), addresses.into());
    }
    if !ipam.is_empty() {
        body.insert("IPAMConfig".into(), ipam.into());
    }
    for (key, words) in [("Aliases", &spec.aliases), ("Links", &spec.links)] {
        if !words.0.is_empty() {
            body.insert(key.into(), words.0.clone().into());
        }
    }
    if let Some(address) = &spec.mac_address {
        body.insert("MacAddress".into(), address.clone().into());
    }
    if !spec.driver_opts.0.is_empty() {
        body.insert("DriverOpts".into(), json!(spec.driver_opts.0));
    }
    if let Some(priority) = spec.gw_priority {
        body.insert("GwPriority".into(), priority.into());
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests;
