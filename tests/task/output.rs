//! How a run is shown: as it comes, marked, in groups; and its report.

use crate::support::{Outcome, Test};

const PROJECT: &str = r#"
tasks:
  t:
    parallel: true
    fail_fast: false
    steps:
      - {name: one, command: "echo a; sleep 0.2; echo b"}
      - {name: two, command: "echo c; sleep 0.1; printf d"}
      - {name: hush, command: "echo never", quiet: true}
  single: {command: "echo x; printf y"}
  own: {params: [{name: output}, {name: x, default: d}], command: "echo ${params.output}"}
  greet: {params: [{name: who}], command: "echo ${params.who}"}
  fails:
    steps:
      - {name: "sk <&> ip", command: x, when: "false"}
      - {name: fine, command: "true"}
      - {name: bad, command: "echo 100% >&2; exit 3"}
"#;

#[track_caller]
fn run<const N: usize>(args: [&str; N]) -> Outcome {
    Test::new().project(PROJECT).args(["run"]).args(args).run()
}

#[test]
fn groups_keep_the_output_of_a_step_together() {
    let outcome = run(["--output", "grouped", "t"]);
    outcome.success().stdout_has("a\nb\n").stdout_has("c\nd\n").stdout_lacks("never").stderr_has("t › one\n");
    run(["--output", "grouped", "single"]).success().stdout("x\ny\n");
}

#[test]
fn every_line_is_marked_when_that_is_asked_for() {
    run(["--output", "prefixed", "single"]).success().stdout("single | x\nsingle | y\n");
    run(["--output", "stream", "single"]).success().stdout("x\ny");
}

#[test]
fn groups_and_errors_of_github() {
    let outcome = run(["--output", "github", "fails"]);
    outcome
        .code(3)
        .stdout_has("::group::fails › bad\n")
        .stdout_has("::endgroup::\n")
        .stdout_has("::error file=.xnet/config.yaml,line=17,title=fails::");
}

