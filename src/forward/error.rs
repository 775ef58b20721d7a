//! Why a forward could not be opened.

use std::io;
use std::net::SocketAddr;

use crate::engine::{self, Owner};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{address} cannot be listened on: {}{}", words(.source), held(.owner.as_ref()))]
    Bind { address: SocketAddr, owner: Option<Owner>, source: io::Error },
    #[error("the engine at {engine} is not on this machine: its containers cannot be dialled from here")]
    Remote { engine: String },
    #[error("nothing answers on port {port} of {container} ({address}): {}", words(.source))]
    Dial { container: String, port: u16, address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

impl Error {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => "conflict",
            Self::Bind { .. } => "io",
            Self::Remote { .. } => "invalid",
            Self::Dial { source, .. } if source.kind() == io::ErrorKind::TimedOut => "timeout",
            Self::Dial { .. } => "unreachable",
            Self::Engine(error) => error.kind(),
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Remote { .. } => Some("run xnet where the engine is".into()),
            Self::Bind { source, address, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => Some("choose another local port, or 0 to let the system choose".into()),
                io::ErrorKind::PermissionDenied => {
                    Some(format!("ports below 1024 need privileges; try {}", u32::from(address.port()) + 8000))
                }
                io::ErrorKind::AddrNotAvailable => Some("bind to an address that this machine has".into()),
                _ => None,
            },
            Self::Dial { source, container, port, .. } if source.kind() == io::ErrorKind::ConnectionRefused => {
                Some(format!(
                    "is the service up, on port {port}, and bound to 0.0.0.0 rather than 127.0.0.1? \
                 See `xnet exec {container} -- netstat -tln`"
                ))
            }
            Self::Dial { .. } => Some("the container's address must be reachable from this machine".into()),
            Self::Engine(error) => error.hint(),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Engine(error) => error.exit_code(),
            Self::Dial { source, .. } if source.kind() == io::ErrorKind::TimedOut => 5,
            Self::Dial { .. } => 1,
            Self::Bind { .. } | Self::Remote { .. } => 2,
        }
    }
}

fn held(owner: Option<&Owner>) -> String {
    owner.map(|owner| format!(" by {owner}")).unwrap_or_default()
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::TimedOut => "no answer".into(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".into(),
        _ => error.to_string(),
    }
}
