//! One pair at a time.

use serde_json::json;

use super::{address, connects, expect, verdict};
use crate::support::{Engine, SCRATCH};

const HTTPD: [&str; 4] = ["httpd", "-f", "-p", "80"];

fn serving(engine: &Engine, name: &str, network: &str) {
    engine.add_container(name, json!({"Cmd": HTTPD, "HostConfig": {"NetworkMode": network}}));
    engine.until_listening(name, 80);
}

fn idle(engine: &Engine, name: &str, network: &str) {
    engine.add_container(name, json!({"HostConfig": {"NetworkMode": network}}));
}

// shows: probe.ping
#[test]
fn one_network_answers_by_name_alias_and_address_and_another_does_not() {
    let engine = Engine::new();
    engine.add_network("@one", json!({}));
    engine.add_network("@two", json!({}));
    idle(&engine, "@web", "@one");
    let alias = json!({engine.fill("@one"): {"Aliases": ["database"]}});
    let body =
        json!({"Cmd": HTTPD, "HostConfig": {"NetworkMode": "@one"}, "NetworkingConfig": {"EndpointsConfig": alias}});
    engine.add_container("@db", body);
    engine.until_listening("@db", 80);
    serving(&engine, "@far", "@two");
    let near = address(&engine, "@db", "@one");
    for to in ["@db:80", "database:80", "@db", &format!("{near}:80"), &near] {
        let verdict = expect(&engine, "@web", to, "reachable");
        assert_eq!(verdict["address"], near, "{to}");
        assert!(verdict["latency_ms"].as_f64().is_some_and(|latency| latency > 0.0), "{verdict}");
    }
    let closed = expect(&engine, "@web", "@db:81", "refused");
    assert!(closed["hint"].as_str().unwrap().contains("listens on 80"), "{closed}");
    let far = address(&engine, "@far", "@two");
    expect(&engine, "@web", &format!("{far}:80"), "filtered");
    expect(&engine, "@web", &far, "filtered");
    assert!(connects(&engine, "@web", &near, 80) && !connects(&engine, "@web", &far, 80));
    let unknown = expect(&engine, "@web", "@far:80", "name_unknown");
    assert!(unknown["message"].as_str().unwrap().contains("share no network"), "{unknown}");
    assert!(unknown["note"].as_str().unwrap().contains("does not answer"), "{unknown}");
}

// shows: probe.ping
#[test]
fn on_the_default_bridge_addresses_answer_and_names_do_not() {
    let engine = Engine::new();
    serving(&engine, "@db", "bridge");
    idle(&engine, "@web", "bridge");
    let address = address(&engine, "@db", "bridge");
    expect(&engine, "@web", &format!("{address}:80"), "reachable");
    let unknown = expect(&engine, "@web", "@db:80", "name_unknown");
    assert!(unknown["message"].as_str().unwrap().contains("default bridge"), "{unknown}");
    let note = unknown["note"].as_str().unwrap();
    assert!(note.contains(&format!("{address}:80, by address only")), "{unknown}");
}

#[test]
fn internal_networks_none_and_host_are_as_they_are() {
    let engine = Engine::new();
    engine.add_network("@inner", json!({"Internal": true}));
    engine.add_network("@outer", json!({}));
    serving(&engine, "@db", "@inner");
    idle(&engine, "@web", "@inner");
    serving(&engine, "@open", "@outer");
    idle(&engine, "@alone", "none");
    idle(&engine, "@host", "host");
    expect(&engine, "@web", "@db:80", "reachable");
    let open = address(&engine, "@open", "@outer");
    let out = verdict(&engine, "@web", &format!("{open}:80"));
    assert!(["filtered", "no_route"].contains(&out["cause"].as_str().unwrap()), "{out}");
    expect(&engine, "@alone", &format!("{open}:80"), "no_route");
    expect(&engine, "@alone", "127.0.0.1:80", "refused");
    expect(&engine, "@host", &format!("{open}:80"), "reachable");
    expect(&engine, "host", &format!("{open}:80"), "reachable");
    expect(&engine, "host", "@open:80", "name_unknown");
}

