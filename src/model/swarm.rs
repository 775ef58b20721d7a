//! A swarm as asked for: what `docker.swarm.init`, `join` and `leave` and the calls on nodes take, and what refuses them.

use std::fmt;

use ipnet::IpNet;
use serde::Deserialize;

use super::names::{UnknownWord, one_of};
use super::text::{Pairs, Words};

/// Where a node listens unless it is told: every address, Docker's port.
const LISTEN: &str = "0.0.0.0:2377";
const AVAILABILITIES: [&str; 3] = ["active", "pause", "drain"];

/// The options of `docker.swarm.init`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SwarmSpec {
    /// An address or a network interface, with a port or without.
    #[serde(alias = "advertiseAddr")]
    pub advertise_addr: Option<String>,
    #[serde(alias = "listenAddr")]
    pub listen_addr: Option<String>,
    /// For the traffic of containers, where it goes another way than that of managers.
    #[serde(alias = "dataPathAddr")]
    pub data_path_addr: Option<String>,
    #[serde(alias = "dataPathPort")]
    pub data_path_port: Option<u16>,
    /// Subnets that overlay networks get theirs from.
    #[serde(alias = "defaultAddrPool")]
    pub default_addr_pool: Words,
    /// Prefix length of each of those: 24 unless given.
    #[serde(alias = "subnetSize", alias = "default_addr_pool_mask_length", alias = "defaultAddrPoolMaskLength")]
    pub subnet_size: Option<u8>,
    #[serde(alias = "forceNewCluster")]
    pub force_new_cluster: bool,
    pub availability: Option<String>,
    pub labels: Pairs,
}

/// The options of `docker.swarm.join`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JoinSpec {
    /// Managers, `HOST` or `HOST:PORT`.
    #[serde(alias = "remoteAddrs", alias = "remote_addr", alias = "remoteAddr")]
    pub remote_addrs: Words,
    #[serde(alias = "join_token", alias = "joinToken")]
    pub token: Option<String>,
    #[serde(alias = "advertiseAddr")]
    pub advertise_addr: Option<String>,
    #[serde(alias = "listenAddr")]
    pub listen_addr: Option<String>,
    #[serde(alias = "dataPathAddr")]
    pub data_path_addr: Option<String>,
    pub availability: Option<String>,
}

/// The options of `docker.node.update`. What is left open stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSpec {
    /// `active`, `pause` or `drain`.
    pub availability: Option<String>,
    /// `worker` or `manager`.
    pub role: Option<String>,
    /// Labels to set beside those it has.
    #[serde(alias = "label_add", alias = "labelAdd")]
    pub labels: Pairs,
    /// Labels to take away.
    #[serde(alias = "labelRemove", alias = "label_rm", alias = "labelRm")]
    pub label_remove: Words,
}

/// The options of `docker.swarm.leave` and `docker.node.remove`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaveSpec {
    /// Also the last manager, and a node that has not left itself.
    pub force: bool,
}

/// The options of `docker.node.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeListSpec {
    #[serde(alias = "filter")]
    #[serde(alias = "filter")]
    pub filters: NodeFilters,
}

/// The filters of `docker.node.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeFilters {
    pub id: Words,
    pub name: Words,
    /// Labels of the engine.
    pub label: Words,
    /// Labels of the node.
    #[serde(rename = "node.label", alias = "node_label", alias = "nodeLabel")]
    pub node_label: Words,
    pub role: Words,
    pub membership: Words,
}

