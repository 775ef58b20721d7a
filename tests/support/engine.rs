//! A container engine as one test sees it: names and subnets of its own, the engine's word on what is there, and
//! everything gone when the test ends, however it ends.

use std::fs;
use std::path::Path;
use std::process;
use std::sync::Once;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::http::{Answer, Socket};
use super::image::{self, BUSYBOX};
use super::names::Names;
use super::subnet::Subnet;
use super::test::Test;

#[derive(Debug)]
pub(crate) struct Engine {
    names: Names,
    socket: Socket,
}

static SWEPT: Once = Once::new();

impl Engine {
    /// Fails when there is no engine: a test that needs one never passes without.
    pub(crate) fn new() -> Self {
        image::prepare();
        SWEPT.call_once(sweep);
        Self { names: Names::new(), socket: Socket::shared() }
    }

    /// An engine of this test's own, which goes away whole.
    pub(super) fn at(socket: Socket) -> Self {
        image::prepare_in(&socket);
        Self { names: Names::new(), socket }
    }

    /// With so many subnets of its own, written `<subnet>`, `<subnet2>` and so on.
    pub(crate) fn with_subnets(count: usize) -> Self {
        let mut engine = Self::new();
        engine.names.subnets = (0..count).map(|_| claim_subnet()).collect();
        engine
    }

    pub(crate) fn test(&self) -> Test {
        let test = Test::with_names(self.names.clone());
        if self.is_shared() { test } else { test.env("DOCKER_HOST", &self.address()) }
    }

    /// Where it answers, as `DOCKER_HOST` has it.
    pub(crate) fn address(&self) -> String {
        self.socket.address()
    }

    fn is_shared(&self) -> bool {
        self.socket == Socket::shared()
    }

    /// A script run by `xnet FILE.rhai`.
    pub(crate) fn script(&self, code: &str) -> Test {
        self.test().script(code)
    }

