//! `xnet FILE.rhai`, `xnet script`, `xnet eval`, and a script as a program.

use crate::support::Test;
use serde_json::json;

#[test]
fn a_script_runs_by_its_name_and_by_the_command() {
    Test::new().script("print(\"ran\")").run().success().stdout("ran\n");
    Test::new().file("a.rhai", "print(params.x)").args(["script", "a.rhai", "x=1"]).run().success().stdout("1\n");
}

#[test]
fn a_script_with_its_first_line_is_a_program() {
    let test = Test::new().program_file("hello.rhai", "#!/usr/bin/env xnet\nprint(`hello ${params.who}`);\n");
    let program = test.path("hello.rhai").display().to_string();
    test.run_by(&program).args(["who=you"]).run().success().stdout("hello you\n");
    let test = Test::new().program_file("tool", "#!/usr/bin/env xnet\nprint(\"no extension\");\nnothing();");
    let program = test.path("tool").display().to_string();
    test.run_by(&program).run().code(2).stdout("no extension\n").stderr_has("tool:3:");
}

#[test]
fn eval_prints_the_value_for_people_and_for_programs() {
    Test::eval("1 + 2").run().success().stdout("3\n");
    Test::eval("\"text\"").run().success().stdout("text\n");
    Test::eval("let a = 1;").run().success().stdout("");
    Test::eval("()").run().success().stdout("");
    let outcome = Test::new().args(["--json", "eval", "#{a: [1, \"x\", ()]}"]).run();
    assert_eq!(outcome.success().json(), json!({"a": [1, "x", null]}));
    let outcome = Test::new().args(["eval", "--json", "\"text\""]).run();
    assert_eq!(outcome.success().json(), json!("text"));
}

#[test]
fn eval_shows_maps_and_lists_so_that_they_can_be_read() {
    let outcome = Test::eval("#{name: \"web\", ports: [80, 443]}").run();
    outcome.success().stdout_has("name").stdout_has("web").stdout_has("443");
}

#[test]
fn eval_of_broken_code_shows_it() {
    Test::eval("1 +").run().code(2).stdout("").stderr_has("1 +").stderr_has("^");
    Test::eval("nothing_at_all").run().code(2).stderr_has("nothing_at_all");
    Test::eval("throw \"x\"").run().code(1);
}

#[test]
fn a_file_that_was_meant_is_suggested() {
    let outcome = Test::new().file("setup.rhai", "").args(["setpu.rhai"]).run();
    outcome.code(2).stderr_has("setpu.rhai");
}
