//! Questions to name servers from inside a network namespace, in the order in which glibc asks them.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as StdUdpSocket};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::dial;
use super::namespace::Namespace;
use crate::model::duration::seconds;
use crate::model::probe::dns::{self, Fault, Reply};
use crate::model::probe::names::{Heard, Lookup, PORT, Record, RecordType};
use crate::model::probe::order::Found;
use crate::model::probe::verdict::{Cause, Miss};

/// A datagram may be as long.
const LONGEST: usize = 64 << 10;

/// What asking for one kind of record came to.
enum Said {
    Records(Vec<Record>, SocketAddr),
    /// The name is there, or is not there.
    Nothing {
        known: bool,
        server: SocketAddr,
    },
    Miss(Cause, String),
}

/// Asks for each name until one is known. A server that is silent, or fails, ends the search as it does in glibc.
pub(super) async fn names(namespace: &Namespace, lookup: &Lookup) -> Result<Found, Miss> {
    let begun = Instant::now();
    let end = begun + lookup.within;
    let mut last = None;
    for name in &lookup.names {
        let said = join_all(lookup.kinds.iter().map(|kind| ask(namespace, lookup, name, *kind, end))).await;
        match conclude(name, lookup, said) {
            Ok((records, server, notes)) => {
                let heard = Heard { name: name.clone(), records, server, latency: begun.elapsed(), notes };
                return Ok(Found::Names(heard));
            }
            Err((cause @ (Cause::NameUnknown | Cause::DnsFailed), detail)) => {
                // What failed weighs more than what is unknown: the name may be there.
                let graver = matches!(last, Some((Cause::DnsFailed, _))) && cause == Cause::NameUnknown;
                last = if graver { last } else { Some((cause, detail)) };
            }
            Err((cause, detail)) => return Err(Miss { cause, detail, after: begun.elapsed() }),
        }
    }
    let (cause, detail) = last.unwrap_or((Cause::NameUnknown, "there is no name to ask for".into()));
    Err(Miss { cause, detail, after: begun.elapsed() })
}

type Conclusion = Result<(Vec<Record>, SocketAddr, Vec<String>), (Cause, String)>;

/// One kind with records is an answer, whatever became of the others.
fn conclude(name: &str, lookup: &Lookup, said: Vec<Said>) -> Conclusion {
    let (mut records, mut from, mut notes, mut misses, mut nothing) = (vec![], None, vec![], vec![], None);
    for (kind, said) in lookup.kinds.iter().zip(said) {
        match said {
            Said::Records(found, server) => {
                from = from.or(Some(server));
                records.extend(found.into_iter().filter(|one| !records.contains(one)).collect::<Vec<_>>());
            }
            Said::Nothing { known, server } => {
                nothing = Some((known || nothing.is_some_and(|(other, _)| other), server));
            }
            Said::Miss(cause, detail) => {
                notes.push(format!("{kind}: {detail}"));
                misses.push((cause, detail));
            }
        }
    }
    let wanted = records.iter().any(|record| lookup.kinds.contains(&record.kind));
    if let Some(server) = from.filter(|_| wanted) {
        return Ok((records, server, notes));
    }
    if let Some(miss) = misses.into_iter().next() {
        return Err(miss);
    }
    let (known, server) = nothing.map_or((true, from), |(known, server)| (known, Some(server)));
    let server = server.map(shown).unwrap_or_default();
    let kinds = lookup.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let words = if known {
        format!("{server} knows {name}, and has no {kinds} record for it")
    } else {
        format!("{server} knows no {name}")
    };
    Err((Cause::NameUnknown, words))
}

/// Asks for one kind: the next server when one has failed, or has been silent for a while. What comes late still counts.
async fn ask(namespace: &Namespace, lookup: &Lookup, name: &str, kind: RecordType, end: Instant) -> Said {
    let mut open = FuturesUnordered::new();
    let mut failed: Option<(Cause, String)> = None;
    let rounds = (0..lookup.attempts).flat_map(|_| &lookup.servers);
    for server in rounds {
        open.push(exchange(namespace, *server, name, kind, lookup.tcp));
        let until = end.min(Instant::now() + lookup.step);
        while let Ok(Some((server, reply))) = timeout_at(until, open.next()).await {
            match judge(server, reply, kind) {
                Ok(said) => return said,
                Err(miss) => failed = Some(miss),
            }
        }
        if Instant::now() >= end {
            break;
        }
        // All have failed once and none is open: asking again at once would be told the same.
        let asked_all = lookup.servers.last() == Some(server);
        if asked_all && open.is_empty() && failed.is_some() {
            break;
        }
    }
    while let Ok(Some((server, reply))) = timeout_at(end, open.next()).await {
        match judge(server, reply, kind) {
            Ok(said) => return said,
            Err(miss) => failed = Some(miss),
        }
    }
    let (cause, detail) = match failed {
        Some(miss) if open.is_empty() => miss,
        _ => (Cause::DnsSilent, silence(&lookup.servers, lookup.within)),
    };
    Said::Miss(cause, detail)
}

