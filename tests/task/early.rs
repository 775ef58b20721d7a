//! What is known to be wrong before anything runs.

use crate::support::{Outcome, Test};

#[track_caller]
fn run(project: &str) -> Outcome {
    Test::new().project(project).env("DOCKER_HOST", "tcp://127.0.0.1:1").args(["run", "t"]).run()
}

#[test]
fn a_circle_through_another_name_is_seen() {
    let project = "tasks:\n  t: {aliases: [u], steps: [{task: v}]}\n  v: {steps: [{task: u}]}\n";
    run(project).code(2).stdout("").stderr_has("tasks call each other in a circle: t → v → t");
}

#[test]
fn tasks_that_call_each_other_too_deep_are_refused() {
    let link = |number: usize| format!("  n{number}: {{steps: [{{task: n{}}}]}}\n", number + 1);
    let chain: String = (0..5000).map(link).collect();
    let project = format!("tasks:\n  t: {{steps: [{{task: n0}}]}}\n{chain}  n5000: {{command: echo}}\n");
    run(&project).code(2).stdout("").stderr_has("more than 100 deep");
}

#[test]
fn a_variable_that_no_expression_can_have_is_told_before_anything_runs() {
    for step in [
        "when: parms.x",
        "foreach: itms",
        "retry: {times: 2, when: resultt.ok}",
        "when: item.x\n        foreach: [1]\n        as: it",
    ] {
        let project = format!(
            "tasks:\n  t:\n    params: [{{name: x, default: a}}]\n    steps:\n      - command: echo ran\n      - command: echo ran\n        {step}\n"
        );
        run(&project).code(2).stdout("").stderr_has("there is no variable `").stderr_has("config.yaml:");
    }
    let project = "tasks:\n  t:\n    params: [{name: x, default: a}]\n    steps:\n      - {command: echo one, register: r, retry: {times: 2, when: '!result.ok && attempt < 2'}}\n      - {command: 'echo ${item}', foreach: '[1, 2]', when: 'item > index && r.ok && [1].all(|n| n == 1) && params.x == \"a\"'}\n";
    run(project).success().stdout("one\n1\n2\n");
}

#[test]
fn a_pattern_that_means_no_container_is_told_before_anything_runs() {
    let project = "targets: {containers: {web: {container: w}}}\ntasks:\n  t:\n    steps:\n      - command: echo ran\n      - {command: id, targets: ['containers.zz*']}\n";
    run(project).code(2).stdout("").stderr_has("no container is declared as `zz*`");
}

#[test]
fn keys_that_would_mean_nothing_are_refused() {
    for (task, words) in [
        ("{workdir: /tmp, targets: [c], command: id}", "`workdir` is of this machine"),
        ("{steps: [{command: echo, foreach: [1], as: index}]}", "`index` is a name that xnet gives"),
        ("{steps: [{command: echo, foreach: [1], as: attempt}]}", "`attempt` is a name that xnet gives"),
        ("{command: echo, on_error: [{command: echo, always: true}]}", "`always` has no meaning in `on_error`"),
    ] {
        run(&format!("tasks:\n  t: {task}\n  u: {{command: echo}}\n")).code(2).stdout("").stderr_has(words);
    }
}

#[test]
fn dotenv_variables_stay_with_their_task() {
    let project = "tasks:\n  t: {dotenv: [a.env], steps: [{command: 'echo $WHO'}, {task: u}, {task: v}]}\n  u: {dotenv: [b.env], command: 'echo $WHO ${env.WHO}'}\n  v: {command: 'echo \"[$WHO]\"'}\n  w: {dotenv: [a.env], steps: [{task: x}]}\n  x: {command: 'echo ${env.WHO}'}\n  y: {dotenv: [a.env], env: {WHO: own}, steps: [{task: u}]}\n";
    let test = || Test::new().project(project).file("a.env", "WHO=caller\n").file("b.env", "WHO=callee\n");
    test().args(["run", "t"]).run().success().stdout("caller\ncallee callee\n[]\n");
    test().args(["run", "w"]).run().code(2).stderr_has("`WHO` is not set");
    test().args(["run", "y"]).run().success().stdout("own own\n");
}

#[test]
fn targets_of_a_task_without_a_command_are_refused() {
    for step in ["task: plain", "script: print(1)"] {
        let project = format!("tasks:\n  t: {{targets: [web], steps: [{{{step}}}]}}\n  plain: {{command: hostname}}\n");
        let outcome = Test::new().project(&project).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has("`targets` is for a `command`, and the task has none");
    }
}
