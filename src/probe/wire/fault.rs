//! Why a connection to an agent, or from it, is of no use any more.

use std::io;

use crate::model::probe::wire::WireFault;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Wire(#[from] WireFault),
    #[error("the connection broke off: {0}")]
    Broken(String),
    #[error("the connection ended")]
    Ended,
    #[error("nothing was heard for {}", crate::model::duration::seconds(*.0))]
    Silent(std::time::Duration),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Ended,
            _ => Self::Broken(error.to_string()),
        }
    }
}
