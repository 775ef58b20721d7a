//! `retry`: how often, how soon, and while what holds.

use crate::support::{Outcome, Test};

#[track_caller]
fn run(steps: &str) -> Outcome {
    let indented = steps.trim_matches('\n').replace('\n', "\n      ");
    Test::new().project(&format!("tasks:\n  t:\n    steps:\n      {indented}\n")).args(["run", "t"]).run()
}

/// Fails until it ran as often as this.
fn until(times: u8) -> String {
    format!("echo x >> ran; echo try $(wc -l < ran); test $(wc -l < ran) -ge {times}")
}

#[test]
fn a_step_is_tried_again_until_it_does_not_fail() {
    let steps =
        format!("- command: {}\n  retry: {{times: 5, delay: 10ms, backoff: 2}}\n- command: echo after", until(3));
    run(&steps).success().stdout("try 1\ntry 2\ntry 3\nafter\n").stderr_has("trying again").stderr_has("1 of 5");
    let steps = format!("- command: {}\n  on_failure: {{retry: {{times: 3}}}}", until(3));
    run(&steps).success().stdout("try 1\ntry 2\ntry 3\n");
}

#[test]
fn the_last_failure_is_the_step_s() {
    let outcome = run("- command: echo once; exit 7\n  retry: {times: 3}\n- command: echo never");
    outcome.code(7).stdout("once\nonce\nonce\n").stderr_has("3 attempts were made");
    run("- command: exit 7\n  retry: {times: 2}\n  on_failure: continue\n- command: echo after")
        .success()
        .stdout("after\n");
    let steps = "- command: exit 7\n  on_failure: {retry: {times: 2}, command: echo instead}";
    run(steps).code(7).stdout("instead\n");
}

#[test]
fn a_condition_says_what_is_tried_again() {
    let steps = format!("- command: {}; exit 4\n  retry: {{times: 5, when: result.exit_code == 75}}", until(9));
    run(&steps).code(4).stdout("try 1\n");
    let steps =
        "- command: echo x >> ran; cat ran | tr -d '\\n'; echo\n  retry: {times: 5, when: 'result.stdout != \"xxx\"'}";
    run(steps).success().stdout("x\nxx\nxxx\n");
    let steps = "- command: echo x\n  retry: {times: 2, when: 'result.ok'}\n- command: echo never";
    run(steps).code(1).stdout("x\nx\n").stderr_has("the condition of `retry` holds after 2 attempts");
}

#[test]
fn a_script_and_a_called_task_are_tried_again_too() {
    let steps = "- script: |\n    sh(\"echo x >> ran\");\n    if sh(\"wc -l < ran\").stdout.to_string().contains(\"1\") { throw \"not yet\" }\n    print(\"done\");\n  retry: {times: 2}";
    run(steps).success().stdout_has("done\n");
    let project = "tasks:\n  t:\n    steps:\n      - task: u\n        retry: {times: 2}\n  u:\n    command: echo x >> ran; test $(wc -l < ran) = 2 && echo good\n";
    Test::new().project(project).args(["run", "t"]).run().success().stdout("good\n");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_runs() {
    for (retry, words) in [
        ("{times: 0}", "at least once"),
        ("{}", "times"),
        ("{times: 2, backoff: 2}", "delay"),
        ("{times: 2, delay: 1s, backoff: 0.5}", "factor"),
        ("{times: 2, delay: soon}", "duration"),
        ("{times: 2, tmies: 2}", "tmies"),
        ("{times: 2, when: '1 +'}", "config.yaml:5:"),
    ] {
        run(&format!("- command: echo ran\n  retry: {retry}")).code(2).stdout("").stderr_has(words);
    }
    run("- command: echo ran\n  retry: {times: 2}\n  on_failure: {retry: {times: 2}}").code(2).stderr_has("twice");
}

#[test]
fn ctrl_c_ends_the_wait_for_the_next_attempt() {
    let project = "tasks:\n  t:\n    steps:\n      - command: exit 1\n        retry: {times: 3, delay: 10m}\n";
    let mut running = Test::new().project(project).args(["run", "t"]).start();
    running.until("trying again in 10m0s").terminate();
    running.finish().code(130);
}

#[test]
fn the_result_is_that_of_the_last_attempt_and_knows_how_many_there_were() {
    let steps = format!(
        "- command: {}\n  register: out\n  retry: {{times: 5}}\n- script: 'print(out.stdout); print(out.attempts); print(out.ok)'",
        until(3)
    );
    run(&steps).success().stdout_has("try 3\n3\ntrue\n");
    let steps = "- command: exit 7\n  register: out\n  retry: {times: 2}\n  on_failure: continue\n- script: 'print(out.attempts); print(out.exit_code)'\n- {command: echo once, register: one}\n- script: 'print(\"attempts\" in one)'";
    run(steps).success().stdout("2\n7\nonce\nfalse\n");
}

#[test]
fn a_condition_in_a_loop_knows_the_element_and_the_attempt() {
    // `index` is the place of the element, `attempt` the number of the attempt, both also in the condition.
    let steps = "- command: echo ${index}${item}; exit 75\n  foreach: [a, b]\n  register: all\n  on_failure: continue\n  retry: {times: 5, when: 'attempt <= index && result.exit_code == 75 && result.stdout == `${index}${item}`'}\n- script: 'for one in all.items { print(`${one.stdout} ${one.attempts}`); }'";
    run(steps).success().stdout("0a\n1b\n1b\n0a 1\n1b 2\n");
}

#[test]
fn a_condition_that_breaks_hides_no_failure_and_leaves_nothing_ok() {
    let run = |command: &str| {
        let project = format!(
            "tasks:\n  t:\n    steps:\n      - {{name: s, command: {command}, retry: {{times: 3, when: 'parse_int(result.stdout + \"x\") == 1'}}}}\n    finally:\n      - {{script: 'print(`${{steps.s.ok}} ${{steps.s.exit_code}} ${{task.exit_code}}`)'}}\n"
        );
        Test::new().project(&project).args(["run", "t"]).run()
    };
    let outcome = run("exit 4");
    outcome.code(4).stdout("false 4 4\n").stderr_has("task `t`, step `s`: the command ended with exit code 4");
    outcome.stderr_has("the condition of `retry` is broken at .xnet/config.yaml:4:");
    let outcome = run("'true'");
    outcome.code(2).stdout("false 2 2\n").stderr_has("in the condition of `retry` of task `t`, step `s`");
}
