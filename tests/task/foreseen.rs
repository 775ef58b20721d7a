//! Expressions, scripts, folders and shells: what is wrong with them is told before the first step, and nothing wrongly.

use crate::support::{Outcome, Test};

const PARAMS: &str = "params: [{name: n, default: '5'}, {name: m, type: int, default: 5}, {name: o, type: int, required: false}, {name: l, type: list, default: [a]}]";

fn task(steps: &str) -> Test {
    Test::new().project(&format!("tasks:\n  t:\n    {PARAMS}\n    steps:\n{steps}"))
}

/// A first step that says so, and a second one with this.
#[track_caller]
fn second(step: &str) -> Outcome {
    task(&format!("      - {{command: echo ran, register: r}}\n      - {step}\n")).args(["run", "t"]).run()
}

#[track_caller]
fn refused(step: &str, words: &[&str]) {
    let outcome = second(step);
    outcome.code(2).stdout("").stderr_has("config.yaml:6:");
    for word in words {
        outcome.stderr_has(word);
    }
}

#[test]
fn a_string_compared_with_a_number_was_silently_false() {
    refused(
        "{command: echo, when: params.n > 3}",
        &["a string cannot be compared with a number by `>`", "`type: int`", "`parse_int(params.n)`"],
    );
    refused("{command: echo, when: params.n == 5}", &["`==`", "`type: int`"]);
    refused("{command: echo, when: params.m == \"5\"}", &["without quotes"]);
    refused("{command: echo, when: env.HOME > 3}", &["`parse_int(env.HOME)`"]);
    refused("{command: echo, when: r.ok == \"true\"}", &["true or false itself"]);
    refused("{command: echo, when: r.stdout == 1}", &["`parse_int(r.stdout)`"]);
    refused("{command: echo, retry: {times: 2, when: result.exit_code == \"1\"}}", &["without quotes"]);
    refused("{command: 'echo ${item}', foreach: [1, 2], when: item > 1}", &["a string cannot be compared"]);
    refused("{script: 'if params.n > 3 { print(1) }'}", &["a string cannot be compared"]);
    let fine = "{command: echo two, when: 'params.m > 3 && parse_int(params.n) > 3 && params.o == () && r.stdout != \"\" && params.m == 5.0 && params.l.len() == 1'}";
    second(fine).success().stdout("ran\ntwo\n");
}

#[test]
fn a_missing_value_that_is_compared_is_told_when_it_is_met() {
    let outcome = second("{command: echo, when: params.o > 3}");
    outcome.code(2).stdout("ran\n").stderr_has("a missing value cannot be compared with a number").stderr_has("!= ()");
    second("{command: echo, when: 'r.lines[0] > 3'}").code(2).stderr_has("a string cannot be compared");
    second("{script: 'let x = r.stdout; if x > 3 { print(1) }'}")
        .code(2)
        .stderr_has("config.yaml:6:")
        .stderr_has("cannot be compared");
}

#[test]
fn scripts_of_their_own_may_compare_what_they_like() {
    Test::new()
        .script("print(\"a\" == 1); print(\"a\" > 1); print(() < 2);")
        .run()
        .success()
        .stdout("false\nfalse\nfalse\n");
}

#[test]
fn a_value_of_a_matrix_is_text() {
    let yaml = "tasks:\n  t: {matrix: {v: [1, 2]}, steps: [{command: 'echo ${matrix.v}', when: matrix.v == 1}]}\n";
    Test::new().project(yaml).args(["run", "t"]).run().code(2).stdout("").stderr_has("`parse_int(matrix.v)`");
}

#[test]
fn a_condition_that_is_none_is_told_before_anything_runs() {
    refused("{command: echo, when: params.n}", &["must be true or false, and this is a string"]);
    refused("{command: echo, when: 5}", &["must be true or false, and this is a number", "params.n > 0"]);
    refused("{command: echo, when: 'params.n = \"a\"'}", &["`==` compares"]);
    refused(
        "{command: echo, foreach: params.n}",
        &["goes over a list, a map or a range, and this is a string", "`type: list`"],
    );
    refused("{command: echo, foreach: params.m}", &["`0..n`"]);
}