fn silence(servers: &[SocketAddr], within: Duration) -> String {
    let list = servers.iter().map(|server| shown(*server)).collect::<Vec<_>>();
    let engine = servers.iter().any(|server| server.ip() == Ipv4Addr::new(127, 0, 0, 11));
    let why = if engine { ": it does not know the name itself, and its upstream may be unreachable" } else { "" };
    format!("{} did not answer within {}{why}", list.join(" and "), seconds(within))
}

fn shown(server: SocketAddr) -> String {
    if server.port() == PORT { server.ip().to_string() } else { server.to_string() }
}

/// What ends the search, or why another server may know more.
fn judge(
    server: SocketAddr,
    reply: io::Result<Result<Reply, Fault>>,
    kind: RecordType,
) -> Result<Said, (Cause, String)> {
    let at = shown(server);
    match reply {
        Ok(Ok(Reply::Known(records))) if records.iter().any(|record| record.kind == kind) => {
            Ok(Said::Records(records, server))
        }
        Ok(Ok(Reply::Known(_))) => Ok(Said::Nothing { known: true, server }),
        Ok(Ok(Reply::Unknown)) => Ok(Said::Nothing { known: false, server }),
        Ok(Ok(Reply::Failed(code))) => Err((Cause::DnsFailed, format!("{at} answers {code}"))),
        Ok(Ok(Reply::Cut)) => Err((Cause::DnsFailed, format!("{at} cuts its answer short, over TCP too"))),
        Ok(Err(fault @ Fault::Name { .. })) => Ok(Said::Miss(Cause::NameUnknown, fault.to_string())),
        Ok(Err(fault)) => Err((Cause::Protocol, format!("{at}: {fault}"))),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::ConnectionRefused => (Cause::NoNameserver, format!("nothing listens at {server}")),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
                (Cause::NoRoute, format!("there is no way to {at}: {error}"))
            }
            _ => (Cause::DnsFailed, format!("{at}: {error}")),
        }),
    }
}

/// One question to one server. Waits as long as nothing comes.
async fn exchange(
    namespace: &Namespace,
    server: SocketAddr,
    name: &str,
    kind: RecordType,
    tcp: bool,
) -> (SocketAddr, io::Result<Result<Reply, Fault>>) {
    let id = id();
    let message = match dns::query(id, name, kind) {
        Ok(message) => message,
        Err(fault) => return (server, Ok(Err(fault))),
    };
    if !tcp {
        match datagram(namespace, server, &message, |bytes| dns::reply(bytes, id, name, kind)).await {
            Ok(Ok(Reply::Cut)) => {}
            answer => return (server, answer),
        }
    }
    let read = stream(namespace, server, &message).await;
    let reply = read.map(|bytes| {
        let reply = dns::reply(&bytes, id, name, kind)?;
        reply.ok_or_else(|| Fault::Message { words: "it answers what was not asked".into() })
    });
    (server, reply)
}

/// No two questions alike: an answer is believed by its number, its question and the port it comes to.
fn id() -> u16 {
    let [a, b, ..] = RandomState::new().build_hasher().finish().to_ne_bytes();
    u16::from_ne_bytes([a, b])
}

async fn datagram(
    namespace: &Namespace,
    server: SocketAddr,
    message: &[u8],
    read: impl Fn(&[u8]) -> Result<Option<Reply>, Fault>,
) -> io::Result<Result<Reply, Fault>> {
    let socket = namespace
        .inside(move || {
            let any = if server.is_ipv4() {
                SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
            } else {
                (Ipv6Addr::UNSPECIFIED, 0).into()
            };
            let socket = StdUdpSocket::bind(any)?;
            socket.connect(server)?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        })
        .await?;
    let socket = UdpSocket::from_std(socket)?;
    socket.send(message).await?;
    let mut bytes = vec![0; LONGEST];
    loop {
        let length = socket.recv(&mut bytes).await?;
        match read(bytes.get(..length).unwrap_or_default()) {
            Ok(None) => {}
            Ok(Some(reply)) => return Ok(Ok(reply)),
            Err(fault) => return Ok(Err(fault)),
        }
    }
}

/// Over TCP a message has its length before it (RFC 7766).
async fn stream(namespace: &Namespace, server: SocketAddr, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = dial::connected(namespace, server).await?;
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await?;
    let length = stream.read_u16().await?;
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}
