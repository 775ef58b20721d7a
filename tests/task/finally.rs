//! What runs in spite of failure, timeouts and Ctrl-C: `finally`, `always`, `on_error`.

use crate::support::{Outcome, Test};

fn test(task: &str) -> Test {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    Test::new().project(&format!("tasks:\n  t:\n    {indented}\n")).args(["run", "t"])
}

#[track_caller]
fn run(task: &str) -> Outcome {
    test(task).run()
}

#[test]
fn finally_runs_after_success_and_failure_and_knows_which() {
    let last = "finally:\n  - command: echo ok=${task.ok} code=${task.exit_code}\n  - script: 'if !task.ok { print(`error: ${task.error}`) }'";
    run(&format!("command: echo done\n{last}")).success().stdout("done\nok=true code=0\n");
    run(&format!("command: exit 6\n{last}")).code(6).stdout_has("ok=false code=6\n").stdout_has("error: task `t`");
    run(&format!("command: sleep 600\ntimeout: 200ms\n{last}")).code(5).stdout_has("ok=false code=5\n");
}

#[test]
fn finally_runs_after_ctrl_c_and_ends_with_130() {
    let mut running = test("command: echo begun; sleep 600\nfinally:\n  - command: sleep 0.3; echo cleaned up\n  - script: print(`after ${task.exit_code}`)").start();
    running.until("begun\n").terminate();
    running.finish().code(130).stdout("begun\ncleaned up\nafter 130\n");
    let mut running = test(
        "steps:\n  - command: echo begun; sleep 600\n  - command: echo kept\n    always: true\n  - command: echo never",
    )
    .start();
    running.until("begun\n").interrupt();
    running.finish().code(130).stdout("begun\nkept\n");
}

#[test]
fn a_second_signal_stops_what_runs_at_the_end() {
    let mut running = test(
        "command: echo begun; sleep 600\nfinally:\n  - command: echo cleaning; sleep 600\n  - command: echo never",
    )
    .start();
    running.until("begun\n").terminate();
    running.until("cleaning\n").terminate();
    running.finish().code(130).stdout("begun\ncleaning\n");
}

#[test]
fn the_first_signal_does_not_stop_what_runs_at_the_end_of_a_task_that_went_well() {
    let mut running = test("command: echo done\nfinally:\n  - command: echo cleaning; sleep 0.5; echo cleaned").start();
    running.until("cleaning\n").terminate();
    running.finish().code(130).stdout("done\ncleaning\ncleaned\n");
}

#[test]
fn all_of_finally_runs_and_its_failure_is_told() {
    run("command: echo done\nfinally:\n  - command: exit 3\n  - command: echo second").code(3).stdout("done\nsecond\n");
    run("command: exit 2\nfinally: exit 3").code(2).stderr_has("after that");
}

#[test]
fn always_steps_run_in_their_place() {
    run("steps:\n  - command: exit 4\n  - command: echo never\n  - command: echo kept\n    always: true")
        .code(4)
        .stdout("kept\n");
    run("steps:\n  - command: echo a\n  - command: echo b\n    always: true\n  - command: echo c")
        .success()
        .stdout("a\nb\nc\n");
    run("timeout: 200ms\nsteps:\n  - command: sleep 600\n  - command: sleep 0.3; echo kept\n    always: true")
        .code(5)
        .stdout("kept\n");
}

#[test]
fn on_error_runs_only_after_a_failure() {
    run("command: echo fine\non_error: echo never").success().stdout("fine\n");
    run("command: exit 8\non_error:\n  - command: echo it was ${task.exit_code}\nfinally: echo end")
        .code(8)
        .stdout("it was 8\nend\n");
    run("command: exit 8\non_error: exit 9").code(8).stderr_has("after that");
}

#[test]
fn a_called_task_s_finally_runs_too() {
    let project = "tasks:\n  t:\n    steps:\n      - task: u\n    finally: echo outer\n  u:\n    command: exit 3\n    finally: echo inner\n";
    Test::new().project(project).args(["run", "t"]).run().code(3).stdout("inner\nouter\n");
}

#[test]
fn results_of_steps_that_did_not_run_are_empty_at_the_end() {
    let task = "steps:\n  - command: exit 1\n  - command: echo x\n    register: out\nfinally:\n  - command: echo [${out.stdout}]\n  - script: print(out.skipped)";
    run(task).code(1).stdout("[]\ntrue\n");
}

#[test]
fn a_reader_that_went_away_does_not_keep_finally_from_running() {
    let task = "tasks:\n  t:\n    command: yes\n    finally: touch cleaned\n";
    let outcome = Test::new()
        .project(task)
        .run_by("sh")
        .args(["-c", "xnet run t | head -1; test -e cleaned && echo cleaned"])
        .run();
    outcome.success().stdout("y\ncleaned\n");
}

#[test]
fn after_a_kill_the_task_runs_again() {
    let project = "tasks:\n  t:\n    command: if test -e begun; then echo ran; else echo $$ > begun; exec sleep 600 > /dev/null 2>&1; fi\n    finally: echo ended\n";
    let script = "xnet run t & pid=$!; while ! test -s begun; do sleep 0.01; done; kill -KILL $pid; wait $pid; xnet run t; code=$?; kill $(cat begun); exit $code";
    Test::new().project(project).run_by("sh").args(["-c", script]).run().success().stdout("ran\nended\n");
}

