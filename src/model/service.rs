//! A service of a swarm as asked for: the options of `docker.service.create`.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::container::{Attachments, SpecFault, check_resolution};
use super::duration::Span;
use super::names::{UnknownWord, one_of};
use super::network::EndpointSpec;
use super::ports::{Protocol, PublishedPort};
use super::text::{self, CommandLine, Pairs, Words};

/// A service as asked for. `image` comes from the first argument of `docker.service.create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSpec {
    pub name: Option<String>,
    /// `replicated` or `global`.
    pub mode: Option<String>,
    /// 1 unless given.
    pub replicas: Option<u64>,
    /// Swarm networks, with `aliases` and `driver_opts`.
    #[serde(alias = "network")]
    pub networks: ServiceNetworks,
    #[serde(alias = "publish")]
    pub ports: ServicePorts,
    /// `vip` or `dnsrr`.
    #[serde(alias = "endpointMode")]
    pub endpoint_mode: Option<String>,
    #[serde(deserialize_with = "text::environment")]
    pub env: Pairs,
    #[serde(alias = "args")]
    pub command: Option<CommandLine>,
    pub entrypoint: Option<CommandLine>,
    pub user: Option<String>,
    #[serde(alias = "workingDir", alias = "workdir")]
    pub working_dir: Option<String>,
    pub hostname: Option<String>,
    /// Labels of the service.
    #[serde(alias = "label")]
    pub labels: Pairs,
    /// Labels of its containers.
    #[serde(alias = "containerLabels", alias = "container_label")]
    pub container_labels: Pairs,
    /// Such as `node.role==worker`.
    #[serde(alias = "constraint", alias = "placement")]
    pub constraints: Words,
    #[serde(alias = "mounts", alias = "mount")]
    pub volumes: Words,
    /// `none`, `on-failure` or `any`.
    #[serde(alias = "restart_condition", alias = "restartCondition")]
    pub restart: Option<String>,
    #[serde(alias = "restartDelay")]
    pub restart_delay: Option<Span>,
    #[serde(alias = "restartMaxAttempts")]
    pub restart_max_attempts: Option<u64>,
    #[serde(alias = "stopTimeout", alias = "stop_grace_period", alias = "stopGracePeriod")]
    pub stop_timeout: Option<Span>,
    pub dns: Words,
    #[serde(alias = "dnsSearch")]
    pub dns_search: Words,
    #[serde(alias = "dnsOptions")]
    pub dns_options: Words,
    #[serde(alias = "extraHosts", alias = "add_host")]
    pub extra_hosts: Words,
    pub sysctls: Pairs,
    #[serde(alias = "capAdd")]
    pub cap_add: Words,
    #[serde(alias = "capDrop")]
    pub cap_drop: Words,
    #[serde(alias = "readOnly")]
    pub read_only: bool,
    pub init: bool,
    pub tty: bool,
    /// Whether to wait until its tasks run: true unless given.
    pub wait: Option<bool>,
    pub timeout: Option<Span>,
}

/// What the calls that change a service wait for: the options of `scale` and `remove`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patience {
    pub wait: Option<bool>,
    pub timeout: Option<Span>,
}

/// The options of `docker.service.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceListSpec {
    #[serde(alias = "filter")]
    #[serde(alias = "filter")]
    pub filters: ServiceFilters,
}

/// The filters of `docker.service.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceFilters {
    pub id: Words,
    pub name: Words,
    pub label: Words,
    /// `replicated` or `global`.
    pub mode: Words,
}

/// One network's name, a list of them, or a map from name to how it is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceNetworks(pub Vec<(String, EndpointSpec)>);

impl<'de> Deserialize<'de> for ServiceNetworks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NetworksVisitor;
        impl<'de> Visitor<'de> for NetworksVisitor {
            type Value = ServiceNetworks;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a network's name, a list of names, or a map from network to its options")
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(ServiceNetworks(vec![(name.to_owned(), EndpointSpec::default())]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                let deserializer = de::value::SeqAccessDeserializer::new(seq);
                Attachments::deserialize(deserializer).map(|networks| ServiceNetworks(networks.0))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let deserializer = de::value::MapAccessDeserializer::new(map);
                Attachments::deserialize(deserializer).map(|networks| ServiceNetworks(networks.0))
            }
        }
        deserializer.deserialize_any(NetworksVisitor)
    }
}

/// The published ports, one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServicePorts(pub Vec<ServicePort>);

/// One port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    pub target: u16,
    /// The swarm chooses one when absent.
    pub published: Option<u16>,
    pub protocol: Protocol,
    /// On the node where the task runs, past the routing mesh.
    pub on_host: bool,
}

