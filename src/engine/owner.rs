//! Who has what was asked for: a name, an address, a port, a subnet.

use std::fmt;

use ipnet::IpNet;

/// Who has what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Network {
        name: String,
        subnet: IpNet,
    },
    Route {
        device: String,
        subnet: IpNet,
    },
    Container {
        name: String,
    },
    Process {
        name: String,
        pid: u32,
    },
    /// The network itself: `as its gateway`.
    Reserved {
        what: String,
    },
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Network { name, subnet } => write!(f, "{subnet} of network \"{name}\""),
            Self::Route { device, subnet } => write!(f, "the host's route {subnet} on {device}"),
            Self::Container { name } => write!(f, "container \"{name}\""),
            Self::Process { name, pid } => write!(f, "process {name} ({pid})"),
            Self::Reserved { what } => f.write_str(what),
        }
    }
}
