//! `timeout`: of a step and of a task, with all that they started.

use crate::support::{Outcome, Test};

#[track_caller]
fn run(task: &str) -> Outcome {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    Test::new()
        .project(&format!("tasks:\n  t:\n    {indented}\n  u:\n    command: sleep 600\n"))
        .args(["run", "t"])
        .run()
}

#[test]
fn a_step_that_takes_too_long_is_ended_with_what_it_started() {
    let outcome = run(
        "steps:\n  - name: slow\n    command: |\n      sleep 600 & echo child $!\n      wait\n    timeout: 300ms\n  - command: echo never",
    );
    outcome.code(5).stdout_lacks("never").stderr_has("step `slow`: it did not finish within 300ms");
    let text = outcome.out_text();
    let child = text.split_once("child ").unwrap().1.trim();
    let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    assert!(!stat.contains("(sleep)") || stat.contains(") Z"), "the child of the step lives on: {stat}");
}

#[test]
fn one_that_does_not_heed_the_end_is_killed() {
    run("steps:\n  - command: trap '' TERM; while :; do sleep 1; done\n    timeout: 200ms").code(5);
}

#[test]
fn a_script_and_a_called_task_have_limits_too() {
    run("steps:\n  - script: sleep(600)\n    timeout: 200ms").code(5).stderr_has("within 200ms");
    run("steps:\n  - script: 'loop { }'\n    timeout: 200ms").code(5);
    run("steps:\n  - task: u\n    timeout: 200ms").code(5).stderr_has("within 200ms");
}

#[test]
fn a_timeout_is_a_failure_that_can_be_handled() {
    run("steps:\n  - command: sleep 600\n    timeout: 200ms\n    on_failure: continue\n  - command: echo after")
        .success()
        .stdout("after\n");
    run("steps:\n  - command: sleep 600\n    timeout: 100ms\n    register: slow\n    on_failure: continue\n  - script: print(slow.exit_code)").success().stdout("5\n");
    run("steps:\n  - command: echo x; sleep 600\n    timeout: 200ms\n    retry: {times: 2}").code(5).stdout("x\nx\n");
}

#[test]
fn a_task_has_a_limit_over_all_its_steps() {
    let outcome = run(
        "timeout: 400ms\nsteps:\n  - command: echo one\n  - command: sleep 600\n    on_failure: continue\n  - command: echo never",
    );
    outcome.code(5).stdout("one\n").stderr_has("task `t`: it did not finish within 400ms");
    run("timeout: 1m\ncommand: echo in time").success().stdout("in time\n");
}

#[test]
fn a_limit_that_is_none_is_refused() {
    for limit in ["0", "soon", "-1s", "[1]"] {
        run(&format!("command: echo ran\ntimeout: {limit}")).code(2).stdout("");
    }
}

#[test]
fn a_limit_that_passed_is_told_with_its_place() {
    run("command: sleep 600\ntimeout: 200ms").code(5).stderr_has("config.yaml:4:14").stderr_has("timeout: 200ms");
    run("steps:\n  - command: sleep 600\n    timeout: 200ms").code(5).stderr_has("config.yaml:4:18");
}

#[test]
fn a_limit_that_is_reached_in_an_expression_is_told_as_any_other() {
    for key in ["when: loop { }", "foreach: loop { }"] {
        let outcome = run(&format!("timeout: 300ms\nsteps:\n  - command: echo ran\n    {key}"));
        outcome.code(5).stdout("").stderr_has("task `t`: it did not finish within 300ms");
    }
}
