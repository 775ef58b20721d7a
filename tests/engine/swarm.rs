//! Swarms, in engines of their own: one of all tests would be in the way of the others.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use crate::support::{Engine, PrivateEngine, golden};

#[test]
fn a_private_engine_is_apart_from_the_shared_one_and_leaves_nothing() {
    let engine = PrivateEngine::start(&["--default-address-pool", "base=10.201.0.0/23,size=24"]);
    let folder = engine.address().trim_start_matches("unix://").trim_end_matches("/docker.sock").to_owned();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net", "PortBindings": {"80/tcp": [{}]}}}));
    assert_eq!(engine.exec("@web", &["cat", "/www/index.html"]), "hello from busybox\n");
    assert_eq!(engine.get("/info").json()["DefaultAddressPools"], json!([{"Base": "10.201.0.0/23", "Size": 24}]));
    engine.script("print(docker.list().len());").run().success().stdout("1\n");
    let shared = Engine::new();
    assert!(shared.network("@net").is_null() && shared.container("@web").is_null());
    let pid = engine.container("@web")["State"]["Pid"].to_string();
    assert!(engine.host(&["ip", "link"]).contains("docker0"));
    drop(engine);
    assert!(!Path::new(&folder).exists(), "{folder} is left");
    // A process that ended and that nobody has waited for yet has no arguments any more.
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(arguments.is_empty(), "{}", String::from_utf8_lossy(&arguments));
}

/// A script that begins a swarm which nobody else can reach.
const BEGIN: &str = r#"docker.swarm.init(#{advertise_addr: "127.0.0.1", listen_addr: "127.0.0.1:2377"});"#;

// shows: swarm, all.spellings
#[test]
fn a_swarm_begins_is_told_of_and_is_left() {
    let engine = PrivateEngine::start(&[]);
    let code = r#"
        let none = docker.swarm.info();
        print(`${none.active} ${none.state} ${none.manager}`);
        let id = docker.swarm.init(#{
            advertiseAddr: "127.0.0.1", listen_addr: "127.0.0.1:2378", data_path_port: 4790,
            default_addr_pool: "10.77.0.0/16", subnet_size: 26, labels: #{tier: "test"},
        });
        let swarm = docker.swarm.info();
        print(`${swarm.active} ${swarm.state} ${swarm.manager} ${swarm.address} ${swarm.node_id == id}`);
        print(swarm.JoinTokens.Worker.contains("SWMTKN-"));
        try { docker.swarm.init() } catch (e) { print(`${e.kind}: ${e.message}`); print(e.hint); }
        try { docker.swarm.leave() } catch (e) { print(`${e.kind}: ${e.message}`); print(e.hint); }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("false inactive false\ntrue active true 127.0.0.1 true\ntrue\n");
    outcome.stdout_has("conflict: the engine is in a swarm already").stdout_has("docker.swarm.leave(#{force: true})");
    outcome.stdout_has("refused: the engine is a manager of its swarm").stdout_has("`force: true` leaves all the same");
    let swarm = engine.get("/swarm").json();
    assert_eq!((&swarm["DefaultAddrPool"], &swarm["SubnetSize"]), (&json!(["10.77.0.0/16"]), &json!(26)));
    assert_eq!((&swarm["DataPathPort"], &swarm["Spec"]["Labels"]["tier"]), (&json!(4790), &json!("test")));
    assert_eq!(swarm["Spec"]["Labels"]["xnet.project"], engine.fill("<project>"));
    let managers = engine.get("/info").json()["Swarm"]["RemoteManagers"].clone();
    assert_eq!(managers[0]["Addr"], "127.0.0.1:2378");

    golden("engine-swarm-already", engine.script("docker.swarm.init()").run().code(4));
    golden("engine-swarm-manager", engine.script("docker.swarm.leave()").run().code(4));
    engine
        .script("docker.swarm.leave(#{force: true}); print(docker.swarm.info().active);")
        .run()
        .success()
        .stdout("false\n");
    assert_eq!(engine.get("/info").json()["Swarm"]["LocalNodeState"], "inactive");
}

