//! What a name means where a probe starts, as an application there would find out: the hosts file, then name servers.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, open, openat2};

use super::error::Error;
use super::prober::Prober;
use crate::engine;
use crate::engine::CopyFault;
use crate::model::probe::names::{Heard, Lookup, PORT, RecordType};
use crate::model::probe::order::{Ask, Found, Inside, Order, Stand};
use crate::model::probe::resolver::{HostsSearch, Resolver};
use crate::model::probe::verdict::{Cause, Miss};

const HOSTS: &str = "/etc/hosts";
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Bytes of a hosts file that are read: block lists have some ten megabytes.
const LONGEST: u64 = 32 << 20;
/// Bytes of a resolv.conf that are read: far more than anybody writes.
const RESOLV_CONF_LONGEST: u64 = 64 << 10;
/// The agent's own bound is a little longer than what it is asked, so that its words are those of the answer.
const SLACK: Duration = Duration::from_millis(500);

impl Prober {
    /// The addresses of a name, IPv4 before IPv6. A name that means nothing there is `Error::Miss`.
    pub(super) async fn addresses_of(&self, from: &Stand, name: &str, within: Duration) -> Result<Vec<IpAddr>, Error> {
        if let Ok(address) = name.trim_matches(['[', ']']).parse() {
            return Ok(vec![address]);
        }
        let known = self.hosts_file(from, HostsSearch::of_name(name)).await?.addresses;
        if !known.is_empty() {
            return Ok(in_order(known));
        }
        let resolver = self.resolver(from).await?;
        let lookup = lookup(&resolver, name, vec![RecordType::A, RecordType::Aaaa], within);
        let heard = self.heard(from, lookup, &resolver).await?;
        Ok(in_order(heard.addresses()))
    }

    /// What the hosts file that applications there see says; nothing where there is none.
    pub(super) async fn hosts_file<'a>(&self, from: &Stand, search: HostsSearch<'a>) -> Result<HostsSearch<'a>, Error> {
        let mut told = search.clone();
        let read = self.opened(from, HOSTS).and_then(|file| each_line(file, &mut |line| told.line(line)));
        match read {
            Ok(()) => Ok(told),
            Err(error) => Ok(search.through(&self.otherwise(from, HOSTS, &error).await?)),
        }
    }

    /// Whom applications there ask.
    pub(super) async fn resolver(&self, from: &Stand) -> Result<Resolver, Error> {
        let read = self.opened(from, RESOLV_CONF).and_then(|file| {
            let mut bytes = Vec::new();
            file.take(RESOLV_CONF_LONGEST).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        });
        let text = match read {
            Ok(text) => text,
            Err(error) => self.otherwise(from, RESOLV_CONF, &error).await?,
        };
        Ok(Resolver::parse(&text))
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

    fn opened(&self, from: &Stand, path: &'static str) -> io::Result<File> {
        let file = match from {
            Stand::Own => File::open(path)?,
            Stand::Inside(inside) if self.engine().is_local() => inside_root(inside, path)?,
            Stand::Inside(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("it is no file"));
        }
        Ok(file)
    }

    /// The text of a file that could not be read from here.
    async fn otherwise(&self, from: &Stand, path: &'static str, error: &io::Error) -> Result<String, Error> {
        match from {
            // Its root file system is not for us to enter, or is that of another machine: the engine hands the file out.
            Stand::Inside(inside) => self.file_by_engine(&inside.id, path).await,
            Stand::Own if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Stand::Own => Err(engine::Error::File { path: path.into(), words: error.to_string() }.into()),
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

/// Hands on the lines of a file as they are read, so that only one is held.
fn each_line(file: File, take: &mut dyn FnMut(&str)) -> io::Result<()> {
    let (mut reader, mut line) = (BufReader::new(file.take(LONGEST)), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        take(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(())
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
