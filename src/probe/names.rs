//! What a name means where a probe starts, as an application there would find out: the hosts file, then name servers.

use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, open, openat2};

use super::error::Error;
use super::prober::Prober;
use crate::engine;
use crate::engine::CopyFault;
use crate::model::probe::names::{Heard, Lookup, PORT, RecordType};
use crate::model::probe::order::{Ask, Found, Inside, Order, Stand};
use crate::model::probe::resolver::{self, Resolver};
use crate::model::probe::verdict::{Cause, Miss};

const HOSTS: &str = "/etc/hosts";
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Bytes of a hosts file that are read: block lists have some ten megabytes.
const LONGEST: u64 = 32 << 20;
/// The agent's own bound is a little longer than what it is asked, so that its words are those of the answer.
const SLACK: Duration = Duration::from_millis(500);

impl Prober {
    /// The addresses of a name, IPv4 before IPv6. A name that means nothing there is `Error::Miss`.
    pub(super) async fn addresses_of(&self, from: &Stand, name: &str, within: Duration) -> Result<Vec<IpAddr>, Error> {
        if let Ok(address) = name.trim_matches(['[', ']']).parse() {
            return Ok(vec![address]);
        }
        let known = self.hosts_file(from).await?;
        let known = resolver::host_addresses(&known, name);
        if !known.is_empty() {
            return Ok(in_order(known));
        }
        let resolver = self.resolver(from).await?;
        let lookup = lookup(&resolver, name, vec![RecordType::A, RecordType::Aaaa], within);
        let heard = self.heard(from, lookup, &resolver).await?;
        Ok(in_order(heard.addresses()))
    }

    /// The hosts file that applications there see; empty where there is none.
    pub(super) async fn hosts_file(&self, from: &Stand) -> Result<String, Error> {
        self.file(from, HOSTS).await
    }

    /// Whom applications there ask.
    pub(super) async fn resolver(&self, from: &Stand) -> Result<Resolver, Error> {
        Ok(Resolver::parse(&self.file(from, RESOLV_CONF).await?))
    }

    /// Asks name servers. A miss says what the container's own list of them has to do with it.
    pub(super) async fn heard(&self, from: &Stand, lookup: Lookup, resolver: &Resolver) -> Result<Heard, Error> {
        let within = lookup.within + SLACK;
        let answer = self.ask(Order { from: from.clone(), ask: Ask::Names(lookup), within }).await;
        match answer {
            Ok(Found::Names(heard)) => Ok(heard),
            Ok(other) => Err(Error::Miss(Miss {
                cause: Cause::Protocol,
                detail: format!("the agent answers {other:?} when asked for a name"),
                after: Duration::ZERO,
            })),
            Err(miss) if miss.cause == Cause::NoNameserver && resolver.named.is_empty() => {
                let detail = format!("its {RESOLV_CONF} names no name server, and {}", miss.detail);
                Err(Error::Miss(Miss { detail, ..miss }))
            }
            Err(miss) => Err(Error::Miss(miss)),
        }
    }

    async fn file(&self, from: &Stand, path: &'static str) -> Result<String, Error> {
        let read = match from {
            Stand::Own => read(File::open(path)),
            Stand::Inside(inside) if self.engine().is_local() => read(inside_root(inside, path)),
            Stand::Inside(_) => Err(io::ErrorKind::Unsupported.into()),
        };
        match (read, from) {
            (Ok(text), _) => Ok(text),
            // Its root file system is not for us to enter, or is that of another machine: the engine hands the file out.
            (Err(_), Stand::Inside(inside)) => self.file_by_engine(&inside.id, path).await,
            (Err(error), Stand::Own) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            (Err(error), Stand::Own) => Err(engine::Error::File { path: path.into(), words: error.to_string() }.into()),
        }
    }

    async fn file_by_engine(&self, id: &str, path: &str) -> Result<String, Error> {
        match self.engine().read_file(id, path).await {
            Err(engine::Error::Copy(CopyFault::NoPath { .. } | CopyFault::NotFolder { .. })) => Ok(String::new()),
            read => Ok(read?),
        }
    }
}

/// A file as the container sees it, mounts included. Links lead nowhere but inside.
fn inside_root(inside: &Inside, path: &str) -> io::Result<File> {
    let process = format!("/proc/{}", inside.pid);
    let root = open(format!("{process}/root"), OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = openat2(&root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS)?;
    // Where the engine runs in a world of its own, the number is that of a stranger. A container's files under /etc are
    // mounted from a folder that bears its id.
    let mounts = std::fs::read_to_string(format!("{process}/mountinfo"))?;
    if !mounts.contains(&inside.id) {
        return Err(io::Error::other("the process is not the container's"));
    }
    Ok(file.into())
}

fn read(file: io::Result<File>) -> io::Result<String> {
    let file = file?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The questions for a name, in the order of glibc.
pub(super) fn lookup(resolver: &Resolver, name: &str, kinds: Vec<RecordType>, within: Duration) -> Lookup {
    Lookup {
        names: resolver.candidates(name),
        kinds,
        servers: resolver.servers().into_iter().map(|address| SocketAddr::new(address, PORT)).collect(),
        attempts: resolver.attempts,
        step: resolver.step(within),
        within,
        tcp: resolver.tcp,
    }
}

/// IPv4 first, where glibc with private IPv6 addresses puts it too (RFC 6724).
pub(super) fn in_order(mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses
}
