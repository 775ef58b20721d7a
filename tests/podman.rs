//! The suite against Podman's Docker-compatible socket: `cargo test --locked --test podman`.
//!
//! It runs the tests that ask an engine, with a Podman service of its own, and holds those that fail against
//! tests/compatibility/podman.txt, where each stands with what differs. docs/compatibility.md is made from the run. One that
//! comes out otherwise than it stands there is run a second time before that counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by them")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The tests that ask an engine. Those with a Docker of their own, or one that is played, would say nothing of Podman.
const ASKED: [&str; 2] = ["engine::", "examples::"];
const OWN_ENGINE: [&str; 6] = [
    "private",
    "engine::swarm",
    "engine::services",
    "engine::networks::apart",
    "engine::newer",
    // It asks no engine.
    "the_reference_in_docs",
];
/// A test that runs longer is ended, and has failed.
const PATIENCE: Duration = Duration::from_secs(120);
/// What Podman is made of, and the packages that bring it; of the last two one is enough.
const PARTS: [(&str, &str); 6] = [
    ("podman", "podman"),
    ("conmon", "conmon"),
    ("netavark", "netavark"),
    ("aardvark-dns", "aardvark-dns"),
    ("runc", "runc"),
    ("crun", "crun"),
];
const PLACES: [&str; 6] =
    ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/podman", "/usr/libexec/podman", "/usr/local/libexec/podman"];

#[test]
fn what_differs_on_podman_is_known() {
    all_parts();
    let service = Service::start();
    let path = root().join("tests/compatibility/podman.txt");
    let known = known(&fs::read_to_string(&path).unwrap_or_default());
    let outcomes = run_suite(&service, &known);
    let failed: BTreeSet<&str> =
        outcomes.iter().filter(|(_, passed)| !**passed).map(|(name, _)| name.as_str()).collect();
    let news: Vec<&&str> = failed.iter().filter(|name| !known.contains_key(**name)).collect();
    let mended: Vec<&String> = known.keys().filter(|name| outcomes.get(*name).is_none_or(|passed| *passed)).collect();
    assert!(
        news.is_empty() && mended.is_empty(),
        "fails and is not in {}: {news:#?}\nstands there and passes, or is gone: {mended:#?}",
        path.display()
    );
    let page = page(&service.version(), outcomes.len(), &known);
    let there = root().join("docs/compatibility.md");
    if std::env::var_os("XNET_BLESS").is_some() {
        let head = fs::read_to_string(&there).unwrap_or_default();
        let head = head.split(MARK).next().unwrap_or_default();
        fs::write(&there, format!("{head}{page}")).expect("docs/compatibility.md can be written");
    }
    let text = fs::read_to_string(&there).unwrap_or_default();
    assert!(text.ends_with(&page), "docs/compatibility.md is old: XNET_BLESS=1 cargo test --test podman");
}

/// What stands above it in the page is written by hand.
const MARK: &str = "<!-- from here on made by tests/podman.rs -->\n";

fn page(version: &str, asked: usize, known: &BTreeMap<String, String>) -> String {
    let mut page = format!(
        "{MARK}\n## Podman {version}\n\nOf {asked} tests that ask an engine, {} hold and {} do not:\n\n| test | what differs |\n|---|---|\n",
        asked - known.len(),
        known.len()
    );
    for (name, difference) in known {
        let _ = writeln!(page, "| `{name}` | {difference} |");
    }
    page
}

/// `test | what differs`, a line each; `#` begins a comment.
fn known(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let entry = |line: &str| {
        let (name, difference) = line.split_once(" | ").unwrap_or_else(|| panic!("no difference is told: {line}"));
        (name.trim().to_owned(), difference.trim().to_owned())
    };
    lines.map(entry).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with the packages that are missing.
fn all_parts() {
    let path = std::env::var("PATH").unwrap_or_default();
    let places = || path.split(':').chain(PLACES).map(Path::new);
    let lacks = |program: &str| !places().any(|place| place.join(program).is_file());
    let (parts, runtimes) = PARTS.split_at(4);
    let mut missing: Vec<&str> =
        parts.iter().filter(|(program, _)| lacks(program)).map(|(_, package)| *package).collect();
    if runtimes.iter().all(|(program, _)| lacks(program)) {
        missing.push("runc");
    }
    assert!(missing.is_empty(), "this needs Podman. Not here: {0}. On Debian: apt-get install {0}", missing.join(" "));
}

/// Runs the suite, a test at a time, and says of each whether it passed: on Podman 4 one container in a state that it does
/// not expect makes every list of networks fail, for whoever asks.
fn run_suite(service: &Service, known: &BTreeMap<String, String>) -> BTreeMap<String, bool> {
    let suite = suite();
    let mut names = Command::new(&suite);
    names.args(ASKED).args(["--list", "--format", "terse"]);
    for word in OWN_ENGINE {
        names.args(["--skip", word]);
    }
    let names = String::from_utf8(names.output().expect("the suite starts").stdout).expect("text");
    let names: Vec<&str> = names.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    assert!(!names.is_empty(), "the suite has no test");
    let mut outcomes = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        let begun = Instant::now();
        let expected = !known.contains_key(*name);
        let mut passed = passes(&suite, name, service);
        let again = passed != expected;
        if again {
            passed = passes(&suite, name, service);
        }
        let word = match (passed, expected) {
            (true, true) => "ok",
            (false, false) => "differs, as is known",
            (true, false) => "HOLDS NOW",
            (false, true) => "FAILS",
        };
        let seconds = begun.elapsed().as_secs();
        let again = if again { ", run twice" } else { "" };
        progress(&format!("{}/{} {name}: {word} ({seconds} s{again})", number + 1, names.len()));
        outcomes.insert((*name).to_owned(), passed);
    }
    outcomes
}

