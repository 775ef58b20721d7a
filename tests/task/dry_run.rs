//! `--dry-run`: what would run, and nothing does.

use serde_json::{Value, json};

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

/// What `--dry-run --json` prints of a project's task `t`, in which `S` is a secret.
fn objects(project: &str) -> Vec<Value> {
    let test =
        Test::new().project(project).file("sub/kept", "").env("DOCKER_HOST", "tcp://127.0.0.1:1").env("S", "hunter2");
    let outcome = test.args(["--json", "run", "--dry-run", "t"]).run();
    outcome.success().stdout_lacks("hunter2");
    outcome.out_text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

const DETAILED: &str = r#"
secrets: {s: {env: S}}
tasks:
  t:
    workdir: sub
    timeout: 1m
    env: {A: "1"}
    steps:
      - name: one
        command: echo ${item} ${secrets.s} '${secrets.s}'
        foreach: [x, y]
        env: {B: "b-${secrets.s}"}
        retry: {times: 3}
        timeout: 2s
        register: out
        on_failure: {command: "echo ${item}"}
      - exec: {container: web, command: [printf, "%s", "${secrets.s}"], user: root, workdir: /srv, env: {C: c}}
      - exec: {container: "${out.stdout}", command: "ls ${out.stdout}"}
      - {command: id > x, targets: [db, {label: x=y}]}
      - script: print(1)
        when: out.ok
      - {command: echo never, when: "1 > 2"}
      - {command: echo each, foreach: out.lines}
      - {task: u, with: {v: "5"}}
      - {task: u, with: {v: "${out.stdout}"}}
    finally: echo ${task.ok}
  u:
    confirm: Really ${params.v}?
    params: [{name: v, type: int}]
    command: pwd
    workdir: /tmp
"#;

#[test]
fn for_programs_there_is_an_object_for_each_step() {
    let all = objects(DETAILED);
    let steps: Vec<&Value> = all.iter().filter(|object| object["step"].is_string()).collect();
    assert_eq!(all[0]["kind"], "task_begins");
    assert_eq!((&all[0]["timeout_ms"], &all[0]["env"]["A"]), (&json!(60_000), &json!("1")));
    let one = steps[0];
    let folder = one["workdir"].as_str().unwrap();
    assert!(folder.starts_with('/') && folder.ends_with("/work/sub"), "{folder}");
    assert_eq!(
        *one,
        json!({
            "kind": "command", "task": "t", "step": "one", "title": "t › one", "file": ".xnet/config.yaml", "line": 10,
            "item": "x", "index": 0, "command": "echo x *** '***'", "env": {"A": "1", "B": "b-***"}, "workdir": folder,
            "timeout_ms": 2000, "attempts": 3, "on_failure": {"command": "echo x"}, "known": true,
        })
    );
    assert_eq!((&steps[1]["item"], &steps[1]["known"]), (&json!("y"), &json!(true)));
    let exec = steps[2];
    assert_eq!((&exec["kind"], &exec["container"], &exec["user"]), (&json!("exec"), &json!("web"), &json!("root")));
    assert_eq!(exec["argv"], json!(["printf", "%s", "***"]));
    assert_eq!((&exec["workdir"], &exec["env"]), (&json!("/srv"), &json!({"A": "1", "C": "c"})));
    assert_eq!(steps[3]["container"], "‹out.stdout: known when run›");
    assert_eq!((&steps[3]["known"], &steps[2]["known"]), (&json!(false), &json!(true)));
    assert_eq!(steps[4]["targets"], json!([{"container": "db"}, {"label": "x=y"}]));
    assert_eq!((&steps[4]["known"], &steps[4]["workdir"]), (&json!(false), &Value::Null));
    assert_eq!((&steps[5]["code"], &steps[5]["when"]), (&json!("print(1)"), &json!("out.ok")));
    assert_eq!((&steps[5]["known"], &steps[6]["skipped"]), (&json!(false), &json!(true)));
    assert_eq!((&steps[7]["foreach"], &steps[7]["known"]), (&json!("out.lines"), &json!(false)));
    assert_eq!(
        (&steps[8]["kind"], &steps[8]["calls"], &steps[8]["known"]),
        (&json!("task"), &json!("u"), &json!(true))
    );
    assert_eq!((&steps[9]["title"], &steps[9]["workdir"]), (&json!("t › u › pwd"), &json!("/tmp")));
    assert_eq!((&steps[10]["calls"], &steps[10]["known"]), (&json!("u"), &json!(false)));
    assert_eq!((&steps[11]["end"], &steps[11]["known"]), (&json!("finally"), &json!(false)));
    let question = all.iter().find(|object| object["kind"] == "confirm").unwrap();
    assert_eq!(question["question"], "Really 5?");
}

#[test]
fn for_people_all_is_told_that_decides_where_and_how_a_step_runs() {
    let outcome =
        Test::new().project(DETAILED).file("sub/kept", "").env("S", "hunter2").args(["run", "--dry-run", "t"]).run();
    outcome.success().stdout_lacks("hunter2");
    for lines in [
        "t (within 1m0s)\n  env: A=1\n  workdir: sub\n",
        "t › one\n  env: B=b-***\n",
        "  env: C=c\n  user: root\n  workdir: /srv\n  in container web: printf '%s' ***\n",
        "t › u asks: Really 5?\nt › u\n  workdir: /tmp\nt › u › pwd\n  command: pwd\n",
    ] {
        outcome.stdout_has(lines);
    }
}
