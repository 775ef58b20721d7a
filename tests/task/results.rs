//! What steps and tasks leave behind, and where they run: `json`, `returns`, `workdir`, `shell`, `quiet`, events.

use serde_json::Value;

use crate::support::{Outcome, Test};

#[track_caller]
fn run(task: &str) -> Outcome {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    let more = "  u:\n    params: [{name: x, default: d}]\n    steps:\n      - command: echo from ${params.x}\n        register: out\n    returns: out.stdout + \"!\"\n  v:\n    steps:\n      - command: echo last\n        register: out\n";
    Test::new().project(&format!("tasks:\n  t:\n    {indented}\n{more}")).file("sub/a", "x").args(["run", "t"]).run()
}

#[test]
fn json_is_parsed_when_it_is_asked_for() {
    let steps = "steps:\n  - command: |\n      echo '{\"a\": [1, 2]}'\n    register: out\n  - script: print(out.json.a[1])\n  - command: echo yes\n    when: steps.out.json.a.len() == 2";
    run(steps).success().stdout_has("2\nyes\n");
    run("steps:\n  - command: echo no json\n    register: out\n  - script: print(out.json.a)")
        .code(2)
        .stderr_has("the output of `out` is not JSON");
    run("steps:\n  - command: echo no json\n    register: out\n  - script: print(out.stdout)").success();
    run("steps:\n  - script: 'print(#{a: 1}.json)'").code(2).stderr_has("json");
}

#[test]
fn a_task_gives_its_result_to_the_caller() {
    run("steps:\n  - task: u\n    with: {x: me}\n    register: got\n  - command: echo ${got.value}\n  - script: print(got.value)")
        .success()
        .stdout("from me\nfrom me!\nfrom me!\n");
    run("steps:\n  - task: v\n    register: got\n  - script: print(got.value.stdout)").success().stdout("last\nlast\n");
    run("returns: '1 +'\ncommand: echo ran").code(2).stdout("");
}

#[test]
fn commands_run_in_their_folder() {
    run("workdir: sub\nsteps:\n  - command: ls\n  - command: ls -d sub\n    workdir: ..").success().stdout("a\nsub\n");
    run("workdir: nowhere\ncommand: echo ran").code(2).stdout("").stderr_has("nowhere");
    run("steps:\n  - script: print(1)\n    workdir: sub").code(2).stdout("").stderr_has("workdir");
}

#[test]
fn another_shell_gets_values_as_the_first_does() {
    run("params: [{name: p, default: \"$(id) '\"}]\nsteps:\n  - command: set -o | grep -c 'pipefail.*on'; printf '%s\\n' ${params.p}\n    shell: bash -euo pipefail -c")
        .success()
        .stdout("1\n$(id) '\n");
    run("steps:\n  - command: false | true\n    shell: [bash, -o, pipefail, -c]").code(1);
    run("steps:\n  - command: echo ${0##*/}\n    shell: bash").success().stdout("bash\n");
    run("params: [{name: p, default: x}]\nsteps:\n  - command: print(\"${params.p}\")\n    shell: [python3, -c]")
        .code(2)
        .stderr_has("python3");
    run("steps:\n  - command: echo\n    shell: surely-no-such-shell").code(2).stderr_has("surely-no-such-shell");
    run("steps:\n  - script: print(1)\n    shell: bash").code(2).stderr_has("`shell`");
}

#[test]
fn a_quiet_step_is_not_heard_unless_it_fails() {
    run("steps:\n  - name: hush\n    command: echo out; echo err >&2\n    quiet: true\n    register: h\n  - script: print(h.stdout)")
        .success()
        .stdout("out\n")
        .stderr_lacks("hush")
        .stderr_lacks("err");
    run("steps:\n  - command: echo why >&2; exit 3\n    quiet: true").code(3).stderr_has("why");
}

#[test]
fn events_are_lines_of_json() {
    let project = "tasks:\n  t:\n    steps:\n      - {name: one, command: \"echo a; printf b; echo c >&2\"}\n      - {name: two, command: echo, when: \"false\"}\n      - {name: three, command: exit 4}\n";
    let outcome = Test::new().project(project).args(["--json", "run", "t"]).run();
    outcome.code(4);
    let events: Vec<Value> = outcome.out_text().lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let found = |kind: &str| events.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    let lines: Vec<&str> = found("output").iter().filter_map(|event| event["line"].as_str()).collect();
    assert!(lines.contains(&"a") && lines.contains(&"b") && lines.contains(&"c"), "{lines:?}");
    assert_eq!(found("step_started").len(), 2);
    assert_eq!(found("step_skipped")[0]["title"], "t › two");
    assert_eq!(found("step_ended")[1]["exit_code"], 4);
    assert!(found("step_ended")[0]["duration_ms"].is_number());
    assert_eq!(found("finished")[0]["exit_code"], 4);
    assert_eq!(events[0]["event"], "task_started");
}
