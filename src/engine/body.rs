//! Typed requests as the JSON that the Engine API takes. Pure.

use serde_json::{Map, Value, json};

use super::client::Ownership;
use super::volumes::{self, Volumes};
use crate::model::container::{ContainerSpec, NetworkMode};
use crate::model::names::{LABEL_PROJECT, LABEL_RUN};
use crate::model::network::{EndpointSpec, IpamSpec, NetworkSpec, PoolSpec};
use crate::model::text::{CommandLine, Pairs, Words};

/// The body of `POST /networks/create`.
pub(super) fn network(name: &str, spec: &NetworkSpec, ownership: &Ownership) -> Value {
    let mut options = spec.options.clone();
    if spec.encrypted {
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
    // A template takes no driver, and one made from a template takes nothing of its own.
    if !spec.config_only || spec.driver.is_some() {
        body["Driver"] = spec.driver().into();
    }
    if spec.enable_ipv6 {
        body["EnableIPv6"] = true.into();
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

/// What a container is made from: the body of `POST /containers/create`, and the networks to connect before it starts.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) body: Value,
    pub(super) later: Vec<(String, EndpointSpec)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("the quotes in {what} \"{text}\" do not match")]
    Quotes { what: &'static str, text: String },
    #[error(transparent)]
    Volume(#[from] volumes::VolumeFault),
}

impl BodyFault {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Quotes { .. } => "give it as a list: each element is one argument".into(),
            Self::Volume(fault) => fault.hint(),
        }
    }
}

/// Engines before API 1.44 take one network at creation; the others are connected between creation and start.
pub(super) fn container(image: &str, spec: &ContainerSpec, ownership: &Ownership) -> Result<Plan, BodyFault> {
    let mut attachments = spec.attachments();
    for (_, endpoint) in &mut attachments {
        // Docker's command line does the same: on a user-defined network, links belong to the endpoint.
        endpoint.links.0.extend(spec.links.0.iter().cloned());
    }
    let volumes = Volumes::parse(&spec.volumes)?;
    let mut exposed = Map::new();
    for port in &spec.expose {
        for number in port.ports.iter() {
            exposed.insert(format!("{number}/{}", port.protocol), json!({}));
        }
    }
    let published = published(spec);
    for key in published.keys() {
        exposed.insert(key.clone(), json!({}));
    }
    let mut body = json!({
        "Image": image,
        "Env": spec.env.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        "Labels": labels(&spec.labels, ownership),
        "ExposedPorts": exposed,
        "Volumes": volumes.anonymous.iter().map(|path| (path.clone(), json!({}))).collect::<Map<_, _>>(),
        "Tty": spec.tty,
        "HostConfig": host_config(spec, &published, &volumes.binds, &attachments),
    });
    optional(&mut body, "Cmd", command("command", spec.command.as_ref())?);
    optional(&mut body, "Entrypoint", command("entrypoint", spec.entrypoint.as_ref())?);
    optional(&mut body, "Hostname", spec.hostname.as_ref());
    optional(&mut body, "User", spec.user.as_ref());
    optional(&mut body, "WorkingDir", spec.working_dir.as_ref());
    if !attachments.is_empty() {
        let (name, first) = attachments.remove(0);
        body["NetworkingConfig"] = json!({"EndpointsConfig": {name: endpoint(&first)}});
    }
    Ok(Plan { body, later: attachments })
}

pub(super) fn optional<T: serde::Serialize>(body: &mut Value, key: &str, value: Option<T>) {
    if let Some(value) = value {
        body[key] = json!(value);
    }
}

/// A string is split the way Docker's command line receives it from a shell, but no shell runs: no variables, no `|`.
pub(super) fn command(what: &'static str, line: Option<&CommandLine>) -> Result<Option<Vec<String>>, BodyFault> {
    match line {
        None => Ok(None),
        Some(CommandLine::Arguments(words)) => Ok(Some(words.clone())),
        Some(CommandLine::Text(text)) => {
            shlex::split(text).map(Some).ok_or_else(|| BodyFault::Quotes { what, text: text.clone() })
        }
    }
}

fn published(spec: &ContainerSpec) -> Map<String, Value> {
    let mut ports: Map<String, Value> = Map::new();
    for binding in spec.ports.iter().flat_map(crate::model::ports::PublishedPort::bindings) {
        let key = format!("{}/{}", binding.container_port, binding.protocol);
        let entry = json!({
            "HostIp": binding.host_ip.map(|address| address.to_string()).unwrap_or_default(),
            "HostPort": binding.host.map(|range| range.to_string()).unwrap_or_default(),
        });
        if let Value::Array(entries) = ports.entry(key).or_insert_with(|| json!([])) {
            entries.push(entry);
        }
    }
    ports
}

fn host_config(
    spec: &ContainerSpec,
    ports: &Map<String, Value>,
    binds: &[String],
    attachments: &[(String, EndpointSpec)],
) -> Value {
    let mode = match (attachments.first(), spec.mode()) {
        (Some((name, _)), _) => name.clone(),
        (None, NetworkMode::Named(name)) => name,
        (None, NetworkMode::Default) => "default".into(),
        (None, NetworkMode::Host) => "host".into(),
        (None, NetworkMode::None) => "none".into(),
        (None, NetworkMode::Container(name)) => format!("container:{name}"),
    };
    let mut body = json!({
        "NetworkMode": mode,
        "PortBindings": ports,
        "Binds": binds,
        "AutoRemove": spec.auto_remove,
        "Privileged": spec.privileged,
        "ReadonlyRootfs": spec.read_only,
        "Sysctls": spec.sysctls.0,
    });
    let lists: [(&str, &Words); 7] = [
        ("Links", &spec.links),
        ("ExtraHosts", &spec.extra_hosts),
        ("Dns", &spec.dns),
        ("DnsSearch", &spec.dns_search),
        ("DnsOptions", &spec.dns_options),
        ("CapAdd", &spec.cap_add),
        ("CapDrop", &spec.cap_drop),
    ];
    for (key, words) in lists {
        body[key] = words.0.clone().into();
    }
    if spec.init {
        body["Init"] = true.into();
    }
    if let Some(policy) = &spec.restart {
        let (name, count) = policy.split_once(':').unwrap_or((policy, "0"));
        body["RestartPolicy"] = json!({"Name": name, "MaximumRetryCount": count.parse::<u32>().unwrap_or(0)});
    }
    body
}

#[cfg(test)]
mod tests;