/// An entry of `ports`: `"8080:80/tcp"`, or a map.
enum PortEntry {
    Text(PublishedPort),
    Map(PortMap),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortMap {
    #[serde(alias = "targetPort", alias = "target_port")]
    target: u16,
    #[serde(default, alias = "publishedPort", alias = "published_port")]
    published: Option<u16>,
    #[serde(default)]
    protocol: Option<String>,
    #[serde(default, alias = "publishMode", alias = "publish_mode")]
    mode: Option<String>,
}

impl<'de> Deserialize<'de> for PortEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PortVisitor;
        impl<'de> Visitor<'de> for PortVisitor {
            type Value = PortEntry;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a port such as \"8080:80\", or a map with target, published, protocol and mode")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map(PortEntry::Text).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                PortMap::deserialize(de::value::MapAccessDeserializer::new(map)).map(PortEntry::Map)
            }
        }
        deserializer.deserialize_any(PortVisitor)
    }
}

impl<'de> Deserialize<'de> for ServicePorts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut ports = Vec::new();
        for entry in Vec::<PortEntry>::deserialize(deserializer)? {
            match entry {
                PortEntry::Text(port) => ports.extend(unfolded(&port).map_err(de::Error::custom)?),
                PortEntry::Map(map) => ports.push(one(&map).map_err(de::Error::custom)?),
            }
        }
        Ok(Self(ports))
    }
}

fn unfolded(port: &PublishedPort) -> Result<Vec<ServicePort>, String> {
    if port.host_ip.is_some() {
        return Err(format!("\"{port}\": a service publishes on every address of a node, not on one"));
    }
    let mut ports = Vec::new();
    for binding in port.bindings() {
        if binding.host.is_some_and(|host| host.len() > 1) {
            return Err(format!("\"{port}\": a service takes one published port for each of its own"));
        }
        let published = binding.host.map(|host| host.first);
        ports.push(ServicePort {
            target: binding.container_port,
            published,
            protocol: binding.protocol,
            on_host: false,
        });
    }
    Ok(ports)
}

fn one(map: &PortMap) -> Result<ServicePort, String> {
    let protocol = match map.protocol.as_deref() {
        None | Some("tcp") => Protocol::Tcp,
        Some("udp") => Protocol::Udp,
        Some("sctp") => Protocol::Sctp,
        Some(other) => return Err(format!("`protocol`: \"{other}\" is not one of tcp, udp, sctp")),
    };
    let on_host = match map.mode.as_deref() {
        None | Some("ingress") => false,
        Some("host") => true,
        Some(other) => return Err(format!("`mode`: \"{other}\" is not one of ingress, host")),
    };
    if map.target == 0 {
        return Err("`target`: 0 is no port".into());
    }
    Ok(ServicePort { target: map.target, published: map.published.filter(|port| *port > 0), protocol, on_host })
}

/// What is wrong with a service's wishes, found before the engine is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceFault {
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// What containers are refused for, too.
    #[error(transparent)]
    Container(#[from] SpecFault),
    #[error("`timeout` bounds `wait`, which is false")]
    TimeoutWithoutWait,
    #[error("a service has no {count} tasks")]
    Replicas { count: i64 },
    #[error("`replicas` does nothing with mode \"global\"")]
    GlobalReplicas,
    #[error("port {port} is published through the routing mesh, which `endpoint_mode: \"dnsrr\"` does not have")]
    MeshWithoutAddress { port: u16 },
    #[error("`{option}` of network \"{network}\" does nothing for a service")]
    Endpoint { network: String, option: &'static str },
    #[error("`networks` lists \"{name}\" twice")]
    SameNetworkTwice { name: String },
    #[error("`volumes`: \"{option}\" of \"{entry}\" is not an option of a service's volume")]
    VolumeOption { entry: String, option: String },
}

impl ServiceFault {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::GlobalReplicas => "a global service has one task on each node; leave `replicas` out".into(),
            Self::MeshWithoutAddress { port } => {
                format!("publish on the nodes themselves: #{{target: {port}, mode: \"host\"}}")
            }
            Self::Endpoint { .. } => "a service's network takes `aliases` and `driver_opts`".into(),
            Self::Container(fault) => return fault.hint(),
            Self::TimeoutWithoutWait => "leave one of the two out".into(),
            Self::VolumeOption { .. } => "`ro` is the only one".into(),
            Self::Word(word) => return word.hint(),
            Self::SameNetworkTwice { .. } | Self::Replicas { .. } => return None,
        })
    }
}

fn patient(wait: Option<bool>, timeout: Option<Span>) -> Result<(), ServiceFault> {
    if wait == Some(false) && timeout.is_some() { Err(ServiceFault::TimeoutWithoutWait) } else { Ok(()) }
}

