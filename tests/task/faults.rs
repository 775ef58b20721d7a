//! Faults around a run: killed processes, full disks, much output, what a step leaves behind. Each ends with a clear error,
//! in bounded memory, and with `finally` run while the process lives.

use crate::support::{Outcome, Test};

fn test(task: &str) -> Test {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    Test::new().project(&format!("tasks:\n  t:\n    {indented}\n"))
}

/// What a script of the shell says, in which `xnet run t` runs the task.
#[track_caller]
fn by_script(task: &str, script: &str) -> Outcome {
    test(task).run_by("sh").args(["-c", script]).run()
}

#[test]
fn a_child_that_is_killed_from_outside_fails_its_step() {
    let task = "command: echo $$ > pid; exec sleep 600\nfinally: echo cleaned";
    let script = "xnet run t & until test -s pid; do sleep 0.01; done; kill -KILL $(cat pid); wait $!; echo code $?";
    by_script(task, script).success().stdout("cleaned\ncode 137\n").stderr_has("was ended by signal 9");
}

#[test]
fn xnet_that_is_terminated_cleans_up_and_runs_again() {
    let task = "command: echo $$ > pid; mkdir lock && sleep 600\nfinally: rmdir lock && echo cleaned";
    let script = "xnet run t & until test -d lock; do sleep 0.01; done; kill -TERM $!; wait $!; echo code $?; \
                  test ! -e /proc/$(cat pid) && echo gone; rm pid; \
                  xnet run t & until test -s pid -a -d lock; do sleep 0.01; done; kill -INT $!; kill -TERM $!; wait $!; echo code $?";
    by_script(task, script).success().stdout("cleaned\ncode 130\ngone\ncleaned\ncode 130\n");
}

#[test]
fn what_was_left_by_a_kill_is_told_by_the_next_run_which_then_cleans_up() {
    // Nothing runs after SIGKILL; a task that is written so that it can begin anew gets on.
    let task = "steps:\n  - command: mkdir lock\n  - command: echo $$ > pid; test -e quick || exec sleep 600 > /dev/null 2>&1\nfinally: rmdir lock && echo cleaned";
    let script = "xnet run t & until test -s pid; do sleep 0.01; done; kill -KILL $!; wait $!; echo code $?; kill $(cat pid); \
                  touch quick; xnet run t; echo code $?; xnet run t; echo code $?";
    let outcome = by_script(task, script);
    outcome.success().stdout("code 137\ncleaned\ncode 1\ncleaned\ncode 0\n").stderr_has("lock");
}

#[test]
fn a_full_disk_for_the_output_is_told_and_what_runs_at_the_end_does() {
    let task = "command: seq 100000\nfinally: touch cleaned";
    let outcome = by_script(task, "xnet run t > /dev/full; echo code $?; test -e cleaned && echo cleaned");
    outcome.success().stdout("code 1\ncleaned\n").stderr_has("No space left on device");
}

#[test]
fn a_full_disk_for_the_report_is_told() {
    let task = "command: echo ran\nfinally: echo cleaned";
    by_script(task, "xnet run --report /dev/full t; echo code $?")
        .success()
        .stdout("ran\ncleaned\ncode 1\n")
        .stderr_has("the report /dev/full could not be written: No space left on device");
}

#[test]
fn ten_thousand_lines_a_second_that_are_registered_need_bounded_memory() {
    // The parent of a step's shell is xnet.
    let steps = "steps:\n  - {name: much, quiet: true, register: out, command: 'yes 0123456789 | head -n 5000000; yes e | head -n 1000000 >&2'}\n  - {name: more, quiet: true, register: more, foreach: 1..=5, command: 'yes 0123456789 | head -n 2000000'}\n  - {command: 'true', foreach: 1..=50, when: 'item > 0'}\n  - script: print(out.lines.len())\nfinally:\n  - command: grep VmHWM /proc/$PPID/status >&2";
    let outcome = test(steps).args(["run", "t"]).run();
    outcome.success().stdout("100000\n").stderr_has("of its stdout the first 16 MiB are kept");
    let text = outcome.err_text();
    let peak = text.split_once("VmHWM:").and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<u32>().ok());
    outcome.check(peak.is_some_and(|peak| peak < 250_000), "a peak below 250 MB");
}

#[test]
fn a_daemon_that_holds_the_pipes_does_not_hold_the_step() {
    let task = "steps:\n  - command: (sleep 600; echo late) & echo $! > pid; echo begun\n  - command: echo after\nfinally: kill $(cat pid) && echo ended it";
    test(task).args(["run", "t"]).run().success().stdout("begun\nafter\nended it\n");
    let timed = "steps:\n  - command: setsid sleep 601 & echo begun; sleep 600\n    timeout: 300ms\nfinally: test -z \"$(pgrep -f 'sleep 60[1]$')\" || echo lives on";
    test(timed).args(["run", "t"]).run().code(5).stdout("begun\n");
}
