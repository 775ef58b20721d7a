//! `listening`, `sockets`, `addresses`, `routes`, `neighbours`: what is there inside a container, compared with what tools in
//! the same container say.

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::support::{Engine, SCRATCH, Test};

/// The answer of `xnet COMMAND CONTAINER --json`.
#[track_caller]
fn list(engine: &Engine, command: &str, container: &str, more: &[&str]) -> Vec<Value> {
    let test = engine.test().args([command, container, "--json"]);
    let outcome = more.iter().fold(test, |test, word| test.args([*word])).run();
    outcome.success();
    outcome.json().as_array().unwrap_or_else(|| panic!("a list\n{}", outcome.report())).clone()
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values of these keys, one line for each entry.
fn lines(list: &[Value], keys: &[&str]) -> BTreeSet<String> {
    list.iter().map(|one| keys.iter().map(|key| word(&one[*key])).collect::<Vec<_>>().join(" ")).collect()
}

fn of<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.into_iter().map(str::to_owned).collect()
}

/// What busybox's netstat says of listeners: protocol, address, port.
fn by_netstat(engine: &Engine, container: &str) -> BTreeSet<String> {
    let text = engine.exec(container, &["netstat", "-tuln"]);
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.first().is_some_and(|first| first.starts_with("tcp") || first.starts_with("udp")))
        .map(|row| {
            let (address, port) = row[3].rsplit_once(':').unwrap();
            format!("{} {address} {port}", &row[0][..3])
        })
        .collect()
}

/// An address and what follows the word, in one of `ip`'s lines.
fn after<'a>(row: &[&'a str], word: &str) -> Option<&'a str> {
    row.iter().position(|one| *one == word).and_then(|at| row.get(at + 1)).copied()
}

/// What `ip address` says: interface, address with prefix, scope, MAC, MTU.
fn by_ip_address(engine: &Engine, container: &str) -> BTreeSet<String> {
    let links = engine.exec(container, &["ip", "-o", "link"]);
    let link = |name: &str| {
        let row = links.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let row = row.into_iter().find(|row| row[1].split(['@', ':']).next() == Some(name)).unwrap();
        let mac = after(&row, "link/ether").unwrap_or("null").to_owned();
        (mac, after(&row, "mtu").unwrap().to_owned())
    };
    let text = engine.exec(container, &["ip", "-o", "address"]);
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|row| {
        let address = after(&row, "inet").or_else(|| after(&row, "inet6"))?;
        let (mac, mtu) = link(row[1]);
        Some(format!("{} {address} {} {mac} {mtu}", row[1], after(&row, "scope").unwrap()))
    })
    .collect()
}

/// What `ip route` says of both families: destination, gateway, interface.
fn by_ip_route(engine: &Engine, container: &str) -> BTreeSet<String> {
    let row = |line: &str| {
        let row: Vec<&str> = line.split_whitespace().collect();
        let (via, device) = (after(&row, "via").unwrap_or("null"), after(&row, "dev").unwrap_or("null"));
        format!("{} {via} {device}", row[0])
    };
    let six = engine.exec(container, &["ip", "-6", "route"]);
    // Busybox lists the kernel's own tables too.
    let six =
        six.lines().filter(|line| !line.starts_with("ff00") && !line.starts_with("local") && !line.contains("dev lo"));
    engine.exec(container, &["ip", "route"]).lines().chain(six).map(row).collect()
}

#[track_caller]
fn agrees(engine: &Engine, container: &str) {
    let found = list(engine, "listening", container, &["--all"]);
    assert_eq!(lines(&found, &["protocol", "address", "port"]), by_netstat(engine, container), "{found:?}");
    let mut found = list(engine, "addresses", container, &[]);
    for one in &mut found {
        one["address"] = format!("{}/{}", word(&one["address"]), one["prefix"]).into();
    }
    assert_eq!(lines(&found, &["interface", "address", "scope", "mac", "mtu"]), by_ip_address(engine, container));
    let found = list(engine, "routes", container, &[]);
    assert_eq!(lines(&found, &["destination", "gateway", "interface"]), by_ip_route(engine, container), "{found:?}");
}

/// A dual-stack network.
fn dual(engine: &Engine, name: &str, number: &str) {
    let (four, six) = (engine.fill(&format!("<subnet{number}>")), six(engine, number));
    let config = json!([{"Subnet": four}, {"Subnet": six}]);
    engine.add_network(name, json!({"EnableIPv6": true, "IPAM": {"Config": config}}));
}

