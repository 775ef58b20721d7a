//! What would disturb a shared engine: address pools that run out, routes of its machine, a swarm, a bridge without icc.

use serde_json::json;

use crate::support::{PrivateEngine, Test};

/// Two default pools, where no private range is.
fn small() -> PrivateEngine {
    PrivateEngine::start(&["--default-address-pool", "base=100.64.0.0/27,size=28", "--bip", "100.65.0.1/24"])
}

/// A run of xnet in the network namespace of the engine, as on the machine that an engine usually is on.
fn beside(engine: &PrivateEngine, code: &str) -> Test {
    let pid = engine.pid().to_string();
    let test = engine.test().file("main.rhai", code);
    test.run_by("nsenter").args(["-t", &pid, "-n", "--", "xnet", "main.rhai"])
}

// shows: network.exhausted
#[test]
fn used_up_pools_are_made_good_with_a_free_subnet_and_it_is_said() {
    let engine = small();
    let code = r#"
        for number in 0..5 { docker.network.create(`@net${number}`) }
        docker.network.create("@six", #{enable_ipv6: true, ipam: #{subnet: "10.5.0.0/24"}});
        docker.network.create("@both", #{enable_ipv6: true});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@both"});
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stderr_has("default pools are used up: chose 10.128.0.0/24 for network \"@net2\"");
    outcome.stderr_has("default pools are used up: chose 10.128.1.0/24 for network \"@net3\"");
    outcome.stderr_lacks("\"@net1\"").stderr_lacks("5.0.0/24 for");
    assert_eq!(engine.network("@net2")["IPAM"]["Config"][0]["Subnet"], "10.128.0.0/24");
    let both = engine.network("@both")["IPAM"]["Config"].clone();
    assert_eq!(both[0]["Subnet"], "10.128.3.0/24", "{both}");
    assert!(both[1]["Subnet"].as_str().is_some_and(|six| six.starts_with("fd") && six.ends_with("/64")), "{both}");
    assert!(engine.exec("@web", &["ip", "address"]).contains("inet6 fd"));
    let code = r#"print(docker.network.ensure("@late").outcome); print(docker.network.ensure("@late").outcome);"#;
    engine.script(code).run().success().stdout("created\nunchanged\n").stderr_has("chose 10.128.4.0/24");
}

// shows: network.exhausted
#[test]
fn several_that_run_out_at_once_each_get_a_subnet_of_their_own() {
    let engine = small();
    let runs: Vec<_> =
        (0..5).map(|number| engine.test().args(["network", "create", &format!("@net{number}")]).start()).collect();
    for run in runs {
        run.finish().success();
    }
    let subnet = |number| engine.network(&format!("@net{number}"))["IPAM"]["Config"][0]["Subnet"].to_string();
    let all: std::collections::BTreeSet<String> = (0..5).map(subnet).collect();
    assert_eq!(all.len(), 5, "{all:?}");
}

// shows: network.overlap, refusal.overlap
#[test]
fn a_route_of_the_engine_s_machine_is_named_and_what_is_proposed_avoids_it() {
    let engine = PrivateEngine::start(&[]);
    engine.host(&["ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1"]);
    engine.host(&["ip", "address", "add", "10.99.0.1/24", "dev", "lan0"]);
    engine.host(&["ip", "address", "add", "fd99::1/64", "dev", "lan0", "nodad"]);
    engine.host(&["ip", "link", "set", "lan0", "up"]);
    engine.host(&["ip", "link", "set", "lan1", "up"]);
    engine.host(&["ip", "route", "add", "10.99.1.0/24", "via", "10.99.0.2"]);
    let code = r#"
        for plan in [#{ipam: #{subnet: "10.99.0.128/25"}}, #{enable_ipv6: true, ipam: #{subnet: "fd99::/64"}}] {
            try { docker.network.create("@net", plan) } catch (e) { print(`${e.kind} ${e.message}; ${e.hint}`) }
        }
        docker.network.create("@free", #{ipam: #{subnet: "10.99.2.0/25"}});
        docker.network.create("@mac", #{driver: "macvlan", ipam: #{subnet: "10.99.0.0/24"}, options: #{parent: "lan0"}});
        docker.network.remove("@mac");
        docker.network.create("@net", #{ipam: #{subnet: "10.99.0.128/25"}, allow_route_overlap: true});
    "#;
    let outcome = beside(&engine, code).run();
    outcome.success().stdout_has(
        "conflict subnet 10.99.0.128/25 overlaps the host's route 10.99.0.0/24 on lan0; 10.99.2.0/25 is free; \
         `allow_route_overlap: true` takes it all the same",
    );
    outcome.stdout_has("subnet fd99::/64 overlaps the host's route fd99::/64 on lan0; fd99:0:0:1::/64 is free");
    assert_eq!(engine.network("@net")["IPAM"]["Config"][0]["Subnet"], "10.99.0.128/25");
    // The bridges of the engine's own networks are routes too, and belong to their networks.
    let again = r#"docker.network.create("@other", #{ipam: #{subnet: "10.99.2.0/24"}});"#;
    beside(&engine, again).run().code(4).stderr_has("overlaps 10.99.2.0/25 of network \"@free\"");
    // From another network namespace nothing is known of these routes.
    engine.script(r#"docker.network.create("@far", #{ipam: #{subnet: "10.99.1.0/24"}});"#).run().success();
}

// shows: network.icc-links, network.bridge-options
#[test]
fn on_a_default_bridge_without_icc_a_link_lets_through_what_is_exposed() {
    let engine = PrivateEngine::start(&["--icc=false"]);
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", expose: ["80"], command: ["httpd", "-f", "-h", "/www"]});
        docker.run("xnet-test/busybox", #{name: "@linked", links: ["@web:shop"]});
        docker.run("xnet-test/busybox", #{name: "@other"});
    "#;
    engine.script(code).run().success();
    engine.until_listening("@web", 80);
    let address = engine.container("@web")["NetworkSettings"]["IPAddress"].as_str().unwrap().to_owned();
    assert_eq!(engine.exec("@linked", &["timeout", "3", "wget", "-qO-", "http://shop/"]), "hello from busybox\n");
    let page = engine.exec("@other", &["timeout", "3", "wget", "-qO-", &format!("http://{address}/")]);
    assert!(!page.contains("hello"), "{page}");
}

// shows: network.overlay, network.encrypted, network.attachable, network.scope, network.ingress, refusal.not-attachable
#[test]
fn overlays_of_a_swarm_are_made_as_asked_or_not_at_all() {
    let engine = PrivateEngine::start(&[]);
    let swarm = json!({"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"});
    assert_eq!(engine.post("/swarm/init", &swarm).status, 200);
    let code = r#"
        docker.network.create("@net", #{driver: "overlay", attachable: true, ipam: #{subnet: "10.50.0.0/24"}});
        docker.network.create("@safe", #{
            driver: "overlay", attachable: true, encrypted: true, scope: "swarm",
            options: #{"com.docker.network.driver.overlay.vxlanid_list": "5000"},
        });
        docker.network.create("@closed", #{driver: "overlay"});
        docker.run("xnet-test/busybox", #{name: "@web", networks: #{"@net": #{aliases: "shop"}}, command: ["httpd", "-f", "-h", "/www"]});
        docker.run("xnet-test/busybox", #{name: "@peer", network: "@net"});
        for act in [
            || docker.network.create("@late", #{driver: "overlay", ipam: #{subnet: "10.50.0.0/25"}}),
            || docker.network.create("@late", #{driver: "overlay", options: #{"com.docker.network.driver.overlay.vxlanid_list": "5000"}}),
            || docker.run("xnet-test/busybox", #{name: "@out", network: "@closed"}),
            || docker.network.connect("@closed", "@peer"),
            || docker.network.create("@second", #{driver: "overlay", ingress: true}),
            || docker.network.remove("@net"),
            || docker.network.create("@net"),
        ] {
            try { act.call(); print("done") } catch (e) { print(`${e.kind}: ${e.message}; ${e.hint}`) }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_lacks("done");
    outcome.stdout_has("conflict: subnet 10.50.0.0/25 overlaps 10.50.0.0/24 of network \"@net\"");
    outcome.stdout_has("VXLAN id 5000 is that of network \"@safe\"");
    outcome.stdout_has("refused: network \"@closed\" is not attachable: only services of the swarm may join it");
    outcome.stdout_has("docker.network.create(\"@closed\", #{driver: \"overlay\", attachable: true})");
    outcome.stdout_has("a swarm has one");
    outcome.stdout_has("conflict: network \"@net\" has containers attached");
    assert!(engine.network("@late").is_null() && engine.container("@out").is_null());
    let (net, safe) = (engine.network("@net"), engine.network("@safe"));
    assert_eq!((&net["Driver"], &net["Scope"], &net["Attachable"]), (&json!("overlay"), &json!("swarm"), &json!(true)));
    assert_eq!(net["IPAM"]["Config"][0]["Subnet"], "10.50.0.0/24");
    assert_eq!(safe["Options"]["com.docker.network.driver.overlay.vxlanid_list"], "5000");
    assert!(safe["Options"].get("encrypted").is_some(), "{safe}");
    assert_eq!(engine.network("@closed")["Attachable"], false);
    engine.until_listening("@web", 80);
    assert_eq!(engine.exec("@peer", &["timeout", "3", "wget", "-qO-", "http://shop/"]), "hello from busybox\n");

    let ingress = r#"
        docker.network.remove("ingress");
        for attempt in 0..50 { if docker.network.exists("ingress") { sleep(0.1) } else { break } }
        docker.network.create("@mesh", #{driver: "overlay", ingress: true, ipam: #{subnet: "10.51.0.0/24"}});
    "#;
    engine.script(ingress).run().success();
    assert_eq!(engine.network("@mesh")["Ingress"], true);
}
