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
fn what_is_no_yaml_is_told_in_plain_words() {
    for (yaml, place, words, hint) in [
        ("tasks:\n  t:\n    command: \"echo\n", "3:", "a quote is not closed", "until the same quote"),
        ("tasks:\n  t: {command: echo\n", "2:6", "the bracket `{` is not closed", ""),
        ("tasks:\n  t: [a, b\n", "2:6", "the bracket `[` is not closed", ""),
        ("tasks:\n  t:\n    command: 'it's'\n", "3:18", "something follows the closing quote", "'it''s'"),
        ("tasks:\n  t:\n   command: a\n    env: {}\n", "4:8", "a `:` cannot stand here", "in one column"),
        ("tasks:\n  t:\n    command: echo: hi\n", "3:18", "a `:` cannot stand here", "stands in quotes"),
        ("tasks:\n  t:\n    command: `x`\n", "3:14", "text cannot begin with '`'", "in quotes"),
        ("tasks:\n  t:\n    command: %x\n", "3:14", "text cannot begin with '%'", "in quotes"),
        ("tasks:\n  t:\n    command: *nope\n", "3:14", "nothing is marked so", "\"*.log\""),
        ("tasks:\n  t:\n    command: !!int x\n", "3:20", "no value of the type", "leave out the `!!`"),
        ("tasks:\n  t:\n    command: !vault x\n", "3:", "`!vault` is a tag", "stands in quotes"),
        ("tasks:\n  t:\n    - command\n    steps: []\n", "4:5", "a list and a map", "begin with `- `"),
        ("tasks:\n  t:\n    command: |\n  echo\n", "4:3", "a key needs a `:`", "further right"),
        ("tasks: {}\n---\ntasks: {}\n", "3:1", "a second document begins", "leave out the `---`"),
        ("tasks:\n  t:\n    command: {{ x }}\n", "3:15", "a key is text", "${params.x}"),
        ("tasks:\n  t:\n    steps:\n    - command: a\n      - command: b\n", "5:9", "another column", "in one column"),
        ("tasks:\n  t:\n    command: \"\\q\"\n", "3:14", "a backslash in double quotes", "single quotes keep"),
        ("tasks:\n  t:\n    command: \"\\xZZ\"\n", "3:14", "followed by the digits", "single quotes keep"),
        ("}\n", "1:1", "this bracket closes nothing", "in quotes"),
        (": x\n", "1:1", "a key is missing", ""),
        ("tasks: |\n  t\n", "2:3", "expected a map of tasks, found a string", "hello: {command: echo hello}"),
        ("- tasks\n", "1:1", "expected a map with `tasks`, found a list", "hello: {command: echo hello}"),
        ("%YAML 9.9\n---\ntasks: {}\n", "1:1", "another YAML", "leave out the line"),
        ("tasks:\n  t:\n    command: [a\n    env: x\n", "", "not closed", ""),
        ("t:\n  command: echo\n", "1:1", "unknown key `t`", "a task stands under `tasks:`"),
        ("tasks:\n  t:\n    command: x\n    command: y\n", "4:5", "stands here twice", "one of them"),
    ] {
        refused(yaml, place, &[words, hint]);
    }
}