/// An IPv6 subnet of this test alone, made from its own IPv4 one.
fn six(engine: &Engine, number: &str) -> String {
    let four = engine.fill(&format!("<subnet{number}>"));
    let parts: Vec<&str> = four.split(['.', '/']).collect();
    let net: ipnet::IpNet = format!("fd00:205:{}:{}::/64", parts[2], parts[3]).parse().unwrap();
    net.to_string()
}

/// Listens on `[::]:80`, `127.0.0.1:81` and `[::1]:82` for TCP, on port 53 for UDP.
const SERVERS: &str = "httpd -p 80; httpd -p 127.0.0.1:81; httpd -p '[::1]:82'; exec udpsvd 0.0.0.0 53 cat";

fn serving(engine: &Engine, name: &str, network: &str) {
    engine.add_container(name, json!({"Cmd": ["sh", "-c", SERVERS], "HostConfig": {"NetworkMode": network}}));
    engine.until_listening(name, 82);
    // It is the last to be started.
    while !by_netstat(engine, name).contains("udp 0.0.0.0 53") {}
}

// shows: probe.look
#[test]
fn what_listens_is_what_tools_inside_see_with_the_process_and_the_backlog() {
    let engine = Engine::with_subnets(1);
    dual(&engine, "@net", "1");
    serving(&engine, "@web", "@net");
    agrees(&engine, "@web");
    let found = list(&engine, "listening", "@web", &[]);
    let own = of([
        "tcp :: 80 httpd true false",
        "tcp 127.0.0.1 81 httpd false true",
        "tcp ::1 82 httpd false true",
        "udp 0.0.0.0 53 udpsvd false false",
    ]);
    assert_eq!(lines(&found, &["protocol", "address", "port", "process", "dual_stack", "loopback_only"]), own);
    let pids: BTreeSet<u64> = found.iter().map(|one| one["pid"].as_u64().unwrap()).collect();
    assert!(pids.contains(&engine.container("@web")["State"]["Pid"].as_u64().unwrap()), "{pids:?}");
    for one in &found {
        assert_eq!(one["container"], engine.fill("@web"));
        assert_eq!(one["backlog"].is_null(), one["protocol"] == "udp", "{one}");
    }
    // The engine's DNS is there only when asked for, and said to be that.
    let all = list(&engine, "listening", "@web", &["--all"]);
    let dns: Vec<&Value> = all.iter().filter(|one| one["address"] == "127.0.0.11").collect();
    assert_eq!(all.len(), found.len() + dns.len());
    assert!(dns.len() == 2 && dns.iter().all(|one| one["owner"] == "docker dns"), "{dns:?}");
    let table = engine.test().args(["listening", "@web"]).run();
    table.success().stdout_has("PROTOCOL").stdout_has("udpsvd").stdout_has("reached only from inside");
    table.stdout_lacks("127.0.0.11");
}

