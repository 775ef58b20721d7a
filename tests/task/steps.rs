//! What a step may be, and how steps know of each other.

use crate::support::Test;

#[track_caller]
fn run(steps: &str) -> crate::support::Outcome {
    let indented = steps.trim_matches('\n').replace('\n', "\n      ");
    Test::new().project(&format!("tasks:\n  t:\n    steps:\n      {indented}\n")).args(["run", "t"]).run()
}

#[test]
fn commands_run_in_order_in_the_folder_of_the_project() {
    let project =
        "tasks:\n  t:\n    steps:\n      - command: echo one > made\n      - command: cat made; ls -d .xnet\n";
    let test = Test::new().project(project).within("sub/folder");
    test.args(["run", "t"]).run().success().stdout("one\n.xnet\n");
}

#[test]
fn a_script_step_is_inline_or_a_file() {
    let project = "tasks:\n  t:\n    steps:\n      - script: |\n          let x = 20;\n          print(x + 1);\n      - script: scripts/own.rhai\n";
    let test = Test::new().project(project).file("scripts/own.rhai", "print(\"from a file\");");
    test.args(["run", "t"]).run().success().stdout("21\nfrom a file\n");
}

#[test]
fn a_bare_script_is_a_task() {
    let project =
        "tasks:\n  t:\n    params:\n      - {name: n, type: int, default: 1}\n    script: print(params.n + 1)\n";
    Test::new().project(project).args(["run", "t"]).run().success().stdout("2\n");
}

#[test]
fn an_error_in_an_inline_script_points_into_the_yaml() {
    let project = "tasks:\n  t:\n    steps:\n      - script: |\n          let x = 1;\n          x.nothing();\n";
    let outcome = Test::new().project(project).args(["run", "t"]).run();
    outcome.code(2).stderr_has("config.yaml:6:").stderr_has("x.nothing();");
    let project = "tasks:\n  t:\n    steps:\n      - script: let = 1;\n";
    Test::new().project(project).args(["run", "t"]).run().code(2).stderr_has("config.yaml:4:");
}

#[test]
fn when_is_an_expression_and_a_broken_one_is_an_error() {
    run("- command: echo yes\n  when: 1 + 1 == 2\n- command: echo no\n  when: false").success().stdout("yes\n");
    run("- command: echo yes\n  when: '\"XT\" in env || true'").success().stdout("yes\n");
    run("- command: echo never\n  when: nothing == 1")
        .code(2)
        .stdout("")
        .stderr_has("config.yaml:5:")
        .stderr_has("nothing");
    run("- command: echo never\n  when: 5").code(2).stdout("").stderr_has("true or false");
    run("- command: echo never\n  when: \"1 +\"").code(2).stdout("");
}

#[test]
fn what_is_registered_is_known_to_later_steps() {
    let steps = r#"
- name: look
  command: echo found; echo aside >&2; exit 3
  register: looked
  on_failure: continue
- command: echo "got ${steps.looked.stdout} and ${steps.looked.exit_code}"
- script: print(`${looked.exit_code} ${looked.ok} ${steps.looked.stderr}`);
- command: echo it failed
  when: "!looked.ok"
"#;
    let outcome = run(steps);
    outcome.success().stdout_has("got found and 3\n").stdout_has("3 false aside").stdout_has("it failed\n");
}

#[test]
fn a_script_step_registers_its_value() {
    let steps = "- script: \"#{answer: 42, list: [1, 2]}\"\n  register: told\n- script: print(told.value.answer);\n";
    run(steps).success().stdout("42\n");
}

#[test]
fn a_step_may_run_another_task_with_values() {
    let project = r"
tasks:
  outer:
    steps:
      - task: greet
        with: {who: world, times: 2}
      - command: echo done
  greet:
    params:
      - {name: who, required: true}
      - {name: times, type: int, default: 1}
    steps:
      - command: echo hello ${params.who} ${params.times}
";
    Test::new().project(project).args(["run", "outer"]).run().success().stdout("hello world 2\ndone\n");
}

#[test]
fn a_step_that_runs_an_unknown_task_or_gives_unknown_values_is_refused_before_anything_runs() {
    run("- command: echo ran\n- task: gret").code(2).stdout("").stderr_has("gret");
    let project = "tasks:\n  outer:\n    steps:\n      - command: echo ran\n      - task: greet\n        with: {whom: x}\n  greet:\n    params:\n      - {name: who, default: w}\n    command: echo ${params.who}\n";
    Test::new().project(project).args(["run", "outer"]).run().code(2).stdout("").stderr_has("whom").stderr_has("who");
}

#[test]
fn env_is_for_its_step() {
    let steps = "- command: echo \"$XT_STEP\"\n  env: {XT_STEP: here}\n- command: echo \"[$XT_STEP]\"";
    run(steps).success().stdout("here\n[]\n");
    run("- script: print(env.XT_STEP);\n  env: {XT_STEP: there}").success().stdout("there\n");
}

#[test]
fn what_is_not_ours_is_left_to_the_shell() {
    run("- command: x=5; echo ${x} ${x:-7} $x $$x ${HOME:+home} \"$(echo sub)\" ${#x}").success().stdout_has("5 5 5");
    run("- command: for i in a b; do echo $i; done").success().stdout("a\nb\n");
    run("- command: echo '${NOT_SET}' ${NOT_SET:-fallback}").success().stdout("${NOT_SET} fallback\n");
}

#[test]
fn an_unknown_name_under_a_known_root_is_refused_before_anything_runs() {
    let outcome = run("- command: echo ran\n- command: echo ${params.nework}");
    outcome.code(2).stdout("").stderr_has("nework").stderr_has("config.yaml:5:");
    run("- command: echo ${steps.nothing.stdout}").code(2).stderr_has("nothing");
    run("- command: echo ${env.XT_SURELY_NOT_SET}").code(2).stderr_has("XT_SURELY_NOT_SET");
    run("- command: echo ${env.XT_SURELY_NOT_SET:-instead}").success().stdout("instead\n");
}

#[test]
fn on_failure_decides_what_follows() {
    run("- command: exit 4\n- command: echo never").code(4).stdout("");
    run("- command: exit 4\n  on_failure: abort\n- command: echo never").code(4).stdout("");
    run("- command: exit 4\n  on_failure: continue\n- command: echo after").success().stdout("after\n").stderr_has("4");
    run("- command: exit 4\n  on_failure: {command: echo instead}\n- command: echo never").code(4).stdout("instead\n");
    run("- command: exit 4\n  on_failure: contniue").code(2).stdout("").stderr_has("contniue").stderr_has("continue");
}

#[test]
fn a_step_must_do_exactly_one_thing() {
    run("- name: nothing").code(2).stderr_has("command");
    run("- command: echo a\n  script: print(1)").code(2).stdout("").stderr_has("script");
}
