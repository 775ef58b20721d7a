//! Signals from outside: one is enough, wherever xnet waits, and those that are to be ignored are.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Outcome, Test};

/// Runs a text in bash, which writes what became of xnet; a signal that is not heeded would be seen by the time.
#[track_caller]
fn bash(test: Test, script: &str) -> Outcome {
    let began = Instant::now();
    let outcome = test.run_by("bash").args(["-c", script]).run();
    outcome.check(began.elapsed() < Duration::from_secs(9), "an end within seconds");
    outcome
}

/// Whether a process of this command line lives.
fn runs(command: &str) -> bool {
    let wanted = command.replace(' ', "\0") + "\0";
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.into_iter().any(|one| fs::read(one.path().join("cmdline")).is_ok_and(|words| words == wanted.as_bytes()))
}

#[test]
fn a_reader_that_does_not_read_does_not_hold_the_end() {
    for code in ["loop { print(\"line\") }", "sh(\"yes; true\")"] {
        let test = Test::new().file("full.rhai", code);
        let script = "xnet full.rhai > >(exec sleep 30 >/dev/null 2>&1) & sleep 1; kill $!; wait $!; echo $?";
        bash(test, script).success().stdout("130\n");
    }
}

#[test]
fn a_repl_that_waits_for_a_pipe_ends_at_once() {
    for signal in ["TERM", "HUP"] {
        let script =
            "xnet repl < <(echo 'print(1)'; exec sleep 30 2>/dev/null) & sleep 1; kill -SIGNAL $!; wait $!; echo $?";
        bash(Test::new(), &script.replace("SIGNAL", signal)).success().stdout("1\n130\n");
    }
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_so() {
    let test = Test::new().file("long.rhai", "print(\"begun\"); sleep(1); print(\"done\")");
    let script = "trap '' HUP; xnet long.rhai & sleep 0.5; kill -HUP $!; kill -INT $!; wait $!; echo $?";
    // A shell without job control starts what is in the background with SIGINT ignored.
    bash(test, script).success().stdout("begun\ndone\n0\n");
    let test = Test::new().file("long.rhai", "sleep(30)");
    bash(test, "xnet long.rhai & sleep 0.5; kill -HUP $!; wait $!; echo $?").success().stdout("130\n");
}

#[test]
fn what_reads_the_terminal_can_though_stdin_is_something_else() {
    let test = Test::new().file("ask.rhai", "sh(\"printf 'na''me? '; read name < /dev/tty; echo you are $name\")");
    let mut terminal = test.run_by("bash").args(["-c", "xnet ask.rhai < /dev/null"]).at_terminal();
    terminal.until("name?").line("Ada").until("you are Ada");
    assert!(terminal.finish().success());
}

#[test]
fn at_a_terminal_a_time_limit_ends_all_that_a_command_started() {
    let test = Test::new().script("sh(\"sleep 74.25 & sleep 74.26; true\", #{timeout: \"300ms\"})");
    let mut terminal = test.at_terminal();
    terminal.until("did not finish").finish();
    assert!(!runs("sleep 74.25") && !runs("sleep 74.26"));
}