#[test]
fn a_negation_without_quotes_was_a_tag_and_no_condition() {
    refused("{command: echo, when: !r.ok}", &["`!r.ok` is a tag", "stands in quotes: \"!r.ok\""]);
    second("{command: echo two, when: '!r.ok'}").success().stdout("ran\n");
}

#[test]
fn a_name_that_no_script_can_see_is_told_before_anything_runs() {
    refused("{script: 'print(greeting)'}", &["there is no variable `greeting`"]);
    refused("{script: 'print(n)'}", &["write `params.n`"]);
    refused("{script: 'print(params.nn)'}", &["task `t` has no parameter `nn`"]);
    refused("{script: 'print(r.stdot)'}", &["the result of `r` has no `stdot`", "`stdout`"]);
    refused("{script: 'print(late.ok)', register: late}", &["`late` has not run yet"]);
    refused("{command: echo, when: steps.x.ok}", &["no step is called `x`"]);
    refused("{command: echo, when: vars.x == \"\"}", &["there is no variable `x`"]);
    let fine = "{script: 'let f = |x| x + params.m; fn g(y) { y } for i in [1] { print(g(f.call(i))) } try { throw 1 } catch (e) { print(e) } print(project.len() > 0); if \"zz\" in params { print(params.zz) } print(docker.type_of())'}";
    second(fine).success();
}

#[test]
fn a_script_file_is_looked_into_before_anything_runs() {
    let steps = "      - {command: echo ran}\n      - {script: scripts/a.rhai}\n";
    let test = |code: &str| task(steps).file("scripts/a.rhai", code).args(["run", "t"]).run();
    let outcome = test("let x = 1;\nprint(x);\nprint(nowhere);\n");
    outcome.code(2).stdout("").stderr_has("a.rhai:3:7").stderr_has("there is no variable `nowhere`");
    test("print(params.m > \"3\");").code(2).stdout("").stderr_has("cannot be compared");
    test("print(params.m);").success().stdout("ran\n5\n");
}

#[test]
fn a_folder_or_shell_that_nothing_can_have_made_is_told_before_anything_runs() {
    for (step, words) in [
        ("{command: echo, workdir: nowhere}", "nowhere is not there"),
        ("{command: echo, workdir: 'x${params.n}'}", "x5 is not there"),
        ("{command: echo, workdir: .xnet/config.yaml}", "is no folder"),
        ("{command: echo, shell: surely-no-such-shell -c}", "there is no program `surely-no-such-shell`"),
        ("{command: echo, shell: /surely/no/such -c}", "there is no program `/surely/no/such`"),
    ] {
        refused(step, &[words]);
    }
    let project = "tasks:\n  t:\n    steps:\n      - command: echo ran\n      - {task: u, with: {d: none}}\n  u: {params: [{name: d}], workdir: '${params.d}', command: echo}\n";
    Test::new().project(project).args(["run", "t"]).run().code(2).stdout("").stderr_has("none is not there");
}

#[test]
fn what_an_earlier_step_makes_is_not_refused() {
    let made = "      - {command: mkdir made; printf '#!/bin/sh\\necho own' > made/own; chmod +x made/own}\n      - {command: pwd, workdir: made, register: r}\n      - {command: echo, shell: ./made/own}\n";
    task(made).args(["run", "t"]).run().success().stdout_has("own\n");
    let project = "tasks:\n  t: {needs: [make], workdir: made, command: ls}\n  make: {command: mkdir made}\n";
    Test::new().project(project).args(["run", "t"]).run().success();
    for step in [
        "{command: echo, workdir: nowhere, when: params.n == \"6\"}",
        "{command: echo, workdir: nowhere, foreach: '[]'}",
        "{command: echo, workdir: nowhere, on_failure: continue}",
    ] {
        second(step).success().stdout("ran\n");
    }
    let late = "      - {command: touch made}\n      - {command: ls, workdir: nowhere}\n";
    task(late).args(["run", "t"]).run().code(2).stderr_has("config.yaml:6:").stderr_has("nowhere");
}

