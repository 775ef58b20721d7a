//! A name server of a test's own, which answers from inside a container's network namespace on port 53.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use rustix::fd::AsFd;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::engine::Engine;

/// What it says of a name.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    Address(Ipv4Addr),
    /// So many addresses, which fit into no datagram.
    Many(u8),
    Unknown,
    Fails,
    Nothing,
}

/// Makes a socket in a container's namespace. The test's process must be allowed to enter it.
pub(crate) fn within<T: Send + 'static>(
    engine: &Engine,
    container: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let pid = engine.container(container)["State"]["Pid"].as_u64().expect("a running container");
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let file = File::open(format!("/proc/{pid}/ns/net")).expect("its namespace");
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).expect("the right to enter it");
        tell.send(work())
    });
    told.recv().expect("work inside a namespace")
}

/// Answers for A records; of other kinds it says that there are none.
pub(crate) fn name_server(engine: &Engine, container: &str, says: impl Fn(&str) -> Says + Send + Sync + 'static) {
    let (datagrams, streams) = within(engine, container, || {
        (UdpSocket::bind("0.0.0.0:53").expect("port 53"), TcpListener::bind("0.0.0.0:53").expect("port 53"))
    });
    let says = Arc::new(says);
    let over_tcp = says.clone();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((length, from)) = datagrams.recv_from(&mut bytes) {
            if let Some(answer) = answer(&bytes[..length], &*says, true) {
                let _ = datagrams.send_to(&answer, from);
            }
        }
    });
    thread::spawn(move || {
        for mut stream in streams.incoming().flatten() {
            let mut length = [0; 2];
            let mut bytes = [0; 512];
            if stream.read_exact(&mut length).is_err() {
                continue;
            }
            let length = usize::from(u16::from_be_bytes(length)).min(bytes.len());
            if stream.read_exact(&mut bytes[..length]).is_ok()
                && let Some(answer) = answer(&bytes[..length], &*over_tcp, false)
            {
                let length = u16::try_from(answer.len()).expect("an answer of a test");
                let _ = stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat());
            }
        }
    });
}

/// RFC 1035: a header of twelve bytes, the question as it was, and records that point back to its name.
fn answer(question: &[u8], says: &dyn Fn(&str) -> Says, datagram: bool) -> Option<Vec<u8>> {
    let (mut name, mut at) = (Vec::new(), 12);
    while let Some(length) = question.get(at).copied().map(usize::from).filter(|length| *length > 0) {
        name.push(String::from_utf8_lossy(question.get(at + 1..=at + length)?).into_owned());
        at += length + 1;
    }
    let (asked, wants_a) = (question.get(12..at + 5)?, question.get(at + 1..at + 3)? == [0, 1]);
    let mut addresses = Vec::new();
    let (mut flags, mut code) = (0x84, 0x80);
    match says(&name.join(".")) {
        Says::Nothing => return None,
        Says::Address(address) => addresses.push(address),
        Says::Many(_) if datagram => flags |= 0x02,
        Says::Many(count) => addresses.extend((0..count).map(|last| Ipv4Addr::new(10, 99, 0, last))),
        Says::Unknown => code |= 3,
        Says::Fails => code |= 2,
    }
    addresses.retain(|_| wants_a);
    let count = u8::try_from(addresses.len()).expect("few addresses");
    let mut answer = vec![question[0], question[1], flags, code, 0, 1, 0, count, 0, 0, 0, 0];
    answer.extend(asked);
    for address in addresses {
        answer.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}
