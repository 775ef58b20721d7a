//! The REPL with an engine: tables, names of what is there, and Ctrl-C in a call.

use serde_json::json;

use crate::support::Engine;

#[test]
fn lists_are_tables_and_names_complete() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({}));
    let mut terminal = engine.test().args(["repl"]).at_terminal();
    terminal.line("docker.network.list(#{filters: #{name: \"@net\"}})").until("NAME").until("@net").until("bridge");
    terminal.line("docker.list(#{filters: #{name: \"@web\"}})").until("NAME").until("@web");
    let part = engine.fill("@we");
    terminal.press(&format!("exec(\"{part}\t")).until("@web").press("\u{3}");
    let part = engine.fill("@ne");
    terminal.press(&format!("docker.network.inspect(\"{part}\t")).until("@net").press("\u{3}");
    terminal.line(":quit").finish();
}

#[test]
fn ctrl_c_ends_a_call_to_the_engine_and_keeps_the_session() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let mut terminal = engine.test().args(["repl"]).at_terminal();
    terminal.line("let kept = 3;").line("print(\"be\" + \"gun\"); exec(\"@web\", \"sleep 5554\")").until("begun");
    std::thread::sleep(std::time::Duration::from_millis(200));
    terminal.press("\u{3}").until("interrupted").line("kept + 1000").until("1003").line(":quit").finish();
    super::exec::assert_gone(&engine, "sleep 5554");
}
