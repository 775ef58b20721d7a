//! The agent: takes orders, keeps namespaces open between them, and has each done.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::model::probe::order::{Answer, Ask, Order, Stand};
use crate::model::probe::verdict::{Cause, Miss};

use super::namespace::Namespace;
use super::{dial, dns};

#[derive(Debug, Default)]
pub(in crate::probe) struct Agent {}

impl Agent {
    /// A connection that is kept.
    pub(in crate::probe) async fn dial(
        &self,
        from: &Stand,
        to: SocketAddr,
        within: Duration,
    ) -> Result<TcpStream, Miss> {
        let namespace = Namespace::open(from).map_err(|error| gone(&error))?;
        dial::dial(&namespace, to, within).await
    }

    pub(in crate::probe) async fn ask(&self, order: Order) -> Answer {
        let namespace = Namespace::open(&order.from).map_err(|error| gone(&error))?;
        match order.ask {
            Ask::Names(lookup) => dns::names(&namespace, &lookup).await,
            Ask::Connect { .. } | Ask::Echo { .. } | Ask::Datagram { .. } => {
                namespace.inside(|| Ok(())).await.map_err(|error| gone(&error))?;
                Err(gone(&io::Error::other("not made yet")))
            }
        }
    }
}

fn gone(error: &io::Error) -> Miss {
    Miss { cause: Cause::SourceGone, detail: error.to_string(), after: std::time::Duration::ZERO }
}
