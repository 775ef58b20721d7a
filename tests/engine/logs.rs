//! `docker.logs`: both streams, parts of them, and line by line as they come.

use serde_json::{Value, json};

use crate::support::Engine;

fn shell(command: &str) -> Value {
    json!({"Cmd": ["sh", "-c", command]})
}

// shows: container.logs
#[test]
fn the_streams_are_apart_and_each_can_be_left_out() {
    let engine = Engine::new();
    engine.add_container("@web", shell("echo one; echo bad >&2; echo two; printf 'x\\377y\\n'"));
    engine.post("/containers/@web/wait", &Value::Null);
    let code = r#"
        let logs = docker.logs("@web");
        print(logs.stderr == "bad\n" && logs.stdout.starts_with("one\ntwo\nx"));
        let out = docker.logs("@web", #{stderr: false});
        print(out.stderr == "" && out.stdout == logs.stdout);
        let err = docker.logs("@web", #{stdout: false});
        print(err.stderr == "bad\n" && err.stdout == "");
        let last = docker.logs("@web", #{tail: 1});
        print((last.stdout + last.stderr).split("\n").len());
        docker.logs("@web", #{stderr: false}, |line, stream| print(`${stream}: ${line.len()}`));
    "#;
    let told = "true\ntrue\ntrue\n2\nstdout: 3\nstdout: 3\nstdout: 3\n";
    engine.script(code).run().success().stdout(told);
}

// shows: container.logs
#[test]
fn parts_are_asked_for_by_time_in_every_form() {
    let engine = Engine::new();
    engine.add_container("@web", shell("echo early; sleep 1.5; echo late"));
    engine.post("/containers/@web/wait", &Value::Null);
    let code = r#"
        let lines = docker.logs("@web", #{timestamps: true}).stdout.split("\n");
        let early = lines[0].split(" ")[0];
        let late = lines[1].split(" ")[0];
        print(lines[0].ends_with(" early") && early.len() > 20);
        print(docker.logs("@web", #{since: late}).stdout);
        print(docker.logs("@web", #{before: early}).stdout);
        print(docker.logs("@web", #{since: "1h"}).stdout);
        print(docker.logs("@web", #{"until": "1h"}).stdout == "");
        print(docker.logs("@web", #{since: 946684800, before: 946684801}).stdout == "");
    "#;
    engine.script(code).run().success().stdout("true\nlate\n\nearly\n\nearly\nlate\n\ntrue\ntrue\n");
}

// shows: container.logs-follow
#[test]
fn lines_are_handed_over_as_they_come_until_the_container_ends() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", command:
            ["sh", "-c", "echo one; while ! [ -e /go ]; do sleep 0.05; done; echo two >&2; printf three"]});
        docker.logs(c, #{follow: true}, |line, stream| {
            print(`${stream} ${line}`);
            if line == "one" { exec(c, "touch /go"); }
        });
        print(c.wait());
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("stdout one\n").stdout_has("stderr two\n").stdout_has("stdout three\n");
    outcome.check(outcome.out_text().ends_with("\n0\n"), "it ended with the container");
}

#[test]
fn the_last_words_of_a_container_are_never_left_out() {
    let engine = Engine::new();
    let code = r#"
        for n in 0..6 {
            let c = docker.run("xnet-test/busybox", #{name: "@web", command:
                ["sh", "-c", "echo one; sleep 0.2; echo two >&2; printf three"]});
            let seen = [];
            docker.logs(c, #{follow: true, tail: 5, timestamps: n == 3}, |line| seen.push(line));
            let texts = seen.map(|line| line.split(" ").pop());
            texts.sort();
            print(`${texts} ${seen.all(|line| line.contains(" ") == (n == 3))}`);
            c.remove();
        }
    "#;
    let all = "[\"one\", \"three\", \"two\"] true\n".repeat(6);
    engine.script(code).run().success().stdout(&all);
}

// shows: container.logs-follow
#[test]
fn the_function_or_the_time_ends_it() {
    let engine = Engine::new();
    engine.add_container("@web", shell("while true; do echo again; sleep 0.05; done"));
    let code = r#"
        let seen = [];
        docker.logs("@web", #{follow: true}, |line| { seen.push(line); seen.len() < 3 });
        print(seen);
        docker.logs("@web", #{follow: true, timeout: "300ms"}, || seen.push(1));
        print(seen.len() > 3);
        docker.logs("@web", #{follow: true, tail: 0, timeout: "300ms"}, |line| true);
        print("over");
    "#;
    engine.script(code).run().success().stdout("[\"again\", \"again\", \"again\"]\ntrue\nover\n");
}

#[test]
fn what_the_function_throws_is_told_with_its_own_place() {
    let engine = Engine::new();
    engine.add_container("@web", shell("echo one; sleep 100"));
    let code = "docker.logs(\"@web\", #{follow: true}, |line| {\n    let n = 1;\n    throw `no ${line}`;\n});";
    engine.script(code).run().code(1).stderr_has("no one").stderr_has("main.rhai:3:");
    let code = "try { docker.logs(\"@web\", #{follow: true}, |l| exec(\"@none\", l)) } catch (e) { print(e.kind); }";
    engine.script(code).run().success().stdout("not_found\n");
    let code = "docker.logs(\"@web\", #{follow: true}, |a, b, c| 1);";
    engine.script(code).run().code(2).stderr_has("at most 2 parameters");
}

#[test]
fn following_ends_with_ctrl_c_between_lines() {
    let engine = Engine::new();
    engine.add_container("@web", shell("echo one; sleep 1000"));
    let code = r#"docker.logs("@web", #{follow: true}, |line| print(line)); print("not here");"#;
    let mut running = engine.script(code).start();
    running.until("one");
    running.interrupt();
    running.finish().code(130).stdout_lacks("not here");
}

#[test]
fn options_without_sense_are_refused() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    for (call, words) in [
        (r#"docker.logs("@web", #{follow: true})"#, "`follow` needs a function"),
        (r#"docker.logs("@web", #{stdout: false, stderr: false})"#, "leave nothing"),
        (r#"docker.logs("@web", #{timeout: "1s"}, |line| 1)"#, "`timeout` is for following"),
        (r#"docker.logs("@web", #{since: "yesterday"})"#, "is not a time"),
        (r#"docker.logs("@web", #{folow: true}, |line| 1)"#, "follow"),
    ] {
        engine.script(call).run().code(2).stderr_has(words);
    }
    engine.script(r#"docker.logs("@none", #{follow: true}, |line| 1)"#).run().code(4).stderr_has("@none");
}

#[test]
fn a_terminal_s_lines_and_a_very_long_one_come_whole() {
    let engine = Engine::new();
    let mut body = shell("echo a; echo b");
    body["Tty"] = json!(true);
    engine.add_container("@tty", body);
    engine.post("/containers/@tty/wait", &Value::Null);
    engine.add_container("@long", shell("head -c 1500000 /dev/zero | tr '\\0' x; echo end"));
    engine.post("/containers/@long/wait", &Value::Null);
    let code = r#"
        docker.logs("@tty", |line| print("[" + line + "]"));
        docker.logs("@long", |line| print(line.len()));
    "#;
    engine.script(code).run().success().stdout("[a]\n[b]\n1048576\n451427\n");
}

#[test]
fn a_handle_follows_its_own_container() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", command: ["sh", "-c", "echo hello; sleep 1000"]});
        c.logs(#{follow: true}, |line| { print(line); false });
        print(c.logs(#{tail: 1}).stdout);
        docker.logs(c, #{follow: true}, |line| { c.stop(#{timeout: 0}); });
        print(c.inspect().State.Running);
    "#;
    engine.script(code).run().success().stdout("hello\nhello\n\nfalse\n");
    let code = r#"let c = docker.run("xnet-test/busybox"); c.logs(#{follow: true}, |line| { c.stop(); });"#;
    engine.script(code).run().stderr_has("`logs` uses the value").stderr_has("docker.logs(c, …)");
}
