//! `matrix`: the steps for each combination of values.

use crate::support::{Outcome, Test};

#[track_caller]
fn run(task: &str) -> Outcome {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    Test::new().project(&format!("tasks:\n  t:\n    {indented}\n")).args(["run", "t"]).run()
}

#[test]
fn every_combination_runs_with_its_values() {
    let outcome = run(
        "matrix: {os: [alpine, debian], v: [1.10, 2]}\nsteps:\n  - command: echo ${matrix.os} ${matrix.v}\n    when: matrix.os != \"debian\" || matrix.v == \"2\"\nfinally: echo end",
    );
    outcome.success().stdout("alpine 1.10\nalpine 2\ndebian 2\nend\n").stderr_has("t [alpine 1.10] ›");
}

#[test]
fn combinations_run_at_the_same_time() {
    let outcome = run(
        "matrix: {a: [1, 2]}\nparallel: true\nmax_parallel: 2\nsteps:\n  - command: touch m-${matrix.a}; until test -e m-1 && test -e m-2; do sleep 0.01; done\n  - command: echo met",
    );
    outcome.success().stdout_has("1 | met\n").stdout_has("2 | met\n");
}

#[test]
fn a_combination_that_fails_is_named() {
    run("matrix: {a: [1, 2, 3]}\nsteps:\n  - command: echo ${matrix.a}; test ${matrix.a} != 2")
        .code(1)
        .stdout("1\n2\n")
        .stderr_has("in the combination 2");
    run("matrix: {a: [1, 2, 3]}\nfail_fast: false\nsteps:\n  - command: test ${matrix.a} != 2 && echo ${matrix.a}")
        .code(1)
        .stdout("1\n3\n");
}

#[test]
fn an_unknown_value_or_an_empty_list_is_refused() {
    run("matrix: {os: [a]}\ncommand: echo ${matrix.so}").code(2).stdout("").stderr_has("`os`");
    run("matrix: {os: []}\ncommand: echo ran").code(2).stdout("");
    run("matrix: {os: a}\ncommand: echo ran").code(2).stdout("").stderr_has("list");
    run("matrix:\ncommand: echo ran").code(2).stdout("");
    run("matrix: {}\ncommand: echo ran").code(2).stdout("");
}

#[test]
fn a_failure_in_a_loop_in_a_combination_is_told_with_all_it_is_for() {
    let task = "matrix: {os: [alpine, debian]}\nfail_fast: false\nsteps:\n  - name: s\n    foreach: [x, y]\n    command: test ${matrix.os}-${item} != debian-y";
    let outcome = run(task);
    outcome.code(1).stderr_has("config.yaml:8:").stderr_has("for element 1: y");
    outcome.stderr_has("in the combination debian of the matrix").stderr_has("t [debian] › s [y]\n");
}

#[test]
fn lines_of_a_loop_in_combinations_at_the_same_time_are_marked_with_both() {
    let task =
        "matrix: {os: [alpine]}\nparallel: true\nsteps:\n  - foreach: [x, y]\n    parallel: 2\n    command: echo said";
    run(task).success().stdout_has("alpine x | said\n").stdout_has("alpine y | said\n");
}
