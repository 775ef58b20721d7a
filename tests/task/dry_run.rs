//! `--dry-run`: what would run, and nothing does.

use crate::support::{Outcome, Test};

const PROJECT: &str = r#"
tasks:
  t:
    params: [{name: who, default: "a'; touch ran"}, {name: n, type: int, default: 2}]
    needs: [base]
    env: {GREETING: "hi ${params.who}"}
    steps:
      - name: greet
        command: touch ran; echo ${params.who} "${params.who}" ${env.GREETING}
        register: said
      - command: echo never
        when: params.n > 5
      - command: echo maybe
        when: said.ok
      - command: echo ${item} ${said.stdout}
        foreach: 1..=params.n
      - command: echo ${item}
        foreach: said.lines
      - script: sh("touch ran")
      - script: print(1)
        when: sh("touch ran").ok
      - task: other
        with: {x: "${params.n}"}
      - task: other
        with: {x: "${said.stdout}"}
      - exec: {container: "c-${params.n}", command: [echo, "${params.who}"]}
        retry: {times: 3}
        timeout: 2m
    finally:
      - command: touch ran; echo ${task.ok}
  other:
    params: [{name: x, type: int}]
    command: echo x is ${params.x}
  base:
    command: touch ran
"#;

#[track_caller]
fn dry() -> Outcome {
    Test::new().project(PROJECT).env("DOCKER_HOST", "tcp://127.0.0.1:1").args(["run", "--dry-run", "t"]).run()
}

#[test]
fn what_would_run_is_told_with_its_values() {
    let outcome = dry();
    outcome.success().stderr_lacks("error");
    for line in [
        "base › touch ran\n",
        "t › greet\n",
        "touch ran; echo \"a'; touch ran\" \"a'; touch ran\" \"hi a'; touch ran\"\n",
        "skipped, for `params.n > 5` does not hold",
        "if `said.ok`, which is decided when run",
        "echo 1 ‹said.stdout: known when run›\n",
        "echo 2 ‹said.stdout",
        "for each element, which is decided when run",
        "echo ‹item: known when run›\n",
        "if `sh(\"touch ran\").ok`, which is decided when run",
        "echo x is 2\n",
        "task other, with values that are known only when run",
        "in container c-2: echo \"a'; touch ran\"\n",
        "up to 3 attempts",
        "timeout: 2m0s",
        "(finally)",
        "‹task.ok: known when run›",
    ] {
        outcome.stdout_has(line);
    }
}

#[test]
fn nothing_runs() {
    let test = Test::new().project(PROJECT).run_by("sh");
    test.args(["-c", "xnet run --dry-run t > out && test ! -e ran && echo nothing"])
        .run()
        .success()
        .stdout("nothing\n");
}

#[test]
fn what_is_wrong_is_told_as_in_a_run() {
    Test::new().project(PROJECT).args(["run", "t", "n=x", "--dry-run"]).run().code(2).stdout("");
    let broken = "tasks:\n  t:\n    command: echo ${params.x}\n";
    Test::new().project(broken).args(["run", "--dry-run", "t"]).run().code(2).stdout("");
}
