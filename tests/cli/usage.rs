//! Help, versions, and what is said of a command that is not there.

use crate::support::Test;

#[test]
fn the_version_is_one_line() {
    let version = format!("xnet {}\n", env!("CARGO_PKG_VERSION"));
    Test::new().args(["--version"]).run().success().stdout(&version);
    Test::new().args(["-V"]).run().success().stdout(&version);
}

#[test]
fn help_names_every_command() {
    let outcome = Test::new().args(["--help"]).run();
    outcome.success();
    for command in ["run", "tasks", "script", "eval", "repl", "exec", "forward", "network", "ps"] {
        outcome.stdout_has(&format!("  {command} "));
    }
    for option in ["--host", "--context", "--config", "--json", "--quiet", "--verbose", "--color", "-C"] {
        outcome.stdout_has(option);
    }
}

#[test]
fn every_command_explains_itself_without_an_engine() {
    for command in [
        &["run"][..],
        &["tasks"],
        &["script"],
        &["eval"],
        &["repl"],
        &["exec"],
        &["forward"],
        &["ps"],
        &["network"],
        &["network", "ls"],
        &["network", "inspect"],
        &["network", "create"],
        &["network", "rm"],
        &["network", "connect"],
        &["network", "disconnect"],
        &["network", "prune"],
    ] {
        let mut test = Test::new().env("DOCKER_HOST", "unix:///nonexistent.sock");
        for word in command {
            test = test.args([word]);
        }
        test.args(["--help"]).run().success().stdout_has("Usage: xnet");
    }
}

#[test]
fn no_command_shows_the_help_and_exits_2() {
    Test::new().run().code(2).stdout("").stderr_has("Usage: xnet");
}

#[test]
fn a_mistyped_command_or_option_suggests_the_nearest() {
    for (typed, meant) in [
        (&["netwrok", "ls"][..], "network"),
        (&["tsaks"], "tasks"),
        (&["evla", "1"], "eval"),
        (&["network", "crate", "x"], "create"),
        (&["tasks", "--jsno"], "--json"),
        (&["network", "create", "x", "--subent", "10.0.0.0/8"], "--subnet"),
    ] {
        let mut test = Test::new();
        for word in typed {
            test = test.args([word]);
        }
        test.run().code(2).stdout("").stderr_has(meant);
    }
}

#[test]
fn a_missing_argument_is_named() {
    Test::new().args(["eval"]).run().code(2).stderr_has("CODE");
    Test::new().args(["network", "connect", "net"]).run().code(2).stderr_has("CONTAINER");
    Test::new().args(["forward"]).run().code(2).stderr_has("CONTAINER");
    Test::new().args(["script"]).run().code(2).stderr_has("FILE");
}

#[test]
fn wrong_values_are_refused_before_the_engine_is_asked() {
    for (typed, words) in [
        (&["forward", "c", "x:80"][..], "\"x\""),
        (&["forward", "c", "1-3:1-2"], "3 local ports"),
        (&["network", "create", "n", "--subnet", "10.0.0.5/24"], "10.0.0.0/24"),
        (&["network", "create", "n", "--subnet", "nonsense"], "nonsense"),
        (&["network", "create", "n", "--subnet", "10.0.0.0/24", "--gateway", "10.0.1.1"], "10.0.1.1"),
        (&["network", "ls", "--filter", "lable=x"], "label"),
        (&["--color", "sometimes", "tasks"], "sometimes"),
    ] {
        let mut test = Test::new().env("DOCKER_HOST", "unix:///nonexistent.sock");
        for word in typed {
            test = test.args([word]);
        }
        test.run().code(2).stderr_has(words);
    }
}

#[test]
fn an_argument_that_is_not_text_is_refused_or_carried_but_never_a_crash() {
    use std::os::unix::ffi::OsStringExt;
    let odd = std::ffi::OsString::from_vec(b"a\xffb".to_vec());
    Test::new().args(["eval"]).raw_arg(odd.clone()).run().code(2).stderr_lacks("panicked");
    Test::new().raw_arg(odd).run().code(2).stderr_lacks("panicked");
}

#[test]
fn another_folder_can_be_worked_in() {
    let test = Test::new().file("there/.xnet/config.yaml", "tasks:\n  hello:\n    command: pwd\n");
    test.args(["-C", "there", "run", "hello"]).run().success().stdout_has("/there\n");
    Test::new().args(["-C", "nowhere", "tasks"]).run().code(2).stderr_has("nowhere");
}

#[test]
fn json_is_refused_where_there_is_none() {
    Test::new().args(["--json", "exec", "c", "--", "ls"]).run().code(2).stderr_has("no JSON output");
    let help = Test::new().args(["--json", "run", "connect-all", "--help"]).run();
    assert_eq!(help.success().json()["params"][0]["name"], "network");
}

#[test]
fn help_is_a_command_too() {
    Test::new().args(["help", "forward"]).run().success().stdout_has("MAPPING");
}

#[test]
fn a_filter_that_a_command_does_not_have_is_refused_before_the_engine_is_asked() {
    let network = || Test::new().env("DOCKER_HOST", "unix:///nonexistent.sock").args(["network"]);
    network().args(["ls", "-f", "dangling=1"]).run().code(2).stderr_has("true or false").stderr_has("dangling");
    network().args(["ls", "-f", "dangling=true"]).run().code(3);
    network().args(["prune", "--yes", "-f", "driver=bridge"]).run().code(2).stderr_has("unknown option `driver`");
    network().args(["prune", "--yes", "-f", "until=24h"]).run().code(3);
}
