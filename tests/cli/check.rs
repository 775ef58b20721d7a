//! `xnet check`: what is wrong is told without running it, all of it at once.

use serde_json::Value;

use crate::support::{Outcome, Test};

#[track_caller]
fn checked(yaml: &str) -> Outcome {
    let outcome = Test::new().project(yaml).args(["check"]).run();
    outcome.code(2);
    outcome
}

/// A script of one line, which stands in a step.
#[track_caller]
fn script(line: &str) -> Outcome {
    checked(&format!("tasks:\n  t:\n    steps:\n      - script: |\n          {line}\n"))
}

#[test]
fn a_sound_project_is_told_with_what_was_looked_at() {
    let test = Test::new().project("tasks:\n  one: {command: echo}\n  two: {script: scripts/a.rhai}\n");
    let test = test.file("scripts/a.rhai", "print(1);").file("tasks/b.yaml", "tasks:\n  three: {script: print(2)}\n");
    test.args(["check"]).run().success().stdout("2 files, 3 tasks, 2 scripts: no fault found\n");
    Test::new().args(["check"]).run().success().stdout("0 files, 0 tasks, 0 scripts: no fault found\n");
}

#[test]
fn nothing_of_a_task_is_run() {
    let yaml = "tasks:\n  t:\n    steps:\n      - command: touch made\n      - script: sh(\"touch made\")\n";
    let test = Test::new().project(yaml);
    let made = test.path("made");
    test.args(["check"]).run().success();
    assert!(!made.exists());
}

#[test]
fn all_faults_are_told_in_their_order_each_once() {
    let outcome = checked(
        "tasks:\n  a:\n    comand: x\n    descripton: y\n    steps: []\n  b:\n    steps: [{task: nobody}]\n  \
         c:\n    steps: [{task: b}]\n  d:\n    command: echo ${params.x}\n",
    );
    let text = outcome.err_text();
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(
        told,
        [
            "error: task `a`: unknown option `comand`",
            "error: task `a`: unknown option `descripton`",
            "error: no task is called `nobody`",
            "error: task `d` has no parameter `x`",
        ]
    );
    outcome.stderr_has("did you mean `command`?").stderr_has(".xnet/config.yaml:3:5").stderr_has("1 file, 4 tasks");
}

#[test]
fn faults_of_files_are_told() {
    checked("tasks:\n\ta: 1\n").stderr_has("a tab cannot indent YAML").stderr_has(".xnet/config.yaml:2");
    checked("taks: {}\n").stderr_has("unknown key `taks`").stderr_has("did you mean `tasks`?");
    checked("include: [gone.yaml]\n").stderr_has("the included file gone.yaml could not be read");
    checked("tasks:\n  a: {steps: [{task: b}]}\n  b: {steps: [{task: a}]}\n").stderr_has("in a circle: a → b → a");
}

#[test]
fn calls_of_tasks_are_checked() {
    let callee = "  t:\n    params: [{name: port, type: port}]\n    command: echo\n";
    let call = |with: &str| checked(&format!("tasks:\n{callee}  c:\n    steps: [{{task: t{with}}}]\n"));
    call("").stderr_has("needs a value for `port`").stderr_has("give it under `with:`");
    call(", with: {prt: 1}").stderr_has("has no parameter `prt`").stderr_has("`port`");
    call(", with: {port: x}").stderr_has("parameter `port` of task `t`");
}

#[test]
fn expressions_and_scripts_that_do_not_parse_are_told_with_their_place() {
    let outcome = checked("tasks:\n  t:\n    steps:\n      - {command: x, when: \"1 +\"}\n      - script: let = 3\n");
    outcome.stderr_has("in an expression, which is Rhai").stderr_has("config.yaml:5:");
    checked("tasks:\n  t: {script: gone.rhai}\n").stderr_has("gone.rhai");
}

#[test]
fn functions_and_members_that_are_not_there_are_told() {
    script("docker.network.crate(\"x\");").stderr_has("docker.network has no `crate`").stderr_has("`create`");
    script("let n = docker.network.create(\"x\"); n.conect(\"c\");").stderr_has("Network has no `conect`");
    script("docker.run(\"x\").ipp();").stderr_has("Container has no `ipp`");
    script("print(docker.adress);").stderr_has("docker has no `adress`").stderr_has("did you mean `address`?");
    script("print(docker.version);").stderr_has("it is a function: docker.version()");
    script("frob(1);").stderr_has("unknown function `frob`");
    script("exec(\"a\");").stderr_has("`exec` cannot be called with 1 argument").stderr_has("exec(container, command");
    script("fn f(a) { a } f(1, 2);").stderr_has("`f` takes 1 arguments here, and 2 are given");
}

#[test]
fn functions_of_the_standard_library_are_known() {
    let import = "import \"std/debug\" as debug; ";
    script(&format!("{import}debug::debug_netwrk(\"x\");"))
        .stderr_has("has no `debug_netwrk`")
        .stderr_has("`debug_network`");
    script(&format!("{import}debug::debug_network();")).stderr_has("cannot be called with 0 arguments");
    let fine = format!("{import}debug::debug_network(\"x\");");
    Test::new().file("a.rhai", &fine).args(["check", "a.rhai"]).run().success().stderr_lacks("warning");
}

