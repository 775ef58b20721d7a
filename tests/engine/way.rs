//! `traceroute` and `path_mtu`: the way that packets take, through a router that the test makes of a container.

use std::net::{SocketAddr, TcpStream, UdpSocket};

use rustix::net::{AddressFamily, SocketType};
use serde_json::{Value, json};

use crate::support::{Engine, SCRATCH, within};

fn told(engine: &Engine, arguments: &[&str]) -> Value {
    let test = arguments.iter().fold(engine.test().args(["--json"]), |test, one| test.args([one]));
    test.run().check_code(&[0, 1]).json()
}

fn address(engine: &Engine, container: &str, network: &str) -> String {
    let network = engine.fill(network);
    engine.container(container)["NetworkSettings"]["Networks"][network.as_str()]["IPAddress"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn subnet(engine: &Engine, network: &str) -> String {
    engine.network(network)["IPAM"]["Config"][0]["Subnet"].as_str().unwrap().to_owned()
}

fn admin(network: &str) -> Value {
    json!({"HostConfig": {"NetworkMode": network, "CapAdd": ["NET_ADMIN"], "Sysctls": {"net.ipv4.ip_forward": "1"}}})
}

/// `@a` on one network, `@b` on another whose packets are smaller, and `@router` on both.
fn with_router() -> Engine {
    let engine = Engine::new();
    engine.add_network("@one", json!({}));
    engine.add_network("@two", json!({"Options": {"com.docker.network.driver.mtu": "1300"}}));
    for (name, network) in [("@a", "@one"), ("@b", "@two"), ("@router", "@one")] {
        engine.add_container(name, admin(network));
    }
    assert_eq!(engine.post("/networks/@two/connect", &json!({"Container": "@router"})).status, 200);
    for (container, to, by) in [("@a", "@two", "@one"), ("@b", "@one", "@two")] {
        let by = address(&engine, "@router", by);
        let said = engine.exec(container, &["ip", "route", "add", &subnet(&engine, to), "via", &by]);
        assert_eq!(said, "", "{container}");
    }
    engine
}

#[test]
fn the_way_through_a_router_is_told_by_name_and_agrees_with_the_tool() {
    let engine = with_router();
    let (router, b) = (address(&engine, "@router", "@one"), address(&engine, "@b", "@two"));
    for to in [b.clone(), format!("{b}:80"), format!("{b}:9/udp")] {
        let trace = told(&engine, &["trace", "@a", &to]);
        assert_eq!((&trace["ok"], trace["hops"].as_array().map(Vec::len)), (&json!(true), Some(2)), "{trace:#}");
        let hops = &trace["hops"];
        assert_eq!((&hops[0]["address"], &hops[1]["address"]), (&json!(router), &json!(b)), "{trace:#}");
        assert_eq!(hops[0]["name"], engine.fill("@router"), "{trace:#}");
        assert_eq!(hops[1]["network"], engine.fill("@two"), "{trace:#}");
    }
    let tool = engine.exec("@a", &["traceroute", "-n", "-q", "1", &b]);
    assert!(tool.contains(&router) && tool.lines().count() == 3, "{tool}");
    engine.test().args(["trace", "@a", &b]).run().success().stdout_has(&format!(" 1  {router}"));
}

#[test]
fn a_smaller_link_behind_a_router_is_found_by_what_the_router_says() {
    let engine = with_router();
    let (router, b) = (address(&engine, "@router", "@one"), address(&engine, "@b", "@two"));
    let way = told(&engine, &["mtu", "@a", &b]);
    assert_eq!((&way["mtu"], &way["link_mtu"], &way["by"]), (&json!(1300), &json!(1500), &json!(router)), "{way:#}");
    assert_eq!(way["black_hole"], false, "{way:#}");
}

#[test]
fn a_link_that_drops_large_packets_in_silence_is_found_by_trying() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@a", json!({"Image": SCRATCH, "HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@b", admin("@net"));
    let whole = told(&engine, &["mtu", "@a", "@b"]);
    assert_eq!((&whole["mtu"], &whole["by"]), (&json!(1500), &json!(null)), "{whole:#}");
    assert_eq!(engine.exec("@b", &["ip", "link", "set", "eth0", "mtu", "1200"]), "");
    let hole = told(&engine, &["mtu", "@a", "@b"]);
    // The cable itself lets a VLAN tag of four bytes pass.
    assert!((1200..=1204).contains(&hole["mtu"].as_u64().unwrap()) && hole["black_hole"] == true, "{hole:#}");
    engine.test().args(["mtu", "@a", "@b"]).run().success().stderr_has("vanish").stderr_has("will hang");
}

#[test]
fn the_size_of_a_networks_packets_is_measured_for_both_families() {
    let engine = Engine::with_subnets(1);
    let four: ipnet::Ipv4Net = engine.fill("<subnet>").parse().unwrap();
    let [_, _, third, last] = four.network().octets();
    let ipam = json!({"Config": [{"Subnet": four.to_string()}, {"Subnet": format!("fd00:205:{third}:{last}::/64")}]});
    let options = json!({"com.docker.network.driver.mtu": "1400"});
    engine.add_network("@net", json!({"EnableIPv6": true, "IPAM": ipam, "Options": options}));
    engine.add_container("@a", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@b", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let own = engine.exec("@a", &["cat", "/sys/class/net/eth0/mtu"]);
    assert_eq!(own.trim(), "1400");
    let network = engine.fill("@net");
    let six = engine.container("@b")["NetworkSettings"]["Networks"][network.as_str()]["GlobalIPv6Address"].clone();
    for to in ["@b", six.as_str().unwrap()] {
        let way = told(&engine, &["mtu", "@a", to]);
        assert_eq!((&way["mtu"], &way["ok"]), (&json!(1400), &json!(true)), "{to}: {way:#}");
        let trace = told(&engine, &["trace", "@a", to]);
        assert_eq!((&trace["ok"], trace["hops"].as_array().map(Vec::len)), (&json!(true), Some(1)), "{to}: {trace:#}");
    }
}

// shows: probe.way
#[test]
fn a_script_asks_for_the_way_and_learns_when_there_is_none() {
    let engine = Engine::new();
    let code = r#"
        docker.network.create("@net");
        let a = docker.run("xnet-test/busybox", #{name: "@a", network: "@net"});
        let b = docker.run("xnet-test/busybox", #{name: "@b", network: "@net"});
        let c = docker.run("xnet-test/busybox", #{name: "@c", network: "none"});
        let way = traceroute(a, b, #{max_hops: 3});
        print(`${way.ok} ${way.hops.len()} ${way.hops[0].name} ${way.hops[0].network}`);
        print(path_mtu(a, b).mtu);
        print(traceroute(c, "192.0.2.1", #{wait: "200ms"}).cause);
        print(path_mtu(c, "192.0.2.1", #{timeout: "3s"}).cause);
        for wrong in [|| path_mtu(a, "@b:80"), || traceroute(a, b, #{hops: 3}), || traceroute(a, "http://x")] {
            try { wrong.call() } catch (e) { print(`${e.kind}: ${e.message}`) }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has(&engine.fill("true 1 @b @net\n1500\nno_route\nno_route\n"));
    outcome.stdout_has("names a port").stdout_has("invalid: traceroute").stdout_has("is a URL");
}

#[test]
fn an_address_that_nobody_has_is_told_from_a_firewall() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@a", admin("@net"));
    for command in ["mtu", "trace"] {
        let told = told(&engine, &[command, "@a", "<ip14>"]);
        assert_eq!(told["cause"], "no_route", "{told:#}");
        assert!(told["message"].as_str().unwrap().contains("nobody on the link"), "{told:#}");
    }
    for (kind, words) in [("blackhole", "blackhole"), ("unreachable", "the routes there say")] {
        engine.exec("@a", &["ip", "route", "add", kind, "192.0.2.0/24"]);
        for arguments in [["reach", "@a", "192.0.2.1:80"], ["reach", "@a", "192.0.2.1"], ["mtu", "@a", "192.0.2.1"]] {
            let told = told(&engine, &arguments);
            assert_eq!(told["cause"], "no_route", "{arguments:?} {told:#}");
            assert!(told["message"].as_str().unwrap().contains(words), "{arguments:?} {told:#}");
        }
        engine.exec("@a", &["ip", "route", "del", kind, "192.0.2.0/24"]);
    }
}

#[test]
fn a_silent_port_of_a_machine_that_answers_is_told_from_a_way_that_ends() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@a", admin("@net"));
    engine.add_container("@b", admin("@net"));
    // Nobody accepts, and one connection fills the queue.
    let _full = within(&engine, "@b", || {
        let listener = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&listener, &SocketAddr::from(([0, 0, 0, 0], 80))).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        (listener, TcpStream::connect(("127.0.0.1", 80)).unwrap())
    });
    let _silent = within(&engine, "@b", || UdpSocket::bind(("0.0.0.0", 7)).unwrap());
    for to in ["@b:80", "@b:7/udp"] {
        let trace = told(&engine, &["trace", "@a", to, "--wait", "200ms"]);
        assert_eq!((&trace["ok"], &trace["cause"]), (&json!(false), &json!("no_answer")), "{trace:#}");
        assert!(trace["message"].as_str().unwrap().contains("itself answers an ICMP echo"), "{trace:#}");
    }
}
