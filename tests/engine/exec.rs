//! `exec` and `xnet exec`: a command inside a container.

use serde_json::json;

use crate::support::{Engine, SCRATCH};

fn with_web() -> Engine {
    let engine = Engine::new();
    engine.add_container("@web", json!({"Env": ["FROM_IMAGE=1"]}));
    engine
}

// shows: exec.shell
#[test]
fn text_goes_through_the_shell_of_the_container() {
    let code = r#"
        let r = exec("@web", "echo one; echo two; echo bad >&2; x=5; echo $x $FROM_IMAGE");
        print(r.stdout == "one\ntwo\n5 1\n");
        print(r.stderr == "bad\n");
        print(r.lines);
        print(`${r.exit_code} ${r.ok} ${r.duration_ms >= 0}`);
    "#;
    with_web().script(code).run().success().stdout("true\ntrue\n[\"one\", \"two\", \"5 1\"]\n0 true true\n");
}

// shows: exec.list
#[test]
fn a_list_is_arguments_whatever_they_hold() {
    let code = r#"
        for text in ["x; touch /tmp/owned", "$(touch /tmp/owned)", "\"", "'", "a b", "", "line\nbreak", "é", "*", "-n"] {
            let r = exec("@web", ["printf", "%s", text]);
            if r.stdout != text { throw `${text} became ${r.stdout}`; }
        }
        print(exec("@web", ["test", "-e", "/tmp/owned"], #{check: false}).exit_code);
    "#;
    with_web().script(code).run().success().stdout("1\n");
}

// shows: exec.options
#[test]
fn the_options_do_what_they_say() {
    let code = r#"
        print(exec("@web", "echo $XT; echo $FROM_IMAGE", #{env: #{XT: "$(id)"}}).lines);
        print(exec("@web", "id -u", #{user: "1000"}).stdout == "1000\n");
        print(exec("@web", "pwd", #{working_dir: "/www"}).stdout == "/www\n");
        print(exec("@web", ["cat"], #{stdin: "given\nlines"}).stdout == "given\nlines");
        print(exec("@web", "wc -c", #{stdin: ""}).stdout == "0\n");
    "#;
    with_web().script(code).run().success().stdout("[\"$(id)\", \"1\"]\ntrue\ntrue\ntrue\ntrue\n");
}

// shows: exec.check
#[test]
fn a_failure_throws_with_the_last_words_unless_told_not_to() {
    let engine = with_web();
    let outcome = engine.script("\nexec(\"@web\", \"echo why >&2; exit 9\");").run();
    outcome.code(9).stderr_has("why").stderr_has("@web").stderr_has("main.rhai:2:");
    let code = r#"
        let r = exec("@web", "exit 9", #{check: false});
        print(`${r.exit_code} ${r.ok}`);
        try { exec("@web", "exit 9") } catch (e) { print(`${e.kind} ${e.exit_code}`) }
    "#;
    engine.script(code).run().success().stdout("9 false\ncommand 9\n");
}

// shows: exec.bytes
#[test]
fn bytes_that_are_not_text_neither_fail_nor_mix() {
    let engine = with_web();
    let code =
        r#"let r = exec("@web", "printf 'a\\377b'; printf 'c\\376' >&2"); print(r.ok); print(r.stdout.len() == 3);"#;
    engine.script(code).run().success().stdout("true\ntrue\n");
    let outcome = engine.test().args(["exec", "@web", "--", "printf", "a\\377\\000b"]).run();
    outcome.success();
    assert_eq!(outcome.out, b"a\xff\0b");
}

#[test]
fn a_lot_of_output_comes_whole() {
    let code = r#"let r = exec("@web", "head -c 5000000 /dev/zero | tr '\\0' x; echo; seq 10000 >&2"); print(r.stdout.len()); print(r.stderr.split("\n").len());"#;
    with_web().script(code).run().success().stdout("5000001\n10001\n");
}

// shows: exec.options
#[test]
fn output_is_streamed_when_asked() {
    let engine = with_web();
    let code = r#"exec("@web", "echo streamed; echo aside >&2; sleep 600", #{stream: true});"#;
    let mut running = engine.script(code).start();
    running.until("streamed").until("aside").interrupt();
    running.finish().code(130);
}

// shows: exec.options
#[test]
fn a_timeout_ends_the_wait_and_the_process() {
    let engine = with_web();
    let outcome = engine.script(r#"exec("@web", "sleep 4321", #{timeout: "300ms"});"#).run();
    outcome.code(5).stderr_has("300").stderr_has("main.rhai:1:");
    assert_gone(&engine, "sleep 4321");
    let code = r#"try { exec("@web", "sleep 4322", #{timeout: 0.2}) } catch (e) { print(e.kind) }"#;
    engine.script(code).run().success().stdout("timeout\n");
}

/// A killed process may take a moment to go.
#[track_caller]
pub(super) fn assert_gone(engine: &Engine, command: &str) {
    let mut processes = Vec::new();
    for _ in 0..100 {
        processes = engine.processes("@web");
        if !processes.iter().any(|process| process.contains(command)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{command} lives on: {processes:?}");
}

#[test]
fn an_image_without_a_shell_says_so_and_takes_a_list() {
    let engine = Engine::new();
    engine.add_container("@app", json!({"Image": SCRATCH}));
    let outcome = engine.script(r#"exec("@app", "echo hello");"#).run();
    outcome.stderr_has("/bin/sh").stderr_has("hint:").stderr_has("[");
    outcome.check(!outcome.status.success(), "a failure");
    let code = r#"print(exec("@app", ["/busybox-app", "echo", "hello"]).stdout);"#;
    engine.script(code).run().success().stdout("hello\n\n");
}

#[test]
fn a_container_that_is_not_there_or_not_running_is_told() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    engine.add_container("@done", json!({"Cmd": ["true"]}));
    engine.post("/containers/@done/wait", &json!(null));
    engine.script(r#"exec("@wbe", "true")"#).run().code(4).stderr_has("@wbe").stderr_has("`@web`");
    engine.script(r#"exec("@done", "true")"#).run().code(4).stderr_has("@done").stderr_has("not running");
    engine
        .script(r#"try { exec("@none", "true") } catch (e) { print(e.kind); print(e.status); }"#)
        .run()
        .stdout("not_found\n404\n");
}

#[test]
fn the_command_passes_output_and_code_through() {
    let engine = with_web();
    let outcome = engine.test().args(["exec", "@web", "--", "sh", "-c", "echo out; echo err >&2; exit 6"]).run();
    outcome.code(6).stdout("out\n").stderr_has("err\n");
    engine
        .test()
        .args(["exec", "@web", "--", "no-such-program"])
        .run()
        .check_code(&[126, 127, 4])
        .stderr_has("no-such-program");
}

#[test]
fn the_command_has_options_of_its_own() {
    let engine = with_web();
    let test = engine.test().args(["exec", "--env", "A=b c", "--user", "1000", "--workdir", "/www", "@web", "--"]);
    test.args(["sh", "-c", "echo $A; id -u; pwd"]).run().success().stdout("b c\n1000\n/www\n");
}

// shows: exec.bytes
#[test]
fn bytes_go_in_and_come_out_as_they_are() {
    let code = r#"
        let all = blob();
        for byte in 0..256 { all.push(byte); }
        let r = exec("@web", ["sh", "-c", "tee /dev/stderr"], #{stdin: all, bytes: true});
        print(r.stdout == all && r.stderr == all);
        print(type_of(exec("@web", ["cat"], #{stdin: all}).stdout));
        try { exec("@web", ["cat"], #{stdin: [256]}) } catch (e) { print(e.message) }
    "#;
    with_web().script(code).run().success().stdout("true\nstring\nexec: `stdin`: 256 is not a byte\n");
}

// shows: exec.tty
#[test]
fn a_terminal_has_one_stream() {
    let engine = with_web();
    let code = r#"
        let r = exec("@web", "tty; echo aside >&2; exit 3", #{tty: true, check: false});
        print(r.stdout == "/dev/pts/0\r\naside\r\n" && r.stderr == "" && r.exit_code == 3);
        print(exec("@web", "test -t 0 || echo none").stdout);
        print(exec("@web", "stty -echo; cat > /tmp/typed; wc -l < /tmp/typed", #{tty: true, stdin: "one\ntwo\n", timeout: "20s"}).stdout.contains("2"));
    "#;
    engine.script(code).run().success().stdout("true\nnone\n\ntrue\n");
}

// shows: exec.tty
#[test]
fn the_command_passes_stdin_on_when_asked() {
    let engine = with_web();
    let test = engine.test().args(["exec", "-i", "@web", "--", "sh", "-c", "wc -l; test -t 0 || echo no terminal"]);
    test.stdin("one\ntwo\nthree\n").run().success().stdout("3\nno terminal\n");
    let outcome = engine.test().args(["exec", "@web", "--", "cat"]).stdin("not passed on").run();
    outcome.success().stdout("");
    engine.test().args(["exec", "-it", "@web", "--", "sh"]).run().code(2).stderr_has("needs a terminal");
}

// shows: exec.tty
#[test]
fn the_command_gives_its_terminal_to_a_shell_and_takes_it_back() {
    let engine = with_web();
    let test = engine.test().run_by("sh").args(["-c", "xnet exec -it @web -- sh; echo \"ended with $?\"; stty -a"]);
    let mut terminal = test.at_terminal();
    terminal.until("# ").line("stty size; tty").until("40 160").until("/dev/pts/");
    // Ctrl-C is the command's, and does not end xnet.
    terminal.until("# ").line("echo be''gun; sleep 600").until("begun");
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.press("\u{3}").until("# ");
    terminal.resize(30, 100).line("sleep 0.3; stty size").until("30 100");
    terminal.until("# ").line("exit 7").until("ended with 7");
    let modes = terminal.until("icanon").shown();
    assert!(!modes.contains("-icanon") && !modes.contains("-echo "), "{modes}");
    terminal.finish();
}