#[test]
fn a_variable_that_nothing_sets_is_a_warning_where_a_task_could_give_it() {
    let test = |code: &str| Test::new().file("a.rhai", code).args(["check", "a.rhai"]).run();
    let outcome = test("let x = 1;\nprint(y);\ndcker.run(\"x\");");
    outcome
        .success()
        .stderr_has("a.rhai:2:7: there is no variable `y`")
        .stderr_has("a.rhai:3:1: there is no variable `dcker`");
    test("let x = 1; for i in 1..x { print(i + x); } fn f(a) { a } print(f(1)); print(params.a); print(args);")
        .success()
        .stderr_lacks("warning");
    let yaml = "tasks:\n  t:\n    steps:\n      - {command: echo, register: said}\n      - {script: a.rhai}\n";
    let of_task = |code: &str| Test::new().project(yaml).file("a.rhai", code).args(["check"]).run();
    of_task("print(said.stdout);").success().stderr_lacks("warning");
    of_task("print(sad.stdout);").code(2).stderr_has("a.rhai:1:7").stderr_has("there is no variable `sad`");
}

#[test]
fn options_that_no_call_has_are_told() {
    let outcome = script("docker.run(\"x\", #{nmae: 1, ports: [p, \"0:80\"], ipm: 3});");
    outcome.stderr_has("docker.run: unknown option `nmae`").stderr_has("did you mean `name`?");
    outcome.stderr_has("host port \"0\"").stderr_has("docker.run: unknown option `ipm`");
    script("let c = docker.run(\"x\"); c.stop(#{timout: t});").stderr_has("docker.stop: unknown option `timout`");
    script("docker.network.ensure(\"x\", #{ipam: #{config: [#{gatway: g}]}});").stderr_has("unknown option `gatway`");
    script("sh(\"x\", #{steam: false});").stderr_has("sh: unknown option `steam`");
}

#[test]
fn what_is_known_only_by_running_is_not_told() {
    let code = "let docker2 = docker.host(params.place);\nlet n = #{name: params.x, ports: list()};\nfn list() { [] }\n\
        docker.run(params.image, n);\ndocker.run(\"x\", #{name: params.x, ports: list(), env: #{A: n}});\n\
        let f = |c| c.anything();\nf.call(#{});\nlet x = docker.run(\"x\"); x = 3; x.foo();\n\
        fn g(docker) { docker.whatever() }\nlet when = #{}; when.then = 1;\n\
        docker.events(#{ready: || 1, timeout: \"1s\"}, |e| false);";
    Test::new().file("a.rhai", code).args(["check", "a.rhai"]).run().success();
    let yaml = "secrets: {s: {env: NOT_SET}}\ntasks:\n  t:\n    confirm: Sure?\n    command: echo ${env.NOT_SET} ${secrets.s}\n";
    Test::new().project(yaml).args(["check"]).run().success();
}

#[test]
fn given_files_are_checked_and_no_others() {
    let test = || Test::new().project("tasks:\n  bad: {comand: x}\n  good: {command: x}\n");
    let test = || test().file("more.yaml", "tasks:\n  m: {steps: [{task: good}]}\n").file("a.rhai", "let x = ;");
    test().args(["check", "more.yaml"]).run().success().stdout("1 file, 1 task, 0 scripts: no fault found\n");
    test().args(["check", "a.rhai"]).run().code(2).stderr_has("a.rhai:1:9").stderr_lacks("comand");
    test().args(["check", "gone.yaml"]).run().code(2).stderr_has("gone.yaml could not be read");
    test().args(["check", "a.txt"]).run().code(2).stderr_has("a.txt is neither YAML nor a script");
}

const SLIPS: &str = "tasks:\n  t:\n    comand: x\n    command: x\n";

#[test]
fn findings_as_json() {
    let found = Test::new().project(SLIPS).args(["--json", "check"]).run().code(2).json();
    let first = &found[0];
    assert_eq!(first["file"], ".xnet/config.yaml");
    assert_eq!([&first["line"], &first["column"], &first["end_column"]], [&Value::from(3), &5.into(), &11.into()]);
    assert_eq!([&first["severity"], &first["code"]], [&Value::from("error"), &"unknown-key".into()]);
    assert_eq!(first["hint"], "did you mean `command`?");
    let none = Test::new().args(["--json", "check"]).run().success().json();
    assert_eq!(none, Value::Array(Vec::new()));
}

#[test]
fn findings_as_sarif() {
    let log = Test::new().project(SLIPS).args(["check", "--sarif"]).run().code(2).json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "xnet");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "unknown-key");
    assert_eq!(result["level"], "error");
    assert!(run["tool"]["driver"]["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == "unknown-key"));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], ".xnet/config.yaml");
    assert_eq!(place["region"]["startLine"], 3);
    let clean = Test::new().args(["check", "--sarif"]).run().success().json();
    assert_eq!(clean["runs"][0]["results"], Value::Array(Vec::new()));
}
