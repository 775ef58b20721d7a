//! `xnet init`: a project that can be used as it is, over nothing that is there.

use crate::support::{Outcome, Test};

/// A line of shell, with xnet in its reach.
#[track_caller]
fn shell(line: &str) -> Outcome {
    Test::new().run_by("/bin/sh").args(["-ec", line]).run()
}

#[test]
fn the_project_passes_its_check_and_its_tasks_run() {
    let outcome = shell(
        "xnet -q init shop; cd shop; xnet -q check; xnet -q run hello name=you; xnet -q run all; xnet -q tasks | grep network",
    );
    outcome.success().stdout_has("wrote shop/tasks/network.yaml\n").stdout_has("wrote shop/.xnet/config.yaml\n");
    outcome.stdout_has("2 files, 5 tasks, 5 scripts: no fault found\nHello, you!\nHello, everybody!\n");
    outcome.stdout_has("network.yaml\nfiles of tasks: 1\n").stdout_has("[network]");
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let outcome =
        shell("mkdir tasks; echo mine > tasks/network.yaml; xnet init || code=$?; find . -type f; exit $code");
    outcome.code(2).stdout("./tasks/network.yaml\n");
    outcome.stderr_has("tasks/network.yaml is there already, and nothing was written").stderr_has("xnet init DIR");
    shell("xnet -q init; xnet -q init").code(2).stderr_has("tasks/network.yaml, scripts/networks.rhai, tests/");
}

#[test]
fn what_would_be_written_is_listed() {
    let outcome = shell("xnet init --list shop; find . -type f");
    outcome.success().stdout_has("would write shop/.xnet/config.yaml\n").stdout_lacks("./shop");
    let told = Test::new().args(["--json", "init", "--list"]).run().success().json();
    assert_eq!(told["files"][0], "tasks/network.yaml");
    assert_eq!(told["written"], false);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    shell("touch shop; xnet init shop").code(1).stderr_has("shop/tasks/network.yaml could not be written");
}
