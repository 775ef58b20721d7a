//! The reference is what the code says, and each of its examples runs.

use std::fs;

use xnet::script::bind::entries;
use xnet::script::reference;

use super::folder;
use crate::support::Engine;

#[test]
fn the_reference_in_docs_is_what_the_code_says() {
    let path = folder("docs/reference.md");
    if std::env::var_os("XNET_BLESS").is_some() {
        fs::write(&path, reference::markdown()).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == reference::markdown(),
        "docs/reference.md is old; XNET_BLESS=1 cargo test reference writes it anew"
    );
}

// shows: std.debug, std.subnets, std.more
#[test]
fn every_example_of_the_reference_runs_and_leaves_nothing() {
    let engine = Engine::new();
    for entry in reference::find("").into_iter().filter(|entry| !entry.example.is_empty()) {
        let script =
            entry.example.replace("$image", "xnet-test/busybox").replace("\"doc-", &engine.fill("\"<project>-"));
        let outcome = engine.script(&script).run();
        outcome.check(outcome.status.success(), &format!("the example of {} runs", entry.path()));
        assert_eq!(engine.left(), Vec::<String>::new(), "left behind by the example of {}", entry.path());
    }
}

#[test]
fn every_call_that_makes_something_has_an_example() {
    for path in ["docker.network.create", "docker.network.ensure", "docker.run", "exec", "sh", "cidr", "forward"] {
        let entry = entries().find(|entry| entry.path() == path).unwrap();
        assert!(!entry.example.is_empty(), "{path} has no example");
    }
    for entry in reference::find("").into_iter().filter(|entry| entry.owner.starts_with("std/")) {
        assert!(!entry.example.is_empty(), "{} has no example", entry.path());
    }
}
