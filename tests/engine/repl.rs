//! The REPL with an engine: tables, names of what is there, and Ctrl-C in a call.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::{Engine, StandIn, Test};

#[test]
fn lists_are_tables_and_names_complete() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({}));
    let mut terminal = engine.test().args(["repl"]).at_terminal();
    terminal.enter("docker.network.list(#{filters: #{name: \"@net\"}})").until("NAME").until("@net").until("bridge");
    terminal.enter("docker.list(#{filters: #{name: \"@web\"}})").until("NAME").until("@web");
    let part = engine.fill("@we");
    terminal.prompt().press(&format!("exec(\"{part}\t")).until("@web").press("\u{3}");
    let part = engine.fill("@ne");
    terminal.prompt().press(&format!("docker.network.inspect(\"{part}\t")).until("@net").press("\u{3}");
    terminal.enter(":quit").finish();
}

#[test]
fn ctrl_c_ends_a_call_to_the_engine_and_keeps_the_session() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let mut terminal = engine.test().args(["repl"]).at_terminal();
    terminal.enter("let kept = 3;").enter("print(\"be\" + \"gun\"); exec(\"@web\", \"sleep 5554\")").until("begun");
    std::thread::sleep(std::time::Duration::from_millis(200));
    terminal.press("\u{3}").until("interrupted").enter("kept + 1000").until("1003").enter(":quit").finish();
    super::exec::assert_gone(&engine, "sleep 5554");
}

// shows: repl.handles
#[test]
fn handles_tell_what_they_stand_for() {
    let engine = Engine::with_subnets(1);
    let mut terminal = engine.test().args(["repl"]).at_terminal();
    terminal.enter("let net = docker.network.create(\"@net\", #{ipam: #{subnet: \"<subnet>\"}})");
    terminal.enter("net").until("network @net (").until("bridge, <subnet>)");
    terminal.enter("let c = docker.run(\"xnet-test/busybox\", #{name: \"@web\", networks: #{\"@net\": #{ipv4_address: \"<ip9>\"}}})");
    terminal.enter("c").until("container @web (").until("running, <ip9>)");
    terminal.enter("[c, net]").until("container @web (").until("network @net (");
    terminal.enter("c.kill(); c.wait(); c").until("exited with 137)");
    terminal.enter("c.remove(); c").until("removed)").enter(":quit").finish();
}

/// An engine that tells of its three containers, once they have been made, only when it is asked for all of them at once.
fn asked_together(method: &str, path: &str, before: usize) -> Option<(u16, Value)> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static TOGETHER: Barrier = Barrier::new(3);
    Some(match (method, path) {
        ("POST", "/containers/create") => {
            (201, json!({"Id": format!("c{}", MADE.fetch_add(1, Ordering::SeqCst)), "Warnings": []}))
        }
        ("POST", _) => (204, Value::Null),
        ("GET", "/containers/c0/json" | "/containers/c1/json" | "/containers/c2/json") => {
            if before > 0 {
                TOGETHER.wait();
            }
            let id = path.split('/').nth(2).unwrap_or_default();
            (200, json!({"Id": id, "Name": format!("/web-{id}"), "State": {"Running": true, "Status": "running"}}))
        }
        _ => return None,
    })
}

// shows: repl.handles
#[test]
fn handles_are_asked_for_together_each_at_its_own_engine() {
    let (here, far) = (StandIn::start("1.44", |_, _, _| None), StandIn::start("1.44", asked_together));
    let code = format!(
        "let far = docker.host(\"{}\"); let all = [far.run(\"i\"), far.run(\"i\"), far.run(\"i\")]; all\n",
        far.address()
    );
    let outcome = Test::new().args(["repl"]).env("DOCKER_HOST", &here.address()).stdin(&code).run();
    outcome
        .success()
        .stdout("container web-c0 (c0, running)\ncontainer web-c1 (c1, running)\ncontainer web-c2 (c2, running)\n");
}
