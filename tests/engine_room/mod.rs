//! The engine room against the engine of this machine. Everything made is named after the process and removed at the end.

mod agents;
mod connect;
mod containers;
mod exec;
mod networks;
mod stale;

use std::future::Future;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use xnet::config::{Node, read};
use xnet::engine::{Engine, Error, Ownership, Target};
use xnet::model::container::ContainerSpec;
use xnet::model::network::NetworkSpec;
use xnet::runtime::{Cancel, wait};

use crate::support::claim_subnet;

static COUNT: AtomicU32 = AtomicU32::new(0);
/// Rooms that are open: the first makes the images, the last removes them.
static OPEN: Mutex<u32> = Mutex::new(0);

/// An engine, and names of this test's own.
struct Room {
    engine: Engine,
    own: String,
}

impl Room {
    fn new() -> Self {
        let own = format!("xe{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let ownership = Ownership { project: "engine-room".into(), run: own.clone() };
        let mut open = OPEN.lock().unwrap();
        if *open == 0 {
            import(&image(), &["sh", "sleep", "cat", "echo", "ip", "nslookup", "env", "id", "pwd", "ps"]);
            import(&shell_less(), &[]);
        }
        *open += 1;
        Self { engine: run(Engine::connect(&Target::default(), ownership)).unwrap(), own }
    }

    /// A name that only this test uses.
    fn name(&self, word: &str) -> String {
        format!("{}-{word}", self.own)
    }

    fn network(&self, word: &str, options: Value) -> Result<String, Error> {
        let name = self.name(word);
        run(self.engine.create_network(&name, &network(options))).map(|_| name)
    }

    /// Starts a container that sleeps, unless `options` say otherwise.
    fn start(&self, word: &str, mut options: Value) -> Result<String, Error> {
        options["name"] = self.name(word).into();
        if options.get("command").is_none() {
            options["command"] = json!(["sleep", "600"]);
        }
        run(self.engine.run_container(&image(), &container(options), &|_| {})).map(|started| started.name)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let label = format!("label=xnet.run={}", self.own);
        let docker = |arguments: &[&str]| {
            let output = std::process::Command::new("docker").args(arguments).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        for id in docker(&["ps", "-aq", "--filter", &label]).lines() {
            docker(&["rm", "-f", "-v", id]);
        }
        for id in docker(&["network", "ls", "-q", "--filter", &label]).lines() {
            docker(&["network", "rm", id]);
        }
        let mut open = OPEN.lock().unwrap();
        *open -= 1;
        if *open == 0 {
            docker(&["rmi", &image(), &shell_less()]);
        }
    }
}

fn run<F: Future>(work: F) -> F::Output {
    wait(&Cancel::new(), work).unwrap()
}

fn network(options: Value) -> NetworkSpec {
    read(&Node::from(options)).unwrap()
}

fn container(options: Value) -> ContainerSpec {
    read(&Node::from(options)).unwrap()
}

/// A subnet that nobody else uses.
fn subnet() -> String {
    claim_subnet().to_string()
}

/// An image with busybox and some of its applets.
fn image() -> String {
    format!("xnet-room/busybox:{}", std::process::id())
}

/// An image that has busybox, and no shell.
fn shell_less() -> String {
    format!("xnet-room/shell-less:{}", std::process::id())
}

fn import(tag: &str, applets: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.tar");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).unwrap());
    let mut busybox = std::fs::File::open("/bin/busybox").unwrap();
    tar.append_file("bin/busybox", &mut busybox).unwrap();
    for applet in applets {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, Path::new("bin").join(applet), "busybox").unwrap();
    }
    tar.finish().unwrap();
    let engine = run(Engine::connect(&Target::default(), Ownership::default())).unwrap();
    let id = run(engine.import_tar(&path, tag, &["ENV PATH=/bin".into()], &|_| {})).unwrap();
    assert!(id.starts_with("sha256:"), "{id}");
    assert!(run(engine.image_exists(tag)).unwrap());
}

/// The same question asked without xnet.
fn curl(path: &str) -> Value {
    let url = format!("http://d{path}");
    let host = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".into());
    let arguments = ["-s", "--unix-socket", host.trim_start_matches("unix://"), &url];
    let output = std::process::Command::new("curl").args(arguments).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