/// What is wrong with the options, found before the engine is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwarmFault {
    #[error("`default_addr_pool`: \"{text}\" is not a subnet")]
    Pool { text: String },
    #[error("`subnet_size`: subnets of /{size} do not fit into the pool {pool}")]
    Size { size: u8, pool: String },
    #[error("`subnet_size` is given without `default_addr_pool`")]
    SizeAlone,
    #[error(transparent)]
    Word(#[from] UnknownWord),
    #[error("the managers are given twice")]
    ManagersTwice,
    #[error("`data_path_port`: {port} is not from 1024 to 49151")]
    Port { port: u16 },
    #[error("`{option}` is missing")]
    Missing { option: &'static str },
    #[error("nothing to update is given")]
    Nothing,
}

impl SwarmFault {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Pool { .. } => "for example \"10.20.0.0/16\"".into(),
            Self::Size { .. } => "it is the prefix length of each network, longer than that of the pool: 24".into(),
            Self::SizeAlone => "say which pool: `default_addr_pool: \"10.20.0.0/16\"`".into(),
            Self::Missing { option: "token" } => "docker.swarm.info().JoinTokens of a manager has them".into(),
            Self::Missing { .. } => "a manager of the swarm: docker.swarm.join(\"192.168.1.10:2377\", …)".into(),
            Self::Nothing => "options: availability, role, labels, label_remove".into(),
            Self::Word(word) => return word.hint(),
            Self::ManagersTwice => "leave `remote_addrs` out: they are the first argument".into(),
            Self::Port { .. } => return None,
        })
    }
}

impl SwarmSpec {
    pub fn listen(&self) -> &str {
        self.listen_addr.as_deref().unwrap_or(LISTEN)
    }

    pub fn check(&self) -> Result<(), SwarmFault> {
        for text in &self.default_addr_pool.0 {
            let pool: IpNet = text.parse().map_err(|_| SwarmFault::Pool { text: text.clone() })?;
            let size = self.subnet_size.unwrap_or(24);
            if size < pool.prefix_len() || size > pool.max_prefix_len() - 2 {
                return Err(SwarmFault::Size { size, pool: text.clone() });
            }
        }
        if self.subnet_size.is_some() && self.default_addr_pool.0.is_empty() {
            return Err(SwarmFault::SizeAlone);
        }
        if let Some(port) = self.data_path_port.filter(|port| !(1024..=49151).contains(port)) {
            return Err(SwarmFault::Port { port });
        }
        Ok(one_of("availability", self.availability.as_deref(), &AVAILABILITIES)?)
    }
}

impl JoinSpec {
    /// The same with these managers, which are said once only.
    pub fn at(self, managers: Words) -> Result<Self, SwarmFault> {
        if self.remote_addrs.0.is_empty() {
            Ok(Self { remote_addrs: managers, ..self })
        } else {
            Err(SwarmFault::ManagersTwice)
        }
    }

    pub fn listen(&self) -> &str {
        self.listen_addr.as_deref().unwrap_or(LISTEN)
    }

    pub fn check(&self) -> Result<(), SwarmFault> {
        if self.remote_addrs.0.iter().all(|address| address.trim().is_empty()) {
            return Err(SwarmFault::Missing { option: "remote_addrs" });
        }
        if self.token.as_ref().is_none_or(|token| token.trim().is_empty()) {
            return Err(SwarmFault::Missing { option: "token" });
        }
        Ok(one_of("availability", self.availability.as_deref(), &AVAILABILITIES)?)
    }
}

impl NodeSpec {
    pub fn check(&self) -> Result<(), SwarmFault> {
        if *self == Self::default() {
            return Err(SwarmFault::Nothing);
        }
        one_of("availability", self.availability.as_deref(), &AVAILABILITIES)?;
        Ok(one_of("role", self.role.as_deref(), &["worker", "manager"])?)
    }
}

/// Why a swarm refuses, in the words of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is in one already.
    AlreadyIn,
    /// It is in none.
    NotIn,
    /// Which of its addresses the others are to use.
    Address,
    /// A manager leaves only by force.
    Manager,
    Token,
    /// No manager answers.
    Unreachable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyIn => "the engine is in a swarm already",
            Self::NotIn => "the engine is in no swarm",
            Self::Address => "the engine does not know which address to advertise",
            Self::Manager => "the engine is a manager of its swarm",
            Self::Token => "the swarm does not take the join token",
            Self::Unreachable => "no manager of the swarm can be reached",
        })
    }
}

