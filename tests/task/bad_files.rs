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

/// Bounds that hold wherever this runs: a hang or a flood of memory is what is looked for, not speed.
#[track_caller]
fn ends_soon(bytes: &[u8], words: &str) {
    let test = Test::new().bytes(".xnet/config.yaml", bytes).file("run.sh", "ulimit -v 4000000\nexec xnet run t\n");
    let outcome = test.run_by("sh").args(["run.sh"]).run();
    outcome.code(2).stdout("").stderr_has("config.yaml").stderr_has(words).stderr_lacks("panicked");
    assert!(outcome.err.len() < 64 * 1024, "an error of {} bytes", outcome.err.len());
}

#[test]
fn a_huge_file_is_refused() {
    let line = "  task-with-a-name: {command: echo}\n";
    ends_soon(format!("tasks:\n{}", line.repeat(5_000_000 / line.len())).as_bytes(), "larger than 4096 KiB");
    let long = format!("tasks:\n  t:\n    comand: \"{}\"\n", "x".repeat(4_000_000));
    ends_soon(long.as_bytes(), "`command`");
}

#[test]
fn deep_nesting_is_refused() {
    ends_soon(format!("tasks: {}", "[".repeat(100_000)).as_bytes(), "nested more deeply");
    ends_soon(format!("tasks: {}", "{a: ".repeat(100_000)).as_bytes(), "config.yaml:1:");
    let indented: Vec<String> = (0..2_000).map(|depth| " ".repeat(depth) + "k:\n").collect();
    ends_soon(indented.concat().as_bytes(), "config.yaml:");
    ends_soon(format!("tasks:\n  t: {}x\n", "- ".repeat(50_000)).as_bytes(), "config.yaml:2:");
}

#[test]
fn an_alias_bomb_of_any_shape_is_refused() {
    let mut bomb = String::from("a0: &a0 {k: v}\n");
    for level in 1..30 {
        let below = level - 1;
        bomb.extend([format!("a{level}: &a{level} {{x: *a{below}, y: *a{below}}}\n")]);
    }
    ends_soon(bomb.as_bytes(), "an alias counts as all");
    let text = "x".repeat(100_000);
    let copies = vec!["*a"; 100_000].join(", ");
    ends_soon(format!("a: &a \"{text}\"\ntasks: [{copies}]\n").as_bytes(), "config.yaml:");
}

#[test]
fn a_nul_byte_in_a_file_is_told() {
    ends_soon(b"tasks:\n  t:\n    command: echo \0 x\n", "a NUL byte cannot stand in YAML");
    ends_soon(b"\0\0\0\0", "config.yaml");
}

#[test]
fn many_mistakes_are_not_all_told() {
    let project: Vec<String> = (0..3_000).map(|number| format!("  t{number}: {{comand: x}}\n")).collect();
    let outcome = Test::new().project(&format!("tasks:\n{}", project.concat())).args(["tasks"]).run();
    outcome.code(2).stderr_has("`t19`").stderr_lacks("`t20`").stderr_has("2980 more mistakes are not shown");
}