// shows: swarm, refusal.swarm
#[test]
fn what_keeps_an_engine_from_a_swarm_is_told() {
    let engine = PrivateEngine::start(&[]);
    let refused = |code: &str, exit: i32, words: &str, hint: &str| {
        let outcome = engine.script(code).run();
        outcome.code(exit).stderr_has(words).stderr_has("hint:").stderr_has(hint);
    };
    refused("docker.swarm.leave()", 4, "the engine is in no swarm", "docker.swarm.init()");
    // There is no network but the loopback here, and no address to choose.
    refused("docker.swarm.init()", 4, "does not know which address to advertise", "advertise_addr: ");
    for (bridge, address) in [("one", "10.1.0.1/24"), ("two", "10.2.0.1/24")] {
        engine.host(&["ip", "link", "add", bridge, "type", "bridge"]);
        engine.host(&["ip", "address", "add", address, "dev", bridge]);
        engine.host(&["ip", "link", "set", bridge, "up"]);
    }
    refused("docker.swarm.init()", 4, "does not know which address to advertise", "advertise_addr: ");
    refused("docker.swarm.init(#{subnet_size: 24})", 2, "without `default_addr_pool`", "10.20.0.0/16");
    refused(r#"docker.swarm.init(#{default_addr_pool: "10.20"})"#, 2, "\"10.20\" is not a subnet", "10.20.0.0/16");
    refused(r#"docker.swarm.init(#{availability: "actve"})"#, 2, "active, pause, drain", "");
    refused(r#"docker.swarm.init(#{advertise_adr: "x"})"#, 2, "advertise_adr", "`advertise_addr`");
    refused(r#"docker.swarm.join("127.0.0.1:2377", #{})"#, 2, "`token` is missing", "JoinTokens");
    golden("engine-no-swarm", engine.script("docker.service.list()").run().code(4));
    refused("docker.node.list()", 4, "not a swarm manager", "docker.swarm.join(");
    refused(r#"docker.service.create("xnet-test/busybox", #{})"#, 4, "not a swarm manager", "docker.swarm.init()");
    assert_eq!(engine.get("/info").json()["Swarm"]["LocalNodeState"], "inactive");
}

// shows: swarm, swarm.node
#[test]
fn a_second_engine_joins_and_both_are_nodes() {
    let (manager, worker) = (PrivateEngine::start(&[]), PrivateEngine::start(&[]));
    manager.cable("10.9.0.1/24", &worker, "10.9.0.2/24");
    // The only interface besides the loopback: no address needs to be named.
    manager.script("docker.swarm.init();").run().success();
    let code = r#"
        let manager = docker.host(params.manager);
        let token = manager.swarm.info().JoinTokens.Worker;
        try { docker.swarm.join("10.9.0.1", #{token: token.sub_string(0, 60)}) } catch (e) { print(e.message); print(e.hint); }
        print(docker.swarm.info().state);
        docker.swarm.join("10.9.0.1:2377", #{token: token});
        let here = docker.swarm.info();
        print(`${here.active} ${here.manager} ${here.managers}`);
        try { docker.node.list() } catch (e) { print(e.hint) }
        let nodes = manager.node.list();
        print(nodes.len());
        let roles = nodes.map(|node| node.Spec.Role);
        roles.sort();
        print(roles);
        manager.node.update(here.node_id, #{availability: "drain", labels: #{zone: "b"}});
        print(manager.node.list(#{filters: #{node_label: "zone=b"}}).map(|node| node.ID == here.node_id));
        let seen = manager.node.inspect(here.node_id);
        print(`${seen.Spec.Availability} ${seen.Status.Addr}`);
        try { manager.node.inspect("nobody") } catch (e) { print(`${e.kind} ${e.resource}`) }
        try { manager.node.remove(here.node_id) } catch (e) { print(e.status) }
        docker.swarm.leave();
        manager.node.remove(here.node_id, #{force: true});
        print(manager.node.list().len());
    "#;
    let outcome = worker.script(code).args([&format!("manager={}", manager.address())]).run();
    outcome.success().stdout_has("the swarm does not take the join token").stdout_has("JoinTokens of a manager");
    outcome.stdout_has("inactive\ntrue false [\"10.9.0.1:2377\"]\n").stdout_has("it is a worker");
    outcome.stdout_has("2\n[\"manager\", \"worker\"]\n[true]\ndrain 10.9.0.2\nnot_found nobody\n");
    outcome.check(outcome.out_text().ends_with("\n1\n"), "one node at the end");
    assert_eq!(manager.get("/nodes").json().as_array().map(Vec::len), Some(1));
}

#[test]
fn an_attachable_overlay_carries_traffic_between_containers_by_name() {
    let engine = PrivateEngine::start(&[]);
    engine.script(BEGIN).run().success();
    let code = r#"
        let net = docker.network.create("@net", #{driver: "overlay", attachable: true, ipam: #{subnet: "10.66.0.0/24"}});
        docker.run("xnet-test/busybox", #{name: "@web", network: net, command: "httpd -f -p 80 -h /www", network_alias: "site"});
        let peer = docker.run("xnet-test/busybox", #{name: "@peer", network: net});
        print(peer.exec("until wget -qO- http://@web; do sleep 0.1; done", #{timeout: "20s"}).stdout);
        print(peer.exec("wget -qO- http://site").stdout);
    "#;
    engine.script(code).run().success().stdout("hello from busybox\n\nhello from busybox\n\n");
    let network = engine.network("@net");
    assert_eq!((&network["Driver"], &network["Scope"]), (&json!("overlay"), &json!("swarm")));
    assert_eq!(network["Attachable"], true);
    assert!(engine.exec("@peer", &["wget", "-qO-", &engine.fill("http://@web")]).contains("hello from busybox"));
}

#[test]
fn a_join_that_fails_is_taken_back() {
    let engine = PrivateEngine::start(&[]);
    let code = r#"docker.swarm.join("127.0.0.1:2377", #{token: params.token, advertise_addr: "127.0.0.1"});"#;
    // A token of the right form, for a swarm that does not answer.
    let token = format!("SWMTKN-1-{}-{}", "0".repeat(50), "0".repeat(25));
    let outcome = engine.script(code).args([&format!("token={token}")]).run();
    outcome.code(4).stderr_has("no manager of the swarm can be reached").stderr_has("2377 unless it was changed");
    assert_eq!(engine.get("/info").json()["Swarm"]["LocalNodeState"], "inactive");
}

#[test]
fn a_join_that_is_stopped_is_taken_back() {
    let engine = PrivateEngine::start(&[]);
    let state = || engine.get("/info").json()["Swarm"]["LocalNodeState"].clone();
    let until = |wanted: &str| {
        for _ in 0..600 {
            if state() == wanted {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("waited in vain for the swarm to be {wanted}, it is {}", state());
    };
    for words in ["link add one type bridge", "address add 10.1.0.1/24 dev one", "link set one up"] {
        engine.host(&["ip"].into_iter().chain(words.split(' ')).collect::<Vec<_>>());
    }
    // Nobody has this address: the engine goes on asking for it.
    let code = r#"docker.swarm.join("10.1.0.99:2377", #{token: params.token});"#;
    let token = format!("SWMTKN-1-{}-{}", "0".repeat(50), "0".repeat(25));
    let running = engine.script(code).args([&format!("token={token}")]).start();
    until("pending");
    running.interrupt();
    running.finish().code(130);
    until("inactive");
}
