//! Refusals about networks. The engine is the test's own, so that subnets are the same in every run.

use serde_json::json;

use crate::support::{Engine, Outcome, PrivateEngine, golden};

fn refused(engine: &Engine, code: &str) -> Outcome {
    engine.script(&format!("{code}\n")).run()
}

// shows: refusal.overlap, refusal.name, refusal.connected, refusal.address, refusal.missing, refusal.swarm
#[test]
fn of_one_engine() {
    let engine = PrivateEngine::start(&[]);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "10.7.0.0/24", "Gateway": "10.7.0.1"}]}}));
    let endpoints = json!({"EndpointsConfig": {"@net": {"IPAMConfig": {"IPv4Address": "10.7.0.9"}}}});
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}, "NetworkingConfig": endpoints}));
    engine.add_container("@api", json!({}));
    for (name, code) in [
        ("network-overlap", "docker.network.create(\"@new\", #{ipam: #{subnet: \"10.7.0.128/25\"}});"),
        ("network-name-taken", "docker.network.create(\"@net\");"),
        (
            "network-bridge-taken",
            "docker.network.create(\"@new\", #{options: #{\"com.docker.network.bridge.name\": \"docker0\"}});",
        ),
        ("network-host-driver", "docker.network.create(\"@new\", #{driver: \"host\"});"),
        ("network-unknown-driver", "docker.network.create(\"@new\", #{driver: \"weave\"});"),
        ("network-no-swarm", "docker.network.create(\"@new\", #{driver: \"overlay\"});"),
        ("network-no-parent", "docker.network.create(\"@new\", #{driver: \"macvlan\", options: #{parent: \"lan7\"}});"),
        ("network-connected", "docker.network.connect(\"@net\", \"@web\");"),
        ("network-address-taken", "docker.network.connect(\"@net\", \"@api\", #{ipv4_address: \"10.7.0.9\"});"),
        ("network-address-gateway", "docker.network.connect(\"@net\", \"@api\", #{ipv4_address: \"10.7.0.1\"});"),
        (
            "network-address-outside",
            "docker.run(\"xnet-test/busybox\", #{networks: #{\"@net\": #{ip: \"10.8.0.9\"}}});",
        ),
        ("network-not-connected", "docker.network.disconnect(\"@net\", \"@api\");"),
        ("network-missing", "docker.network.remove(\"@nat\");"),
    ] {
        golden(name, refused(&engine, code).code(4));
    }
    let ipvlan = refused(&engine, "docker.network.create(\"@new\", #{driver: \"ipvlan\"});");
    if engine.network("@new").is_null() {
        golden("network-ipvlan", ipvlan.code(4));
    }
}

// shows: refusal.overlap
#[test]
fn of_a_route_of_the_machine() {
    let engine = PrivateEngine::start(&[]);
    engine.host(&["ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1"]);
    engine.host(&["ip", "address", "add", "10.9.0.1/16", "dev", "lan0"]);
    engine.host(&["ip", "link", "set", "lan0", "up"]);
    let pid = engine.pid().to_string();
    let code = "docker.network.create(\"@new\", #{ipam: #{subnet: \"10.9.3.0/24\"}});\n";
    let test = engine.test().file("main.rhai", code).run_by("nsenter");
    golden("network-overlap-route", test.args(["-t", &pid, "-n", "--", "xnet", "main.rhai"]).run().code(4));
}

// shows: refusal.exhausted
#[test]
fn of_an_engine_without_a_subnet_left_to_choose() {
    let options = ["--default-address-pool", "base=100.64.0.0/28,size=28", "--bip", "100.65.0.1/24"];
    let engine = PrivateEngine::start(&options);
    engine.add_network("@net", json!({}));
    for (name, subnet) in [("@a", "10.0.0.0/8"), ("@b", "172.16.0.0/12"), ("@c", "192.168.0.0/16")] {
        engine.add_network(name, json!({"Internal": true, "IPAM": {"Config": [{"Subnet": subnet}]}}));
    }
    golden("network-exhausted", refused(&engine, "docker.network.create(\"@new\");").code(4));
}

// shows: refusal.not-attachable
#[test]
fn of_a_swarm() {
    let engine = PrivateEngine::start(&[]);
    let swarm = json!({"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"});
    assert_eq!(engine.post("/swarm/init", &swarm).status, 200);
    engine.add_network("@closed", json!({"Driver": "overlay"}));
    engine.add_container("@api", json!({}));
    golden("network-not-attachable", refused(&engine, "docker.network.connect(\"@closed\", \"@api\");").code(4));
    let run = refused(&engine, "docker.run(\"xnet-test/busybox\", #{network: \"@closed\"});");
    run.code(4).stderr_has("network \"@closed\" is not attachable");
}
