//! What shells complete, driven through the script that `xnet completions` prints.

use crate::support::{Outcome, SHELLS, Test};

const PROJECT: &str = "tasks:\n  deploy:\n    description: Bring it out\n    params:\n      - {name: stage, type: enum, values: [dev, prod]}\n      - {name: force, type: bool, default: false, description: Whatever happens}\n      - {name: tags, type: list, values: [a, b], required: false}\n      - {name: key, type: path, required: false}\n      - {name: quiet, values: [yes, no], default: no}\n    command: echo\n  dent: {command: echo}\n  hidden: {private: true, command: echo}\ninclude: [{file: db.yaml, as: db}]\n";

fn test() -> Test {
    Test::new().project(PROJECT).file(".xnet/db.yaml", "tasks:\n  dump: {command: echo}\n  drop: {command: echo}\n")
}

/// What each of the shells offers.
#[track_caller]
fn offered(line: &str, words: &str) {
    let mut wanted: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    wanted.sort_unstable();
    for shell in SHELLS {
        assert_eq!(shell.complete(test(), line), wanted, "{shell:?}: {line}");
    }
}

#[test]
fn commands_and_options() {
    offered("xnet comp", "completions");
    offered("xnet completions ", "bash zsh fish");
    offered("xnet --col", "--color");
    offered("xnet --color a", "auto always");
    offered("xnet --color=n", "--color=never");
    offered("xnet check --sa", "--sarif");
    offered("xnet check --ver", "--verbose");
    offered("xnet network dis", "disconnect");
    offered("xnet doc docker.network.cr", "docker.network.create");
    offered("xnet __c", "");
}

#[test]
fn tasks_their_parameters_and_their_values() {
    offered("xnet run de", "deploy dent");
    offered("xnet tasks dep", "deploy");
    offered("xnet run hid", "");
    offered("xnet run deploy ", "stage= force= tags= key= quiet=");
    offered("xnet run deploy stage=dev ", "force= tags= key= quiet=");
    offered("xnet run deploy st", "stage=");
    offered("xnet run deploy stage=", "stage=dev stage=prod");
    offered("xnet run deploy stage=p", "stage=prod");
    offered("xnet run deploy --stage ", "dev prod");
    offered("xnet run deploy --stage=p", "--stage=prod");
    offered("xnet run deploy --no", "--no-force");
    offered("xnet run deploy force=t", "force=true");
    offered("xnet run deploy tags=a tags=", "tags=a tags=b");
    offered("xnet run nothing ", "");
    offered("xnet run db:d", "db:dump db:drop");
    offered("xnet run db:dr", "db:drop");
}

#[test]
fn options_are_offered_after_a_task_as_before_it() {
    offered("xnet run deploy --fo", "--force");
    offered("xnet run deploy --dr", "--dry-run");
    offered("xnet run --dr", "--dry-run");
    offered("xnet run deploy --q", "--quiet");
    offered("xnet run deploy --color n", "never");
    offered("xnet run deploy stage=dev --output=g", "--output=grouped --output=github");
    offered("xnet run deploy --color never st", "stage=");
    offered("xnet run -q deploy -y st", "stage=");
    offered("xnet run deploy -- --q", "--quiet");
    offered("xnet run deploy -- --dr", "");
}

#[test]
fn other_folders_and_files_are_honoured() {
    let words = |words: &[&str]| {
        let test = words.iter().fold(test().args(["__complete", "--"]), |test, word| test.raw_arg(*word));
        test.file("other/.xnet/config.yaml", "tasks:\n  elsewhere: {command: x}\n").run().success().out_text()
    };
    assert_eq!(words(&["-C", "other", "run", "else"]), "none\nelsewhere\n");
    assert_eq!(words(&["--config", "other/.xnet/config.yaml", "run", "else"]), "none\nelsewhere\n");
    assert_eq!(words(&["run", "deploy", "key="]), "files\n");
    assert_eq!(words(&["-C", ""]), "folders\n");
    assert_eq!(words(&["check", "x"]), "files\n");
    assert_eq!(words(&["run", "dep"]), "none\ndeploy\tBring it out\n");
}

#[test]
fn an_engine_that_is_silent_has_no_names() {
    let outcome = test().env("DOCKER_HOST", "unix:///nonexistent.sock").args(["__complete", "--", "exec", ""]).run();
    outcome.success().stdout("none\n").stderr_lacks("error");
}

#[test]
fn broken_tasks_do_not_disturb() {
    let outcome =
        Test::new().project("tasks:\n  a: {comand: x}\n  b: {command: x}\n").args(["__complete", "--", "run", "b"]);
    outcome.run().success().stdout("none\nb\n");
    Test::new().project("tasks:\n\tx").args(["__complete", "--", "run", "b"]).run().success().stdout("none\n");
    Test::new().args(["__complete"]).run().success().stdout_has("run\tRun a task");
}

#[test]
fn tasks_written_in_any_way_are_offered() {
    for tasks in [
        "tasks:\n  deploy:\n    description: Bring it out\n    command: x\n  dent:\n    private: true\n    command: x\n",
        "tasks: {deploy: {description: Bring it out, command: x}, dent: {private: true, command: x}}\n",
        "tasks:\n  \"deploy\":\n    description: >\n      Bring\n      it out\n    command: x\n  dent: {private: true, command: x}\n",
        "include: []\ntasks:\n  deploy: {description: Bring it out, command: x}\n  dent: {private: true, command: x}\n",
    ] {
        let outcome = Test::new().project(tasks).args(["__complete", "--", "run", "de"]).run();
        outcome.success().stdout("none\ndeploy\tBring it out\n");
    }
}

#[test]
fn bash_completes_as_it_is_typed() {
    let mut bash = test().env("PS1", "ready> ").run_by("/bin/bash").args(["--norc", "--noprofile", "-i"]).at_terminal();
    bash.until("ready> ").line("source <(xnet completions bash)").until("ready> ");
    bash.press("xnet run deploy sta\t").until("stage=").press("pr\t").until("od ").press("\r").until("ready> ");
    bash.line("exit").finish();
}

fn shown(shell: &str) -> Outcome {
    Test::new().args(["completions", shell]).run()
}

#[test]
fn each_shell_gets_its_own_script() {
    shown("bash").success().stdout_has("complete -F _xnet xnet");
    shown("zsh").success().stdout_has("#compdef xnet\n").stdout_has("compdef _xnet xnet").stdout_has("compadd");
    shown("fish").success().stdout_has("complete -c xnet -f -a '(__xnet_complete)'").stdout_has("commandline -ct");
    for shell in ["bash", "zsh", "fish"] {
        shown(shell).stdout_has("__complete");
    }
    shown("tcsh").code(2).stderr_has("tcsh");
}
