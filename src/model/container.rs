//! What a container is asked to be: the options of `docker.run`, and of the calls on a running one.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::network::EndpointSpec;
use super::ports::{ExposedPort, PublishedPort};
use super::text::{self, CommandLine, Pairs, Words};

/// A container as asked for. `image` comes from the first argument of `docker.run`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContainerSpec {
    pub name: Option<String>,
    /// A network's name, or a mode: `bridge`, `host`, `none`, `container:NAME`.
    #[serde(alias = "network_mode", alias = "networkMode")]
    pub network: Option<String>,
    /// Attached to all of these before the process starts.
    pub networks: Attachments,
    /// Aliases on `network`, or on every entry of `networks` when that is used.
    #[serde(alias = "networkAlias", alias = "network_aliases", alias = "networkAliases", alias = "aliases")]
    pub network_alias: Words,
    pub ports: Vec<PublishedPort>,
    /// `ports` with host or none networking do nothing; this accepts that.
    #[serde(alias = "allowIgnoredPorts")]
    pub allow_ignored_ports: bool,
    pub expose: Vec<ExposedPort>,
    #[serde(deserialize_with = "text::environment")]
    pub env: Pairs,
    pub command: Option<CommandLine>,
    pub entrypoint: Option<CommandLine>,
    pub hostname: Option<String>,
    pub labels: Pairs,
    pub links: Words,
    #[serde(alias = "extraHosts", alias = "add_host")]
    pub extra_hosts: Words,
    pub dns: Words,
    #[serde(alias = "dnsSearch")]
    pub dns_search: Words,
    #[serde(alias = "dnsOptions")]
    pub dns_options: Words,
    #[serde(alias = "autoRemove", alias = "rm")]
    pub auto_remove: bool,
    #[serde(alias = "capAdd")]
    pub cap_add: Words,
    #[serde(alias = "capDrop")]
    pub cap_drop: Words,
    pub volumes: Words,
    /// `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`.
    pub restart: Option<String>,
    pub user: Option<String>,
    #[serde(alias = "workingDir", alias = "workdir")]
    pub working_dir: Option<String>,
    pub sysctls: Pairs,
    pub privileged: bool,
    #[serde(alias = "readOnly")]
    pub read_only: bool,
    pub init: bool,
    pub tty: bool,
}

/// The networks of a container, as a list of names or as a map from name to how it is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments(pub Vec<(String, EndpointSpec)>);

impl<'de> Deserialize<'de> for Attachments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AttachmentsVisitor;
        impl<'de> Visitor<'de> for AttachmentsVisitor {
            type Value = Attachments;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of network names, or a map from network to its options")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut networks = Vec::new();
                while let Some(name) = seq.next_element::<String>()? {
                    networks.push((name, EndpointSpec::default()));
                }
                Ok(Attachments(networks))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut networks = Vec::new();
                while let Some((name, endpoint)) = map.next_entry::<String, Option<EndpointSpec>>()? {
                    networks.push((name, endpoint.unwrap_or_default()));
                }
                Ok(Attachments(networks))
            }
        }
        deserializer.deserialize_any(AttachmentsVisitor)
    }
}

/// Where a container's network stack comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkMode {
    /// The default bridge.
    Default,
    Host,
    None,
    /// Shares the stack of another container.
    Container(String),
    /// A user-defined network, by name.
    Named(String),
}

impl NetworkMode {
    pub fn parse(text: &str) -> Self {
        match text {
            "" | "default" | "bridge" => Self::Default,
            "host" => Self::Host,
            "none" => Self::None,
            other => match other.strip_prefix("container:") {
                Some(name) => Self::Container(name.to_owned()),
                None => Self::Named(other.to_owned()),
            },
        }
    }
}

