//! The agent: takes orders, keeps namespaces open between them, and has each done.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::arp::on_the_link;
use super::cache::Namespaces;
use super::flight::{Gates, admitted};
use super::namespace::Namespace;
use super::{arp, connect, counters, datagram, dial, dns, echo, links, path_mtu, sockets, trace};
use crate::model::probe::order::{Answer, Ask, Found, Order, Stand};
use crate::model::probe::verdict::{Cause, Miss};

#[derive(Debug, Default)]
pub(in crate::probe) struct Agent {
    namespaces: Namespaces,
    gates: Gates,
}

impl Agent {
    /// A connection that is kept.
    pub(in crate::probe) async fn dial(
        &self,
        from: &Stand,
        to: SocketAddr,
        within: Duration,
    ) -> Result<TcpStream, Miss> {
        let namespace = self.namespaces.open(from).map_err(|error| closed(&error))?;
        dial::dial(&namespace, to, within).await
    }

    /// Whether orders can be done there from here: what fails may be done by an agent elsewhere.
    #[allow(dead_code, reason = "asked by whoever chooses between agents")]
    pub(in crate::probe) async fn can_enter(&self, stand: &Stand) -> io::Result<()> {
        self.namespaces.open(stand)?.inside(|| Ok(())).await
    }

    pub(in crate::probe) async fn ask(&self, order: Order) -> Answer {
        let Some(_room) = admitted().await else { return Err(unsent("the agent has ended")) };
        let namespace = self.namespaces.open(&order.from).map_err(|error| closed(&error))?;
        let answer = self.work(&namespace, order.ask, order.within).await;
        match answer {
            Err(miss) if !namespace.lives() => Err(Miss::new(Cause::SourceGone, GONE, miss.after)),
            answer => answer,
        }
    }

    async fn work(&self, namespace: &Namespace, ask: Ask, within: Duration) -> Answer {
        match ask {
            Ask::Echo { to, size, tries } => {
                let answer = echo::echo(namespace, to, size, tries, within).await;
                on_the_link(namespace, to, answer).await
            }
            Ask::Connect { to } => {
                let answer = connect::handshake(namespace, to, within, &self.gates.of(to)).await;
                on_the_link(namespace, to.ip(), answer).await
            }
            Ask::Sockets(which) => listed(sockets::sockets(namespace, which).await.map(Found::Sockets)),
            Ask::Overflows => listed(counters::queues(namespace).await.map(Found::Count)),
            Ask::NeighbourOverflows => listed(counters::neighbours(namespace).await.map(Found::Count)),
            Ask::Forget(address) => listed(arp::forget(namespace, address).await.map(|()| Found::Forgotten)),
            Ask::Interfaces => listed(links::interfaces(namespace).await.map(Found::Interfaces)),
            Ask::Routes => listed(links::routes(namespace).await.map(Found::Routes)),
            Ask::Neighbours => listed(links::neighbours(namespace).await.map(Found::Neighbours)),
            Ask::Trace { to, packet, most, wait } => {
                trace::trace(namespace, to, packet, most, wait).await.map(Found::Traced)
            }
            Ask::PathMtu { to, within } => path_mtu::path_mtu(namespace, to, within).await.map(Found::PathMtu),
            Ask::Names(lookup) => dns::names(namespace, &lookup).await,
            Ask::Datagram { to, payload } => {
                let answer = datagram::datagram(namespace, to, &payload, within).await;
                on_the_link(namespace, SocketAddr::ip(&to), answer).await
            }
        }
    }
}

const GONE: &str = "the container that it was sent from has ended";

/// A list that the kernel gives, or why it does not.
fn listed(found: io::Result<Found>) -> Answer {
    found.map_err(|error| closed(&error))
}

/// A namespace that is not to be entered.
fn closed(error: &io::Error) -> Miss {
    let cause = if error.kind() == io::ErrorKind::NotFound { Cause::SourceGone } else { Cause::NotSent };
    Miss::new(cause, error.to_string(), Duration::ZERO)
}

fn unsent(words: &str) -> Miss {
    Miss::new(Cause::NotSent, words, Duration::ZERO)
}
