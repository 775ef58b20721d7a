//! `sh` and `quote`: commands on this machine.

use crate::support::Test;

// shows: sh
#[test]
fn sh_gives_output_exit_code_and_lines() {
    let code = r#"
        let r = sh("echo one; echo two; echo bad >&2; exit 3", #{check: false});
        print(r.stdout == "one\ntwo\n");
        print(r.stderr == "bad\n");
        print(r.lines == ["one", "two"]);
        print(`${r.exit_code} ${r.ok}`);
        print(r.duration_ms >= 0);
    "#;
    let outcome = Test::new().script(code).run();
    outcome.success().stdout_has("true\ntrue\ntrue\n3 false\ntrue\n");
}

// shows: sh
#[test]
fn sh_with_a_list_uses_no_shell() {
    let code =
        r#"let r = sh(["printf", "%s|", "a b", "$(id)", ";", "\"", ""]); print(r.stdout == "a b|$(id)|;|\"||");"#;
    Test::new().script(code).run().success().stdout_has("true\n");
}

#[test]
fn a_failing_command_throws_with_its_last_words_and_gives_its_code() {
    let outcome = Test::new().script("let x = 1;\nsh(\"echo first; echo the last words >&2; exit 7\");").run();
    outcome.code(7).stderr_has("the last words").stderr_has("main.rhai:2:").stderr_has("7");
    let code = r#"try { sh("exit 7") } catch (e) { print(`${e.kind} ${e.exit_code}`) }"#;
    Test::new().script(code).run().success().stdout("command 7\n");
}

// shows: sh
#[test]
fn quote_makes_one_word_of_anything() {
    let code = r#"
        for text in ["x; touch owned", "$(id)", "`id`", "\"", "'", "a b", "", "line\nbreak", "-n", "é", "*", "\\"] {
            let r = sh("printf %s " + quote(text));
            if r.stdout != text { throw `${text} became ${r.stdout}`; }
        }
        print("all the same");
    "#;
    let outcome = Test::new().script(code).run();
    outcome.success().stdout_has("all the same\n");
}

#[test]
fn options_of_sh_do_what_they_say() {
    let code = r#"
        print(sh("echo $XT_A", #{env: #{XT_A: "$(id) b"}}).stdout.len());
        print(sh("cat", #{stdin: "given"}).stdout == "given");
        print(sh("pwd", #{working_dir: "/"}).stdout == "/\n");
        try { sh("sleep 60", #{timeout: "100ms"}) } catch (e) { print(e.kind) }
    "#;
    let outcome = Test::new().script(code).run();
    outcome.success().stdout_has("8\n").stdout_has("true\n").stdout_has("timeout\n").stdout_lacks("false");
    Test::new().script(r#"sh("true", #{chekc: false})"#).run().code(2).stderr_has("chekc").stderr_has("check");
}

#[test]
fn bytes_that_are_not_text_do_not_end_a_script() {
    let code = r#"let r = sh("printf 'a\\377\\376b\\n'"); print(r.ok); print(r.lines.len());"#;
    Test::new().script(code).run().success().stdout_has("true\n").stdout_has("1\n");
}

#[test]
fn a_lot_of_output_on_both_streams_does_not_block() {
    let code = r#"
        let r = sh("i=0; while [ $i -lt 20000 ]; do echo out-$i; echo err-$i >&2; i=$((i+1)); done");
        print(`lines: ${r.lines.len()}`);
    "#;
    Test::new().script(code).run().success().stdout_has("lines: 20000\n");
}

#[test]
fn a_working_folder_that_is_not_there_is_named() {
    let outcome = Test::new().script(r#"sh("true", #{working_dir: "/no/such"})"#).run();
    outcome.stderr_has("/no/such").stderr_has("No such file").stderr_lacks("/bin/sh");
}

#[test]
fn a_program_that_is_not_there_is_named() {
    Test::new()
        .script(r#"sh(["no-such-program-xt"])"#)
        .run()
        .stderr_has("no-such-program-xt")
        .stderr_has("main.rhai:1:");
}

#[test]
fn sleep_takes_numbers_and_durations() {
    let code = r#"sleep(0); sleep(0.01); sleep("10ms"); try { sleep("soon") } catch (e) { print(e.kind) }"#;
    Test::new().script(code).run().success().stdout("invalid\n");
}
