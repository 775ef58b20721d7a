//! Task files that are wrong: the line, the column, the words, and what was meant.

use crate::support::Test;

#[track_caller]
fn refused(yaml: &str, place: &str, words: &[&str]) {
    let outcome = Test::new().project(yaml).args(["run", "t"]).run();
    outcome.code(2).stdout("").stderr_has(&format!("config.yaml:{place}"));
    for word in words {
        outcome.stderr_has(word);
    }
}

#[test]
fn a_typo_in_a_key_shows_line_column_snippet_and_suggestion() {
    refused("tasks:\n  t:\n    desciption: x\n    command: echo\n", "3:5", &["desciption: x", "`description`"]);
    refused("tasks:\n  t:\n    steps:\n      - comand: echo\n", "4:9", &["comand: echo", "`command`"]);
    refused("task:\n  t:\n    command: echo\n", "1:1", &["`tasks`"]);
}

#[test]
fn a_tab_is_told_as_a_tab() {
    refused("tasks:\n\tt:\n\t\tcommand: echo\n", "2:", &["tab"]);
}

#[test]
fn a_duplicate_key_is_refused() {
    refused("tasks:\n  t:\n    command: echo one\n    command: echo two\n", "4:", &["command"]);
    refused("tasks:\n  t:\n    command: echo one\n  t:\n    command: echo two\n", "4:", &["t"]);
}

#[test]
fn a_wrong_type_says_what_was_expected() {
    refused("tasks:\n  t:\n    steps: echo\n", "3:", &["list"]);
    refused("tasks:\n  t:\n    steps:\n      - command: [a, {b: c}]\n", "4:", &["command"]);
    refused("tasks: [t]\n", "1:", &["map"]);
    refused("tasks:\n  t:\n    command: echo\n    params: p\n", "4:", &["list"]);
}

#[test]
fn yaml_that_is_none_is_shown_where_it_breaks() {
    refused("tasks:\n  t:\n    command: \"echo\n", "", &[]);
    refused("tasks:\n  t: {command: echo\n", "", &[]);
}

#[test]
fn an_empty_task_or_file_is_told() {
    refused("tasks:\n  t: {}\n", "2:", &["command"]);
    refused("tasks:\n  t:\n", "2:", &[]);
    Test::new().project("").args(["run", "t"]).run().code(2).stderr_has("`t`");
    Test::new().project("").args(["tasks"]).run().success();
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    Test::new().bytes(".xnet/config.yaml", b"tasks:\n  t:\n    command: \xff\xfe\n").args(["run", "t"]).run().code(2);
    let test = Test::new().file(".xnet/config.yaml/oops", "");
    test.args(["tasks"]).run().stderr_lacks("panicked");
}

#[test]
fn a_key_of_a_later_time_is_refused_and_not_ignored() {
    refused("tasks:\n  t:\n    command: echo\n    nonsense: 1\n", "4:5", &["nonsense"]);
}

#[test]
fn an_alias_bomb_is_refused() {
    let level = |level: usize| {
        let below = if level == 0 { String::from("x") } else { format!("*a{}", level - 1) };
        format!("a{level}: &a{level} [{}]", vec![below; 7].join(", "))
    };
    let bomb: Vec<String> = (0..12).map(level).collect();
    Test::new().project(&bomb.join("\n")).args(["run", "t"]).run().code(2);
}

#[test]
fn a_broken_file_does_not_let_a_shipped_task_run_in_its_place() {
    let broken = "tasks:\n  setup-network:\n    command: \"echo MINE\n";
    let outcome = Test::new().project(broken).args(["run", "setup-network"]).run();
    outcome
        .code(2)
        .stderr_has("config.yaml")
        .stderr_has("task `setup-network` of (built in) setup-network.yaml is not run");
}

#[test]
fn a_fault_that_shows_while_running_heeds_on_failure() {
    let yaml = "tasks:\n  t:\n    steps:\n      - command: echo word\n        register: said\n      - task: other\n        with: {n: \"${said.stdout}\"}\n        on_failure: continue\n      - command: echo after\n  other:\n    params:\n      - {name: n, type: int}\n    command: echo\n";
    Test::new()
        .project(yaml)
        .args(["run", "t"])
        .run()
        .success()
        .stdout("word\nafter\n")
        .stderr_has("expected a whole number");
}
