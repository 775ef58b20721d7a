//! What shells complete, driven through the script that `xnet completions` prints.

use crate::support::{Outcome, Test};

const PROJECT: &str = "tasks:\n  deploy:\n    description: Bring it out\n    params:\n      - {name: stage, type: enum, values: [dev, prod]}\n      - {name: force, type: bool, default: false, description: Whatever happens}\n      - {name: tags, type: list, values: [a, b], required: false}\n      - {name: key, type: path, required: false}\n    command: echo\n  dent: {command: echo}\n  hidden: {private: true, command: echo}\ninclude: [{file: db.yaml, as: db}]\n";

fn test() -> Test {
    Test::new().project(PROJECT).file(".xnet/db.yaml", "tasks:\n  dump: {command: echo}\n  drop: {command: echo}\n")
}

/// What bash would put in place of its last word: it cuts words at `=` and `:`, too.
#[track_caller]
fn bash(line: &str) -> String {
    let script = r#"
        source <(xnet completions bash)
        complete -p xnet >/dev/null || exit 9
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() COMP_CWORD=0
        rest=$1
        while [[ $rest =~ ^[[:space:]]*([=:]|[^[:space:]=:]+)(.*)$ ]]; do
            COMP_WORDS+=("${BASH_REMATCH[1]}") rest=${BASH_REMATCH[2]}
        done
        [[ $1 == *[[:space:]] ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _xnet
        echo "${COMPREPLY[*]}""#;
    let outcome = test().run_by("/bin/bash").args(["--norc", "-c", script, "bash", line]).run();
    outcome.success().out_text().trim_end().to_owned()
}

#[test]
fn commands_and_options() {
    assert_eq!(bash("xnet comp"), "completions");
    assert_eq!(bash("xnet completions "), "bash zsh fish");
    assert_eq!(bash("xnet --col"), "--color");
    assert_eq!(bash("xnet --color a"), "auto always");
    assert_eq!(bash("xnet --color=n"), "never");
    assert_eq!(bash("xnet check --sa"), "--sarif");
    assert_eq!(bash("xnet check --ver"), "--verbose");
    assert_eq!(bash("xnet network dis"), "disconnect");
    assert_eq!(bash("xnet doc docker.network.cr"), "docker.network.create");
    assert_eq!(bash("xnet __c"), "");
}

#[test]
fn tasks_their_parameters_and_their_values() {
    assert_eq!(bash("xnet run de"), "deploy dent");
    assert_eq!(bash("xnet tasks dep"), "deploy");
    assert_eq!(bash("xnet run hid"), "");
    assert_eq!(bash("xnet run deploy "), "stage= force= tags= key=");
    assert_eq!(bash("xnet run deploy stage=dev "), "force= tags= key=");
    assert_eq!(bash("xnet run deploy st"), "stage=");
    assert_eq!(bash("xnet run deploy stage="), "dev prod");
    assert_eq!(bash("xnet run deploy stage=p"), "prod");
    assert_eq!(bash("xnet run deploy --stage "), "dev prod");
    assert_eq!(bash("xnet run deploy --stage=p"), "prod");
    assert_eq!(bash("xnet run deploy --fo"), "--force");
    assert_eq!(bash("xnet run deploy --no"), "--no-force");
    assert_eq!(bash("xnet run deploy force=t"), "true");
    assert_eq!(bash("xnet run deploy tags=a tags="), "a b");
    assert_eq!(bash("xnet run nothing "), "");
}

#[test]
fn a_namespace_is_no_word_of_its_own() {
    assert_eq!(bash("xnet run db:d"), "dump drop");
    assert_eq!(bash("xnet run db:dr"), "drop");
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
