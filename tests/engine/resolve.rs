//! `resolve` and `xnet resolve`: what a name means inside a container, compared with the container's own tools.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use crate::support::{Engine, SCRATCH, Says, name_server, within};

fn resolve(engine: &Engine, arguments: &[&str]) -> Value {
    let test = arguments.iter().fold(engine.test().args(["--json", "resolve"]), |test, one| test.args([one]));
    test.run().check_code(&[0, 1]).json()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}

fn address(engine: &Engine, container: &str, network: &str) -> String {
    let network = engine.fill(network);
    engine.container(container)["NetworkSettings"]["Networks"][network.as_str()]["IPAddress"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn on(network: &str, alias: &str) -> Value {
    json!({"HostConfig": {"NetworkMode": network}, "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": [alias]}}}})
}

// shows: probe.resolve
#[test]
fn an_alias_means_all_who_bear_it_on_every_network() {
    let engine = Engine::new();
    engine.add_network("@one", json!({}));
    engine.add_network("@two", json!({}));
    engine.add_container("@web", json!({"Image": SCRATCH, "HostConfig": {"NetworkMode": "@one"}}));
    engine.add_container("@look", json!({"HostConfig": {"NetworkMode": "@one"}}));
    engine.add_container("@db1", on("@one", "db"));
    engine.add_container("@db2", on("@one", "db"));
    engine.add_container("@far", on("@two", "db"));
    let told = resolve(&engine, &["@web", "db"]);
    let mut found = texts(&told["addresses"]);
    found.sort();
    let mut there = vec![address(&engine, "@db1", "@one"), address(&engine, "@db2", "@one")];
    there.sort();
    assert_eq!(found, there, "{told:#}");
    assert_eq!((&told["origin"], &told["server"]), (&json!("dns"), &json!("127.0.0.11:53")));
    let tool = engine.exec("@look", &["nslookup", "db"]);
    assert!(there.iter().all(|one| tool.contains(one)), "{tool}");
    for container in ["@web", "@look"] {
        assert_eq!(engine.post("/networks/@two/connect", &json!({"Container": container})).status, 200);
    }
    // Of several networks that know the name, the engine answers for the first: it is asked, and not guessed at.
    let (told, tool) = (resolve(&engine, &["@web", "db."]), engine.exec("@look", &["nslookup", "db"]));
    let found = texts(&told["addresses"]);
    assert!(!found.is_empty() && found.iter().all(|one| tool.contains(one)), "{tool} {told:#}");
    let back = resolve(&engine, &["@web", &there[0]]);
    assert!(texts(&back["names"])[0].starts_with(&engine.fill("@db")), "{back:#}");
}