// shows: probe.outside
#[test]
fn the_host_and_the_internet_are_destinations() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_network("@inner", json!({"Internal": true}));
    serving(&engine, "@db", "@net");
    idle(&engine, "@web", "@net");
    idle(&engine, "@shut", "@inner");
    let gateway = |network: &str| {
        engine.network(network)["IPAM"]["Config"][0]["Gateway"].as_str().unwrap().split('/').next().unwrap().to_owned()
    };
    let host = expect(&engine, "@web", "host", "reachable");
    assert_eq!(host["address"], gateway("@net"));
    assert_eq!(expect(&engine, "@shut", "host", "reachable")["address"], gateway("@inner"));
    // The well-known addresses of a test are its own.
    let known = format!("{}:80", address(&engine, "@db", "@net"));
    let code = r#"
        let out = reach("@web", "internet", #{internet: ["KNOWN", "192.0.2.1:9"], timeout: "1s"});
        print(`${out.ok} ${out.address} ${out.tried.len()}`);
        print(reach("@shut", "internet", #{internet: "KNOWN", timeout: "1s"}).ok);
    "#;
    let address = known.trim_end_matches(":80").to_owned();
    let outcome = engine.script(&code.replace("KNOWN", &known)).run();
    outcome.success().stdout(&format!("true {address} 2\nfalse\n"));
    let outcome = engine.test().args(["reach", "@web", "internet"]).env("XNET_INTERNET", "somewhere").run();
    outcome.code(2).stderr_has("XNET_INTERNET").stderr_has("\"somewhere\"");
}

// shows: probe.outside
#[test]
fn a_published_port_is_reached_from_the_host() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let ports = json!({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]});
    let host = json!({"NetworkMode": "@net", "PortBindings": ports});
    engine.add_container("@web", json!({"Cmd": HTTPD, "ExposedPorts": {"80/tcp": {}}, "HostConfig": host}));
    engine.until_listening("@web", 80);
    let bound = engine.container("@web")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"].clone();
    expect(&engine, "host", &format!("127.0.0.1:{}", bound.as_str().unwrap()), "reachable");
}

#[test]
fn a_bridge_without_icc_drops_what_its_containers_send_each_other() {
    let engine = Engine::new();
    engine.add_network("@net", json!({"Options": {"com.docker.network.bridge.enable_icc": "false"}}));
    serving(&engine, "@db", "@net");
    idle(&engine, "@web", "@net");
    let address = address(&engine, "@db", "@net");
    let probed = expect(&engine, "@web", "@db:80", "filtered");
    assert!(probed["hint"].as_str().unwrap().contains("on the way"), "{probed}");
    expect(&engine, "@web", "@db", "filtered");
    assert!(!connects(&engine, "@web", &address, 80));
}

#[test]
fn stopped_and_paused_containers_are_told() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    idle(&engine, "@web", "@net");
    serving(&engine, "@db", "@net");
    engine.post("/containers/@db/pause", &json!(null));
    let paused = expect(&engine, "@web", "@db:80", "reachable");
    assert!(paused["note"].as_str().unwrap().contains("paused"), "{paused}");
    let address = address(&engine, "@db", "@net");
    // The kernel of one that never met it has no old entry of ARP to go by.
    idle(&engine, "@fresh", "@net");
    engine.post("/containers/@db/unpause", &json!(null));
    engine.post("/containers/@db/stop?t=0", &json!(null));
    let stopped = expect(&engine, "@web", "@db:80", "not_running");
    assert!(stopped["hint"].as_str().unwrap().contains("start"), "{stopped}");
    let nobody = expect(&engine, "@fresh", &format!("{address}:80"), "no_route");
    assert!(nobody["message"].as_str().unwrap().contains("nobody on the link"), "{nobody}");
    let outcome = engine.test().args(["reach", "@db", "@web"]).run();
    outcome.code(1).stderr_has("is not running").stderr_has("docker start");
}

#[test]
fn a_service_on_loopback_only_is_refused_and_the_hint_says_why() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let command = ["httpd", "-f", "-p", "127.0.0.1:80"];
    engine.add_container("@db", json!({"Cmd": command, "HostConfig": {"NetworkMode": "@net"}}));
    engine.until_listening("@db", 80);
    idle(&engine, "@web", "@net");
    let probed = expect(&engine, "@web", "@db:80", "refused");
    assert!(probed["hint"].as_str().unwrap().contains("127.0.0.1:80 only"), "{probed}");
    expect(&engine, "@db", "127.0.0.1:80", "reachable");
}

// shows: probe.ping
#[test]
fn an_image_without_any_tool_is_probed_from_and_to() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@bare", json!({"Image": SCRATCH, "HostConfig": {"NetworkMode": "@net"}}));
    serving(&engine, "@db", "@net");
    expect(&engine, "@bare", "@db:80", "reachable");
    expect(&engine, "@db", "@bare", "reachable");
    expect(&engine, "@db", "@bare:80", "refused");
}