// shows: probe.look
#[test]
fn an_image_without_any_tool_is_looked_into() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let command = json!(["/busybox-app", "httpd", "-f", "-p", "8080"]);
    engine.add_container("@app", json!({"Image": SCRATCH, "Cmd": command, "HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        let c = docker.container("@app");
        docker.wait_for(c, "port:8080");
        for one in listening(c) { print(`${one.protocol} ${one.port} ${one.process} ${one.pid == c.inspect().State.Pid}`); }
        for one in addresses(c) { if one.network != () { print(`${one.network} ${one.address == c.ip("@net")}`); } }
        for one in routes(c) { if one.destination == "default" { print(`default ${one.network}`); } }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout("tcp 8080 busybox-app true\n@net true\ndefault @net\n");
}

#[test]
fn a_container_on_several_networks_has_the_name_of_each_and_one_way_out() {
    let engine = Engine::with_subnets(3);
    for number in ["1", "2", "3"] {
        dual(&engine, &format!("@net{number}"), number);
    }
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net1"}}));
    for net in ["@net2", "@net3"] {
        engine.post(&format!("/networks/{net}/connect"), &json!({"Container": "@web"}));
    }
    agrees(&engine, "@web");
    let found = list(&engine, "addresses", "@web", &[]);
    let inspect = engine.container("@web");
    for net in ["@net1", "@net2", "@net3"].map(|net| engine.fill(net)) {
        let endpoint = &inspect["NetworkSettings"]["Networks"][&net];
        for key in ["IPAddress", "GlobalIPv6Address"] {
            let one = found.iter().find(|one| one["address"] == endpoint[key]).unwrap_or_else(|| panic!("{endpoint}"));
            assert_eq!(
                (&one["network"], &one["mac"], &one["up"]),
                (&json!(net), &endpoint["MacAddress"], &json!(true))
            );
        }
    }
    let routes = list(&engine, "routes", "@web", &[]);
    let four = routes.iter().find(|one| one["destination"] == "default" && one["family"] == "ipv4").unwrap();
    let network = word(&four["network"]);
    assert_eq!(four["gateway"], inspect["NetworkSettings"]["Networks"][&network]["Gateway"], "{four}");
    let every = list(&engine, "routes", "@web", &["--all"]);
    assert!(every.iter().any(|one| one["kind"] == "local") && every.len() > routes.len());
}

#[test]
fn a_container_without_a_network_has_only_the_loopback() {
    let engine = Engine::new();
    serving(&engine, "@lone", "none");
    agrees(&engine, "@lone");
    let found = list(&engine, "addresses", "@lone", &[]);
    assert!(found.iter().all(|one| one["interface"] == "lo" && one["network"].is_null()), "{found:?}");
    assert_eq!(list(&engine, "routes", "@lone", &[]), Vec::<Value>::new());
    assert_eq!(list(&engine, "neighbours", "@lone", &[]), Vec::<Value>::new());
}

#[test]
fn the_host_and_a_container_in_its_network_show_the_same_listeners() {
    let engine = Engine::new();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let command = json!(["httpd", "-f", "-p", format!("127.0.0.1:{free}")]);
    engine.add_container("@hosted", json!({"Cmd": command, "HostConfig": {"NetworkMode": "host"}}));
    engine.until_listening("@hosted", free);
    for (place, shared) in [("host", Value::Null), ("@hosted", json!("host"))] {
        let found = list(&engine, "listening", place, &[]);
        let at = |port: u16| found.iter().find(|one| one["port"] == port && one["protocol"] == "tcp").unwrap();
        assert_eq!(at(port)["pid"], std::process::id(), "{place}");
        assert_eq!((&at(port)["container"], &at(port)["shared_with"]), (&Value::Null, &shared), "{place}");
        assert_eq!(at(free)["container"], engine.fill("@hosted"), "{place}");
    }
    let outcome = engine.test().args(["listening", "@hosted"]).run();
    outcome.success().stderr_has("@hosted shares the network of the host: all that listens there is listed");
}

#[test]
fn the_host_s_bridges_and_published_ports_are_told_by_name() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let bound = json!({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]});
    engine.add_container(
        "@web",
        json!({"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"NetworkMode": "@net", "PortBindings": bound}}),
    );
    let port: u16 =
        word(&engine.container("@web")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]).parse().unwrap();
    let found = list(&engine, "listening", "host", &[]);
    let one = found.iter().find(|one| one["port"] == port).unwrap_or_else(|| panic!("{port}: {found:?}"));
    assert_eq!((&one["owner"], &one["container"]), (&json!("docker proxy"), &json!(engine.fill("@web"))));
    let found = list(&engine, "addresses", "host", &[]);
    let bridge = found.iter().find(|one| one["address"] == engine.fill("<ip1>").as_str()).unwrap();
    assert_eq!(bridge["network"], engine.fill("@net"));
    assert!(!found.iter().any(|one| word(&one["interface"]).starts_with("veth")), "{found:?}");
    let all = list(&engine, "addresses", "host", &["--all"]);
    assert!(all.iter().any(|one| word(&one["interface"]).starts_with("veth")), "{all:?}");
    let routes = list(&engine, "routes", "host", &[]);
    let route = routes.iter().find(|one| one["destination"] == engine.fill("<subnet>").as_str()).unwrap();
    assert_eq!(route["network"], engine.fill("@net"));
}

#[test]
fn a_shared_namespace_says_whose_process_listens() {
    let engine = Engine::new();
    engine.add_container("@web", json!({"Cmd": ["httpd", "-f", "-p", "80"]}));
    let mode = engine.fill("container:@web");
    engine.add_container("@beside", json!({"Cmd": ["httpd", "-f", "-p", "81"], "HostConfig": {"NetworkMode": mode}}));
    for port in [80, 81] {
        engine.until_listening("@web", port);
    }
    for (place, shared) in [("@web", Value::Null), ("@beside", json!(engine.fill("@web")))] {
        let found = list(&engine, "listening", place, &[]);
        let expected = BTreeSet::from([engine.fill("80 @web"), engine.fill("81 @beside")]);
        assert_eq!(lines(&found, &["port", "container"]), expected, "{place}");
        assert!(found.iter().all(|one| one["shared_with"] == shared), "{found:?}");
    }
    engine.test().args(["addresses", "@beside"]).run().success().stdout_has("bridge");
}

#[test]
fn connections_that_a_paused_service_does_not_take_wait_in_its_queue() {
    let engine = Engine::new();
    engine.add_container("@web", json!({"Cmd": ["httpd", "-f", "-p", "80"]}));
    engine.until_listening("@web", 80);
    let address = word(&engine.container("@web")["NetworkSettings"]["IPAddress"]);
    assert_eq!(engine.post("/containers/@web/pause", &Value::Null).status, 204);
    let waiting: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect((address.as_str(), 80)).unwrap()).collect();
    let found = list(&engine, "listening", "@web", &[]);
    assert_eq!((&found[0]["port"], &found[0]["queue"]), (&json!(80), &json!(3)), "{found:?}");
    drop(waiting);
    assert_eq!(engine.post("/containers/@web/unpause", &Value::Null).status, 204);
}

