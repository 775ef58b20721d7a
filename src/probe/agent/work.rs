//! The agent: takes orders, keeps namespaces open between them, and has each done.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;

use super::cache::Namespaces;
use super::flight::{Gates, admitted};
use super::namespace::Namespace;
use super::{connect, datagram, dial, dns, echo, links, path_mtu, setback, sockets, trace};
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
    pub(in crate::probe) async fn enter(&self, stand: &Stand) -> Result<(), Miss> {
        let namespace = self.namespaces.open(stand).map_err(|error| closed(&error))?;
        namespace.inside(|| Ok(())).await.map_err(|error| closed(&error))
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
            Ask::Overflows => listed(overflows(namespace).await.map(Found::Overflows)),
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

/// Silence is explained when ARP has not found the address: the kernel itself takes three seconds to say so.
async fn on_the_link(namespace: &Namespace, to: IpAddr, answer: Answer) -> Answer {
    match answer {
        Err(miss) if to.is_ipv4() && matches!(miss.cause, Cause::Filtered | Cause::NoAnswer) => {
            let list = namespace.inside(|| fs::read_to_string("/proc/thread-self/net/arp")).await.unwrap_or_default();
            Err(if is_missing(&list, to) {
                Miss { cause: Cause::NoRoute, detail: setback::nobody(to), ..miss }
            } else {
                miss
            })
        }
        answer => answer,
    }
}

/// Columns of the kernel's list: address, kind of hardware, flags (0: not found), hardware address, mask, device.
fn is_missing(list: &str, address: IpAddr) -> bool {
    list.lines().skip(1).any(|line| {
        let mut columns = line.split_whitespace();
        columns.next().and_then(|text| text.parse().ok()) == Some(address) && columns.nth(1) == Some("0x0")
    })
}

async fn overflows(namespace: &Namespace) -> io::Result<u64> {
    let text = namespace.inside(|| fs::read_to_string("/proc/thread-self/net/netstat")).await?;
    overflows_in(&text).ok_or_else(|| io::Error::other("the kernel does not count full queues of listeners"))
}

/// Each line of names is followed by one of values.
fn overflows_in(text: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let mut pairs = names.split_whitespace().zip(values.split_whitespace());
    pairs.find(|(name, _)| *name == "ListenOverflows").and_then(|(_, value)| value.parse().ok())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_queues_are_counted() {
        let text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 7 9\nIpExt: InOctets\nIpExt: 5\n";
        assert_eq!(overflows_in(text), Some(7));
        assert_eq!(overflows_in(""), None);
    }

    #[test]
    fn an_address_that_arp_did_not_find_is_told() {
        let list = "IP address       HW type     Flags       HW address            Mask     Device\n\
                    172.17.0.9       0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                    172.17.0.1       0x1         0x2         02:42:5c:1a:2b:3c     *        eth0\n";
        assert!(is_missing(list, "172.17.0.9".parse().unwrap()));
        assert!(!is_missing(list, "172.17.0.1".parse().unwrap()));
        assert!(!is_missing(list, "172.17.0.2".parse().unwrap()));
    }
}
