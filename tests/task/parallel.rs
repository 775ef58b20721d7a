//! `parallel`: the steps of a task at the same time.

use crate::support::{Outcome, Test};

#[track_caller]
fn run(task: &str) -> Outcome {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    Test::new().project(&format!("tasks:\n  t:\n    {indented}\n")).args(["run", "t"]).run()
}

#[test]
fn steps_run_at_the_same_time_and_their_lines_are_whole() {
    let step = |own: &str, other: &str| {
        format!(
            "  - name: {own}\n    command: touch {own}; until test -e {other}; do sleep 0.01; done; for i in $(seq 200); do printf 'abc'; printf 'def\\n'; done\n"
        )
    };
    let outcome = run(&format!("parallel: true\nsteps:\n{}{}", step("one", "two"), step("two", "one")));
    outcome.success();
    let text = outcome.out_text();
    assert_eq!(text.lines().count(), 400);
    assert!(text.lines().all(|line| line == "one | abcdef" || line == "two | abcdef"), "{text}");
}

#[test]
fn a_script_s_lines_are_marked_too() {
    run("parallel: true\nsteps:\n  - name: s\n    script: print(\"said\")\n  - name: c\n    command: printf no-end")
        .success()
        .stdout_has("s | said\n")
        .stdout_has("c | no-end\n");
}

#[test]
fn the_first_failure_stops_the_others() {
    let outcome = run("parallel: true\nsteps:\n  - command: sleep 600\n  - command: exit 9\nfinally: echo end");
    outcome.code(9).stdout("end\n");
    let task = "parallel: true\nfail_fast: false\nsteps:\n  - name: a\n    command: sleep 0.3; echo slow\n  - name: b\n    command: exit 9";
    run(task).code(9).stdout("a | slow\n");
    let task = "parallel: true\nfail_fast: false\nsteps:\n  - name: a\n    command: exit 8\n  - name: b\n    command: sleep 0.3; exit 9";
    run(task).code(8).stderr_has("failed too: task `t`, step `b`: the command ended with exit code 9");
}

#[test]
fn no_more_run_than_may() {
    let step = "  - command: mkdir lock && sleep 0.05 && rmdir lock\n";
    run(&format!("parallel: true\nmax_parallel: 1\nsteps:\n{}", step.repeat(4))).success();
}

#[test]
fn steps_at_the_same_time_do_not_know_of_each_other() {
    run("parallel: true\nsteps:\n  - command: echo a\n    register: a\n  - command: echo ${a.stdout}")
        .code(2)
        .stdout("")
        .stderr_has("has not run yet");
    run("parallel: true\nsteps:\n  - command: echo a\n    register: a\nfinally:\n  - command: echo had ${a.stdout}")
        .success()
        .stdout_has("had a\n");
}

#[test]
fn what_makes_no_sense_is_refused() {
    run("max_parallel: 2\ncommand: echo ran").code(2).stdout("").stderr_has("parallel: true");
    run("parallel: true\nmax_parallel: 0\ncommand: echo ran").code(2).stdout("");
    run("parallel: true\nsteps:\n  - command: echo ran\n    always: true").code(2).stdout("").stderr_has("finally");
}

#[test]
fn many_lines_a_second_from_each_need_little_memory() {
    let step = |name: &str| format!("  - name: {name}\n    command: yes 0123456789 | head -n 300000\n");
    // The parent of the last step's shell is xnet.
    let last = "finally:\n  - command: grep VmHWM /proc/$PPID/status >&2";
    let outcome = run(&format!("parallel: true\nsteps:\n{}{}{last}", step("a"), step("b")));
    outcome.success();
    assert_eq!(outcome.out.len(), 600_000 * "a | 0123456789\n".len());
    let peak = outcome.err_text().split_once("VmHWM:").unwrap().1.split_whitespace().next().unwrap().parse::<u32>();
    outcome.check(peak.unwrap() < 100_000, "a peak below 100 MB");
}

#[test]
fn notes_of_what_was_stopped_are_told_as_its_own() {
    let task = "tasks:\n  t:\n    parallel: true\n    steps:\n      - {name: slow, script: 'sleep(600)'}\n      - {name: bad, command: sleep 0.3; exit 8}\n";
    let outcome = Test::new().project(task).args(["run", "t"]).run();
    outcome.code(8).stderr_has("stopped by that: in task `t`, step `slow`");
}