#[test]
fn what_other_tools_write_in_conditions_is_pointed_to_ours() {
    for (when, hint) in [
        ("{{ n }}", "without braces"),
        ("params.n == 'y' and params.m", "`&&` for and"),
        ("$n", "names have no `$` here"),
        ("${params.n} == \"5\"", "write `params.x`, not `${params.x}`"),
        ("$(test -f x)", "runs no shell"),
        ("param.n == \"5\"", "`params`"),
        ("not r.ok", "`!` for not"),
    ] {
        let step = format!("{{command: echo, when: '{}'}}", when.replace('\'', "''"));
        refused(&step, &[hint]);
    }
}

#[test]
fn what_other_tools_write_in_commands_does_not_go_to_the_shell() {
    for (command, words) in [
        ("echo ${param.n}", "a parameter is `${params.NAME}`"),
        ("echo '${param.n}'", "write `\\${param.n}`"),
        ("echo ${{ inputs.n }}", "`${{ inputs.n }}` is no value here"),
        ("echo \"${args.n}\"", "a parameter is"),
        ("echo ${parms.n}", "did you mean `${params.…}`?"),
        ("echo ${secret.n}", "`${secrets.NAME}`"),
        ("echo ${matrix.n}", "has no `matrix:`"),
        ("echo ${item.key}", "`foreach:`"),
        ("echo {{ n }} {{.n}}", "a value is written `${params.n}`"),
        ("echo $(params.n)", "a command of that name would run"),
        ("echo $params.n", "a variable `params`"),
    ] {
        refused(&format!("{{command: '{}'}}", command.replace('\'', "''")), &[words]);
    }
    let escaped = r#"{command: "printf '%s ' '\\${param.n}' \\${{a}} '\\${{ a }}' {{.Names}} '{'{n}} ${n:-x}\n# {{n}} $(params.n)"}"#;
    second(escaped).success().stdout("ran\n${param.n} ${{a}} ${{ a }} {{.Names}} {{n}} x ");
    refused("{command: env, env: {A: '${param.n}'}}", &["`${params.NAME}`"]);
    second("{command: 'echo \"$A\"', env: {A: '\\${param.n}'}}").success().stdout("ran\n${param.n}\n");
}

#[test]
fn keys_of_other_tools_are_pointed_to_ours() {
    for (step, key) in [
        ("run: x", "`command`"),
        ("cmd: x", "`command`"),
        ("sh: x", "`command`"),
        ("command: x, if: a", "`when`"),
        ("command: x, unless: a", "`when`"),
        ("command: x, loop: [a]", "`foreach`"),
        ("command: x, with_items: [a]", "`foreach`"),
        ("command: x, ignore_error: true", "`on_failure: continue`"),
        ("command: x, ignore_errors: true", "`on_failure: continue`"),
        ("command: x, silent: true", "`quiet`"),
        ("command: x, dir: a", "`workdir`"),
        ("command: x, cwd: a", "`workdir`"),
        ("command: x, retries: 3", "retry: {times: 3"),
        ("command: x, until: a", "!result.ok"),
        ("command: x, id: a", "`register`"),
        ("container: x, command: x", "exec: {container"),
        ("uses: x", "`task`"),
        ("command: x, shell: true", "shell: bash -euo"),
        ("shell: echo hi", "`shell` names the program"),
        ("command: x, retry: {attempts: 2}", "`times`"),
    ] {
        refused(&format!("{{{step}}}"), &[key]);
    }
    for (keys, meant) in [
        ("cmds: [x]", "steps: [{command: make}]"),
        ("run: x", "`command`"),
        ("command: x, deps: [a]", "`needs`"),
        ("command: x, depends_on: [a]", "`needs`"),
        ("command: x, preconditions: [a]", "a first step that fails"),
        ("command: x, sources: [a]", "`when`"),
        ("command: x, when: a", "it stands on a step"),
        ("command: x, silent: true", "it stands on a step"),
        ("command: x, desc: a", "`description`"),
        ("command: x, internal: true", "`private`"),
        ("command: x, inputs: [a]", "`params`"),
        ("command: x, cleanup: a", "`finally`"),
        ("command: x, params: [{name: a, choices: [b]}]", "`values`"),
        ("command: x, params: [{name: a, optional: true}]", "`required: false`"),
    ] {
        let outcome = Test::new().project(&format!("tasks:\n  t: {{{keys}}}\n")).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has("config.yaml:2:").stderr_has("unknown option").stderr_has(meant);
    }
}

