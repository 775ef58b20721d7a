//! Ctrl-C: everything ends, nothing is left.

use serde_json::json;

use super::exec::assert_gone;
use crate::support::Engine;

#[test]
fn in_an_exec_of_a_script() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let mut running = engine.script(r#"print("ready"); exec("@web", "sleep 5551");"#).start();
    running.until("ready");
    wait_for_process(&engine, "sleep 5551");
    running.interrupt();
    running.finish().code(130);
    assert_gone(&engine, "sleep 5551");
}

#[test]
fn in_the_command_exec() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let running = engine.test().args(["exec", "@web", "--", "sleep", "5552"]).start();
    wait_for_process(&engine, "sleep 5552");
    running.interrupt();
    running.finish().code(130);
    assert_gone(&engine, "sleep 5552");
}

fn wait_for_process(engine: &Engine, command: &str) {
    for _ in 0..400 {
        if engine.processes("@web").iter().any(|process| process.contains(command)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("{command} never ran: {:?}", engine.processes("@web"));
}

#[test]
fn in_a_wait_for_a_container() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let mut running = engine.script(r#"print("ready"); docker.wait("@web");"#).start();
    running.until("ready").interrupt();
    running.finish().code(130);
    assert_eq!(engine.container("@web")["State"]["Running"], true);
}

#[test]
fn in_the_middle_of_a_creation_leaves_a_whole_thing_or_none() {
    for pause in [0, 20, 60, 120, 200] {
        let engine = Engine::new();
        let mut running =
            engine.script(r#"print("ready"); docker.run("xnet-test/busybox", #{name: "@web"}); sleep(600);"#).start();
        running.until("ready");
        std::thread::sleep(std::time::Duration::from_millis(pause));
        running.interrupt();
        running.finish().code(130);
        let state = engine.container("@web")["State"]["Status"].clone();
        assert!(state.is_null() || state == "running", "left behind as {state}");
    }
}

#[test]
fn in_a_step_of_a_task_skips_the_rest() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let project = "tasks:\n  t:\n    steps:\n      - script: print(\"ready\"); exec(\"@web\", \"sleep 5553\");\n        on_failure: continue\n      - command: echo never\n";
    let mut running = engine.test().project(project).args(["run", "t"]).start();
    running.until("ready");
    wait_for_process(&engine, "sleep 5553");
    running.interrupt();
    running.finish().code(130).stdout_lacks("never");
    assert_gone(&engine, "sleep 5553");
}
