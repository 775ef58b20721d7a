//! Many containers at once: load makes no verdict.

use std::fs::File;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketType, accept, bind, listen, socket};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::{Value, json};

use crate::support::{Engine, PrivateEngine};

/// Listeners inside containers, each with a queue of one, and one slow hand that accepts for all of them.
struct Listeners {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listeners {
    fn open(pids: Vec<u64>, port: u16) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let flag = ended.clone();
        let (ready, until_ready) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let sockets: Vec<OwnedFd> = pids.into_iter().map(|pid| listener(pid, port)).collect();
            ready.send(()).unwrap();
            let glance = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
            while !flag.load(Ordering::Relaxed) {
                let mut watched: Vec<PollFd> =
                    sockets.iter().map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)).collect();
                poll(&mut watched, Some(&glance)).unwrap();
                let waiting: Vec<bool> = watched.iter().map(|one| one.revents().contains(PollFlags::IN)).collect();
                for (socket, _) in sockets.iter().zip(waiting).filter(|(_, waits)| *waits) {
                    drop(accept(socket));
                }
            }
        });
        until_ready.recv().expect("listeners in all containers");
        Self { ended, thread: Some(thread) }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listener(pid: u64, port: u16) -> OwnedFd {
    let namespace = File::open(format!("/proc/{pid}/ns/net")).expect("the namespace (the test needs root)");
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("to enter it");
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::from(([0, 0, 0, 0], port))).unwrap();
    listen(&socket, 1).unwrap();
    socket
}

fn start(engine: &Engine, networks: &[&str], count: usize) -> Vec<u64> {
    let names: Vec<usize> = (0..count).collect();
    thread::scope(|scope| {
        for part in names.chunks(count.div_ceil(4)) {
            scope.spawn(move || {
                for at in part {
                    let host = json!({"NetworkMode": networks[at % networks.len()]});
                    let labels = json!({"xnet.test.crowd": engine.fill("@crowd")});
                    let body = json!({"Cmd": ["sleep", "1000000"], "HostConfig": host, "Labels": labels});
                    engine.add_container(&format!("@c{at}"), body);
                }
            });
        }
    });
    let pid = |at: &usize| engine.container(&format!("@c{at}"))["State"]["Pid"].as_u64().unwrap();
    names.iter().map(pid).collect()
}

fn matrix(engine: &Engine) -> Value {
    let test = engine.test().args(["--json", "matrix", "--port", "80", "--proto", "icmp,tcp", "--label"]);
    let outcome = test.raw_arg(engine.fill("xnet.test.crowd=@crowd")).run();
    outcome.success();
    outcome.json()
}

#[test]
fn thirty_containers_on_three_networks_reach_their_own_network_and_no_other() {
    let engine = Engine::new();
    let networks = ["@red", "@green", "@blue"];
    for network in networks {
        engine.add_network(network, json!({}));
    }
    let pids = start(&engine, &networks, 30);
    let _listeners = Listeners::open(pids, 80);
    let told = matrix(&engine);
    assert_eq!(told["total"], 30 * 29 * 2);
    let number = |name: &Value| name.as_str().unwrap().rsplit('c').next().unwrap().parse::<usize>().unwrap();
    for cell in told["cells"].as_array().unwrap() {
        let shared = number(&cell["from"]) % 3 == number(&cell["to"]) % 3;
        assert_eq!(cell["cause"], if shared { "reachable" } else { "filtered" }, "{cell:#}");
    }
}

#[test]
fn a_hundred_containers_with_queues_of_one_all_reach_each_other() {
    let engine = PrivateEngine::start(&[]);
    engine.add_network("@net", json!({}));
    let pids = start(&engine, &["@net"], 100);
    let _listeners = Listeners::open(pids, 80);
    let told = matrix(&engine);
    assert_eq!(told["total"], 100 * 99 * 2);
    let failures = told["failures"].as_array().unwrap();
    assert!(failures.is_empty(), "{} failures, such as {:#?}", failures.len(), &failures[..failures.len().min(5)]);
}

#[test]
fn a_listener_that_never_accepts_is_told_from_a_dropped_packet() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let pids = start(&engine, &["@net"], 6);
    // Two fit into the queue, and stay there.
    let stuck = thread::spawn({
        let pid = pids[0];
        move || listener(pid, 80)
    });
    let _stuck = stuck.join().unwrap();
    let told = matrix(&engine);
    let target = engine.fill("@c0");
    let cells =
        told["cells"].as_array().unwrap().iter().filter(|cell| cell["to"] == target && cell["protocol"] == "tcp");
    let causes: Vec<&str> = cells.map(|cell| cell["cause"].as_str().unwrap()).collect();
    assert!(causes.contains(&"timed_out") && !causes.contains(&"filtered"), "{causes:?}");
}
