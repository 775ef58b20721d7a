//! `needs`: what must have run before, once, in parallel.

use crate::support::{Outcome, Test};

#[track_caller]
fn run<const N: usize>(tasks: &str, args: [&str; N]) -> Outcome {
    let indented = tasks.trim_matches('\n').replace('\n', "\n  ");
    Test::new().project(&format!("tasks:\n  {indented}\n")).args(["run"]).args(args).run()
}

#[test]
fn each_need_runs_once_and_before() {
    let tasks = "t:\n  needs: [a, b]\n  command: echo t\na:\n  needs: [base]\n  command: echo a\nb:\n  needs: [base]\n  command: echo b\nbase:\n  command: echo base";
    run(tasks, ["-j", "1", "t"]).success().stdout("base\na\nb\nt\n");
    let outcome = run(tasks, ["-j", "4", "t"]);
    outcome.success();
    let text = outcome.out_text();
    assert_eq!(text.matches("base\n").count(), 1, "{text}");
    assert!(text.ends_with("t\n") && text.lines().count() == 4, "{text}");
}

#[test]
fn other_parameters_are_another_run() {
    let tasks = "t:\n  params: [{name: x, default: one}]\n  needs:\n    - {task: a, with: {v: \"${params.x}\"}}\n    - {task: a, with: {v: two}}\n    - {task: a, with: {v: one}}\n  command: echo t\na:\n  params: [{name: v}]\n  command: echo ${params.v}";
    run(tasks, ["-j", "1", "t"]).success().stdout("one\ntwo\nt\n");
}

#[test]
fn needs_run_at_the_same_time() {
    let wait = |own: &str, other: &str| {
        format!("{own}:\n  command: touch {own}; until test -e {other}; do sleep 0.01; done; echo met")
    };
    let tasks = format!("t:\n  needs: [a, b]\n  command: echo t\n{}\n{}", wait("a", "b"), wait("b", "a"));
    let outcome = run(&tasks, ["--jobs", "2", "t"]);
    outcome.success().stdout_has("a | met\n").stdout_has("b | met\n");
}

#[test]
fn a_need_that_fails_ends_the_run_with_its_code() {
    let tasks =
        "t:\n  needs: [a, b]\n  command: echo never\na:\n  command: exit 6\nb:\n  needs: [a]\n  command: echo never";
    for jobs in ["1", "4"] {
        run(tasks, ["-j", jobs, "t"]).code(6).stdout("").stderr_has("task `a`").stderr_has("needed by task");
    }
}

#[test]
fn circles_and_unknown_needs_are_refused_before_anything_runs() {
    let tasks =
        "t:\n  needs: [a]\n  command: echo ran\na:\n  needs: [b]\n  command: echo ran\nb:\n  steps:\n    - task: t";
    run(tasks, ["t"]).code(2).stdout("").stderr_has("t → a → b → t");
    run("t:\n  needs: [aa]\n  command: echo ran\na:\n  command: echo", ["t"]).code(2).stdout("").stderr_has("aa");
    run("t:\n  needs: [{task: a, wiht: {}}]\n  command: echo ran\na:\n  command: echo", ["t"])
        .code(2)
        .stderr_has("wiht");
    run("t:\n  needs: [a]\n  command: echo ran\na:\n  params: [{name: v}]\n  command: echo", ["t"])
        .code(2)
        .stdout("")
        .stderr_has("`v`");
    run("t:\n  needs: [[a]]\n  command: echo ran", ["t"]).code(2).stdout("");
}

#[test]
fn fifty_needs_are_all_run() {
    let names: Vec<String> = (0..50).map(|n| format!("n{n}")).collect();
    let task = |name: &String| format!("{name}:\n  command: echo {name}");
    let tasks = names.iter().map(task).collect::<Vec<_>>().join("\n");
    let outcome = run(&format!("t:\n  needs: [{}]\n  command: echo t\n{tasks}", names.join(", ")), ["t"]);
    assert_eq!(outcome.success().out_text().lines().count(), 51);
}

#[test]
fn after_one_has_failed_no_other_begins_however_deep() {
    // `b` needs `late`, and fails only once `slow` runs, which `a` needs with `never` after it.
    let tasks = "t:\n  needs: [a, b]\n  command: echo never\na:\n  needs: [slow, late]\n  command: echo never\nb:\n  command: until test -e slow; do sleep 0.01; done; touch failed; exit 6\nslow:\n  command: touch slow; until test -e failed; do sleep 0.01; done; sleep 1; echo slow came to its end\nlate:\n  command: echo never";
    run(tasks, ["-j", "2", "t"])
        .code(6)
        .stdout("slow | slow came to its end\n")
        .stderr_has("task `b`, step")
        .stderr_has("needed by task `t` at .xnet/config.yaml:3");
}

#[test]
fn an_attempt_runs_a_failed_need_anew() {
    let need =
        "u:\n  needs: [n]\n  command: echo u\nn:\n  command: echo x >> tries; test $(wc -l < tries) -ge 3 && echo n";
    run(&format!("t:\n  steps:\n    - task: u\n      retry: {{times: 3}}\n    - task: u\n{need}"), ["t"])
        .success()
        .stdout("n\nu\nu\n");
    // Without it the failure stands.
    let twice = "t:\n  steps:\n    - {task: u, on_failure: continue}\n    - task: u";
    let outcome = run(&format!("{twice}\n{need}"), ["t"]);
    outcome.code(1).stdout("").stderr_has("task `n`, which is needed, has failed").stderr_has("config.yaml:");
}

#[test]
fn the_end_of_a_task_that_never_began_does_not_run() {
    let tasks = "t:\n  needs: [n]\n  command: echo never\n  on_error: echo never\n  finally: echo never\nn:\n  command: exit 6\n  on_error: echo went wrong\n  finally: echo end of n";
    run(tasks, ["t"]).code(6).stdout("went wrong\nend of n\n");
}

#[test]
fn lines_of_a_need_are_marked_with_its_own_name() {
    let tasks = "t:\n  needs: [a, b]\n  command: echo t\na:\n  needs: [deep]\n  command: echo a\nb:\n  command: echo b\ndeep:\n  command: echo deep";
    let outcome = run(tasks, ["-j", "2", "t"]);
    outcome.success().stdout_has("deep | deep\n").stdout_has("a | a\n").stdout_has("b | b\n");
}
