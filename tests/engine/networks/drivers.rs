//! Every driver, and what becomes of its options.

use std::fs;

use serde_json::json;

use crate::support::{Engine, PrivateEngine};

// shows: network.plugin
#[test]
fn a_driver_that_is_not_there_is_told_with_those_that_are() {
    let engine = Engine::new();
    let outcome = engine.script(r#"docker.network.create("@net", #{driver: "weave"});"#).run();
    outcome.code(4).stderr_has("weave").stderr_has("bridge").stderr_has("macvlan");
}

// shows: network.no-swarm, refusal.swarm
#[test]
fn an_overlay_without_a_swarm_says_how_to_get_one() {
    let engine = Engine::new();
    let swarm = engine.get("/info").json()["Swarm"]["LocalNodeState"].clone();
    assert_eq!(swarm, "inactive", "this test is of an engine that is in no swarm");
    let outcome = engine.script(r#"docker.network.create("@net", #{driver: "overlay", attachable: true});"#).run();
    outcome.code(4).stderr_has("swarm").stderr_has("docker swarm init");
}

// shows: network.bridge-options
#[test]
fn each_option_of_the_bridge_driver_takes_effect() {
    let engine = Engine::new();
    let bridge = format!("xt{:x}", std::process::id());
    let code = r#"
        docker.network.create("@net", #{options: #{
            "com.docker.network.bridge.name": params.bridge,
            "com.docker.network.bridge.enable_icc": true,
            "com.docker.network.bridge.enable_ip_masquerade": false,
            "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1",
            "com.docker.network.driver.mtu": 1280,
        }});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@net", ports: ["80"]});
    "#;
    engine.script(code).args([&format!("bridge={bridge}")]).run().success();
    let options = &engine.network("@net")["Options"];
    assert_eq!(options["com.docker.network.bridge.enable_ip_masquerade"], "false");
    assert_eq!(options["com.docker.network.bridge.enable_icc"], "true");
    assert!(engine.exec("@web", &["ip", "link", "show", "eth0"]).contains("mtu 1280"));
    let bound = engine.container("@web")["NetworkSettings"]["Ports"]["80/tcp"].clone();
    assert_eq!(bound[0]["HostIp"], "127.0.0.1", "{bound}");
    assert!(fs::read_to_string("/proc/thread-self/net/dev").unwrap().contains(&bridge));
    let code = r#"docker.network.create("@other", #{options: #{"com.docker.network.bridge.name": params.bridge}});"#;
    let outcome = engine.script(code).args([&format!("bridge={bridge}")]).run();
    outcome.code(4).stderr_has(&format!("the bridge \"{bridge}\" is that of network \"@net\""));
    let code = r#"docker.network.create("@other", #{options: #{"com.docker.network.bridge.name": "docker0"}});"#;
    engine.script(code).run().code(4).stderr_has("the bridge \"docker0\" is that of network \"bridge\"");
}