/// What is wrong with a container's wishes, found before the engine is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecFault {
    #[error("`ports` do nothing with network \"{mode}\"")]
    IgnoredPorts { mode: String },
    #[error("`network` and `networks` are both given")]
    BothNetworks,
    #[error("`network_alias` needs a user-defined network; \"{mode}\" has no names of its own")]
    AliasWithoutNetwork { mode: String },
    #[error("`networks` lists \"{name}\" twice")]
    SameNetworkTwice { name: String },
    #[error("`networks` cannot hold the mode \"{name}\" next to others")]
    ModeAmongNetworks { name: String },
    #[error("`dns[{index}]`: \"{entry}\" is not an IP address")]
    BadDns { index: usize, entry: String },
    #[error("restart policy \"{policy}\" is not one of no, always, unless-stopped, on-failure[:N]")]
    RestartPolicy { policy: String },
    #[error("`auto_remove` and restart policy \"{policy}\" contradict each other")]
    RestartAndRemove { policy: String },
}

impl SpecFault {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::IgnoredPorts { mode } if mode == "host" => {
                "the container already has the host's ports; leave `ports` out, or say `allow_ignored_ports: true`"
                    .into()
            }
            Self::IgnoredPorts { .. } => "use a bridge network to publish, or say `allow_ignored_ports: true`".into(),
            Self::BothNetworks => "list all of them in `networks`".into(),
            Self::AliasWithoutNetwork { .. } => {
                "create one with docker.network.create(\"app\") and say `network: \"app\"`".into()
            }
            Self::ModeAmongNetworks { .. } => {
                "say `network:` for a mode; `networks` holds user-defined networks".into()
            }
            Self::BadDns { .. } => "name servers are given by address, such as \"9.9.9.9\"".into(),
            Self::SameNetworkTwice { .. } | Self::RestartPolicy { .. } => return None,
            Self::RestartAndRemove { .. } => "choose one of the two".into(),
        })
    }
}

impl ContainerSpec {
    /// The networks to attach to, in order, with their endpoint options; empty for a mode that has none of its own.
    pub fn attachments(&self) -> Vec<(String, EndpointSpec)> {
        let mut all = match (&self.network, self.networks.0.is_empty()) {
            (Some(network), true) => match NetworkMode::parse(network) {
                NetworkMode::Named(name) => vec![(name, EndpointSpec::default())],
                _ => Vec::new(),
            },
            _ => self.networks.0.clone(),
        };
        for (_, endpoint) in &mut all {
            for alias in &self.network_alias.0 {
                if !endpoint.aliases.0.contains(alias) {
                    endpoint.aliases.0.push(alias.clone());
                }
            }
        }
        all
    }

    /// The network mode, where `network` names one; the first of `networks` otherwise.
    pub fn mode(&self) -> NetworkMode {
        match (&self.network, self.networks.0.first()) {
            (Some(network), _) => NetworkMode::parse(network),
            (None, Some((name, _))) => NetworkMode::parse(name),
            (None, None) => NetworkMode::Default,
        }
    }

    /// Checks what can be known without the engine: nothing that Docker would accept and then ignore.
    pub fn check(&self) -> Result<(), SpecFault> {
        if self.network.is_some() && !self.networks.0.is_empty() {
            return Err(SpecFault::BothNetworks);
        }
        let mut seen = BTreeSet::new();
        for (name, _) in &self.networks.0 {
            if !seen.insert(name) {
                return Err(SpecFault::SameNetworkTwice { name: name.clone() });
            }
            if !matches!(NetworkMode::parse(name), NetworkMode::Named(_) | NetworkMode::Default) {
                return Err(SpecFault::ModeAmongNetworks { name: name.clone() });
            }
        }
        let mode = match self.mode() {
            NetworkMode::Host => Some("host".to_owned()),
            NetworkMode::None => Some("none".to_owned()),
            NetworkMode::Container(name) => Some(format!("container:{name}")),
            NetworkMode::Default | NetworkMode::Named(_) => None,
        };
        if let Some(mode) = mode.clone()
            && !self.ports.is_empty()
            && !self.allow_ignored_ports
        {
            return Err(SpecFault::IgnoredPorts { mode });
        }
        self.check_aliases(mode)?;
        for (index, entry) in self.dns.0.iter().enumerate() {
            if entry.parse::<IpAddr>().is_err() {
                return Err(SpecFault::BadDns { index, entry: entry.clone() });
            }
        }
        self.check_restart()
    }