impl Refusal {
    pub fn read(words: &str) -> Option<Self> {
        let low = words.to_lowercase();
        let has = |all: &[&str]| all.iter().any(|part| low.contains(part));
        if has(&["already part of a swarm"]) {
            Some(Self::AlreadyIn)
        } else if has(&["not part of a swarm"]) {
            Some(Self::NotIn)
        } else if has(&["system's ip address", "multiple ip addresses", "must specify a listening address"])
            || has(&["must specify an address to advertise", "could not choose an ip address", "advertise address"])
        {
            Some(Self::Address)
        } else if has(&["participating as a manager", "last manager"]) {
            Some(Self::Manager)
        } else if has(&["join token", "remote ca does not match", "invalid token"]) {
            Some(Self::Token)
        } else if has(&["error while dialing", "could not find local ip address", "timeout was reached"])
            || has(&["context deadline exceeded", "connection refused", "could not connect to prospective"])
        {
            Some(Self::Unreachable)
        } else {
            None
        }
    }

    pub fn hint(self) -> &'static str {
        match self {
            Self::AlreadyIn => "docker.swarm.info() tells which; docker.swarm.leave(#{force: true}) leaves it",
            Self::NotIn => {
                "docker.swarm.init() begins one; docker.swarm.join(\"HOST:2377\", #{token: …}) joins another"
            }
            Self::Address => "say it: `advertise_addr: \"192.168.1.10\"`, or the interface, \"eth0\"",
            Self::Manager => "`force: true` leaves all the same; with its last manager goes all that the swarm knows",
            Self::Token => "docker.swarm.info().JoinTokens of a manager has those that count",
            Self::Unreachable => "the address of a manager and its port, 2377 unless it was changed; is it open here?",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_holds_its_subnets() {
        let spec = |pool: &str, size| SwarmSpec {
            default_addr_pool: Words(vec![pool.into()]),
            subnet_size: size,
            ..SwarmSpec::default()
        };
        assert_eq!(spec("10.20.0.0/16", Some(26)).check(), Ok(()));
        for (pool, size) in [("10.20.0.0/28", None), ("10.20.0.0/16", Some(8)), ("10.20.0.0/16", Some(31))] {
            assert!(matches!(spec(pool, size).check(), Err(SwarmFault::Size { .. })), "{pool} {size:?}");
        }
        assert!(matches!(spec("10.20.0.0", None).check(), Err(SwarmFault::Pool { .. })));
    }

    #[test]
    fn managers_are_given_once() {
        let spec = JoinSpec { token: Some("t".into()), ..JoinSpec::default() };
        let here = spec.clone().at(Words(vec!["10.0.0.1".into()])).unwrap();
        assert_eq!((here.remote_addrs.0.len(), here.check()), (1, Ok(())));
        assert_eq!(here.at(Words(vec!["10.0.0.2".into()])), Err(SwarmFault::ManagersTwice));
        assert!(matches!(spec.check(), Err(SwarmFault::Missing { .. })));
    }

    #[test]
    fn the_words_of_engines_are_told_apart() {
        for (words, refusal) in [
            (
                "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm",
                Refusal::AlreadyIn,
            ),
            ("This node is not part of a swarm", Refusal::NotIn),
            ("could not find the system's IP address", Refusal::Address),
            ("could not choose an IP address to advertise since this system has multiple addresses", Refusal::Address),
            ("You are attempting to leave the swarm on a node that is participating as a manager.", Refusal::Manager),
            (
                "rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster",
                Refusal::Token,
            ),
            ("rpc error: desc = \"transport: Error while dialing dial tcp 127.0.0.1:2377\"", Refusal::Unreachable),
        ] {
            assert_eq!(Refusal::read(words), Some(refusal), "{words}");
        }
        assert_eq!(Refusal::read("something else"), None);
    }
}
