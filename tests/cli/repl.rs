//! The REPL, at a terminal and fed by a pipe.

use std::fs;

use crate::support::Test;

#[test]
fn lines_are_answered_and_variables_stay() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.line("let a = 20;").line("a * 2 + 2").until("42");
    terminal.line("fn twice(x) { x * 2 }").line("twice(a) + 1").until("41");
    terminal.line(":quit");
    assert!(terminal.finish().success());
}

#[test]
fn an_error_keeps_all_variables() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.line("let kept = 5;").line("kept.nothing()").until("error").line("kept + 1000").until("1005");
    terminal.line("let = ;").until("error").line("kept + 2000").until("2005");
    terminal.line(":quit").finish();
}

#[test]
fn an_unfinished_line_asks_for_more() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.line("fn area(a, b) {").line("  a * b").line("}").line("area(6, 111)").until("666");
    terminal.line(":quit").finish();
}

#[test]
fn ctrl_c_interrupts_the_call_and_keeps_the_session() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.line("let kept = 7;").line("print(\"be\" + \"gun\"); sleep(600)").until("begun");
    terminal.press("\u{3}").until("interrupted").line("kept + 1000").until("1007");
    terminal.line("print(\"ag\" + \"ain\"); loop {}").until("again");
    terminal.press("\u{3}").until("interrupted").line("kept + 2000").until("2007");
    terminal.line(":quit").finish();
}

#[test]
fn ctrl_c_at_the_prompt_drops_the_line_and_ctrl_d_ends() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.line("1 + 1").until("2").press("half a line").until("half a line").press("\u{3}");
    terminal.line("40 + 2").until("42").press("\u{4}");
    assert!(terminal.finish().success());
}

#[test]
fn meta_commands_do_what_their_help_says() {
    let test = Test::new().file("lib.rhai", "let loaded = 99; fn f() { 5 }\n");
    let saved = test.path("saved.rhai");
    let mut terminal = test.args(["repl"]).at_terminal();
    terminal.line(":help").until(":load").until(":quit");
    terminal.line(":doc docker.network.create").until("subnet");
    terminal.line(":load lib.rhai").line("loaded + f()").until("104");
    terminal.line("let own = 3;").line(":vars").until("own");
    terminal.line(":save saved.rhai").line(":nonsense").until(":help");
    terminal.line(":quit").finish();
    assert!(fs::read_to_string(saved).unwrap().contains("let own = 3;"));
}

#[test]
fn history_is_kept_in_the_state_folder() {
    let test = Test::new();
    let state = test.path("~/.local/state/xnet");
    let mut terminal = test.args(["repl"]).at_terminal();
    terminal.line("1234 + 1").until("1235").line(":quit").finish();
    let kept: Vec<_> =
        fs::read_dir(&state).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(kept.iter().any(|text| text.contains("1234 + 1")), "{kept:?}");
}

#[test]
fn tab_completes_globals_members_and_meta_commands() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.press("dock\t").until("docker").press("\u{3}");
    terminal.press("docker.netw\t").until("docker.network").press("\u{3}");
    terminal.press("docker.network.ensure_c\t").until("ensure_connected").press("\u{3}");
    terminal.line("let some_long_name = 8;").press("some_lo\t").until("some_long_name").press(" + 1\r").until("9");
    terminal.line(":quit").finish();
}

#[test]
fn a_pipe_can_speak_to_it() {
    let outcome = Test::new().args(["repl"]).stdin("let a = 1;\na + 1\n").run();
    outcome.success().stdout("2\n").stderr_lacks("\u{1b}[");
    let outcome = Test::new().args(["repl"]).stdin("let a = 1;\na.nothing()\na + 5\n").run();
    outcome.stdout("6\n").stderr_has("nothing");
}