#[test]
fn a_wrong_shape_is_told_with_an_example() {
    for (keys, example) in [
        ("steps: text", "- command: echo one"),
        ("command: x, params: {a: 1}", "- {name: version"),
        ("command: x, needs: {a: b}", "`needs`"),
        ("command: x, env: [a]", "LEVEL: debug"),
        ("command: x, vars: a", "image: web"),
        ("command: x, dotenv: .env", "- .env"),
        ("command: x, aliases: a", "- ship"),
        ("command: x, matrix: [a]", "os: [alpine, debian]"),
        ("command: [a]", "command: |"),
        ("command: x, timeout: [1]", "timeout: 30s"),
        ("command: x, private: maybe", "private: true"),
        ("steps: [{command: x, retry: 3}]", "times: 3"),
        ("steps: [{exec: web}]", "container: web"),
        ("steps: [text]", "- command: echo one"),
        ("command: x, finally: 3", "finally:"),
    ] {
        let outcome = Test::new().project(&format!("tasks:\n  t: {{{keys}}}\n")).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has("config.yaml:2:").stderr_has(example);
    }
    Test::new().project("tasks:\n  t: echo hi\n").args(["run", "t"]).run().code(2).stderr_has("hello: {command:");
}

#[test]
fn what_looks_for_a_value_compares_no_types() {
    for when in [
        "!(params.n in [1, 2])",
        "![1, 2].contains(params.n)",
        "params.n in [5, \"5\"]",
        "[5, params.n].index_of(params.n) == 1",
        "[1, \"a\"] != [\"a\", 1]",
        "params.l == [\"a\"] && params.l != [1]",
        "#{a: 1} != #{a: \"1\"} && #{a: [1.0]} == #{a: [1]}",
    ] {
        second(&format!("{{command: echo two, when: '{when}'}}")).success().stdout("ran\ntwo\n");
    }
    for when in ["[1].some(|x| x == params.n)", "params.l[0] == 1", "[1, 2].contains(params.l[0] == 1)"] {
        second(&format!("{{command: echo, when: '{when}'}}")).code(2).stderr_has("cannot be compared");
    }
}

#[test]
fn names_that_are_asked_for_first_are_not_missed() {
    for script in [
        "if is_def_var(\"x\") { print(x) } print(\"two\")",
        "try { print(x) } catch (e) { print(\"two\") }",
        "eval(\"let x = `two`;\"); print(x)",
    ] {
        let project = format!("tasks:\n  t:\n    script: |\n      {script}\n");
        Test::new().project(&project).args(["run", "t"]).run().success().stdout("two\n");
    }
    for when in ["\"NO_SUCH\" in env", "env(\"NO_SUCH\") != ()"] {
        let step = format!("{{command: 'echo ${{env.NO_SUCH}}', when: '{when}'}}");
        second(&step).success().stdout("ran\n");
        task(&format!("      - {step}\n")).env("NO_SUCH", "a").args(["run", "t"]).run().success().stdout("a\n");
    }
    second("{command: 'echo ${env.NO_SUCH}'}").code(2).stdout("").stderr_has("is not set");
}

#[test]
fn a_folder_of_a_task_is_missed_by_the_first_command_that_uses_it() {
    for steps in [
        "[{command: mkdir -p made, workdir: /}, {command: pwd}]",
        "[{script: 'sh(\"mkdir -p made\")'}, {command: pwd}]",
        "[{script: 'print(\"/made\")'}]",
        "[{command: pwd, when: 'false'}, {script: 'print(\"/made\")'}]",
    ] {
        let project = format!("tasks:\n  t: {{workdir: made, steps: {steps}}}\n");
        Test::new().project(&project).args(["run", "t", "--dry-run"]).run().success();
    }
    for steps in ["[{command: echo ran, workdir: /}, {command: pwd}]", "[{command: pwd}]"] {
        let project = format!("tasks:\n  t: {{workdir: made, steps: {steps}}}\n");
        let outcome = Test::new().project(&project).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has("made is not there");
    }
    let script = "[{script: 'sh(\"mkdir -p made\", #{stream: false})'}, {command: basename $PWD}, {script: 'sh(\"basename $PWD\")'}]";
    let project = format!("tasks:\n  t: {{workdir: made, steps: {script}}}\n");
    Test::new().project(&project).args(["run", "t"]).run().success().stdout("made\nmade\n");
}