    /// The text with its placeholders filled in: `@web` is a name of this test.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.names.fill(text)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.socket.get(&self.fill(path))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        // The engine resets a connection whose body it did not want.
        let body = if body.is_null() { String::new() } else { self.fill(&body.to_string()) };
        self.socket.request("POST", &self.fill(path), "application/json", body.as_bytes())
    }

    /// The status of a deletion.
    pub(crate) fn delete(&self, path: &str) -> u16 {
        self.socket.delete(&self.fill(path))
    }

    /// The engine's own words on a network; null when there is none.
    pub(crate) fn network(&self, name: &str) -> Value {
        found(&self.get(&format!("/networks/{name}")))
    }

    /// The engine's own words on a container; null when there is none.
    pub(crate) fn container(&self, name: &str) -> Value {
        found(&self.get(&format!("/containers/{name}/json")))
    }

    /// Creates a network without xnet. `body` may hold whatever the API takes besides the name.
    pub(crate) fn add_network(&self, name: &str, mut body: Value) -> String {
        body["Name"] = json!(name);
        let answer = self.post("/networks/create", &body);
        assert_eq!(answer.status, 201, "creating {name}: {}", answer.text());
        text(&answer.json()["Id"])
    }

    /// Starts a container without xnet, from the busybox image unless `body` names another.
    pub(crate) fn add_container(&self, name: &str, mut body: Value) -> String {
        if body["Image"].is_null() {
            body["Image"] = json!(BUSYBOX);
        }
        let answer = self.post(&format!("/containers/create?name={name}"), &body);
        assert_eq!(answer.status, 201, "creating {name}: {}", answer.text());
        let started = self.post(&format!("/containers/{name}/start"), &Value::Null);
        assert_eq!(started.status, 204, "starting {name}: {}", started.text());
        text(&answer.json()["Id"])
    }

    /// What a command prints in a container, run without xnet.
    pub(crate) fn exec(&self, container: &str, command: &[&str]) -> String {
        let body = json!({"AttachStdout": true, "AttachStderr": true, "Cmd": command});
        let id = text(&self.post(&format!("/containers/{container}/exec"), &body).json()["Id"]);
        let answer = self.post(&format!("/exec/{id}/start"), &json!({"Detach": false, "Tty": false}));
        let mut output = Vec::new();
        let mut rest = answer.body.as_slice();
        // Frames of the attach stream: one byte for the stream, three of padding, four for the length.
        while let Some((head, tail)) = rest.split_at_checked(8) {
            let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
            output.extend_from_slice(&tail[..length]);
            rest = &tail[length..];
        }
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Waits until something listens on a TCP port in a container.
    #[track_caller]
    pub(crate) fn until_listening(&self, container: &str, port: u16) {
        // A line of the kernel's list: number, local address and port in hex, remote, state; 0A is LISTEN.
        let listens = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.len() > 3 && fields[1].ends_with(&format!(":{port:04X}")) && fields[3] == "0A"
        };
        for _ in 0..400 {
            if self.exec(container, &["cat", "/proc/net/tcp", "/proc/net/tcp6"]).lines().any(listens) {
                return;
            }
            sleep(Duration::from_millis(25));
        }
        panic!("nothing listens on port {port} of {container}");
    }

    /// The command lines of the processes in a container.
    pub(crate) fn processes(&self, container: &str) -> Vec<String> {
        let answer = self.get(&format!("/containers/{container}/top?ps_args=-eo%20pid,args")).json();
        let command = |row: &Value| match row.as_array().map(Vec::as_slice) {
            // Podman leaves the row in one piece.
            Some([line]) => text(line).split_once(' ').map(|(_, command)| command.to_owned()).unwrap_or_default(),
            _ => text(&row[1]),
        };
        answer["Processes"].as_array().into_iter().flatten().map(command).collect()
    }

    /// Names of the containers and networks of this test that are there now.
    pub(crate) fn left(&self) -> Vec<String> {
        let all = containers(&self.socket)
            .into_iter()
            .chain(networks(&self.socket).into_iter().map(|(name, project, _)| (name, project)));
        all.filter(|(name, project)| self.owns(name, project)).map(|(name, _)| name).collect()
    }

    fn owns(&self, name: &str, project: &str) -> bool {
        project == self.names.project || name.starts_with(&format!("{}-", self.names.project))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_shared() {
            remove(&self.socket, |name, project| self.owns(name, project));
        }
        for subnet in &self.names.subnets {
            let _ = fs::remove_file(&subnet.claim);
        }
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn found(answer: &Answer) -> Value {
    match answer.status {
        200 => answer.json(),
        404 => Value::Null,
        status => panic!("the engine answers {status}: {}", answer.text()),
    }
}

/// Every container: its name and the project on its label.
fn containers(engine: &Socket) -> Vec<(String, String)> {
    let all = engine.get("/containers/json?all=1").json();
    let name = |container: &Value| text(&container["Names"][0]).trim_start_matches('/').to_owned();
    all.as_array().into_iter().flatten().map(|one| (name(one), text(&one["Labels"]["xnet.project"]))).collect()
}

/// Every network: its name, the project on its label, and its id: old engines allow several of one name.
fn networks(engine: &Socket) -> Vec<(String, String, String)> {
    let all = engine.get("/networks").json();
    let row =
        |network: &Value| (text(&network["Name"]), text(&network["Labels"]["xnet.project"]), text(&network["Id"]));
    all.as_array().into_iter().flatten().map(row).collect()
}

fn volumes(engine: &Socket) -> Vec<String> {
    let all = engine.get("/volumes").json();
    all["Volumes"].as_array().into_iter().flatten().map(|one| text(&one["Name"])).collect()
}

/// Every name of an image, and every image with a project: what to delete, the name as those of containers are written,
/// and the project. One name goes alone: an image that others use has more.
fn images(engine: &Socket) -> Vec<(String, String, String)> {
    let all = engine.get("/images/json").json();
    let rows = |image: &Value| {
        let own = (text(&image["Id"]), String::new(), text(&image["Labels"]["xnet.project"]));
        let tags = image["RepoTags"].as_array().into_iter().flatten().map(text);
        let named = tags.map(|tag| (tag.clone(), without_registry(&tag).replace('/', "-"), String::new()));
        named.chain([own]).collect::<Vec<_>>()
    };
    all.as_array().into_iter().flatten().flat_map(rows).collect()
}

/// A name without the address of a registry, which a test's own has before it.
fn without_registry(tag: &str) -> &str {
    tag.split_once('/').filter(|(host, _)| host.contains(':')).map_or(tag, |(_, name)| name)
}

/// A subnet that neither a living test holds nor the engine has given to a network.
pub(crate) fn claim_subnet() -> Subnet {
    Subnet::claim(&taken_subnets())
}

fn taken_subnets() -> Vec<String> {
    let all = Socket::shared().get("/networks").json();
    let pools = all.as_array().into_iter().flatten().filter_map(|network| network["IPAM"]["Config"].as_array());
    pools.flatten().map(|pool| text(&pool["Subnet"])).collect()
}

fn remove(engine: &Socket, mine: impl Fn(&str, &str) -> bool) {
    for (name, _) in containers(engine).into_iter().filter(|(name, project)| mine(name, project)) {
        engine.delete(&format!("/containers/{name}?force=1&v=1"));
    }
    for (_, _, id) in networks(engine).into_iter().filter(|(name, project, _)| mine(name, project)) {
        engine.delete(&format!("/networks/{id}"));
    }
    for (id, ..) in images(engine).into_iter().filter(|(_, name, project)| mine(name, project)) {
        engine.delete(&format!("/images/{id}?force=1"));
    }
    for name in volumes(engine).iter().filter(|name| mine(name, "")) {
        engine.delete(&format!("/volumes/{name}"));
    }
}

/// Removes what test processes that are gone have left.
fn sweep() {
    let orphan = |name: &str| {
        Names::owner(name).is_some_and(|pid| pid != process::id() && !Path::new(&format!("/proc/{pid}")).exists())
    };
    remove(&Socket::shared(), |name, project| orphan(name) || orphan(project));
}
