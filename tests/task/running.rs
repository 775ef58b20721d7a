//! Running a task: output as it comes, exit codes, Ctrl-C.

use crate::support::Test;

fn task(command: &str) -> Test {
    let indented = command.replace('\n', "\n          ");
    Test::new()
        .project(&format!(
            "tasks:\n  t:\n    steps:\n      - name: the step\n        command: |\n          {indented}\n"
        ))
        .args(["run", "t"])
}

#[test]
fn the_exit_code_of_the_failing_command_is_that_of_xnet() {
    for code in [1, 3, 42, 127, 255] {
        task(&format!("exit {code}")).run().code(code);
    }
    task("kill -9 $$").run().code(137);
}

#[test]
fn a_failing_step_shows_task_step_command_code_and_last_words() {
    let outcome = task("echo fine\necho the last words >&2\nexit 3").run();
    outcome
        .code(3)
        .stdout("fine\n")
        .stderr_has("the last words")
        .stderr_has("`t`")
        .stderr_has("the step")
        .stderr_has("3");
    outcome.stderr_has("config.yaml:");
}

#[test]
fn an_earlier_line_that_fails_does_not_hide() {
    task("false\necho after").run().check_code(&[0, 1]);
    task("echo a | false").run().code(1);
}

#[test]
fn output_is_streamed_as_it_comes() {
    let mut running = task("echo first\nread -r line || sleep 600").start();
    running.until("first").interrupt();
    running.finish().code(130);
}

#[test]
fn stdout_and_stderr_stay_apart_and_bytes_stay_bytes() {
    let outcome = task("printf 'a\\377b'; printf 'c\\376d' >&2").run();
    outcome.success();
    assert_eq!(outcome.out, b"a\xffb");
    assert!(outcome.err.windows(3).any(|three| three == b"c\xfed"), "{}", outcome.report());
}

#[test]
fn much_output_without_an_end_of_line_goes_through() {
    let outcome = task("head -c 3000000 /dev/zero | tr '\\0' x").run();
    outcome.success();
    assert_eq!(outcome.out.len(), 3_000_000);
}

#[test]
fn ctrl_c_ends_the_step_and_what_it_started() {
    let mut running = task("sleep 600 &\necho \"child $!\"\nwait").start();
    running.until("child ").until("\n");
    let text = running.heard();
    let child: u32 = text.split_once("child ").unwrap().1.lines().next().unwrap().parse().unwrap();
    running.terminate();
    running.finish().code(130);
    assert!(!is_sleeping(child), "the child of the step lives on");
}

fn is_sleeping(process: u32) -> bool {
    // A zombie waits for its parent only, and a reused number is another program.
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.contains("(sleep)") && !stat.contains(") Z")
}

#[test]
fn a_command_can_read_stdin() {
    let project = "tasks:\n  t:\n    command: read -r line; echo \"got $line\"\n";
    Test::new().project(project).args(["run", "t"]).stdin("typed\n").run().success().stdout("got typed\n");
}

#[test]
fn an_unknown_task_suggests_the_nearest() {
    let outcome = Test::new().project("tasks:\n  deploy:\n    command: echo\n").args(["run", "depoly"]).run();
    outcome.code(2).stdout("").stderr_has("depoly").stderr_has("`deploy`");
    Test::new().args(["run", "setup-netwrok"]).run().code(2).stderr_has("`setup-network`");
}

#[test]
fn a_cycle_of_tasks_is_refused_before_anything_runs() {
    let project = "tasks:\n  a:\n    steps:\n      - command: echo ran\n      - task: b\n  b:\n    steps:\n      - task: a\n  self:\n    steps:\n      - task: self\n";
    let outcome = Test::new().project(project).args(["run", "a"]).run();
    outcome.code(2).stdout("").stderr_has("a → b → a");
    Test::new().project(project).args(["run", "self"]).run().code(2).stderr_has("self → self");
}

#[test]
fn a_script_step_that_throws_exits_1_and_one_that_exits_passes_its_code() {
    let project = "tasks:\n  throws:\n    script: throw \"no\"\n  exits:\n    script: exit(9)\n";
    Test::new().project(project).args(["run", "throws"]).run().code(1).stderr_has("no");
    Test::new().project(project).args(["run", "exits"]).run().code(9);
}