// shows: probe.resolve
#[test]
fn a_script_learns_what_a_name_means_and_a_handle_is_a_name() {
    let engine = Engine::new();
    let code = r#"
        docker.network.create("@net");
        let web = docker.run("xnet-test/busybox", #{name: "@web", network: "@net"});
        let db = docker.run("xnet-test/busybox", #{name: "@db", network: "@net"});
        let told = resolve(web, db);
        print(told.ok && told.address == db.ip("@net") && told.records[0].type == "A");
        print(resolve(db, "@web", #{type: "aaaa", timeout: "5s"}).cause);
        print(resolve("host", "127.0.0.9", #{type: "A"}).origin);
        for wrong in [
            || resolve(web, "x", #{tpye: "A"}),
            || resolve(web, "x", #{type: "AB"}),
            || resolve(web, "x", #{server: "dns"}),
            || resolve("@nobody", "x"),
        ] {
            try { wrong.call() } catch (e) { print(`${e.kind}: ${e.message} ${e.hint}`) }
        }
        web.stop(#{timeout: 0});
        try { resolve(web, "x") } catch (e) { print(`${e.kind}: ${e.message} ${e.hint}`) }
    "#;
    let outcome = engine.script(code).run();
    outcome
        .success()
        .stdout_has("true\nname_unknown\naddress\n")
        .stdout_has("did you mean `type`")
        .stdout_has("is no type of DNS record");
    outcome.stdout_has("is no address of a name server").stdout_has("not_found: ").stdout_has("not_running: ");
}

#[test]
fn the_hosts_file_is_asked_first_and_links_stand_in_it() {
    let engine = Engine::new();
    engine.add_container("@db", json!({}));
    let host = json!({"ExtraHosts": ["away:192.0.2.7", "away:2001:db8::7"], "Links": ["@db:database"]});
    engine.add_container("@web", json!({"HostConfig": host}));
    let told = resolve(&engine, &["@web", "AWAY"]);
    assert_eq!(texts(&told["addresses"]), ["192.0.2.7", "2001:db8::7"], "{told:#}");
    assert_eq!(told["origin"], "hosts_file");
    let told = resolve(&engine, &["@web", "database"]);
    assert_eq!(texts(&told["addresses"]), [address(&engine, "@db", "bridge")], "{told:#}");
    let told = resolve(&engine, &["@web", "192.0.2.7"]);
    assert_eq!(texts(&told["names"]), ["away"], "{told:#}");
}

/// A container with a name server in it, and what it was given as its address.
fn with_server(engine: &Engine, network: &str, says: impl Fn(&str) -> Says + Send + Sync + 'static) -> String {
    engine.add_container("@dns", json!({"HostConfig": {"NetworkMode": network}}));
    name_server(engine, "@dns", says);
    address(engine, "@dns", network)
}

#[test]
fn search_domains_and_ndots_are_those_of_the_container() {
    let engine = Engine::new();
    let server = with_server(&engine, "bridge", |name| match name {
        "db.corp.example" => Says::Address(Ipv4Addr::new(10, 9, 9, 9)),
        "a.b" => Says::Address(Ipv4Addr::new(10, 9, 9, 8)),
        _ => Says::Unknown,
    });
    let host = json!({"Dns": [server], "DnsSearch": ["lab.example", "corp.example"], "DnsOptions": ["ndots:2"]});
    engine.add_container("@web", json!({"HostConfig": host}));
    let told = resolve(&engine, &["@web", "db"]);
    assert_eq!(texts(&told["addresses"]), ["10.9.9.9"], "{told:#}");
    assert_eq!(texts(&told["asked"]), ["db.lab.example", "db.corp.example", "db"]);
    assert!(engine.exec("@web", &["nslookup", "db"]).contains("10.9.9.9"));
    let told = resolve(&engine, &["@web", "a.b"]);
    assert_eq!((texts(&told["addresses"]).len(), texts(&told["asked"])[2].as_str()), (1, "a.b"), "{told:#}");
    let told = resolve(&engine, &["@web", "db."]);
    assert_eq!((&told["cause"], texts(&told["asked"])), (&json!("name_unknown"), vec!["db".to_owned()]), "{told:#}");
    // The default bridge knows no names of containers.
    let told = resolve(&engine, &["@web", "@dns"]);
    assert_eq!(told["cause"], "name_unknown", "{told:#}");
}

#[test]
fn an_answer_too_long_for_a_datagram_is_asked_for_over_tcp_and_a_failure_is_told() {
    let engine = Engine::new();
    let server = with_server(&engine, "bridge", |name| match name {
        "many" => Says::Many(60),
        "broken" => Says::Fails,
        _ => Says::Unknown,
    });
    engine.add_container("@web", json!({"HostConfig": {"Dns": [server]}}));
    let told = resolve(&engine, &["@web", "many."]);
    assert_eq!(texts(&told["addresses"]).len(), 60, "{told:#}");
    let told = resolve(&engine, &["@web", "broken."]);
    assert_eq!(told["cause"], "dns_failed", "{told:#}");
    assert!(told["message"].as_str().unwrap().contains("SERVFAIL"), "{told:#}");
    let told = resolve(&engine, &["@web", "many.", "--server", "127.0.0.1"]);
    assert_eq!(told["cause"], "no_nameserver", "{told:#}");
}

#[test]
fn a_silent_upstream_is_told_within_the_time_and_hides_no_known_name() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let server = with_server(&engine, "@net", |_| Says::Nothing);
    let web = json!({"HostConfig": {"NetworkMode": "@net", "Dns": [server]}});
    engine.add_container("@web", web);
    let told = resolve(&engine, &["@web", "nobody.example", "--timeout", "1s"]);
    assert_eq!(told["cause"], "dns_silent", "{told:#}");
    assert!(told["message"].as_str().unwrap().contains("127.0.0.11 did not answer within 1 s"), "{told:#}");
    assert_eq!(texts(&resolve(&engine, &["@web", "@dns"])["addresses"]), [server]);
}

#[test]
fn a_second_server_is_asked_when_the_first_is_silent() {
    let engine = Engine::new();
    let good = with_server(&engine, "bridge", |_| Says::Address(Ipv4Addr::new(10, 9, 9, 9)));
    engine.add_container("@mute", json!({}));
    name_server(&engine, "@mute", |_| Says::Nothing);
    let mute = address(&engine, "@mute", "bridge");
    engine.add_container("@web", json!({"HostConfig": {"Dns": [mute, good]}}));
    let told = resolve(&engine, &["@web", "db."]);
    assert_eq!((&told["ok"], &told["server"]), (&json!(true), &json!(format!("{good}:53"))), "{told:#}");
}

#[test]
fn ipv6_addresses_are_told_beside_those_of_ipv4() {
    let engine = Engine::with_subnets(1);
    let four: ipnet::Ipv4Net = engine.fill("<subnet>").parse().unwrap();
    let [_, _, third, last] = four.network().octets();
    let six = format!("fd00:204:{third}:{last}::/64");
    let ipam = json!({"Config": [{"Subnet": four.to_string()}, {"Subnet": six}]});
    engine.add_network("@net", json!({"EnableIPv6": true, "IPAM": ipam}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@db", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let addresses: Vec<IpAddr> =
        texts(&resolve(&engine, &["@web", "@db"])["addresses"]).iter().map(|one| one.parse().unwrap()).collect();
    assert!(addresses.len() == 2 && addresses[0].is_ipv4() && addresses[1].is_ipv6(), "{addresses:?}");
    let told = resolve(&engine, &["@web", "@db", "-t", "AAAA"]);
    assert_eq!(texts(&told["addresses"]), [addresses[1].to_string()], "{told:#}");
    // Root may enter the namespace: what is told is what it is there.
    let bound = within(&engine, "@db", move || std::net::UdpSocket::bind((addresses[1], 0)).is_ok());
    assert!(bound);
}

#[test]
fn a_container_without_a_network_has_nobody_to_ask() {
    let engine = Engine::new();
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "none"}}));
    let told = resolve(&engine, &["@web", "db", "--timeout", "2s"]);
    let cause = told["cause"].as_str().unwrap();
    assert!(["no_nameserver", "no_route", "dns_silent"].contains(&cause), "{told:#}");
    let told = resolve(&engine, &["@web", "localhost"]);
    assert_eq!((&told["ok"], &told["origin"]), (&json!(true), &json!("hosts_file")), "{told:#}");
}
