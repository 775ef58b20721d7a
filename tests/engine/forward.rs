//! `forward` and `xnet forward`: a local port that leads into a container.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::support::Engine;

const HTTPD: [&str; 5] = ["httpd", "-f", "-p", "80", "-h"];

fn with_web() -> Engine {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let command = [HTTPD.as_slice(), &["/www"]].concat();
    engine.add_container("@web", json!({"Cmd": command, "HostConfig": {"NetworkMode": "@net"}}));
    engine.until_listening("@web", 80);
    engine
}

fn fetch(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The first `127.0.0.1:PORT` in a text.
fn address(text: &str) -> String {
    let at = text.find("127.0.0.1:").unwrap_or_else(|| panic!("an address in: {text}"));
    text[at..]
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':'))
        .collect::<String>()
        .trim_end_matches(':')
        .into()
}

// shows: forward.specs
#[test]
fn a_script_reaches_a_service_that_publishes_nothing() {
    let engine = with_web();
    let code = r#"
        let f = forward("@web", "0:80");
        print(f.local_port > 0);
        print(f.address == `127.0.0.1:${f.local_port}`);
        let r = sh(["busybox", "wget", "-q", "-O", "-", `http://${f.address}/index.html`]);
        print(r.stdout.contains("hello from busybox"));
        print(f.stats().connections >= 1);
        f.close();
        print(sh(["busybox", "nc", "-w", "2", "127.0.0.1", `${f.local_port}`], #{check: false, stdin: ""}).ok);
        print("closed");
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("true\ntrue\n").stdout_has("hello from busybox");
    let text = outcome.out_text();
    outcome.check(text.lines().filter(|line| *line == "true").count() == 4, "four times true");
    outcome.check(text.ends_with("false\nclosed\n"), "nothing listens after close");
}

// shows: forward.specs
#[test]
fn all_the_forms_of_a_mapping_are_taken() {
    let engine = with_web();
    let code = r#"
        print(forward("@web", #{local: 0, remote: 80, bind: "127.0.0.1"}).local_port > 0);
        print(forward("@web", "127.0.0.1:0:80").local_port > 0);
        print(forward("@web", ["0:80", "0:80"]).len());
    "#;
    engine.script(code).run().success().stdout("true\ntrue\n2\n");
}

#[test]
fn a_port_that_is_taken_and_one_where_nothing_listens_are_told() {
    let engine = with_web();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let outcome = engine.script(&format!("forward(\"@web\", \"{port}:80\");")).run();
    outcome.stderr_has(&port.to_string()).stderr_has("main.rhai:1:");
    outcome.check(!outcome.status.success(), "a failure");
    let outcome = engine.script(r#"forward("@web", "0:81");"#).run();
    outcome.stderr_has("81").stderr_has("@web");
    outcome.check(!outcome.status.success(), "a failure");
    engine.script(r#"forward("@none", "0:80");"#).run().code(4).stderr_has("@none");
}

#[test]
fn the_command_serves_until_ctrl_c() {
    let engine = with_web();
    let mut running = engine.test().args(["forward", "@web", "0:80"]).start();
    running.until("127.0.0.1:");
    let heard = running.heard();
    let address = address(&heard);
    assert!(fetch(&address).contains("hello from busybox"));
    assert!(fetch(&address).contains("200 OK"));
    running.interrupt();
    running.finish().code(130);
    assert!(TcpStream::connect(&address).is_err(), "nothing listens after Ctrl-C");
}

#[test]
fn the_command_takes_several_mappings_and_ranges() {
    let engine = with_web();
    engine.add_container("@two", json!({"Cmd": ["sh", "-c", "httpd -p 80 -h /www; httpd -f -p 81 -h /www"]}));
    engine.until_listening("@two", 81);
    let first = 41_000 + std::process::id() % 4_000;
    let range = format!("{first}-{}:80-81", first + 1);
    let mut running = engine.test().args(["forward", "@two", &range, &format!("127.0.0.1:{}:80", first + 2)]).start();
    running.until(&format!("127.0.0.1:{}", first + 2));
    for port in first..first + 3 {
        assert!(fetch(&format!("127.0.0.1:{port}")).contains("hello from busybox"), "{port}");
    }
    running.terminate();
    running.finish().code(130);
}

#[test]
fn many_connections_at_once_are_all_served() {
    let engine = with_web();
    let mut running = engine.test().args(["forward", "@web", "0:80"]).start();
    running.until("127.0.0.1:");
    let address = address(&running.heard());
    let threads: Vec<_> = (0..40)
        .map(|_| {
            std::thread::spawn({
                let address = address.clone();
                move || fetch(&address)
            })
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap().contains("hello from busybox"));
    }
    running.interrupt();
    running.finish().code(130);
}

#[test]
fn a_connection_that_one_side_half_closes_still_carries_the_other() {
    let engine = Engine::new();
    engine.add_container("@web", json!({"Cmd": ["nc", "-ll", "-p", "80", "-e", "sort"]}));
    engine.until_listening("@web", 80);
    let mut running = engine.test().args(["forward", "@web", "0:80"]).start();
    running.until("127.0.0.1:");
    let address = address(&running.heard());
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"b\na\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a\nb\n");
    running.interrupt();
    running.finish().code(130);
}

#[test]
fn forwards_close_with_their_script() {
    let engine = with_web();
    let outcome = engine.script(r#"let f = forward("@web", "0:80"); print(f.address);"#).run();
    outcome.success();
    assert!(TcpStream::connect(address(&outcome.out_text())).is_err());
}

#[test]
fn after_a_restart_a_forward_does_not_lead_to_whoever_has_the_old_address() {
    let engine = with_web();
    let code = r#"
        let f = forward("@web", "0:80");
        docker.stop("@web", #{timeout: 0});
        let other = docker.run("xnet-test/busybox", #{name: "@other", network: "@net", command: ["sleep", "600"]});
        docker.start("@web");
        print(other.ip() != docker.inspect("@web").NetworkSettings.Networks["@net"].IPAddress);
        exec("@web", "until netstat -tln | grep -q :80; do sleep 0.1; done");
        let r = sh(["busybox", "wget", "-q", "-O", "-", `http://${f.address}/index.html`], #{stream: false});
        print(r.stdout.contains("hello from busybox"));
    "#;
    engine.script(code).run().success().stdout("true\ntrue\n");
}

#[test]
fn a_closed_forward_frees_its_port_at_once_and_a_taken_one_names_its_holder() {
    let engine = with_web();
    let code = r#"
        let port = 0;
        for i in 0..30 {
            let f = forward("@web", `${port}:80`);
            port = f.local_port;
            f.close();
        }
        let f = forward("@web", `${port}:80`);
        try { forward("@web", `${port}:80`); } catch (e) { print(e.kind); print(e.message.contains("by process xnet")); }
    "#;
    engine.script(code).run().success().stdout("conflict\ntrue\n");
}