#[test]
fn every_address_of_several_networks_answers_where_the_source_is_on_one() {
    let engine = Engine::new();
    engine.add_network("@one", json!({}));
    engine.add_network("@two", json!({}));
    serving(&engine, "@db", "@one");
    let joined = engine.post("/networks/@two/connect", &json!({"Container": "@db"}));
    assert_eq!(joined.status, 200, "{}", joined.text());
    idle(&engine, "@web", "@one");
    idle(&engine, "@api", "@two");
    for (from, network) in [("@web", "@one"), ("@api", "@two")] {
        let verdict = expect(&engine, from, "@db:80", "reachable");
        assert_eq!(verdict["address"], address(&engine, "@db", network), "{from}");
    }
    let outcome = engine.test().args(["--json", "matrix", "@web", "@db", "--port", "80"]).run();
    outcome.success();
    let cells = outcome.json()["cells"].as_array().unwrap().clone();
    let to_db = cells.iter().filter(|cell| cell["to"] == engine.fill("@db"));
    let mut causes: Vec<&str> = to_db.map(|cell| cell["cause"].as_str().unwrap()).collect();
    causes.sort_unstable();
    // The other network's address is not for those who are on the first alone.
    assert_eq!(causes, ["filtered", "reachable"], "{cells:#?}");
}

#[test]
fn ipv6_is_probed_as_ipv4_is() {
    let engine = Engine::new();
    let subnet = format!("fd00:{:x}:{:x}::/64", std::process::id() & 0xffff, 0x6b1);
    engine.add_network("@net", json!({"EnableIPv6": true, "IPAM": {"Config": [{"Subnet": subnet}]}}));
    idle(&engine, "@web", "@net");
    serving(&engine, "@db", "@net");
    let network = engine.fill("@net");
    let six = engine.container("@db")["NetworkSettings"]["Networks"][&network]["GlobalIPv6Address"].clone();
    let six = six.as_str().unwrap();
    expect(&engine, "@web", &format!("[{six}]:80"), "reachable");
    expect(&engine, "@web", six, "reachable");
    expect(&engine, "@web", &format!("[{six}]:81"), "refused");
    engine.add_container("@none", json!({"HostConfig": {"NetworkMode": "none"}}));
    expect(&engine, "@none", &format!("[{six}]:80"), "no_route");
    let nobody = subnet.replace("::/64", "::dead");
    for to in [format!("[{nobody}]:80"), format!("[{nobody}]:80/udp"), nobody.clone()] {
        let missing = expect(&engine, "@web", &to, "no_route");
        assert!(missing["message"].as_str().unwrap().contains("nobody on the link"), "{missing}");
    }
}

#[test]
fn udp_tells_an_answer_a_closed_port_and_silence() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_network("@other", json!({}));
    idle(&engine, "@web", "@net");
    idle(&engine, "@db", "@net");
    idle(&engine, "@far", "@other");
    // The engine's own name server.
    expect(&engine, "@web", "127.0.0.11:53/udp", "reachable");
    expect(&engine, "@web", "@db:9/udp", "refused");
    let far = address(&engine, "@far", "@other");
    let silent = expect(&engine, "@web", &format!("{far}:9/udp"), "no_answer");
    assert!(silent["message"].as_str().unwrap().contains("no answer"), "{silent}");
}