#[test]
fn of_two_bad_files_the_one_that_holds_the_task_is_blamed() {
    let test = || {
        Test::new()
            .project("include: [ops/a.yaml, ops/b.yaml]\ntasks:\n  fine: {command: echo fine}\n")
            .file("ops/a.yaml", "tasks:\n  one: \"x\n")
            .file("ops/b.yaml", "tasks:\n  two: [x\n")
            .file("tasks/c.yaml", "tasks:\n  three: 'x\n")
            .file("tasks/d.yaml", "tasks:\n  four: {x\n")
    };
    for (task, file) in
        [("a:one", "ops/a.yaml:"), ("b:two", "ops/b.yaml:"), ("three", "tasks/c.yaml:"), ("four", "tasks/d.yaml:")]
    {
        let outcome = test().args(["run", task]).run();
        outcome.code(2).stderr_has(file).stderr_has(&format!("task `{task}` may stand in this file"));
        outcome.stderr_lacks("no task is called");
    }
    test().args(["run", "fine"]).run().success().stdout("fine\n");
    let outcome = Test::new().project("include: [a.yaml]\n").file("a.yaml", "tasks: [\n").args(["run", "zzz"]).run();
    outcome.code(2).stderr_has("no task is called `zzz`");
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

/// The same of a file that the config file leads to.
#[track_caller]
fn ends_soon_elsewhere(key: &str, bytes: &[u8], words: &str) {
    let test = Test::new().project(&format!("{key}\ntasks:\n  t: {{command: echo ran}}\n")).bytes("other", bytes);
    let test = test.file("run.sh", "ulimit -v 2000000\nexec xnet run $1\n");
    let task = if key.contains("include") { "other:t" } else { "t" };
    let outcome = test.run_by("sh").args(["run.sh", task]).run();
    outcome.code(2).stdout("").stderr_has("other").stderr_has(words).stderr_lacks("panicked");
    assert!(outcome.err.len() < 64 * 1024, "an error of {} bytes", outcome.err.len());
}

#[test]
fn an_included_file_that_floods_is_refused() {
    let include = "include: [{file: other, as: other}]";
    ends_soon_elsewhere(include, &vec![b'a'; 5_000_000], "larger than 4096 KiB");
    ends_soon_elsewhere(include, "[".repeat(100_000).as_bytes(), "nested more deeply");
    ends_soon_elsewhere(include, b"tasks:\n  t: {command: 'x\0'}\n", "a NUL byte cannot stand in YAML");
    ends_soon_elsewhere(include, b"tasks: \xff\xfe\n", "it is not UTF-8 text");
    let mut bomb = String::from("a0: &a0 {k: v}\n");
    for level in 1..30 {
        let below = level - 1;
        bomb.extend([format!("a{level}: &a{level} {{x: *a{below}, y: *a{below}}}\n")]);
    }
    ends_soon_elsewhere(include, bomb.as_bytes(), "an alias counts as all");
}

#[test]
fn a_dotenv_file_or_a_secret_that_floods_is_refused() {
    let dotenv = "dotenv: [other]";
    ends_soon_elsewhere(dotenv, &vec![b'a'; 5_000_000], "larger than 1024 KiB");
    ends_soon_elsewhere(dotenv, b"A=x\0y\n", "NUL byte");
    ends_soon_elsewhere(dotenv, b"A=\xff\n", "it is not UTF-8 text");
    ends_soon_elsewhere(dotenv, "(".repeat(500_000).as_bytes(), "expected NAME=value");
    let endless =
        Test::new().project("dotenv: [/dev/zero]\ntasks:\n  t: {command: echo ran}\n").args(["run", "t"]).run();
    endless.code(2).stdout("").stderr_has("larger than 1024 KiB");
    let secret = "secrets: {s: {file: other}}\ntasks:\n  t: {command: 'echo ${secrets.s}'}\n";
    for (bytes, words) in [(vec![b'a'; 5_000_000], "larger than 64 KiB"), (b"a\0b".to_vec(), "NUL byte")] {
        let outcome = Test::new().project(secret).bytes("other", &bytes).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has(words);
    }
}

#[test]
fn a_script_file_that_floods_is_refused() {
    let yaml = "tasks:\n  t: {script: other.rhai}\n";
    for (bytes, words) in [
        (vec![b'('; 100_000], "other.rhai"),
        (b"print(\xff)".to_vec(), "not UTF-8"),
        (vec![b' '; 20_000_000], "larger than"),
    ] {
        let outcome = Test::new().project(yaml).bytes("other.rhai", &bytes).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has(words).stderr_lacks("panicked");
    }
}

#[test]
fn many_mistakes_are_not_all_told() {
    let project: Vec<String> = (0..3_000).map(|number| format!("  t{number}: {{comand: x}}\n")).collect();
    let outcome = Test::new().project(&format!("tasks:\n{}", project.concat())).args(["tasks"]).run();
    outcome.code(2).stderr_has("`t19`").stderr_lacks("`t20`").stderr_has("2980 more mistakes are not shown");
}
