//! What is wrong with a container's wishes, found before the engine is asked.

use super::limits::Bytes;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecFault {
    #[error("`{option}` {} nothing with network \"{mode}\"", if *option == "ports" { "do" } else { "does" })]
    IgnoredPorts { option: &'static str, mode: String },
    #[error("network \"{network}\" is internal: no port of it can be published")]
    InternalPorts { network: String },
    #[error("`ports[{first}]` and `ports[{second}]` are both for host port {port}")]
    SamePort { first: usize, second: usize, port: String },
    #[error("`{option}: \"{mode}\"` is not one of {known}")]
    BadMode { option: &'static str, mode: String, known: &'static str },
    #[error("`env`: \"{name}\" cannot be the name of a variable")]
    BadVariable { name: String },
    #[error("`hostname`: \"{name}\" is not a host name")]
    BadHostname { name: String },
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
    #[error("`extra_hosts[{index}]`: \"{entry}\" is not a name and an address")]
    BadExtraHost { index: usize, entry: String },
    #[error("`tmpfs`: \"{entry}\" does not begin with a path in the container")]
    BadTmpfs { entry: String },
    #[error("`mac_address` needs a network interface of its own; with network \"{mode}\" there is none")]
    MacWithoutNetwork { mode: String },
    #[error("`memory_swap` is memory and swap together, and needs `memory`")]
    SwapWithoutMemory,
    #[error("`memory_swap` is memory and swap together: {swap} is less than `memory`, {memory}")]
    SwapBelowMemory { swap: Bytes, memory: Bytes },
    #[error("`memory_reservation` is more than `memory`")]
    ReservationAboveMemory,
    #[error("`timeout` bounds `wait`, which is not given")]
    TimeoutWithoutWait,
}

impl SpecFault {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::IgnoredPorts { mode, .. } if mode == "host" => {
                "the container already has the host's ports; leave them out, or say `allow_ignored_ports: true`".into()
            }
            Self::IgnoredPorts { .. } => "use a bridge network to publish, or say `allow_ignored_ports: true`".into(),
            Self::InternalPorts { .. } => {
                "add a network that is not internal to `networks`, or say `allow_ignored_ports: true`".into()
            }
            Self::SamePort { .. } => "a host port leads to one container port: give them different ones".into(),
            Self::BadVariable { .. } => "write `env: #{NAME: \"value\"}`, or a list of \"NAME=value\"".into(),
            Self::BadHostname { .. } => "letters, digits, `-` and `.`, at most 63 of them".into(),
            Self::BothNetworks => "list all of them in `networks`".into(),
            Self::AliasWithoutNetwork { .. } => {
                "create one with docker.network.create(\"app\") and say `network: \"app\"`".into()
            }
            Self::ModeAmongNetworks { .. } => {
                "say `network:` for a mode; `networks` holds user-defined networks".into()
            }
            Self::BadDns { .. } => "name servers are given by address, such as \"9.9.9.9\"".into(),
            Self::BadExtraHost { .. } => {
                "write \"db:10.0.0.7\", or \"host.docker.internal:host-gateway\" for the host".into()
            }
            Self::BadTmpfs { .. } => "write \"/run\" or \"/run:size=64m\"".into(),
            Self::TimeoutWithoutWait => {
                "say what for: `wait: \"running\"`, \"healthy\", \"port:80\" or \"log:TEXT\"".into()
            }
            Self::SameNetworkTwice { .. }
            | Self::RestartPolicy { .. }
            | Self::BadMode { .. }
            | Self::MacWithoutNetwork { .. }
            | Self::SwapWithoutMemory
            | Self::SwapBelowMemory { .. }
            | Self::ReservationAboveMemory => return None,
            Self::RestartAndRemove { .. } => "choose one of the two".into(),
        })
    }
}
