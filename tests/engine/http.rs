//! `http` and `xnet http`: pages asked for from inside a container that has no tool for it.

use serde_json::{Value, json};

use crate::support::{Engine, SCRATCH, within};

fn http(engine: &Engine, arguments: &[&str]) -> Value {
    let test = arguments.iter().fold(engine.test().args(["--json", "http", "@app"]), |test, one| test.args([one]));
    test.run().check_code(&[0, 1]).json()
}

/// A server on port 80 and a client without any program of its own but one.
fn with_web() -> Engine {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let script = "mkdir -p /www/sub /www/cgi-bin; echo inner > /www/sub/index.html
        printf '#!/bin/sh\necho Content-type: text/plain; echo; echo \"$REQUEST_METHOD $HTTP_USER_AGENT $HTTP_COOKIE\"' \
            > /www/cgi-bin/show; chmod +x /www/cgi-bin/show
        printf 'a\\033]0;owned\\007b\\n' > /www/escapes
        head -c 3000000 /dev/zero | tr '\\0' x > /www/big
        exec httpd -f -p 80 -h /www";
    engine.add_container("@web", json!({"Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@app", json!({"Image": SCRATCH, "HostConfig": {"NetworkMode": "@net"}}));
    engine.until_listening("@web", 80);
    engine
}

#[test]
fn a_terminal_does_not_obey_a_page() {
    let engine = with_web();
    let asked = || engine.test().args(["http", "@app", "http://@web/escapes"]);
    asked().run().success().stdout("a\u{1b}]0;owned\u{7}b\n");
    let mut terminal = asked().at_terminal();
    terminal.until("owned");
    assert!(terminal.finish().success());
    assert!(!terminal.raw().contains("\u{1b}]0;"), "{:?}", terminal.raw());
}

// shows: probe.http
#[test]
fn a_page_is_what_the_containers_own_tool_gets() {
    let engine = with_web();
    let told = http(&engine, &["http://@web/index.html"]);
    let tool = engine.exec("@web", &["wget", "-q", "-O", "-", "http://127.0.0.1/index.html"]);
    assert_eq!((&told["status"], told["body"].as_str().unwrap()), (&json!(200), tool.as_str()), "{told:#}");
    assert!(told["headers"]["content-type"].as_str().unwrap().starts_with("text/html"), "{told:#}");
    let head = http(&engine, &["http://@web/index.html", "--head"]);
    assert_eq!((&head["status"], &head["body"]), (&json!(200), &json!("")), "{head:#}");
    let missing = http(&engine, &["http://@web/nothing"]);
    assert_eq!((&missing["ok"], &missing["status"], &missing["cause"]), (&json!(false), &json!(404), &json!("status")));
    let big = http(&engine, &["http://@web/big"]);
    assert_eq!((&big["truncated"], big["body"].as_str().unwrap().len()), (&json!(true), 1 << 20));
    let shown = http(&engine, &["http://@web/cgi-bin/show", "-H", "cookie=a=b"]);
    let body = shown["body"].as_str().unwrap();
    assert!(body.starts_with("GET xnet/") && body.trim_end().ends_with("a=b"), "{body}");
    engine.test().args(["http", "@app", "http://@web/index.html"]).run().success().stdout_has("hello from busybox");
}

#[test]
fn redirects_are_followed_when_asked() {
    let engine = with_web();
    let told = http(&engine, &["http://@web/sub"]);
    assert_eq!((&told["ok"], &told["redirects"]), (&json!(true), &json!([])), "{told:#}");
    assert!((300..400).contains(&told["status"].as_i64().unwrap()), "{told:#}");
    let told = http(&engine, &["http://@web/sub", "--follow"]);
    assert_eq!((&told["status"], &told["body"]), (&json!(200), &json!("inner\n")), "{told:#}");
    assert_eq!(told["redirects"], json!([engine.fill("http://@web/sub")]), "{told:#}");
}

/// A server of the test inside a container, which says the same to everyone.
fn says(engine: &Engine, container: &str, port: u16, words: &'static str) {
    use std::io::{Read, Write};
    let listener = within(engine, container, move || std::net::TcpListener::bind(("0.0.0.0", port)).expect("a port"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(words.as_bytes());
        }
    });
}

#[test]
fn what_goes_wrong_is_told_apart() {
    let engine = with_web();
    says(&engine, "@web", 81, "SSH-2.0-nobody\r\n");
    says(&engine, "@web", 82, "");
    says(&engine, "@web", 83, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort");
    says(&engine, "@web", 84, "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    says(&engine, "@web", 85, "HTTP/1.1 302 Found\r\nlocation: ftp://x/\r\ncontent-length: 0\r\n\r\n");
    // Its kernel takes connections, and nobody answers them.
    let _silent = within(&engine, "@web", || std::net::TcpListener::bind("0.0.0.0:86").expect("a port"));
    for (url, cause, words) in [
        ("http://@web:81/", "protocol", "not in HTTP"),
        ("http://@web:82/", "protocol", "without an answer"),
        ("http://@web:83/", "protocol", "breaks off"),
        ("http://@web:84/", "protocol", "redirects"),
        ("http://@web:85/", "protocol", "redirects to where"),
        ("http://@web:86/", "timed_out", "connected to"),
        ("http://@web:87/", "refused", "refused"),
        ("https://@web/", "refused", "refused"),
        ("https://@web:81/", "protocol", "not in TLS"),
    ] {
        let told = http(&engine, &[url, "--timeout", "3s", "--follow"]);
        let said = told["message"].as_str().unwrap();
        assert!(told["cause"] == cause && said.contains(words) && told["ok"] == false, "{url}: {told:#}");
    }
    let told = http(&engine, &["http://nobody.invalid/", "--timeout", "3s"]);
    assert!(["name_unknown", "dns_silent"].contains(&told["cause"].as_str().unwrap()), "{told:#}");
    for (url, words) in [("ftp://x", "neither http"), ("http://me:x@web/", "user name"), ("http://", "names no host")] {
        engine.test().args(["http", "@app"]).raw_arg(url).run().code(2).stderr_has(words);
    }
}

// shows: probe.http
#[test]
fn a_script_asks_for_a_page() {
    let engine = with_web();
    let code = r#"
        let told = http("@app", "http://@web/index.html", #{headers: #{accept: "text/html"}, timeout: "5s"});
        print(told.ok && told.body.contains("hello from busybox") && told.status == 200);
        print(told.connect_ms >= 0.0 && told.address.ends_with(":80"));
        print(http("@app", "http://@web/nothing").cause);
        for wrong in [
            || http("@app", "http://@web/", #{metod: "GET"}),
            || http("@app", "http://@web/", #{method: "POST"}),
            || http("@app", "http://@web/", #{headers: #{"bad name": "x"}}),
            || http("@app", "@web:80"),
        ] {
            try { wrong.call() } catch (e) { print(`${e.kind}: ${e.message} ${e.hint}`) }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("true\ntrue\nstatus\n").stdout_has("did you mean `method`").stdout_has("POST");
    outcome.stdout_has("header \"bad name\" cannot be sent").stdout_has("neither http:// nor https://");
}
