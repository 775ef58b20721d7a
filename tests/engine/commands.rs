//! `xnet network …` and `xnet ps`: tables for people, JSON for programs.

use serde_json::{Value, json};

use crate::support::Engine;

#[test]
fn network_ls_is_a_table_and_json() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let outcome = engine.test().args(["network", "ls"]).run();
    outcome.success().stdout_has("NAME").stdout_has("@net").stdout_has("bridge").stdout_has("<subnet>");
    let listed = engine.test().args(["--json", "network", "ls", "--filter", "name=@net"]).run().success().json();
    assert_eq!(listed[0]["Name"], engine.fill("@net"));
    assert_eq!(listed[0]["Containers"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
}

#[test]
fn network_create_connect_disconnect_rm_do_what_they_say() {
    let engine = Engine::with_subnets(1);
    engine.add_container("@web", json!({}));
    let create =
        ["network", "create", "@net", "--subnet", "<subnet>", "--gateway", "<ip3>", "--internal", "--label", "a=b"];
    engine.test().args(create).args(["--opt", "com.docker.network.driver.mtu=1400"]).run().success().stdout_has("@net");
    let network = engine.network("@net");
    assert_eq!(network["Internal"], true);
    assert_eq!(network["IPAM"]["Config"][0]["Gateway"], engine.fill("<ip3>"));
    assert_eq!(network["Labels"]["a"], "b");
    assert_eq!(network["Labels"]["xnet.project"], engine.fill("<project>"));
    assert_eq!(network["Options"]["com.docker.network.driver.mtu"], "1400");

    engine.test().args(["network", "connect", "@net", "@web", "--alias", "api", "--ip", "<ip9>"]).run().success();
    let endpoint = &engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")];
    assert_eq!(endpoint["IPAddress"], engine.fill("<ip9>"));
    engine.test().args(["network", "connect", "@net", "@web"]).run().code(4);
    engine.test().args(["network", "rm", "@net"]).run().code(4).stderr_has("@web");
    engine.test().args(["network", "disconnect", "@net", "@web"]).run().success();
    engine.test().args(["network", "rm", "@net"]).run().success();
    assert!(engine.network("@net").is_null());
}

#[test]
fn several_networks_are_removed_and_each_failure_is_told() {
    let engine = Engine::new();
    engine.add_network("@one", json!({}));
    engine.add_network("@two", json!({}));
    let outcome = engine.test().args(["network", "rm", "@one", "@missing", "@two"]).run();
    outcome.code(4).stderr_has("@missing");
    assert!(engine.network("@one").is_null() && engine.network("@two").is_null());
}

#[test]
fn network_inspect_is_the_engines_word() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let shown = engine.test().args(["--json", "network", "inspect", "@net"]).run().success().json();
    let shown = if shown.is_array() { shown[0].clone() } else { shown };
    assert_eq!(shown, engine.network("@net"));
    engine.test().args(["network", "inspect", "@net"]).run().success().stdout_has("@net").stdout_has("bridge");
    engine.test().args(["network", "inspect", "@nte"]).run().code(4).stderr_has("`@net`");
}

#[test]
fn network_prune_asks_and_takes_filters() {
    let engine = Engine::new();
    engine.add_network("@net", json!({"Labels": {"xt": "<project>"}}));
    engine.add_network("@kept", json!({}));
    let prune = ["network", "prune", "--filter", "label=xt=<project>"];
    engine.test().args(prune).run().code(2).stderr_has("--yes");
    assert!(!engine.network("@net").is_null());
    engine.test().args(prune).args(["--yes"]).run().success().stdout_has("@net").stdout_lacks("@kept");
    assert!(engine.network("@net").is_null() && !engine.network("@kept").is_null());
}

#[test]
fn ps_shows_containers_with_their_networks_and_ports() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let bindings = json!({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]});
    let host = json!({"NetworkMode": "@net", "PortBindings": bindings});
    engine.add_container("@web", json!({"ExposedPorts": {"80/tcp": {}}, "HostConfig": host}));
    engine.add_container("@done", json!({"Cmd": ["true"]}));
    engine.post("/containers/@done/wait", &Value::Null);
    let outcome = engine.test().args(["ps"]).run();
    outcome.success().stdout_has("NAME").stdout_has("@web").stdout_has("@net").stdout_has("80").stdout_lacks("@done");
    engine.test().args(["ps", "--all"]).run().success().stdout_has("@done");
    let listed = engine.test().args(["ps", "--json"]).run().success().json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["Names"][0].clone()).collect();
    assert!(names.contains(&json!(engine.fill("/@web"))), "{names:?}");
}

#[test]
fn eval_speaks_to_the_engine() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let outcome = engine.test().args(["eval", "docker.network.list(#{filters: #{name: \"@net\"}})"]).run();
    outcome.success().stdout_has("@net").stdout_has("bridge");
    let outcome = engine.test().args(["--json", "eval", "docker.network.inspect(\"@net\")"]).run();
    assert_eq!(outcome.success().json(), engine.network("@net"));
}

#[test]
fn what_changes_networks_answers_programs_too() {
    let engine = Engine::new();
    engine.add_network("@net", serde_json::json!({}));
    engine.add_container("@web", serde_json::json!({}));
    let run = |args: &[&str]| {
        let test = args.iter().fold(engine.test().args(["--json", "network"]), |test, arg| test.args([arg]));
        test.run().success().json()
    };
    assert_eq!(run(&["connect", "@net", "@web"])["connected"], true);
    assert_eq!(run(&["connect", "--ensure", "@net", "@web"])["connected"], false);
    assert_eq!(run(&["disconnect", "@net", "@web"])["disconnected"], true);
    assert_eq!(run(&["rm", "@net"])["removed"], true);
}