    /// The default bridge takes no aliases either, whether it is the only network or one of several.
    fn check_aliases(&self, nameless: Option<String>) -> Result<(), SpecFault> {
        let bridged = |name: &str| NetworkMode::parse(name) == NetworkMode::Default;
        let mut attached = self.attachments().into_iter();
        let among = attached.find(|(name, endpoint)| bridged(name) && !endpoint.aliases.0.is_empty());
        let alone = self.networks.0.is_empty() && self.mode() == NetworkMode::Default;
        let nameless =
            nameless.or_else(|| alone.then(|| "bridge".to_owned())).filter(|_| !self.network_alias.0.is_empty());
        match among.map(|(name, _)| name).or(nameless) {
            Some(mode) => Err(SpecFault::AliasWithoutNetwork { mode }),
            None => Ok(()),
        }
    }

    fn check_restart(&self) -> Result<(), SpecFault> {
        let Some(policy) = &self.restart else { return Ok(()) };
        let known = matches!(policy.as_str(), "no" | "always" | "unless-stopped" | "on-failure")
            || policy.strip_prefix("on-failure:").is_some_and(|count| count.parse::<u32>().is_ok());
        if !known {
            return Err(SpecFault::RestartPolicy { policy: policy.clone() });
        }
        if self.auto_remove && policy != "no" {
            return Err(SpecFault::RestartAndRemove { policy: policy.clone() });
        }
        Ok(())
    }
}

/// Docker's filters of `docker.list`: each with one or several values, of which one must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContainerFilters {
    /// Part of the name.
    pub name: Words,
    /// `key` or `key=value`.
    pub label: Words,
    /// Name or id of a network.
    pub network: Words,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    pub status: Words,
    pub id: Words,
    /// Image it was made from, or one below that.
    pub ancestor: Words,
    /// `starting`, `healthy`, `unhealthy` or `none`.
    pub health: Words,
    /// `80` or `80/tcp`, ranges too.
    pub publish: Words,
    pub expose: Words,
    /// Exit code.
    pub exited: Words,
}

/// The options of `exec`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecSpec {
    #[serde(deserialize_with = "text::environment")]
    pub env: Pairs,
    pub user: Option<String>,
    #[serde(alias = "workingDir", alias = "workdir")]
    pub working_dir: Option<String>,
    /// Bytes given to the process, then its stdin is closed.
    pub stdin: Option<String>,
    /// The process is abandoned and the call fails after this long.
    pub timeout: Option<super::duration::Span>,
    /// Copy output to xnet's own as it comes, besides collecting it.
    pub stream: bool,
    /// A non-zero exit throws.
    pub check: bool,
    /// Keep the output for the result; without it, output without end needs no memory.
    #[serde(skip)]
    pub keep: bool,
}

impl Default for ExecSpec {
    fn default() -> Self {
        Self {
            env: Pairs::default(),
            user: None,
            working_dir: None,
            stdin: None,
            timeout: None,
            stream: false,
            check: true,
            keep: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Node, read};

    fn fault(options: Value) -> Option<SpecFault> {
        read::<ContainerSpec>(&Node::from(options)).unwrap().check().err()
    }

    #[test]
    fn an_alias_is_refused_on_the_default_bridge_wherever_it_stands() {
        let bridge = Some(SpecFault::AliasWithoutNetwork { mode: "bridge".into() });
        assert_eq!(fault(json!({"networks": ["n", "bridge"], "network_alias": "q"})), bridge);
        assert_eq!(fault(json!({"networks": {"n": {}, "bridge": {"aliases": "q"}}})), bridge);
        assert_eq!(fault(json!({"network": "bridge", "network_alias": "q"})), bridge);
        assert_eq!(fault(json!({"network_alias": "q"})), bridge);
        assert_eq!(fault(json!({"networks": {"n": {"aliases": "q"}, "bridge": {}}})), None);
        assert_eq!(fault(json!({"network": "n", "network_alias": "q"})), None);
    }

    #[test]
    fn a_name_server_is_an_address() {
        let bad = fault(json!({"dns": ["9.9.9.9", "bad"]})).unwrap();
        assert_eq!(bad.to_string(), "`dns[1]`: \"bad\" is not an IP address");
        assert_eq!(fault(json!({"dns": ["9.9.9.9", "2620:fe::fe"]})), None);
    }
}
