//! Data to stdout, talk to stderr, colour where it is wanted, and readers that go away.

use crate::support::Test;

const MANY: &str = "let i = 0; while i < 200000 { print(`line ${i}`); i += 1; }";

#[test]
fn a_reader_that_goes_away_ends_xnet_quietly() {
    let shell = Test::new().file("many.rhai", MANY).run_by("bash");
    let outcome = shell.args(["-c", "xnet many.rhai | head -1; echo \"${PIPESTATUS[0]}\""]).run();
    outcome.success().stdout("line 0\n141\n");
    outcome.check(outcome.err.is_empty(), "nothing on stderr");
}

#[test]
fn a_list_of_tasks_cut_short_is_no_error() {
    let shell = Test::new().run_by("bash");
    let outcome = shell.args(["-c", "xnet tasks | head -1; xnet tasks --json | true; xnet --help | true"]).run();
    outcome.success();
    outcome.check(outcome.err.is_empty(), "nothing on stderr");
}

#[test]
fn a_command_whose_reader_goes_away_is_ended_too() {
    let project = "tasks:\n  noise:\n    command: while true; do echo noise || exit 9; done\n";
    let shell = Test::new().project(project).run_by("bash");
    let outcome = shell.args(["-c", "xnet run noise 2>/dev/null | head -1; echo \"${PIPESTATUS[0]}\""]).run();
    outcome.success().stdout("noise\n141\n");
}

#[test]
fn a_full_disk_is_an_error() {
    for command in ["eval '\"text\"'", "-q eval '\"text\"'", "-q eval 'print(1)'", "tasks --json", "--help"] {
        let shell = Test::new().run_by("bash").args(["-c", &format!("xnet {command} > /dev/full")]);
        shell.run().code(1).stderr_has("error: stdout cannot be written: No space left on device");
    }
    let shell = Test::new().run_by("bash").args(["-c", "echo 'print(1)' | xnet -q repl > /dev/full"]);
    shell.run().code(1).stderr_has("error: stdout cannot be written");
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let broken = || Test::new().script("let x = ;");
    broken().run().code(2).stderr_lacks("\u{1b}[");
    broken().env("NO_COLOR", "").run().code(2).stderr_lacks("\u{1b}[");
    broken().env("NO_COLOR", "").args(["--color", "always"]).run();
    let outcome = Test::new().file("a.rhai", "let x = ;").args(["--color", "always", "a.rhai"]).run();
    outcome.code(2).stderr_has("\u{1b}[");
    let outcome = Test::new().file("a.rhai", "let x = ;").args(["--color", "never", "a.rhai"]).run();
    outcome.code(2).stderr_lacks("\u{1b}[");
}

#[test]
fn a_terminal_gets_colour_unless_it_says_no() {
    let mut coloured = Test::new().script("let x = ;").env("NO_COLOR", "").at_terminal();
    coloured.until("let x = ;").finish();
    assert!(coloured.raw().contains("\u{1b}["), "{}", coloured.raw());
    let mut plain = Test::new().script("let x = ;").at_terminal();
    plain.until("let x = ;").finish();
    assert!(!plain.raw().contains("\u{1b}["), "{}", plain.raw());
}

#[test]
fn quiet_leaves_data_and_errors() {
    let project = "tasks:\n  hi:\n    command: echo data\n";
    let outcome = Test::new().project(project).args(["-q", "run", "hi"]).run();
    outcome.success().stdout("data\n");
    outcome.check(outcome.err.is_empty(), "nothing on stderr");
    Test::new().args(["-q", "eval", "throw 1"]).run().code(1).stderr_has("error");
}