#[test]
fn a_folder_that_nothing_runs_in_is_told() {
    let project = "tasks:\n  t: {workdir: made, steps: [{exec: {container: c, command: id}}]}\n";
    Test::new().project(project).args(["run", "t", "--dry-run"]).run().code(2).stderr_has("runs in its `workdir`");
}

#[test]
fn a_question_that_may_not_be_asked_refuses_nothing() {
    let project = |step: &str| {
        format!(
            "tasks:\n  t: {{steps: [{{command: echo ran}}, {step}]}}\n  u: {{confirm: sure?, command: echo sure}}\n"
        )
    };
    let run = |step: &str| Test::new().project(&project(step)).args(["run", "t"]).run();
    run("{task: u, when: 'false'}").success().stdout("ran\n");
    run("{task: u, foreach: '[]'}").success().stdout("ran\n");
    run("{command: echo two, on_failure: {task: u}}").success().stdout("ran\ntwo\n");
    run("{task: u}").code(2).stdout("").stderr_has("--yes");
    run("{task: u, on_failure: continue}").code(2).stdout("").stderr_has("--yes");
    run("{task: u, when: 'true'}").stdout("ran\n").stderr_has("--yes").stderr_lacks("sure\n");
    let yes = Test::new().project(&project("{task: u, when: 'true'}")).args(["run", "t", "--yes"]).run();
    yes.success().stdout("ran\nsure\n");
}

#[test]
fn a_path_that_was_meant_from_its_own_file_is_told_how_it_is_written() {
    for (project, written) in [
        ("include: [other.yaml]\ntasks: {t: {steps: [{task: 'other:u'}]}}\n", "write .xnet/other.yaml"),
        ("tasks: {t: {script: a.rhai}}\n", "write .xnet/a.rhai"),
        ("tasks: {t: {dotenv: [a.env], command: echo}}\n", "write .xnet/a.env"),
        ("secrets: {s: {file: a.env}}\ntasks: {t: {command: 'echo ${secrets.s}'}}\n", "write .xnet/a.env"),
        ("tasks: {t: {workdir: inner, command: echo}}\n", "write .xnet/inner"),
    ] {
        let test = Test::new().project(project).file(".xnet/other.yaml", "tasks: {u: {command: echo}}\n");
        let test = test.file(".xnet/a.rhai", "print(1)").file(".xnet/a.env", "A=b\n").file(".xnet/inner/x", "");
        test.args(["run", "t"]).run().code(2).stdout("").stderr_has(written);
    }
}

#[test]
fn a_step_of_on_error_that_may_not_have_run_has_a_default_in_finally() {
    let project = "tasks:\n  t:\n    params: [{name: c, type: int}]\n    command: exit ${params.c}\n    on_error: [{command: echo why, register: r, quiet: true}]\n    finally: [{command: 'echo end ${r.stdout:-none}'}]\n";
    Test::new().project(project).args(["run", "t", "c=0"]).run().success().stdout("end none\n");
    Test::new().project(project).args(["run", "t", "c=3"]).run().code(3).stdout("end why\n");
    let project = project.replace(":-none", "");
    Test::new().project(&project).args(["run", "t", "c=0"]).run().code(2).stdout("").stderr_has("may not have run");
}

#[test]
fn a_parameter_that_rhai_cannot_name_is_told_by_check() {
    let project = "tasks:\n  t:\n    params: [{name: go}]\n    command: echo ${params.go}\n";
    let outcome = Test::new().project(project).args(["check"]).run();
    outcome.success().stderr_has("params[\"go\"]").stderr_has("config.yaml:3:");
}
