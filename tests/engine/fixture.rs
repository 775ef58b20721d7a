//! The ground these tests stand on holds: names do not collide, and nothing is left behind.

use serde_json::json;

use crate::support::{Engine, SCRATCH};

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