impl Patience {
    pub fn check(&self) -> Result<(), ServiceFault> {
        patient(self.wait, self.timeout)
    }
}

/// How many tasks a service is to have.
pub fn replicas(count: i64) -> Result<u64, ServiceFault> {
    u64::try_from(count).map_err(|_| ServiceFault::Replicas { count })
}

impl ServiceSpec {
    pub fn is_global(&self) -> bool {
        self.mode.as_deref() == Some("global")
    }

    /// Docker's word for the restart condition; those of containers mean the same.
    pub fn restart_condition(&self) -> Option<&str> {
        self.restart.as_deref().map(|policy| match policy {
            "no" => "none",
            "always" => "any",
            other => other,
        })
    }

    /// Checks what can be known without the engine: nothing that a swarm would accept and then ignore.
    pub fn check(&self) -> Result<(), ServiceFault> {
        one_of("mode", self.mode.as_deref(), &["replicated", "global"])?;
        one_of("endpoint_mode", self.endpoint_mode.as_deref(), &["vip", "dnsrr"])?;
        one_of("restart", self.restart_condition(), &["none", "on-failure", "any"])?;
        patient(self.wait, self.timeout)?;
        if self.is_global() && self.replicas.is_some() {
            return Err(ServiceFault::GlobalReplicas);
        }
        let meshed = self.ports.0.iter().find(|port| !port.on_host);
        if let Some(port) = meshed.filter(|_| self.endpoint_mode.as_deref() == Some("dnsrr")) {
            return Err(ServiceFault::MeshWithoutAddress { port: port.target });
        }
        for (index, (name, endpoint)) in self.networks.0.iter().enumerate() {
            if self.networks.0[..index].iter().any(|(other, _)| other == name) {
                return Err(ServiceFault::SameNetworkTwice { name: name.clone() });
            }
            if let Some(option) = beyond_a_service(endpoint) {
                return Err(ServiceFault::Endpoint { network: name.clone(), option });
            }
        }
        Ok(check_resolution(&self.dns, &self.extra_hosts)?)
    }
}

/// An endpoint option that only a container has.
fn beyond_a_service(endpoint: &EndpointSpec) -> Option<&'static str> {
    let given = [
        ("ipv4_address", endpoint.ipv4_address.is_some()),
        ("ipv6_address", endpoint.ipv6_address.is_some()),
        ("link_local_ips", !endpoint.link_local_ips.is_empty()),
        ("links", !endpoint.links.0.is_empty()),
        ("mac_address", endpoint.mac_address.is_some()),
        ("gw_priority", endpoint.gw_priority.is_some()),
    ];
    given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Node, read};

    fn spec(options: Value) -> ServiceSpec {
        read(&Node::from(options)).unwrap()
    }

    #[test]
    fn ports_are_text_or_maps() {
        let ports =
            spec(json!({"ports": ["8080-8081:80-81/udp", {"target": 90, "published": 9090, "mode": "host"}]})).ports.0;
        assert_eq!(ports.len(), 3);
        assert_eq!((ports[1].target, ports[1].published, ports[1].on_host), (81, Some(8081), false));
        assert_eq!((ports[2].target, ports[2].published, ports[2].on_host), (90, Some(9090), true));
        for bad in [
            json!("127.0.0.1:80:80"),
            json!("8000-8010:80"),
            json!({"target": 80, "mode": "hots"}),
            json!({"targt": 80}),
        ] {
            assert!(read::<ServiceSpec>(&Node::from(json!({"ports": [bad]}))).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_swarm_would_ignore_is_refused() {
        for options in [
            json!({"mode": "global", "replicas": 2}),
            json!({"endpoint_mode": "dnsrr", "ports": ["80:80"]}),
            json!({"networks": {"a": {"ipv4_address": "10.0.0.2"}}}),
            json!({"networks": ["a", "a"]}),
            json!({"restart": "sometimes"}),
            json!({"extra_hosts": ["db"]}),
            json!({"extra_hosts": ["db:notanip"]}),
            json!({"dns": ["9.9.9.9", "bad"]}),
            json!({"wait": false, "timeout": "5s"}),
        ] {
            assert!(spec(options.clone()).check().is_err(), "{options}");
        }
        let good = spec(
            json!({"network": "a", "restart": "always", "ports": [{"target": 80, "mode": "host"}], "endpointMode": "dnsrr"}),
        );
        assert_eq!(good.check(), Ok(()));
        assert_eq!(good.restart_condition(), Some("any"));
        let patience: Patience = read(&Node::from(json!({"wait": false, "timeout": "5s"}))).unwrap();
        assert_eq!(patience.check(), Err(ServiceFault::TimeoutWithoutWait));
        assert_eq!(replicas(-1), Err(ServiceFault::Replicas { count: -1 }));
    }
}