#[test]
fn a_step_whose_shell_is_killed_or_leaves_a_daemon_ends() {
    run("command: sleep 0.1; kill -KILL $$\nfinally: echo end").code(137).stdout("end\n");
    run("command: sh -c 'kill -KILL $$'\nfinally: echo end").code(137).stdout("end\n");
    run("command: (sleep 600; echo late) & echo $! > left; echo left\nfinally: kill $(cat left)")
        .success()
        .stdout("left\n");
}

#[test]
fn what_is_no_list_of_steps_is_refused() {
    run("command: echo ran\nfinally: {command: x}").code(2).stdout("").stderr_has("list of steps");
    run("command: echo ran\nfinally:\n  - comand: x").code(2).stdout("").stderr_has("`command`");
    run("command: echo ran\nfinally:\n  - command: echo ${task.okay}")
        .code(2)
        .stdout("")
        .stderr_has("name, ok, error, exit_code");
}

#[test]
fn ctrl_c_at_a_terminal_leaves_finally_to_its_end() {
    let task = "command: echo be''gun; sleep 600\nfinally:\n  - command: sleep 0.3; echo cle''aned up";
    let mut terminal = test(task).at_terminal();
    terminal.until("begun").press("\u{3}").until("cleaned up");
    assert_eq!(terminal.finish().code(), Some(130));
}

#[test]
fn ctrl_c_at_a_terminal_does_not_reach_what_runs_at_the_end() {
    let task = "command: echo done\nfinally:\n  - command: echo clea''ning; sleep 0.5; echo cle''aned up";
    let mut terminal = test(task).at_terminal();
    terminal.until("cleaning").press("\u{3}").until("cleaned up");
    assert_eq!(terminal.finish().code(), Some(130));
}

#[test]
fn what_is_stopped_may_print_while_it_cleans_up() {
    let trap = "trap 'for i in 1 2 3; do echo tidy $i; sleep 0.1; done; touch tidied; exit 1' TERM; echo begun; while :; do sleep 0.05; done";
    let mut running = test(&format!("command: |\n  {trap}\nfinally: test -e tidied && echo cleaned")).start();
    running.until("begun\n").terminate();
    running.finish().code(130).stdout("begun\ntidy 1\ntidy 2\ntidy 3\ncleaned\n");
}

#[test]
fn a_second_signal_ends_the_patience_and_not_what_runs_at_the_end() {
    let task = "command: trap 'echo no' TERM; echo begun; while :; do sleep 0.05; done\nfinally: echo cleaned";
    let mut running = test(task).start();
    running.until("begun\n").terminate();
    running.until("no\n").terminate();
    running.finish().code(130).stdout("begun\nno\ncleaned\n");
}

#[test]
fn a_failure_at_the_end_is_told_after_ctrl_c_too() {
    let mut running = test("command: echo begun; sleep 600\nfinally:\n  - name: last\n    command: exit 3").start();
    running.until("begun\n").terminate();
    running.finish().code(130).stderr_has("step `last`: the command ended with exit code 3");
}

#[test]
fn a_signal_ends_what_runs_at_the_end_when_the_reader_went_away() {
    let project = "tasks:\n  t:\n    command: yes\n    finally: echo $PPID > pid; sleep 600\n";
    let script =
        "(until test -s pid; do sleep 0.01; done; kill -TERM $(cat pid)) & xnet run t | head -1; wait; echo over";
    Test::new().project(project).run_by("sh").args(["-c", script]).run().success().stdout("y\nover\n");
}

#[test]
fn a_task_that_is_called_at_the_end_may_need_an_answer() {
    let project = "tasks:\n  t:\n    command: echo be''gun; sleep 600\n    finally:\n      - task: u\n  u:\n    confirm: sure?\n    command: echo cle''aned up\n";
    let mut terminal = Test::new().project(project).args(["run", "t"]).at_terminal();
    terminal.until("begun").press("\u{3}").until("sure?").line("y").until("cleaned up");
    assert_eq!(terminal.finish().code(), Some(130));
}

#[test]
fn what_a_second_signal_leaves_undone_is_named() {
    let task = "command: echo begun; sleep 600\nfinally:\n  - {name: stop, command: echo cleaning; sleep 600}\n  - {name: sweep, command: echo never}\n  - {name: lock, command: echo never}";
    let mut running = test(task).start();
    running.until("begun\n").terminate();
    running.until("cleaning\n").terminate();
    running.finish().code(130).stderr_has(
        "`finally` of task `t` is left undone: step `stop` was stopped, step `sweep` did not run, step `lock` did not run",
    );
    let steps = "steps:\n  - command: echo begun; sleep 600\n  - {name: one, always: true, command: echo cleaning; sleep 600}\n  - {name: two, always: true, command: echo never}";
    let mut running = test(steps).start();
    running.until("begun\n").terminate();
    running.until("cleaning\n").terminate();
    running.finish().code(130).stderr_has("step `one` was stopped, step `two` did not run");
}
