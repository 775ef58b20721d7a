//! What the engine refuses: its words, what xnet knows beyond them, and exit code 4.

use std::net::TcpListener;

use serde_json::json;

use crate::support::Engine;

// shows: refusal.missing
#[test]
fn a_missing_container_or_network_suggests_the_nearest() {
    let engine = Engine::new();
    engine.add_network("@frontend", json!({}));
    engine.add_container("@database", json!({}));
    engine.script(r#"docker.network.connect("@fronted", "@database")"#).run().code(4).stderr_has("`@frontend`");
    engine.script(r#"docker.network.connect("@frontend", "@databsae")"#).run().code(4).stderr_has("`@database`");
    engine.script(r#"docker.network.remove("@fronted")"#).run().code(4).stderr_has("`@frontend`");
    engine.script(r#"docker.stop("@databsae")"#).run().code(4).stderr_has("`@database`");
}

// shows: refusal.name
#[test]
fn a_name_in_use_is_told() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let outcome = engine.script(r#"docker.run("xnet-test/busybox", #{name: "@web"});"#).run();
    outcome.code(4).stderr_has("@web").stderr_has("main.rhai:1:");
    let code =
        r#"try { docker.run("xnet-test/busybox", #{name: "@web"}) } catch (e) { print(e.kind); print(e.status) }"#;
    engine.script(code).run().success().stdout("conflict\n409\n");
}

// shows: run.port-taken, refusal.port
#[test]
fn a_port_in_use_names_the_container_that_holds_it() {
    let engine = Engine::new();
    let bindings = json!({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]});
    engine.add_container("@holder", json!({"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"PortBindings": bindings}}));
    let port =
        engine.container("@holder")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"].as_str().unwrap().to_owned();
    let code = format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", ports: ["127.0.0.1:{port}:80"]}});"#);
    engine.script(&code).run().code(4).stderr_has(&port).stderr_has("@holder");
    assert!(engine.container("@web").is_null(), "what could not start is not left");
}

// shows: run.port-taken, refusal.port
#[test]
fn a_port_in_use_by_a_process_is_told() {
    let engine = Engine::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let code = format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", ports: ["127.0.0.1:{port}:80"]}});"#);
    let own = format!("({})", std::process::id());
    engine.script(&code).run().code(4).stderr_has(&format!("127.0.0.1:{port}")).stderr_has(&own);
    assert!(engine.container("@web").is_null(), "what could not start is not left");
}

#[test]
fn a_container_with_its_hosts_network_cannot_be_connected_and_says_why() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "host"}}));
    engine.script(r#"docker.network.connect("@net", "@web")"#).run().code(4).stderr_has("host");
}

#[test]
fn an_address_outside_the_network_or_taken_is_refused() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@web", json!({}));
    let connect = |address: &str| format!(r#"docker.network.connect("@net", "@web", #{{ipv4_address: "{address}"}})"#);
    engine.script(&connect("192.0.2.1")).run().code(4).stderr_has("192.0.2.1");
    engine.script(&connect("<gateway>")).run().code(4).stderr_has("<gateway>");
}