#[test]
fn a_container_that_restarts_between_two_probes_is_probed_as_it_is_then() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    idle(&engine, "@web", "@net");
    serving(&engine, "@db", "@net");
    let code = r#"
        print(reach("@web", "@db:80").ok);
        docker.restart("@web", #{timeout: 0});
        docker.restart("@db", #{timeout: 0});
        print(wait_for_port("@web", "@db:80", #{timeout: "20s"}).ok);
        docker.stop("@db", #{timeout: 0});
        print(reach("@web", "@db:80", #{timeout: "300ms"}).cause);
        docker.start("@db");
        print(wait_for_port("@web", "@db:80", #{timeout: "20s"}).ok);
    "#;
    engine.script(code).run().success().stdout("true\ntrue\nnot_running\ntrue\n");
}

#[test]
fn a_name_that_no_server_answers_for_ends_in_time() {
    let engine = Engine::new();
    // Nothing leads out of it, so the engine's name server has nobody to ask.
    engine.add_network("@inner", json!({"Internal": true}));
    let host = json!({"NetworkMode": "@inner", "Dns": ["192.0.2.1"]});
    engine.add_container("@web", json!({"HostConfig": host}));
    let told = verdict(&engine, "@web", "nowhere.example:80");
    let cause = told["cause"].as_str().unwrap();
    assert!(["name_unknown", "dns_silent", "dns_failed"].contains(&cause), "{told}");
    assert_eq!(told["ok"], false);
}

// shows: probe.ping
#[test]
fn a_full_queue_of_a_listener_is_no_firewall() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    idle(&engine, "@web", "@net");
    serving(&engine, "@db", "@net");
    let place = format!("{}:80", address(&engine, "@db", "@net")).parse().unwrap();
    engine.post("/containers/@db/pause", &json!(null));
    let limit = std::time::Duration::from_millis(500);
    let waiting: Vec<_> = (0..600).map_while(|_| std::net::TcpStream::connect_timeout(&place, limit).ok()).collect();
    assert!(waiting.len() < 600, "the queue has an end");
    let full = expect(&engine, "@web", "@db:80", "timed_out");
    assert!(full["message"].as_str().unwrap().contains("the queue of its listener is full"), "{full}");
    assert_eq!(full["reached"], true);
    let code = "assert_no_reach(\"@web\", \"@db:80\");";
    engine.script(code).run().code(1).stderr_has("(timed_out)");
    let code =
        "print(matrix(#{containers: [\"@web\", \"@db\"], port: 80}).cells.filter(|one| one.to == \"@db\")[0].reached);";
    engine.script(code).run().success().stdout("true\n");
    engine.post("/containers/@db/unpause", &json!(null));
}

#[test]
fn a_timeout_that_would_tell_nothing_is_refused() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    for words in [
        &["reach", "@web", "127.0.0.1:80", "--timeout", "0"][..],
        &["ping", "@web", "127.0.0.1", "--timeout", "1ms"],
        &["matrix", "@web", "--timeout", "9ms"],
        &["resolve", "@web", "x", "--timeout", "1us"],
        &["http", "@web", "http://127.0.0.1/", "--timeout", "0"],
        &["tls", "@web", "127.0.0.1:443", "--timeout", "0"],
        &["mtu", "@web", "127.0.0.1", "--timeout", "0"],
    ] {
        let test = words.iter().fold(engine.test(), |test, word| test.args([*word]));
        test.run().code(2).stderr_has("the least is 10ms");
    }
    for call in ["reach", "assert_no_reach", "wait_for_port"] {
        let code = format!("{call}(\"@web\", \"127.0.0.1:80\", #{{timeout: 0}});");
        engine.script(&code).run().code(2).stderr_has("the least is 10ms");
    }
}

#[test]
fn hints_are_of_the_address_and_the_container_that_were_asked() {
    let engine = Engine::new();
    engine.add_network("@one", json!({}));
    engine.add_network("@two", json!({}));
    idle(&engine, "@db", "@one");
    assert_eq!(engine.post("/networks/@two/connect", &json!({"Container": "@db"})).status, 200);
    let (one, two) = (address(&engine, "@db", "@one"), address(&engine, "@db", "@two"));
    engine.exec("@db", &["httpd", "-p", &format!("{one}:80")]);
    idle(&engine, "@api", "@two");
    let probed = expect(&engine, "@api", "@db:80", "refused");
    let hint = probed["hint"].as_str().unwrap();
    assert!(hint.contains(&format!("listens on {one} only, not on {two}")), "{hint}");
    // Another container goes by that name there.
    serving(&engine, "@far", "@one");
    let alias = json!({engine.fill("@two"): {"Aliases": [engine.fill("@far")]}});
    let body = json!({"HostConfig": {"NetworkMode": "@two"}, "NetworkingConfig": {"EndpointsConfig": alias}});
    engine.add_container("@other", body);
    let probed = expect(&engine, "@api", "@far:80", "refused");
    assert_eq!(probed["address"], address(&engine, "@other", "@two"));
    assert_eq!(probed["hint"], json!(null), "{probed}");
}

// shows: probe.outside
#[test]
fn the_gateway_of_a_macvlan_is_not_the_host() {
    let engine = Engine::with_subnets(2);
    engine.add_network("@base", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let parent = format!("br-{}", &engine.network("@base")["Id"].as_str().unwrap()[..12]);
    let pool = json!({"Config": [{"Subnet": "<subnet2>"}]});
    engine.add_network("@lan", json!({"Driver": "macvlan", "Options": {"parent": parent}, "IPAM": pool}));
    idle(&engine, "@web", "@lan");
    let told = expect(&engine, "@web", "host:80", "not_sent");
    assert!(told["message"].as_str().unwrap().contains("macvlan network"), "{told}");
    engine.script("assert_no_reach(\"@web\", \"host:80\");").run().code(1).stderr_has("that is not known");
}