#[test]
fn a_report_has_a_case_for_each_step() {
    let test = Test::new().project(PROJECT).run_by("sh");
    let outcome = test.args(["-c", "xnet run --report r.xml fails; echo $?; cat r.xml"]).run();
    outcome.success().stdout_has("3\n<?xml").stdout_has("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"");
    outcome
        .stdout_has("name=\"fails › sk &lt;&amp;&gt; ip\" time=\"0.000\"><skipped/>")
        .stdout_has("<failure message=\"");
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    run(["--report", "no/such/r.xml", "single"]).code(2).stdout("").stderr_has("no/such/r.xml");
    run(["--report", "/dev/full", "single"]).code(1).stdout("x\ny").stderr_has("could not be written");
    run(["--report", "/dev/full", "fails"]).code(3).stderr_has("could not be written");
    run(["--report", "r.xml", "single", "--dry-run"]).code(2).stdout("");
    run(["--output", "pretty", "single"]).code(2).stderr_has("grouped");
}

#[test]
fn an_option_and_a_parameter_of_one_name_are_told_apart() {
    run(["own", "output=here"]).success().stdout("here\n");
    run(["own", "x=1", "--", "--output", "here"]).success().stdout("here\n");
    run(["own", "x=1", "--output", "here"]).code(2).stdout("").stderr_has("here");
    run(["own", "--output", "grouped"]).code(2).stdout("").stderr_has("output=VALUE");
    run(["single", "--jobs", "2"]).success();
    run(["greet", "who=x", "--jobs", "2"]).success();
}

#[test]
fn a_report_tells_errors_of_no_step_and_what_was_passed_over() {
    let report = |task: &str| {
        let project = format!("tasks:\n  t:\n    steps:\n      - {task}\n");
        let script = "echo old > r.xml; xnet run --report r.xml t; cat r.xml";
        Test::new().project(&project).run_by("sh").args(["-c", script]).run()
    };
    for wrong in ["{command: x, when: 'parms.x'}", "{command: \"echo ${params.nope}\"}"] {
        report(wrong).success().stdout_has("errors=\"1\"").stdout_has("<error message=\"").stdout_lacks("old");
    }
    let outcome = report("{command: exit 3, on_failure: continue}");
    outcome.stdout_has("failures=\"0\" errors=\"0\" skipped=\"1\"").stdout_has("<skipped message=\"task `t`");
}

#[test]
fn quiet_goes_down_into_tasks_and_a_failure_passed_over_says_why() {
    let project = "tasks:\n  t:\n    steps:\n      - {task: u, quiet: true}\n      - {command: echo because >&2; exit 1, quiet: true, on_failure: continue}\n  u: {command: echo loud}\n";
    let outcome = Test::new().project(project).args(["run", "t"]).run();
    outcome.success().stdout("").stderr_has("because");
    Test::new().project(project).args(["run", "--output", "github", "t"]).run().success().stdout_lacks("::error");
}

#[test]
fn a_report_tells_elements_and_combinations_apart() {
    let project = "tasks:\n  t:\n    matrix: {os: [alpine]}\n    steps:\n      - {name: s, foreach: ['a\"b', c], command: 'true'}\n";
    let script = "xnet run --report r.xml t; cat r.xml";
    let outcome = Test::new().project(project).run_by("sh").args(["-c", script]).run();
    outcome.success().stdout_has("name=\"t [alpine] › s [a&quot;b]\"").stdout_has("name=\"t [alpine] › s [c]\"");
    outcome
        .stdout_has("<properties><property name=\"item\" value=\"a&quot;b\"/><property name=\"index\" value=\"0\"/>");
    outcome.stdout_has(
        "<property name=\"matrix\" value=\"{&quot;os&quot;:&quot;alpine&quot;}\"/></properties></testcase>",
    );
}

#[test]
fn a_result_that_is_not_whole_is_a_warning_of_github() {
    let project = "tasks:\n  t:\n    steps:\n      - {name: s, quiet: true, register: r, command: seq 100001}\n";
    let outcome = Test::new().project(project).args(["run", "--output", "github", "t"]).run();
    outcome.success().stdout("::warning file=.xnet/config.yaml,line=4::task `t`, step `s`: `lines` of its result has the first 100000 of 100001\n");
}

/// What a task tells on stdout, with its exit code and its report.
#[track_caller]
fn reported(tasks: &str, how: &str) -> Outcome {
    let script = format!("xnet {how} --report r.xml t; echo code $?; cat r.xml");
    Test::new().project(&format!("tasks:\n{tasks}")).run_by("sh").args(["-c", &script]).run()
}

#[test]
fn failures_of_a_called_task_that_is_passed_over_are_no_failures_of_the_report() {
    let tasks = "  t: {steps: [{task: bad, on_failure: continue}]}\n  bad: {command: exit 3}\n";
    let outcome = reported(tasks, "run --output github");
    outcome.stdout_has("code 0\n").stdout_has("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"2\"");
    outcome.stdout_lacks("::error").stdout_has("::warning file=.xnet/config.yaml,line=3::task `bad`");
    let tasks = "  t: {steps: [{task: bad}]}\n  bad: {command: exit 3}\n";
    let outcome = reported(tasks, "run --output github");
    outcome.stdout_has("code 3\n").stdout_has("failures=\"2\"").stdout_has("::error file=.xnet/config.yaml,line=3,");
}

#[test]
fn a_called_task_that_is_tried_again_has_its_last_attempt_in_the_report() {
    let tasks = "  t: {steps: [{task: inner, retry: {times: 3}}]}\n  inner:\n    needs: [ready]\n    steps: [{command: test -e there || (touch there; exit 3)}]\n  ready: {command: test -e set || (touch set; exit 4)}\n";
    let outcome = reported(tasks, "run --output github");
    outcome.stdout_has("code 0\n").stdout_has("failures=\"0\" errors=\"0\" skipped=\"0\"").stdout_lacks("::error");
    outcome.stdout_has("<property name=\"attempts\" value=\"3\"/>").stdout_has("::warning");
    assert_eq!(outcome.out_text().matches("name=\"t › inner › test").count(), 1);
}

#[test]
fn a_handler_that_could_not_run_is_told_as_failed() {
    let tasks = "  t:\n    steps:\n      - command: mkdir gone\n      - {command: 'rmdir \"$PWD\"; exit 6', workdir: gone, on_failure: {command: echo handled}}\n";
    let outcome = reported(tasks, "--json run");
    outcome.stdout_has("code 6\n").stdout_has("name=\"t › echo handled (on failure)\"").stdout_has("failures=\"2\"");
    assert_eq!(outcome.out_text().matches("step_failed").count(), 2);
}

#[test]
fn a_handler_that_is_stopped_is_told_as_failed() {
    let project = "tasks:\n  t: {steps: [{command: exit 6, on_failure: {command: 'echo begun; sleep 600'}}]}\n";
    let mut running = Test::new().project(project).args(["--json", "run", "t"]).start();
    running.until("\"line\":\"begun\"").terminate();
    let outcome = running.finish();
    outcome.code(130);
    assert_eq!(outcome.out_text().matches("step_failed").count(), 2);
}

#[test]
fn what_cannot_be_evaluated_while_running_is_told_to_every_reader() {
    for (task, what) in [
        (
            "steps: [{command: echo 1, register: r}, {name: s, command: x, when: 'parse_int(r.stdout + \"x\") == 1'}]",
            "`when` of task `t`, step `s`",
        ),
        (
            "steps: [{command: echo 1, register: r}, {name: s, command: x, foreach: 'parse_int(r.stdout + \"x\")'}]",
            "`foreach` of task `t`, step `s`",
        ),
        ("steps: [{command: echo 1, register: r}], returns: 'parse_int(r.stdout + \"x\")'", "`returns` of task `t`"),
    ] {
        let tasks = format!("  t: {{{task}}}\n");
        let outcome = reported(&tasks, "--json run");
        outcome.stdout_has("step_failed").stdout_has("failures=\"1\" errors=\"0\"").stderr_has(what);
        reported(&tasks, "run --output github").stdout_has("::error file=.xnet/config.yaml,line=2,").stderr_has(what);
    }
}
