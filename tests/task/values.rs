//! What a task knows besides its parameters: `vars` and dotenv files.

use crate::support::{Outcome, Test};

fn run(yaml: &str) -> Outcome {
    test(yaml).run()
}

fn test(yaml: &str) -> Test {
    Test::new().project(yaml).args(["run", "t"])
}

#[test]
fn variables_of_the_file_and_of_the_task_refer_to_what_stands_before_them() {
    let outcome = run(r#"
vars:
  registry: example.org
  image: ${vars.registry}/web
tasks:
  t:
    params: [{name: tag, default: "1.10"}]
    vars:
      image: ${vars.image}:${params.tag}
      quoted: it's $(id)
    steps:
      - command: echo ${vars.image} '${vars.quoted}' "$GREETING"
        env: {GREETING: "hi ${vars.registry}"}
      - script: print(vars.image); print(vars.quoted)
      - command: echo yes
        when: vars.registry == "example.org"
  u: {command: "echo ${vars.image}"}
"#);
    outcome.success().stdout("example.org/web:1.10 it's $(id) hi example.org\nexample.org/web:1.10\nit's $(id)\nyes\n");
}

#[test]
fn a_called_task_has_variables_of_its_own() {
    let outcome = run(
        "tasks:\n  t:\n    vars: {x: outer}\n    steps: [{task: u}, {command: 'echo ${vars.x}'}]\n  u:\n    vars: {y: inner}\n    command: echo ${vars.y}\n",
    );
    outcome.success().stdout("inner\nouter\n");
    let outcome =
        run("tasks:\n  t:\n    vars: {x: outer}\n    steps: [{task: u}]\n  u:\n    command: echo ${vars.x}\n");
    outcome.code(2).stdout("").stderr_has("there is no variable `x`");
}

#[test]
fn an_unknown_or_later_variable_is_refused_before_anything_runs() {
    run("vars: {image: x}\ntasks:\n  t:\n    steps:\n      - command: echo ran\n      - command: echo ${vars.imgae}\n")
        .code(2)
        .stdout("")
        .stderr_has("config.yaml:6:")
        .stderr_has("did you mean `image`?");
    run("vars: {a: '${vars.b}', b: x}\ntasks:\n  t: {command: echo ran}\n")
        .code(2)
        .stdout("")
        .stderr_has("`vars.b` is not set yet");
    run("tasks:\n  t:\n    vars: {a: '${vars.a}'}\n    command: echo ran\n").code(2).stderr_has("not set yet");
    run("vars: {a: '${params.p}'}\ntasks:\n  t: {command: echo ran}\n")
        .code(2)
        .stdout("")
        .stderr_has("no parameter `p`");
    run("vars: {'a b': x}\ntasks:\n  t: {command: echo ran}\n").code(2).stdout("").stderr_has("the name of a variable");
    run("vars: [a]\ntasks:\n  t: {command: echo ran}\n").code(2).stdout("").stderr_has("config.yaml:1:");
    run("tasks:\n  t:\n    vars: {a: '${steps.s.stdout}'}\n    steps: [{name: s, command: echo ran}]\n")
        .code(2)
        .stdout("")
        .stderr_has("has not run yet");
}

#[test]
fn dotenv_files_are_for_commands_and_references() {
    let yaml = "dotenv: [.env]\ntasks:\n  t:\n    dotenv: [own.env, {file: none.env, required: false}, 'gone.env?']\n    env: {C: task}\n    steps:\n      - command: echo \"$A ${env.A} $B ${env.B} $C $D\"\n      - script: print(env.A)\n";
    let outcome = test(yaml)
        .file(".env", "# the file's\nexport A=\"one two\"\nB=file\nC=file\nD='$(id)'\n")
        .file("own.env", "B=own # wins\n")
        .run();
    outcome.success().stdout("one two one two own own task $(id)\none two\n");
}

#[test]
fn what_is_set_already_wins_over_a_dotenv_file() {
    let test = test("dotenv: [.env]\ntasks:\n  t: {command: 'echo \"$XT_A\"'}\n").file(".env", "XT_A=file\n");
    test.env("XT_A", "set").run().success().stdout("set\n");
}

#[test]
fn a_dotenv_file_that_is_missing_or_wrong_is_an_error_before_anything_runs() {
    run("tasks:\n  t:\n    dotenv: [none.env]\n    command: echo ran\n")
        .code(2)
        .stdout("")
        .stderr_has("config.yaml:3:")
        .stderr_has("none.env could not be read")
        .stderr_has("`none.env?` may be missing");
    let outcome =
        test("tasks:\n  t:\n    dotenv: ['.env?']\n    command: echo ran\n").file(".env", "A=1\n\nhunter2\n").run();
    outcome.code(2).stdout("").stderr_has(".env:3: expected NAME=value").stderr_lacks("hunter2");
    run("tasks:\n  t:\n    dotenv: [{fil: x}]\n    command: echo ran\n").code(2).stderr_has("did you mean `file`?");
    run("tasks:\n  t:\n    dotenv: .env\n    command: echo ran\n").code(2).stderr_has("expected a list");
    let folder = "tasks:\n  t:\n    dotenv: [folder]\n    command: echo ran\n";
    test(folder).file("folder/x", "").run().code(2).stdout("").stderr_has("folder could not be read");
}

#[test]
fn a_value_too_long_for_a_command_is_told_and_reaches_scripts() {
    let outcome = run(
        "tasks:\n  t:\n    steps:\n      - {command: 'head -c 200000 /dev/zero | tr \"\\0\" x', register: big}\n      - {task: u, with: {x: '${big.stdout}'}}\n  u:\n    params: [{name: x}]\n    steps:\n      - script: print(params.x.len())\n      - command: echo ran\n",
    );
    outcome
        .code(2)
        .stdout_has("200000\n")
        .stdout_lacks("ran")
        .stderr_has("the variable `XNET_PARAM_X`: the value is 200000 bytes long");
}
