//! The ground these tests stand on holds: names do not collide, and nothing is left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::support::{Engine, PrivateEngine, SCRATCH};

#[test]
fn a_fixture_removes_what_was_made_in_it_even_after_a_panic() {
    let engine = Engine::with_subnets(1);
    let project = engine.fill("<project>");
    let made = std::panic::catch_unwind(move || {
        engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
        engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
        assert_eq!(engine.network("@net")["IPAM"]["Config"][0]["Subnet"], engine.fill("<subnet>"));
        assert_eq!(engine.exec("@web", &["cat", "/www/index.html"]), "hello from busybox\n");
        let mut left = engine.left();
        left.sort();
        assert_eq!(left, [engine.fill("@net"), engine.fill("@web")]);
        panic!("as a failing test does");
    });
    let words = made.unwrap_err();
    assert_eq!(words.downcast_ref::<&str>(), Some(&"as a failing test does"));
    let another = Engine::new();
    for kind in ["containers/json?all=1&", "networks?"] {
        let all = another.get(&format!("/{kind}filters=%7B%22name%22%3A%5B%22{project}-%22%5D%7D")).json();
        assert_eq!(all, json!([]), "{kind}");
    }
}

#[test]
fn images_from_a_registry_of_the_test_are_removed_too() {
    let engine = Engine::new();
    let project = engine.fill("<project>");
    let name = format!("127.0.0.1:1/{project}/pulled");
    assert_eq!(engine.post(&format!("/images/{SCRATCH}/tag?repo={name}&tag=latest"), &json!(null)).status, 201);
    drop(engine);
    let another = Engine::new();
    assert_eq!(another.get(&format!("/images/{name}/json")).status, 404);
    assert_eq!(another.get(&format!("/images/{SCRATCH}/json")).status, 200, "its other names stay");
}

#[test]
fn two_fixtures_share_neither_names_nor_subnets() {
    let (one, other) = (Engine::with_subnets(2), Engine::with_subnets(1));
    assert_ne!(one.fill("@web"), other.fill("@web"));
    let subnets = [one.fill("<subnet>"), one.fill("<subnet2>"), other.fill("<subnet>")];
    assert!(subnets[0] != subnets[1] && subnets[1] != subnets[2] && subnets[0] != subnets[2], "{subnets:?}");
}

#[test]
fn the_image_without_a_shell_stays_up() {
    let engine = Engine::new();
    engine.add_container("@app", json!({"Image": SCRATCH}));
    assert_eq!(engine.container("@app")["State"]["Running"], true);
}

#[test]
#[ignore = "the half of the next test that is killed"]
fn a_process_with_an_engine_of_its_own() {
    let engine = PrivateEngine::start(&[]);
    engine.add_container("@web", json!({}));
    println!("{} {}", engine.pid(), engine.container("@web")["State"]["Pid"]);
    sleep(Duration::from_mins(1));
}

#[test]
fn an_engine_ends_with_its_test_process_however_that_ends() {
    let own = "engine::fixture::a_process_with_an_engine_of_its_own";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", own, "--ignored", "--nocapture"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    // Two process ids: the daemon's and that of a container.
    let is_pids =
        |line: &String| line.split(' ').count() == 2 && line.split(' ').all(|word| word.parse::<u32>().is_ok());
    let pids = lines.into_iter().find(is_pids).expect("the engine of the other process");
    child.kill().unwrap();
    child.wait().unwrap();
    let mut left = Vec::new();
    for _ in 0..200 {
        // A process that ended and that nobody has waited for yet has no arguments any more.
        let arguments = |pid: &str| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        left = pids.split(' ').filter(|pid| !arguments(pid).is_empty()).collect();
        let prefix = format!("xnet-engine-{}-", child.id());
        let folders = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let folder = folders.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
        if left.is_empty() && !folder {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("left behind: {left:?}, or the folder");
}
