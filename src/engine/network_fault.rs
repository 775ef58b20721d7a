//! Why a network, or a place on one, cannot be had: what stands in the way, and what to type instead.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::names;

/// What is wrong with a network that is asked for, or with a container's place on one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    #[error("address {address} of network \"{network}\" {fault}")]
    BadAddress { address: IpAddr, network: String, fault: AddressFault },
    #[error("network \"{network}\" has no address left in {}", joined(subnets))]
    NetworkFull { network: String, subnets: Vec<IpNet>, attached: usize },
    #[error("the bridge \"{bridge}\" is that of network \"{network}\"")]
    BridgeTaken { bridge: String, network: String },
    #[error("the engine has one network of driver \"{driver}\" and allows no other: \"{network}\"")]
    OneOnly { driver: String, network: String },
    #[error("the kernel of the engine's machine cannot make this {driver} network: {words}")]
    Kernel { driver: String, hint: String, words: String },
    #[error("the engine's machine has no interface \"{parent}\" to be the parent of a {driver} network")]
    NoParent { driver: String, parent: String, known: Vec<String> },
    #[error("the interface \"{parent}\" is already the parent of network \"{network}\"")]
    ParentTaken { parent: String, network: String },
    #[error("the swarm made network \"{network}\", and could not give it what it needs: {reason}")]
    Unallocated { network: String, reason: String, hint: String },
    #[error(
        "the engine ignored `{option}` of container \"{container}\" on network \"{network}\": it is disconnected again"
    )]
    Ignored { option: &'static str, network: String, container: String },
    #[error(
        "whether the engine keeps `{option}` of container \"{container}\" on network \"{network}\" cannot be verified while it \
         does not run: it is disconnected again"
    )]
    Unverified { option: &'static str, network: String, container: String },
    #[error("network \"{network}\" is not attachable: only services of the swarm may join it")]
    NotAttachable { network: String },
    #[error("network \"{network}\" is used by {}", users.join(", "))]
    NetworkUsed { network: String, users: Vec<String>, template: bool },
    #[error("network \"{network}\" has {} without a container: {}", plural(endpoints.len(), "an endpoint", "endpoints"), endpoints.join(", "))]
    StaleEndpoints { network: String, endpoints: Vec<String> },
}

impl NetworkFault {
    /// The word of it for programs.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "invalid",
            Self::NetworkFull { .. } => "exhausted",
            Self::NoParent { .. } => "not_found",
            Self::BridgeTaken { .. }
            | Self::OneOnly { .. }
            | Self::ParentTaken { .. }
            | Self::NetworkUsed { .. }
            | Self::StaleEndpoints { .. } => "conflict",
            Self::Kernel { .. }
            | Self::Unallocated { .. }
            | Self::Ignored { .. }
            | Self::Unverified { .. }
            | Self::NotAttachable { .. } => "refused",
        }
    }

    pub(super) fn resource(&self) -> String {
        match self {
            Self::NetworkFull { network, .. }
            | Self::OneOnly { network, .. }
            | Self::Unallocated { network, .. }
            | Self::NotAttachable { network }
            | Self::NetworkUsed { network, .. }
            | Self::StaleEndpoints { network, .. } => network.clone(),
            Self::BadAddress { address, .. } => address.to_string(),
            Self::BridgeTaken { bridge, .. } => bridge.clone(),
            Self::NoParent { parent, .. } | Self::ParentTaken { parent, .. } => parent.clone(),
            Self::Kernel { driver, .. } => driver.clone(),
            Self::Ignored { container, .. } | Self::Unverified { container, .. } => container.clone(),
        }
    }

    /// What to do about it.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::BadAddress { network, fault, .. } => Some(fault.hint(network)),
            Self::NetworkFull { network, attached, .. } => {
                Some(format!("{attached} attached: disconnect one of them, or make \"{network}\" with a larger subnet"))
            }
            Self::BridgeTaken { .. } => Some("leave the option out: the engine names the bridge".into()),
            Self::OneOnly { network, .. } => {
                Some(format!("containers join it when they are made: docker.run(image, #{{network: \"{network}\"}})"))
            }
            Self::Kernel { hint, .. } | Self::Unallocated { hint, .. } => Some(hint.clone()),
            Self::NoParent { parent, known, .. } => {
                let near = names::suggestion(parent, known.iter().map(String::as_str));
                let known = || {
                    if known.is_empty() {
                        "`ip link` there shows them".into()
                    } else {
                        format!("it has {}", known.join(", "))
                    }
                };
                near.or_else(|| Some(known()))
            }
            Self::ParentTaken { network, .. } => {
                Some(format!("connect to \"{network}\" instead, or take another parent: each has one such network"))
            }
            Self::Ignored { option: "links", .. } => {
                Some("leave them out: on a network of your own each container is known by its name and aliases".into())
            }
            Self::Unverified { container, .. } => Some(format!("docker.start(\"{container}\") first, then connect it")),
            Self::Ignored { option, network, .. } => Some(format!(
                "say it when the container is made: docker.run(image, #{{networks: #{{\"{network}\": #{{{option}: …}}}}}})"
            )),
            Self::NotAttachable { network } => Some(format!(
                "make it anew with `attachable: true`: docker.network.create(\"{network}\", #{{driver: \"overlay\", attachable: true}})"
            )),
            Self::NetworkUsed { template: true, .. } => Some("remove these networks first".into()),
            Self::NetworkUsed { .. } => Some("remove the services, or disconnect the containers, first".into()),
            Self::StaleEndpoints { network, endpoints } => Some(format!(
                "docker.network.disconnect(\"{network}\", \"{}\", #{{force: true}}) removes it",
                endpoints.first().map(String::as_str).unwrap_or_default()
            )),
        }
    }
}

fn joined(subnets: &[IpNet]) -> String {
    subnets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn plural<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

/// Why a network cannot give a fixed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressFault {
    /// In none of its subnets. One that is free, where there is one.
    Outside {
        subnets: Vec<IpNet>,
        free: Option<IpAddr>,
    },
    NoIpv6 {
        subnets: Vec<IpNet>,
    },
    /// The default bridge gives no fixed addresses.
    DefaultBridge,
    /// The engine chose the subnet itself, and gives fixed addresses only in those that were asked for.
    NotChosen,
}

impl fmt::Display for AddressFault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Outside { subnets, .. } => write!(f, "lies outside its {}", list(subnets)),
            Self::NoIpv6 { subnets } => write!(f, "is IPv6, and the network has only {}", list(subnets)),
            Self::DefaultBridge => f.write_str("cannot be chosen: the default bridge hands out its addresses itself"),
            Self::NotChosen => f.write_str("cannot be chosen: the engine picked the subnet of the network itself"),
        }
    }
}

fn list(subnets: &[IpNet]) -> String {
    format!("{} {}", plural(subnets.len(), "subnet", "subnets"), joined(subnets))
}

impl AddressFault {
    pub(super) fn hint(&self, network: &str) -> String {
        match self {
            Self::Outside { free: Some(free), .. } => format!("{free} is free"),
            Self::Outside { .. } => "leave it out: the engine chooses a free one".into(),
            Self::NoIpv6 { .. } => {
                format!("make \"{network}\" with `enable_ipv6: true` and an IPv6 subnet, or leave the address out")
            }
            Self::DefaultBridge => {
                "make a network of your own: docker.network.create(\"app\", #{ipam: #{subnet: \"172.30.0.0/16\"}})"
                    .into()
            }
            Self::NotChosen => {
                format!("make \"{network}\" with a subnet of its own: `ipam: #{{subnet: \"172.30.0.0/16\"}}`")
            }
        }
    }
}
