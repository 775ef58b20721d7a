//! Published ports: what the engine binds, how it is asked for again, and who is in the way.

use std::net::{TcpListener, TcpStream, UdpSocket};

use serde_json::{Value, json};

use crate::support::Engine;

/// So many ports in a row that nobody listens on just now, none of the range that the kernel gives out by itself.
fn free_ports(count: u16) -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 10_000 + u16::try_from(std::process::id() % 1_500).unwrap() * 14;
    loop {
        let first = start % 20_000 + 10_000 + NEXT.fetch_add(count, Ordering::SeqCst);
        if (first..first + count).all(|port| TcpListener::bind(("0.0.0.0", port)).is_ok()) {
            return first;
        }
    }
}

fn bindings(engine: &Engine, key: &str) -> Value {
    engine.container("@web")["NetworkSettings"]["Ports"][key].clone()
}

// shows: run.ports
#[test]
fn every_form_is_bound_as_it_is_written() {
    let engine = Engine::new();
    let first = free_ports(8);
    let code = format!(
        r#"docker.run("xnet-test/busybox", #{{name: "@web", ports: [
            "127.0.0.1:{first}:80", "[::1]:{first}:81", "127.0.0.1:{}-{}:90-91", "127.0.0.1:{}-{}:92", "127.0.0.1:{}:53/udp", "127.0.0.1::93",
            "127.0.0.1:{}:94/sctp",
        ]}});"#,
        first + 1,
        first + 2,
        first + 3,
        first + 5,
        first + 6,
        first + 7,
    );
    let outcome = engine.script(&code).run();
    // A kernel may have no SCTP: then that is what is said, and nothing is left.
    if !outcome.status.success() {
        outcome.code(4).stderr_has("protocol not supported");
        assert!(engine.container("@web").is_null());
        engine.script(&code.replace(&format!("\"127.0.0.1:{}:94/sctp\",", first + 7), "")).run().success();
    }
    let bound = |address: &str, port: u16| json!([{"HostIp": address, "HostPort": port.to_string()}]);
    assert_eq!(bindings(&engine, "80/tcp"), bound("127.0.0.1", first));
    assert_eq!(bindings(&engine, "81/tcp"), bound("::1", first));
    assert_eq!(bindings(&engine, "90/tcp"), bound("127.0.0.1", first + 1));
    assert_eq!(bindings(&engine, "91/tcp"), bound("127.0.0.1", first + 2));
    assert_eq!(bindings(&engine, "53/udp"), bound("127.0.0.1", first + 6));
    let chosen: u16 = bindings(&engine, "92/tcp")[0]["HostPort"].as_str().unwrap().parse().unwrap();
    assert!((first + 3..=first + 5).contains(&chosen), "{chosen}");
    let code = r#"print(docker.port("@web", "53/udp")); print(docker.port("@web", 81)); print(docker.port("@web", 93).len());"#;
    let told = format!("[\"127.0.0.1:{}\"]\n[\"[::1]:{first}\"]\n1\n", first + 6);
    engine.script(code).run().success().stdout(&told);
    engine
        .script(r#"docker.port("@web", 99)"#)
        .run()
        .code(4)
        .stderr_has("does not publish port 99/tcp")
        .stderr_has("80/tcp");
}

// shows: run.random-port
#[test]
fn a_random_host_port_is_asked_of_the_handle_and_answers() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", ports: ["8080"], command: "httpd -f -p 8080 -h /www", wait: "port:8080"});
        print(c.port("8080"));
        print(c.port(8080) == c.port("8080/tcp"));
    "#;
    let outcome = engine.script(code).run();
    let shown = outcome.success().out_text();
    let (address, same) = shown.trim_end().split_once('\n').unwrap();
    assert_eq!(same, "true");
    let port = address.strip_prefix("0.0.0.0:").unwrap_or_else(|| panic!("{address}"));
    TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
}

// shows: run.expose
#[test]
fn publish_all_binds_what_is_exposed() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", expose: ["80", "53/udp"], publish_all: true});
        print(c.port(80) != () && c.port("53/udp") != ());
    "#;
    engine.script(code).run().success().stdout("true\n");
}

// shows: run.port-taken, refusal.port
#[test]
fn a_udp_port_in_use_names_the_process_or_the_container() {
    let engine = Engine::new();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let code = format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", ports: ["127.0.0.1:{port}:53/udp"]}});"#);
    engine
        .script(&code)
        .run()
        .code(4)
        .stderr_has(&format!("{port}/udp"))
        .stderr_has(&format!("({})", std::process::id()));
    drop(socket);
    let ports = json!({"53/udp": [{"HostIp": "127.0.0.1", "HostPort": port.to_string()}]});
    engine.add_container("@dns", json!({"ExposedPorts": {"53/udp": {}}, "HostConfig": {"PortBindings": ports}}));
    engine.script(&code).run().code(4).stderr_has("container \"@dns\"");
    // The same number over TCP is another port.
    engine.script(&code.replace("/udp", "")).run().success();
}

// shows: run.port-taken
#[test]
fn one_port_of_a_range_in_use_is_named() {
    let engine = Engine::new();
    let first = free_ports(3);
    let ports = json!({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": (first + 1).to_string()}]});
    engine.add_container("@holder", json!({"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"PortBindings": ports}}));
    let code =
        |ports: &str| format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", ports: ["127.0.0.1:{ports}"]}});"#);
    let outcome = engine.script(&code(&format!("{first}-{}:90-92", first + 2))).run();
    outcome.code(4).stderr_has(&format!("127.0.0.1:{}", first + 1)).stderr_has("@holder");
    assert!(engine.container("@web").is_null());
    // Any of a range for one port: the free one is taken.
    engine.script(&code(&format!("{}-{}:90", first + 1, first + 2))).run().success();
    assert_eq!(bindings(&engine, "90/tcp")[0]["HostPort"], (first + 2).to_string());
    let outcome = engine.script(&code(&format!("{}-{}:90", first + 1, first + 2)).replace("@web", "@more")).run();
    outcome.code(4).stderr_has("in use").stderr_has(&(first + 1).to_string());
    assert!(engine.container("@more").is_null());
}

// shows: run.ignored-ports
#[test]
fn ports_that_would_do_nothing_are_refused() {
    let engine = Engine::new();
    for mode in ["host", "none"] {
        let code =
            format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", network: "{mode}", ports: ["80:80"]}});"#);
        let words = format!("`ports` do nothing with network \"{mode}\"");
        engine.script(&code).run().code(2).stderr_has(&words).stderr_has("allow_ignored_ports");
    }
    assert!(engine.container("@web").is_null());
}
