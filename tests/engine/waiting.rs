//! `wait` of `docker.run`, and `docker.wait_for`.

use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::thread::spawn;

use serde_json::json;

use crate::support::Engine;

// shows: run.wait-running
#[test]
fn one_that_ends_at_once_fails_with_its_last_lines_and_is_not_left() {
    let engine = Engine::new();
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", command: "sh -c 'echo starting; echo no config >&2; exit 3'", wait: "running"});
    "#;
    let outcome = engine.script(code).run();
    outcome.code(1).stderr_has("@web").stderr_has("exit code 3").stderr_has("starting").stderr_has("no config");
    assert!(engine.container("@web").is_null(), "what failed is not left");
    let code = r#"
        try { docker.run("xnet-test/busybox", #{name: "@web", command: "false", wait: "running"}) }
        catch (e) { print(`${e.kind} ${e.exit_code} ${e.resource}`) }
        print(docker.run("xnet-test/busybox", #{name: "@web", wait: "running"}).status());
    "#;
    engine.script(code).run().success().stdout("ended 1 @web\nrunning\n");
}

#[test]
fn a_job_that_fails_is_no_error_without_wait() {
    let engine = Engine::new();
    let code = r#"print(docker.run("xnet-test/busybox", #{name: "@job", command: "false"}).wait())"#;
    engine.script(code).run().success().stdout("1\n");
}

// shows: run.healthcheck, run.wait-healthy
#[test]
fn health_is_waited_for() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{
            name: "@web", wait: "healthy", timeout: "60s", command: "httpd -f -h /www",
            healthcheck: #{test: ["CMD", "wget", "-q", "-O-", "localhost"], interval: "200ms", timeout: "5s", retries: 90, start_period: "1s"},
        });
        print(c.inspect().State.Health.Status);
    "#;
    engine.script(code).run().success().stdout("healthy\n");
    let health = &engine.container("@web")["Config"]["Healthcheck"];
    let expected = json!({"Test": ["CMD", "wget", "-q", "-O-", "localhost"], "Interval": 200_000_000, "Timeout": 5_000_000_000_i64,
        "Retries": 90, "StartPeriod": 1_000_000_000});
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&health[key], value, "{key}");
    }
}

// shows: run.wait-healthy
#[test]
fn one_that_is_unhealthy_fails_with_the_words_of_its_check() {
    let engine = Engine::new();
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", wait: "healthy", command: "sh -c 'echo hello; sleep 600'",
            healthcheck: #{test: "echo the disk is full; exit 1", interval: "100ms", retries: 1}});
    "#;
    let outcome = engine.script(code).run();
    outcome.code(1).stderr_has("unhealthy: the disk is full").stderr_has("hello");
    assert!(engine.container("@web").is_null());
    let code = r#"docker.run("xnet-test/busybox", #{name: "@web", wait: "healthy", healthcheck: false});"#;
    engine.script(code).run().code(2).stderr_has("has no healthcheck to wait for");
    assert!(engine.container("@web").is_null());
}

// shows: run.wait-port
#[test]
fn a_port_is_waited_for() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", wait: ["running", "port:80"],
            command: "sh -c 'sleep 1; exec httpd -f -h /www'"});
        print(c.exec("wget -q -O- localhost").stdout);
    "#;
    engine.script(code).run().success().stdout_has("hello from busybox");
}

