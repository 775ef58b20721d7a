//! The tasks that xnet ships, and its standard library.

use serde_json::json;

use crate::support::Engine;

#[test]
fn setup_and_teardown_can_be_repeated_and_leave_nothing() {
    let engine = Engine::new();
    let setup = || engine.test().args(["run", "setup-network", "frontend=@front", "backend=@back"]);
    setup().run().success();
    assert_eq!(engine.network("@back")["Internal"], true);
    assert_eq!(engine.network("@front")["Internal"], false);
    let again = setup().run();
    again.success();
    let text = again.out_text() + &again.err_text();
    assert!(text.contains("unchanged") || text.contains("already"), "{}", again.report());
    let teardown = || engine.test().args(["run", "teardown-network", "frontend=@front", "backend=@back"]);
    teardown().run().success();
    assert!(engine.network("@front").is_null() && engine.network("@back").is_null());
    teardown().run().success();
}

#[test]
fn setup_needs_no_docker_cli() {
    let engine = Engine::new();
    let test = engine.test().args(["run", "setup-network", "frontend=@front", "backend=@back"]);
    test.env("PATH", "/nonexistent").run().success();
}

#[test]
fn setup_does_not_hide_a_network_that_is_otherwise() {
    let engine = Engine::new();
    engine.add_network("@back", json!({"Internal": false}));
    let outcome = engine.test().args(["run", "setup-network", "frontend=@front", "backend=@back"]).run();
    outcome.code(4).stderr_has("@back").stderr_has("nternal");
}

#[test]
fn connect_all_counts_connected_already_skipped_and_failed() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let labels = json!({"xt": "<project>"});
    engine.add_container("@new", json!({"Labels": labels}));
    engine.add_container("@already", json!({"Labels": labels, "HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@hosted", json!({"Labels": labels, "HostConfig": {"NetworkMode": "host"}}));
    engine.add_container("@none", json!({"Labels": labels, "HostConfig": {"NetworkMode": "none"}}));
    engine.add_container("@foreign", json!({}));
    let connect = || engine.test().args(["run", "connect-all", "network=@net", "label=xt=<project>"]);
    let outcome = connect().run();
    outcome.success();
    let text = outcome.out_text();
    let last = text.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last, "connected 1, already 1, skipped 2, failed 0", "{}", outcome.report());
    assert_eq!(engine.network("@net")["Containers"].as_object().map(serde_json::Map::len), Some(2));
    assert!(engine.container("@foreign")["NetworkSettings"]["Networks"][engine.fill("@net")].is_null());
    connect().run().success().stdout_has("connected 0, already 2, skipped 2, failed 0");
}

#[test]
fn connect_all_of_a_missing_network_says_so() {
    let engine = Engine::new();
    engine.test().args(["run", "connect-all", "network=@none", "label=xt=<project>"]).run().code(4).stderr_has("@none");
    engine.test().args(["run", "connect-all"]).run().code(2).stderr_has("network=");
}

#[test]
fn network_debug_tells_what_the_engine_knows_and_what_tools_say() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let aliased = json!({"EndpointsConfig": {engine.fill("@net"): {"Aliases": ["shop"], "IPAMConfig": {"IPv4Address": engine.fill("<ip9>")}}}});
    engine.add_container("@web", json!({
        "Cmd": ["httpd", "-f", "-p", "80", "-h", "/www"], "HostConfig": {"NetworkMode": "@net"}, "NetworkingConfig": aliased,
    }));
    engine.until_listening("@web", 80);
    let outcome = engine.test().args(["run", "network-debug", "container=@web"]).run();
    outcome.success().stdout_has("<ip9>").stdout_has("<gateway>").stdout_has("@net").stdout_has("shop");
    outcome.stdout_has("eth0").stdout_has(":80");
}

#[test]
fn network_debug_of_an_image_without_tools_says_so() {
    let engine = Engine::new();
    engine.add_container("@app", json!({"Image": crate::support::SCRATCH}));
    let outcome = engine.test().args(["run", "network-debug", "container=@app"]).run();
    outcome.success().stdout_has("@app");
    for tool in ["ip", "netstat", "nslookup"] {
        outcome.stdout_has(&format!("({tool} is not in this image)"));
    }
}

// shows: std.debug
#[test]
fn the_library_prints_networks_and_tests_connectivity() {
    let engine = Engine::with_subnets(2);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_network("@far", json!({"IPAM": {"Config": [{"Subnet": "<subnet2>"}]}}));
    engine.add_container(
        "@web",
        json!({"Cmd": ["httpd", "-f", "-p", "80", "-h", "/www"], "HostConfig": {"NetworkMode": "@net"}}),
    );
    engine.until_listening("@web", 80);
    engine.add_container("@client", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@lonely", json!({"HostConfig": {"NetworkMode": "@far"}}));
    let code = r#"
        import "std/debug" as debug;
        debug::debug_network("@net");
        debug::test_connectivity("@client", "@web");
        debug::test_connectivity("@lonely", "@web");
        print(debug::check_port("@web", 80));
        print(debug::check_port("@web", 81));
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("@net").stdout_has("@client").stdout_has("<ip2>").stdout_has("<ip3>");
    outcome.stdout_has("✓ @client can reach @web\n").stdout_has("✗ @lonely cannot reach @web: ");
    outcome.stdout_has("true\nfalse\n");
}