// shows: network.internal
#[test]
fn an_internal_network_has_no_way_out_and_others_have() {
    let (engine, far) = (PrivateEngine::start(&[]), PrivateEngine::start(&[]));
    engine.cable("10.9.0.1/24", &far, "10.9.0.2/24");
    let code = r#"
        docker.network.create("@net", #{internal: true, ipam: #{subnet: "10.77.0.0/24"}});
        docker.network.create("@open", #{ipam: #{subnet: "10.77.1.0/24"}});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@net", command: ["httpd", "-f", "-h", "/www"]});
        docker.run("xnet-test/busybox", #{name: "@peer", network: "@net"});
        docker.run("xnet-test/busybox", #{name: "@other", network: "@open"});
    "#;
    engine.script(code).run().success();
    engine.until_listening("@web", 80);
    assert_eq!(engine.network("@net")["Internal"], true);
    let page = engine.exec("@peer", &["timeout", "3", "wget", "-qO-", &engine.fill("http://@web/")]);
    assert_eq!(page, "hello from busybox\n");
    let out = |container: &str| engine.exec(container, &["ping", "-c1", "-W1", "10.9.0.2"]);
    assert!(out("@other").contains("1 packets received"), "{}", out("@other"));
    assert!(!out("@peer").contains("1 packets received"), "{}", out("@peer"));
}

// shows: network.builtin-drivers
#[test]
fn the_engine_s_one_network_of_host_and_null_is_named() {
    let engine = Engine::new();
    for (driver, network) in [("host", "host"), ("null", "none")] {
        let code = format!(r#"docker.network.create("@net", #{{driver: "{driver}"}});"#);
        let outcome = engine.script(&code).run();
        outcome.code(4).stderr_has(&format!("one network of driver \"{driver}\" and allows no other: \"{network}\""));
        outcome.stderr_has(&format!(r#"docker.run(image, #{{network: "{network}"}})"#));
    }
    engine.script(r#"docker.network.remove("bridge");"#).run().code(4).stderr_has("pre-defined");
}

// shows: network.config-only
#[test]
fn a_network_is_made_from_a_template() {
    let engine = Engine::with_subnets(1);
    let code = r#"
        docker.network.create("@plan", #{
            config_only: true,
            ipam: #{subnet: "<subnet>", gateway: "<ip3>"},
            options: #{"com.docker.network.driver.mtu": 1300},
            labels: #{tier: "front"},
        });
        docker.network.create("@net", #{config_from: "@plan", internal: true});
        print(docker.network.ensure("@net", #{config_from: "@plan", internal: true}).outcome);
        for act in [
            || docker.network.create("@other", #{config_from: "@plan", options: #{a: "b"}}),
            || docker.network.create("@other", #{config_from: "@plan"}),
            || docker.network.create("@other", #{config_from: "bridge"}),
            || docker.network.remove("@plan"),
        ] {
            try { act.call() } catch (e) { print(`${e.message}; ${e.hint}`) }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("unchanged\n").stdout_has("`options` cannot be said next to `config_from`");
    outcome.stdout_has("subnet <subnet> overlaps <subnet> of network \"@net\"");
    outcome.stdout_has("the template is a network made with `config_only: true`");
    outcome.stdout_has("network \"@plan\" is used by network \"@net\"; remove these networks first");
    assert_eq!(engine.network("@plan")["ConfigOnly"], true);
    let network = engine.network("@net");
    assert_eq!((&network["ConfigFrom"]["Network"], &network["Internal"]), (&json!(engine.fill("@plan")), &json!(true)));
    assert_eq!(network["IPAM"]["Config"][0]["Gateway"], engine.fill("<ip3>"));
    assert_eq!(network["Options"]["com.docker.network.driver.mtu"], "1300");
    assert_eq!(
        (&network["Labels"]["tier"], &network["Labels"]["xnet.project"]),
        (&json!("front"), &json!(engine.fill("<project>")))
    );
    assert_eq!(engine.delete("/networks/@net"), 204);
}

// shows: network.ipvlan
#[test]
fn a_kernel_without_ipvlan_is_named_as_the_reason() {
    let engine = Engine::new();
    let outcome = engine.script(r#"docker.network.create("@net", #{driver: "ipvlan"});"#).run();
    if engine.network("@net").is_null() {
        outcome.code(4).stderr_has("cannot make this ipvlan network").stderr_has("modprobe ipvlan");
    } else {
        outcome.success();
    }
}

// shows: network.macvlan
#[test]
fn containers_of_a_macvlan_talk_over_its_parent() {
    let engine = PrivateEngine::start(&[]);
    engine.host(&["ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1"]);
    engine.host(&["ip", "link", "set", "lan0", "up"]);
    engine.host(&["ip", "link", "set", "lan1", "up"]);
    let code = r#"
        docker.network.create("@net", #{driver: "macvlan", ipam: #{subnet: "10.77.0.0/24"}, options: #{parent: "lan0"}});
        docker.run("xnet-test/busybox", #{name: "@web", networks: #{"@net": #{ipv4_address: "10.77.0.9"}}});
        docker.run("xnet-test/busybox", #{name: "@peer", network: "@net"});
        for options in [#{parent: "lan0"}, #{parent: "nosuch"}, #{parent: "lan1.7"}, #{}] {
            try {
                docker.network.create("@other", #{driver: "macvlan", options: options});
                docker.network.remove("@other");
            } catch (e) {
                print(`${e.message}; ${e.hint}`);
            }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("the engine's machine has no interface \"nosuch\"");
    let network = engine.network("@net");
    assert_eq!((&network["Driver"], &network["Options"]["parent"]), (&json!("macvlan"), &json!("lan0")));
    assert!(engine.exec("@peer", &["ping", "-c1", "-W2", "10.77.0.9"]).contains("1 packets received"));
    let version = engine.get("/version").json()["ApiVersion"].as_str().unwrap().to_owned();
    if version == "1.41" {
        // Newer engines let several share a parent.
        outcome.stdout_has("the interface \"lan0\" is already the parent of network \"@net\"");
    }
}