// shows: run.wait-port
#[test]
fn a_listener_on_the_loopback_is_told_from_one_that_peers_reach() {
    let engine = Engine::new();
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", command: "httpd -f -p 127.0.0.1:80 -h /www", wait: "port:80", timeout: "2s"});
    "#;
    engine.script(code).run().code(5).stderr_has("listens on 127.0.0.1 only");
    assert!(engine.container("@web").is_null());
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", wait: "port:67/udp", timeout: "30s",
            command: ["sh", "-c", "printf 'start 10.0.0.10\\nend 10.0.0.20\\ninterface eth0\\n' > /etc/udhcpd.conf; exec udhcpd -f"]});
        try { docker.wait_for("@web", "port:67", #{timeout: "200ms"}) } catch (e) { print(`${e.kind}: ${e.message}`) }
    "#;
    engine.script(code).run().success().stdout_has("timeout: ").stdout_has("nothing listens there");
    assert!(!engine.container("@web").is_null(), "wait_for leaves what it waits for");
}

// shows: run.wait-log
#[test]
fn a_line_of_the_log_is_waited_for_on_either_stream() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", wait: "log:ready to serve", timeout: "30s",
            command: "sh -c 'echo starting; sleep 1; printf \"ready \" >&2; sleep 1; echo to serve >&2; sleep 600'"});
        print(c.logs().stdout);
        docker.wait_for(c, ["running", "log:starting"]);
        try { c.wait_for("log:never", #{timeout: "300ms"}) } catch (e) { print(e.kind) }
    "#;
    engine.script(code).run().success().stdout("starting\n\ntimeout\n");
    let code = r#"docker.run("xnet-test/busybox", #{name: "@other", wait: "log:ready", command: "echo only this"});"#;
    engine.script(code).run().code(1).stderr_has("exit code 0").stderr_has("only this");
    assert!(engine.container("@other").is_null());
}

#[test]
fn lines_of_an_earlier_run_do_not_count() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", wait: "log:first",
            command: "sh -c 'if test -e /done; then echo second; else touch /done; echo first; fi; sleep 600'"});
        c.stop(#{timeout: 0});
        c.start();
        c.wait_for("log:second", #{timeout: "30s"});
        try { c.wait_for("log:first", #{timeout: "300ms"}) } catch (e) { print(e.kind) }
    "#;
    engine.script(code).run().success().stdout("timeout\n");
}

#[test]
fn an_interrupted_wait_leaves_no_container() {
    let engine = Engine::new();
    let code = r#"docker.run("xnet-test/busybox", #{name: "@web", wait: "log:never"});"#;
    let running = engine.script(code).start();
    for _ in 0..400 {
        if engine.container("@web")["State"]["Running"] == true {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    running.interrupt();
    running.finish().code(130);
    assert!(engine.container("@web").is_null());
}

#[test]
fn one_that_removes_itself_is_told_to_have_ended() {
    let engine = Engine::new();
    let code =
        r#"docker.run("xnet-test/busybox", #{name: "@web", auto_remove: true, command: "true", wait: "port:80"});"#;
    engine.script(code).run().code(1).stderr_has("@web").stderr_has("has ended");
}

// shows: run.wait-log
#[test]
fn one_that_removes_itself_takes_its_log_along() {
    let engine = Engine::new();
    // The engine may still be at removing the first when the second is made.
    for (name, wait) in [("@log", "log:never"), ("@web", "running")] {
        let code = format!(
            r#"docker.run("xnet-test/busybox", #{{name: "{name}", auto_remove: true, command: "echo hi", wait: "{wait}"}});"#
        );
        let outcome = engine.script(&code).run();
        outcome.code(1).stderr_has(name).stderr_has("has ended").stderr_lacks("marked for removal");
    }
}

// shows: run.wait-log
#[test]
fn the_last_line_of_one_that_ends_counts() {
    let engine = Engine::new();
    let code = r#"
        for n in 0..5 {
            docker.run("xnet-test/busybox", #{command: "echo ready", wait: "log:ready"}).remove();
        }
    "#;
    engine.script(code).run().success();
}

// shows: run.wait-running
#[test]
fn one_that_is_started_again_and_again_does_not_run() {
    let engine = Engine::new();
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", restart: "always", command: "sh -c 'sleep 0.1; exit 7'",
            wait: "running", timeout: "4s"});
    "#;
    engine.script(code).run().code(5).stderr_has("it ends with exit code 7 and is restarted");
    assert!(engine.container("@web").is_null());
}

// shows: run.wait-port
#[test]
fn a_port_is_waited_for_while_the_container_is_restarted_or_paused() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", restart: "always", wait: "port:80", timeout: "30s",
            command: "sh -c 'if test -e /third; then exec httpd -f -h /www; fi; test -e /second && touch /third; touch /second; exit 1'"});
        c.pause();
        try { c.wait_for("port:80", #{timeout: "300ms"}) } catch (e) { print(`${e.kind}: ${e.message}`) }
        c.unpause();
        c.wait_for("port:80");
    "#;
    for host in [None, Some(over_tcp())] {
        let test = engine.script(code);
        let test = if let Some(host) = host { test.env("DOCKER_HOST", &host) } else { test };
        test.run().success().stdout_has("timeout: ").stdout_has("it is paused");
        engine.delete("/containers/@web?force=1");
    }
}

/// An engine that is reached over TCP, and so may be on another machine.
fn over_tcp() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let path = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".into());
    spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let far = UnixStream::connect(path.trim_start_matches("unix://")).unwrap();
            let (mut from, mut to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
            let (mut from, mut to) = (far, near);
            spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    });
    address
}

// shows: run.wait-port
#[test]
fn a_port_on_an_engine_elsewhere_is_looked_at_from_inside() {
    let engine = Engine::new();
    let host = over_tcp();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", wait: "port:80", command: "sh -c 'sleep 1; exec httpd -f -h /www'"});
        try { c.wait_for("port:81", #{timeout: "500ms"}) } catch (e) { print(e.kind) }
    "#;
    engine.script(code).env("DOCKER_HOST", &host).run().success().stdout("timeout\n");
    let code = r#"docker.run("xnet-test/scratch", #{name: "@bare", wait: "port:80"});"#;
    let outcome = engine.script(code).env("DOCKER_HOST", &host).run();
    outcome.code(2).stderr_has("what container \"@bare\" listens on cannot be known from here").stderr_has("log:TEXT");
    assert!(engine.container("@bare").is_null());
}