/// Not by a macro, whose words are kept until the end of the run.
fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn passes(suite: &Path, name: &str, service: &Service) -> bool {
    let log = service.folder.path().join("test.log");
    let file = File::create(&log).expect("a log");
    let mut command = Command::new(suite);
    command.args([name, "--exact"]).env("DOCKER_HOST", service.host()).current_dir(root());
    command.stdin(Stdio::null()).stdout(file.try_clone().expect("a log")).stderr(file).process_group(0);
    let mut running = command.spawn().expect("the suite starts");
    let end = Instant::now() + PATIENCE;
    let passed = loop {
        match running.try_wait().expect("it can be waited for") {
            Some(status) => break status.success(),
            None if Instant::now() > end => {
                let group = format!("-{}", running.id());
                let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
                let _ = running.wait();
                println!("{name} was ended after {} s", PATIENCE.as_secs());
                break false;
            }
            None => sleep(Duration::from_millis(20)),
        }
    };
    if !passed {
        println!("{}", fs::read_to_string(&log).unwrap_or_default());
        service.clear();
    }
    passed
}

/// The test binary of the suite, built when it is not.
fn suite() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    // What the outer cargo says of this test would make the inner one build anew what takes notice of it.
    for (name, _) in std::env::vars_os() {
        let outer =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST"));
        if outer {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .args(["test", "--locked", "--test", "suite", "--no-run", "--message-format=json"])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut suites = built.filter(|message| message["target"]["name"] == "suite" && message["executable"].is_string());
    let suite = suites.next().unwrap_or_else(|| panic!("cargo built no suite"));
    PathBuf::from(suite["executable"].as_str().unwrap_or_default())
}

/// A Podman service with a store of its own, which ends with this process however that ends.
struct Service {
    guard: Child,
    folder: TempDir,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("xnet-podman-").tempdir().expect("a folder for Podman");
        // Some machines cannot raise limits as far as Podman's defaults ask for.
        let conf = "[containers]\ndefault_ulimits=[\"nofile=1024:1024\",\"nproc=4096:4096\"]\n[network]\nnetwork_backend=\"netavark\"\n";
        fs::write(folder.path().join("containers.conf"), conf).expect("its settings");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "podman-guard"])
            .arg(folder.path())
            .env("CONTAINERS_CONF", folder.path().join("containers.conf"))
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let service = Self { guard, folder };
        let end = Instant::now() + Duration::from_secs(30);
        while UnixStream::connect(service.socket()).is_err() {
            let log = fs::read_to_string(service.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "Podman does not answer (is it installed? see .ci/run): {log}");
            sleep(Duration::from_millis(50));
        }
        service
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("podman.sock")
    }

    fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Removes whatever a failed test has left in it.
    fn clear(&self) {
        let folder = self.folder.path();
        for remove in [&["rm", "-fa"][..], &["network", "prune", "-f"][..]] {
            let mut podman = Command::new("podman");
            for (option, place) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
                podman.arg(option).arg(folder.join(place));
            }
            podman.args(remove).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            podman.env("CONTAINERS_CONF", folder.join("containers.conf")).status().expect("podman runs");
        }
    }

    fn version(&self) -> String {
        let output = Command::new("podman").arg("--version").output().expect("podman runs");
        String::from_utf8_lossy(&output.stdout).split_whitespace().last().unwrap_or_default().to_owned()
    }
}

/// Lives until its stdin closes, which the end of the test process does too; then takes everything away.
const GUARD: &str = r#"
cd "$1" || exit
podman="podman --root $1/root --runroot $1/run --tmpdir $1/tmp"
$podman system service --time=0 "unix://$1/podman.sock" >log 2>&1 </dev/null &
service=$!
cat >/dev/null
$podman rm -fa >/dev/null 2>&1
$podman network prune -f >/dev/null 2>&1
kill $service
wait $service
umount -l "$1/root/overlay" 2>/dev/null
cd / && rm -rf "$1"
"#;

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        assert!(!Path::new(&self.socket()).exists(), "Podman's folder stays");
    }
}
