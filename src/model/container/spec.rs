//! What a container is asked to be: the options of `docker.run`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Deserialize;

use super::attachments::{Attachments, NetworkMode};
use super::condition::Conditions;
use super::devices::Device;
use super::fault::SpecFault;
use super::health::Health;
use super::limits::{Bytes, Cpus, Swap};
use super::ulimits::Ulimits;
use crate::model::asked::{self, Asked};
use crate::model::duration::Span;
use crate::model::network::EndpointSpec;
use crate::model::ports::{ExposedPort, PublishedPort};
use crate::model::text::{self, CommandLine, Pairs, Words};

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
    #[serde(deserialize_with = "asked::one_or_more")]
    pub ports: Asked<Vec<PublishedPort>>,
    /// `ports` with host or none networking do nothing; this accepts that.
    #[serde(alias = "allowIgnoredPorts")]
    pub allow_ignored_ports: bool,
    #[serde(deserialize_with = "asked::one_or_more")]
    pub expose: Asked<Vec<ExposedPort>>,
    #[serde(deserialize_with = "text::environment")]
    pub env: Pairs,
    pub command: Option<CommandLine>,
    pub entrypoint: Option<CommandLine>,
    pub hostname: Option<String>,
    pub labels: Pairs,
    pub links: Asked<Words>,
    #[serde(alias = "extraHosts", alias = "add_host")]
    pub extra_hosts: Asked<Words>,
    pub dns: Asked<Words>,
    #[serde(alias = "dnsSearch")]
    pub dns_search: Asked<Words>,
    #[serde(alias = "dnsOptions")]
    pub dns_options: Asked<Words>,
    #[serde(alias = "autoRemove", alias = "rm")]
    pub auto_remove: Asked<bool>,
    #[serde(alias = "capAdd")]
    pub cap_add: Asked<Words>,
    #[serde(alias = "capDrop")]
    pub cap_drop: Asked<Words>,
    pub volumes: Asked<Words>,
    /// `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`.
    pub restart: Option<String>,
    pub user: Option<String>,
    #[serde(alias = "workingDir", alias = "workdir")]
    pub working_dir: Option<String>,
    pub sysctls: Asked<Pairs>,
    pub privileged: Asked<bool>,
    #[serde(alias = "readOnly")]
    pub read_only: Asked<bool>,
    pub init: Asked<bool>,
    pub tty: Asked<bool>,
    /// Published on random host ports: all that the image exposes.
    #[serde(alias = "publishAll")]
    pub publish_all: Asked<bool>,
    #[serde(alias = "domainName", alias = "domain_name")]
    pub domainname: Option<String>,
    /// Of its interface on its first network.
    #[serde(alias = "macAddress", alias = "mac", deserialize_with = "text::mac_address")]
    pub mac_address: Option<String>,
    #[serde(alias = "mem_limit")]
    pub memory: Option<Bytes>,
    /// Memory and swap together; -1 for no limit.
    #[serde(alias = "memorySwap")]
    pub memory_swap: Option<Swap>,
    #[serde(alias = "memoryReservation")]
    pub memory_reservation: Option<Bytes>,
    #[serde(alias = "shmSize")]
    pub shm_size: Option<Bytes>,
    #[serde(alias = "pidsLimit")]
    pub pids_limit: Option<i64>,
    pub cpus: Option<Cpus>,
    /// Weight against others; Docker's default is 1024.
    #[serde(alias = "cpuShares")]
    pub cpu_shares: Option<u32>,
    /// The processors it may use: `0-1,3`.
    #[serde(alias = "cpuset_cpus", alias = "cpusetCpus")]
    pub cpuset: Option<String>,
    pub ulimits: Ulimits,
    #[serde(deserialize_with = "asked::one_or_more")]
    pub devices: Asked<Vec<Device>>,
    /// Path in the container, with its mount options: `/run` or `/run:size=64m`.
    pub tmpfs: Asked<Words>,
    #[serde(alias = "securityOpt")]
    pub security_opt: Words,
    #[serde(alias = "groupAdd")]
    pub group_add: Asked<Words>,
    /// `host` or `container:NAME`.
    pub pid: Option<String>,
    /// `host`, `private`, `shareable`, `none` or `container:NAME`.
    pub ipc: Option<String>,
    #[serde(alias = "stopSignal")]
    pub stop_signal: Option<String>,
    /// How long `docker.stop` waits before it kills; whole seconds count.
    #[serde(alias = "stopTimeout", alias = "stop_grace_period")]
    pub stop_timeout: Option<Span>,
    #[serde(alias = "logDriver")]
    pub log_driver: Option<String>,
    #[serde(alias = "logOptions", alias = "log_opts", alias = "logOpts")]
    pub log_options: Pairs,
    pub healthcheck: Option<Health>,
    /// What must hold before the call returns; without it, that the engine has started the process.
    pub wait: Conditions,
    /// How long `wait` may take; 60 s when absent.
    pub timeout: Option<Span>,
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

    /// Docker's keys of what was given as `false` or as nothing at all. Where the image adds its own, that asks for nothing.
    pub fn turned_off(&self) -> Vec<&'static str> {
        let switch = |asked: &Asked<bool>| asked.given() && !**asked;
        let empty = |asked: &Asked<Words>| asked.given() && asked.0.is_empty();
        let all = [
            ("Tty", switch(&self.tty)),
            ("AutoRemove", switch(&self.auto_remove)),
            ("Privileged", switch(&self.privileged)),
            ("ReadonlyRootfs", switch(&self.read_only)),
            ("Init", switch(&self.init)),
            ("PublishAllPorts", switch(&self.publish_all)),
            ("Links", empty(&self.links)),
            ("ExtraHosts", empty(&self.extra_hosts)),
            ("Dns", empty(&self.dns)),
            ("DnsSearch", empty(&self.dns_search)),
            ("DnsOptions", empty(&self.dns_options)),
            ("CapAdd", empty(&self.cap_add)),
            ("CapDrop", empty(&self.cap_drop)),
            ("Binds", empty(&self.volumes)),
            ("Tmpfs", empty(&self.tmpfs)),
            ("GroupAdd", empty(&self.group_add)),
            ("Sysctls", self.sysctls.given() && self.sysctls.0.is_empty()),
            ("PortBindings", self.ports.given() && self.ports.is_empty()),
            ("Devices", self.devices.given() && self.devices.is_empty()),
        ];
        all.into_iter().filter(|(_, off)| *off).map(|(key, _)| key).collect()
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
            && (!self.ports.is_empty() || *self.publish_all)
            && !self.allow_ignored_ports
        {
            let option = if *self.publish_all { "publish_all" } else { "ports" };
            return Err(SpecFault::IgnoredPorts { option, mode });
        }
        if let Some(mode) = mode.clone()
            && self.mac_address.is_some()
        {
            return Err(SpecFault::MacWithoutNetwork { mode });
        }
        self.check_aliases(mode)?;
        self.check_names()?;
        self.check_memory()?;
        if self.wait.0.is_empty() && self.timeout.is_some() {
            return Err(SpecFault::TimeoutWithoutWait);
        }
        self.check_restart()
    }

    fn check_names(&self) -> Result<(), SpecFault> {
        check_resolution(&self.dns, &self.extra_hosts)?;
        match self.tmpfs.0.iter().find(|entry| !entry.starts_with('/')) {
            Some(entry) => Err(SpecFault::BadTmpfs { entry: entry.clone() }),
            None => Ok(()),
        }
    }

    /// The engine says the same, but only once the image is there.
    fn check_memory(&self) -> Result<(), SpecFault> {
        let above = |reserved: Bytes| self.memory.is_some_and(|memory| reserved > memory);
        match (self.memory_swap, self.memory) {
            (Some(Swap::Total(_)), None) => Err(SpecFault::SwapWithoutMemory),
            (Some(Swap::Total(total)), Some(memory)) if total < memory => {
                Err(SpecFault::SwapBelowMemory { swap: total, memory })
            }
            _ if self.memory_reservation.is_some_and(above) => Err(SpecFault::ReservationAboveMemory),
            _ => Ok(()),
        }
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
        if *self.auto_remove && policy != "no" {
            return Err(SpecFault::RestartAndRemove { policy: policy.clone() });
        }
        Ok(())
    }
}

/// Checks what a container, or that of a service, resolves names with.
pub(in crate::model) fn check_resolution(dns: &Words, extra_hosts: &Words) -> Result<(), SpecFault> {
    for (index, entry) in dns.0.iter().enumerate() {
        if entry.parse::<IpAddr>().is_err() {
            return Err(SpecFault::BadDns { index, entry: entry.clone() });
        }
    }
    for (index, entry) in extra_hosts.0.iter().enumerate() {
        let known = |address: &str| {
            let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
            address == "host-gateway" || bare.parse::<IpAddr>().is_ok()
        };
        if !entry.split_once(':').is_some_and(|(name, address)| !name.is_empty() && known(address)) {
            return Err(SpecFault::BadExtraHost { index, entry: entry.clone() });
        }
    }
    Ok(())
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
