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

#[test]
fn of_much_output_a_bounded_part_is_kept_and_that_is_said() {
    let out = "steps:\n  - {name: much, quiet: true, register: out, command: 'yes 0123456789 | head -n 2000000'}\n  - script: 'print(out.truncated); print(out.stdout.len()); print(out.lines.len())'\n  - command: 'true'";
    let outcome = run(out);
    outcome.success().stdout(&format!("true\n{}\n100000\n", 16 << 20));
    outcome.stderr_has("warning: task `t`, step `much`: of its stdout the first 16 MiB are kept for its result");
    let err = "steps:\n  - {name: much, quiet: true, register: out, command: 'echo first >&2; yes 0123456789 | head -n 20000 >&2; echo last >&2'}\n  - script: 'print(out.truncated); print(out.stderr.len() <= 65536); print(out.stderr.ends_with(\"last\")); print(out.stderr.starts_with(\"0123456789\\n\"))'";
    run(err).success().stdout("true\ntrue\ntrue\ntrue\n").stderr_has("of its stderr the last 64 KiB are kept");
    let lines = "steps:\n  - {quiet: true, register: out, command: 'seq 100001'}\n  - script: 'print(out.truncated); print(out.lines.len()); print(out.stdout.ends_with(\"100001\"))'";
    run(lines).success().stdout("true\n100000\ntrue\n").stderr_has("the first 100000 of 100001");
    run("steps:\n  - {command: echo x, register: out}\n  - script: print(out.truncated)")
        .success()
        .stdout("x\nfalse\n")
        .stderr_lacks("kept");
}

#[test]
fn elements_of_a_loop_share_what_is_kept() {
    let steps = "steps:\n  - {name: each, quiet: true, register: all, foreach: 1..=4, command: 'yes 0123456789 | tr -d \"\\n\" | head -c 6000000'}\n  - script: 'for one in all.items { print(`${one.stdout.len()} ${one.truncated}`); } print(all.truncated)'";
    let outcome = run(steps);
    outcome.success().stdout("6000000 false\n6000000 false\n0 true\n0 true\ntrue\n");
    outcome.stderr_has("step `each`: together they said more than the 16 MiB that are kept for its result");
}

#[test]
fn a_script_sees_results_however_it_asks_for_them() {
    let steps = "steps:\n  - {name: build it, command: echo a, register: one}\n  - {name: two, command: echo b}\n  - script: 'print(steps[\"build it\"].stdout); print(steps.two.stdout); print(steps.keys().len()); print(`${one.ok}`); let f = |n| steps[n].ok; print(f.call(\"two\"))'";
    run(steps).success().stdout("a\nb\na\nb\n3\ntrue\ntrue\n");
}

/// The events of a run, by kind.
fn events(project: &str) -> Vec<Value> {
    let outcome = Test::new().project(project).args(["--json", "run", "t"]).run();
    outcome.out_text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn events_tell_the_element_the_combination_and_the_place() {
    let all = events(
        "tasks:\n  t:\n    matrix: {os: [alpine]}\n    steps:\n      - {name: s, foreach: '[#{a: 1}, \"two\"]', command: echo}\n      - {name: bad, command: exit 4}\n",
    );
    let found = |kind: &str| all.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    let started = found("step_started");
    assert_eq!(started[0]["item"], serde_json::json!({"a": 1}));
    assert_eq!((&started[1]["item"], &started[1]["index"]), (&"two".into(), &1.into()));
    assert_eq!(started[1]["matrix"]["os"], "alpine");
    assert_eq!(started[1]["title"], "t [alpine] › s [two]");
    assert_eq!((started[1]["file"].as_str(), started[1]["line"].as_u64()), (Some(".xnet/config.yaml"), Some(5)));
    assert!(found("step_ended").iter().all(|event| event["matrix"]["os"] == "alpine"));
    assert_eq!(found("output")[0]["item"]["a"], 1);
    assert_eq!((&found("step_failed")[0]["line"], &found("step_failed")[0]["item"]), (&6.into(), &Value::Null));
}

#[test]
fn a_secret_element_is_masked_in_events() {
    let project =
        "secrets: {s: {env: S}}\ntasks:\n  t:\n    steps:\n      - {foreach: ['x-${secrets.s}'], command: 'true'}\n";
    let outcome = Test::new().project(project).env("S", "hunter2").args(["--json", "run", "t"]).run();
    outcome.success().stdout_lacks("hunter2").stdout_has("\"item\":\"x-***\"");
}

#[test]
fn imported_code_sees_what_steps_left() {
    let project = "tasks:\n  t:\n    steps:\n      - {name: build, command: 'echo 7', quiet: true}\n      - {name: made, register: made, quiet: true, command: 'echo [8]'}\n      - script: |\n          import \"./lib\" as l;\n          l::show();\n";
    let lib = "fn show() { print(`${steps.build.stdout} ${made.json[0]} ${steps.build.json}`); }\n";
    let test = Test::new().project(project).file("lib.rhai", lib).args(["run", "t"]);
    test.run().success().stdout("7 8 7\n");
}

#[test]
fn attempts_are_a_field_that_is_known_before_the_run() {
    let project = "tasks:\n  t:\n    steps:\n      - {command: exit 1, retry: {times: 2}, register: r, on_failure: continue}\n      \
        - {command: 'echo tried ${r.attempts}', when: r.attempts == 2}\n";
    Test::new().project(project).args(["run", "t"]).run().success().stdout("tried 2\n");
}