// shows: probe.look
#[test]
fn connections_and_neighbours_have_the_names_of_the_containers() {
    let engine = Engine::with_subnets(1);
    dual(&engine, "@net", "1");
    engine.add_container(
        "@web",
        json!({"Cmd": ["nc", "-lk", "-p", "80", "-e", "cat"], "HostConfig": {"NetworkMode": "@net"}}),
    );
    engine.until_listening("@web", 80);
    let talk = engine.fill("sleep 600 | nc @web 80");
    engine.add_container("@client", json!({"Cmd": ["sh", "-c", talk], "HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        fn established(c) { sockets(c).filter(|one| one.state == "established" && one.protocol == "tcp") }
        while established("@client").is_empty() || established("@web").is_empty() { sleep("50ms"); }
        let there = established("@client")[0];
        let here = established("@web")[0];
        print(`${there.peer_container} ${there.peer_port} ${there.process}`);
        print(`${here.peer_container} ${here.port} ${here.peer == there.address} ${here.peer_port == there.port}`);
        print(here.rtt_ms > 0.0);
        print(sockets("@web", #{all: true}).some(|one| one.state == "listen" && one.port == 80));
    "#;
    engine.script(code).run().success().stdout("@web 80 nc\n@client 80 true true\ntrue\ntrue\n");
    engine.test().args(["sockets", "@web"]).run().success().stdout_has("@client").stdout_has("established");
    let mut known = BTreeSet::new();
    for line in engine.exec("@client", &["ip", "neigh"]).lines() {
        let row: Vec<&str> = line.split_whitespace().collect();
        known.insert(format!("{} {} {}", row[0], after(&row, "dev").unwrap(), after(&row, "lladdr").unwrap_or("null")));
    }
    let found = list(&engine, "neighbours", "@client", &[]);
    assert_eq!(lines(&found, &["address", "interface", "mac"]), known);
    assert!(found.iter().any(|one| one["container"] == engine.fill("@web").as_str()), "{found:?}");
    assert!(found.iter().all(|one| one["network"] == engine.fill("@net").as_str()), "{found:?}");
    engine.test().args(["neighbors", "@client"]).run().success().stdout_has("@web");
}

#[test]
fn a_container_that_was_started_again_is_looked_at_anew() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", command: ["httpd", "-f", "-p", "80"], wait: "port:80"});
        let before = listening(c)[0];
        c.restart();
        docker.wait_for(c, "port:80");
        let after = listening(c)[0];
        print(`${before.port == after.port} ${before.pid == after.pid} ${after.pid == c.inspect().State.Pid}`);
        docker.pause(c);
        print(listening("@web").len());
        docker.unpause(c);
        c.stop(#{timeout: "1s"});
        try { listening(c); } catch (e) { print(`${e.kind}: ${e.message}`); }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout("true false true\n1\nnot_running: container \"@web\" is not running (exited): it has no network until it runs\n");
    for command in ["listening", "sockets", "addresses", "routes", "neighbours"] {
        let outcome = engine.test().args([command, "@web"]).run();
        outcome.code(1).stdout("").stderr_has("\"@web\" is not running (exited)").stderr_has("docker start @web");
        engine.test().args([command, "@wbe"]).run().code(4).stderr_has("did you mean");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for call in ["listening", "sockets", "addresses", "routes", "neighbours"] {
        let code = format!("{call}(\"host\", #{{alll: true}})");
        Test::eval(&code).run().code(2).stderr_has("unknown option `alll`").stderr_has("did you mean `all`?");
        Test::new().args([call]).run().code(2).stderr_has("CONTAINER");
        Test::eval(&format!("{call}(7)")).run().code(2).stderr_has("expected a container");
    }
}
