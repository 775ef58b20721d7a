//! The agent: takes orders, keeps namespaces open between them, and has each done.

use std::io;

use crate::model::probe::order::{Answer, Ask, Found, Order};
use crate::model::probe::verdict::{Cause, Miss};

use super::dns;
use super::namespace::Namespace;
use super::{links, sockets};

#[derive(Debug, Default)]
pub(in crate::probe) struct Agent {}

impl Agent {
    pub(in crate::probe) async fn ask(&self, order: Order) -> Answer {
        let namespace = Namespace::open(&order.from).map_err(|error| gone(&error))?;
        match order.ask {
            Ask::Names(lookup) => dns::names(&namespace, &lookup).await,
            Ask::Connect { .. } | Ask::Echo { .. } | Ask::Datagram { .. } => {
                namespace.inside(|| Ok(())).await.map_err(|error| gone(&error))?;
                Err(gone(&io::Error::other("not made yet")))
            }
            Ask::Sockets(which) => listed(sockets::sockets(&namespace, which).await.map(Found::Sockets)),
            Ask::Interfaces => listed(links::interfaces(&namespace).await.map(Found::Interfaces)),
            Ask::Routes => listed(links::routes(&namespace).await.map(Found::Routes)),
            Ask::Neighbours => listed(links::neighbours(&namespace).await.map(Found::Neighbours)),
        }
    }
}

/// A list that the kernel gives, or why it does not.
fn listed(found: io::Result<Found>) -> Answer {
    found.map_err(|error| gone(&error))
}

fn gone(error: &io::Error) -> Miss {
    Miss { cause: Cause::SourceGone, detail: error.to_string(), after: std::time::Duration::ZERO }
}
