//! The JSON Schema: it takes what the reader takes, and refuses what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Test, faults};

fn schema() -> Value {
    Test::new().args(["schema"]).run().success().json()
}

fn parsed(yaml: &str) -> Value {
    Value::from(&xnet::config::parse(yaml).expect("YAML"))
}

/// The YAML files below a folder of the tree.
fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the tree") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_that_is_shipped_is_as_the_schema_says() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["tasks", "examples", "src/cli/starter"] {
        below(&root.join(folder), &mut files);
    }
    assert!(files.len() >= 7, "{files:?}");
    let schema = schema();
    for file in files {
        let found = faults(&schema, &parsed(&fs::read_to_string(&file).expect("a file")));
        assert!(found.is_empty(), "{}: {found:#?}", file.display());
    }
}

/// Blocks of a page that hold a task file.
fn blocks(page: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(path).expect("a page");
    let all = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned());
    let keys = ["tasks:", "include:", "vars:", "secrets:", "dotenv:", "targets:"];
    let first = |block: &str| block.lines().find(|line| !line.starts_with('#')).unwrap_or_default().to_owned();
    let is_file = |block: &String| keys.iter().any(|key| first(block).starts_with(key));
    // One shows what a check tells.
    all.filter(|block| is_file(block) && !block.contains("comand:")).collect()
}

#[test]
fn every_example_of_the_pages_is_as_the_schema_says() {
    let schema = schema();
    let all: Vec<String> = ["docs/tasks.md", "README.md"].iter().flat_map(|page| blocks(page)).collect();
    assert!(all.len() >= 5, "{all:#?}");
    for block in all {
        let found = faults(&schema, &parsed(&block));
        assert!(found.is_empty(), "{found:#?} in\n{block}");
    }
}

/// Each key with something that it may hold.
const GOOD: &[&str] = &[
    "",
    "vars: {a: 1, b: true, c: , d: x}\nsecrets: {s: {env: S}, t: {dotenv: .env, name: T}}\ndotenv: [.env?, {file: x, required: false}]\n",
    "include: [a.yaml, {file: b.yaml, as: b}]\n",
    "tasks: {a: {command: 1}}",
    "tasks: {a: {script: x.rhai, private: true, aliases: [b], group: g, confirm: Sure?, timeout: 1m30s, returns: 1 + 1}}",
    "tasks: {a: {command: x, params: [{name: p, type: port, default: 80, min: 1, max: '99', env: P, secret: false}]}}",
    "tasks: {a: {command: x, params: [{name: p, type: list, default: [a, 1], values: [a, 1]}]}}",
    "tasks: {a: {command: x, needs: [b, {task: c, with: {x: 1}}], matrix: {os: [a, 1]}, fail_fast: false}, b: {command: x}, c: {command: x, params: [{name: x}]}}",
    "tasks: {a: {command: x, on_error: echo, finally: [{command: x, always: true}], env: {A: 1}, workdir: /tmp}}",
    "tasks: {a: {targets: ['c', {label: a=b}], command: x}}",
    "tasks: {a: {targets: {network: n}, command: x}}",
    "tasks: {a: {parallel: true, max_parallel: 2, steps: [{command: x, retry: {times: 3, delay: 2s, backoff: 1.5, when: 'true'}}]}}",
    "tasks: {a: {steps: [{command: x, foreach: [1, b], as: it, parallel: 4, quiet: true, shell: [bash, -c]}]}}",
    "tasks: {a: {steps: [{command: x, foreach: '[1]', parallel: true, on_failure: continue, shell: sh -c, name: n}]}}",
    "tasks: {a: {steps: [{exec: {container: c, command: [ls], user: u, env: {A: 1}, workdir: /}, timeout: 5}]}}",
    "tasks: {a: {steps: [{command: x, on_failure: {command: y}, when: 'true', register: r, env: {A: }}]}}",
];

/// Each with what is wrong.
const BAD: &[(&str, &str)] = &[
    ("taks: {}", "an unknown section"),
    ("tasks: [a]", "no map of tasks"),
    ("tasks: {a: {}}", "nothing to do"),
    ("tasks: {a: {command: x, script: y}}", "two things to do"),
    ("tasks: {a: {comand: x}}", "an unknown key of a task"),
    ("tasks: {a: {command: [x]}}", "a list for a text"),
    ("tasks: {a: {steps: []}}", "no steps"),
    ("tasks: {a: {steps: {command: x}}}", "no list of steps"),
    ("tasks: {a: {steps: [{command: x, task: y}]}}", "a step that does two things"),
    ("tasks: {a: {steps: [{name: x}]}}", "a step that does nothing"),
    ("tasks: {a: {steps: [{command: x, on_failure: retry}]}}", "an unknown word"),
    ("tasks: {a: {steps: [{command: x, on_failure: {comand: y}}]}}", "an unknown key of a handler"),
    ("tasks: {a: {steps: [{command: x, retry: {delay: 1s}}]}}", "a missing key"),
    ("tasks: {a: {steps: [{command: x, retry: {times: 2, backoff: 0.5}}]}}", "a factor below 1"),
    ("tasks: {a: {steps: [{command: x, timeout: soon}]}}", "no duration"),
    ("tasks: {a: {steps: [{command: x, foreach: [1], parallel: 0}]}}", "none at a time"),
    ("tasks: {a: {steps: [{exec: {command: x}}]}}", "no container"),
    ("tasks: {a: {command: x, private: maybe}}", "no boolean"),
    ("tasks: {a: {command: x, max_parallel: many}}", "no number"),
    ("tasks: {a: {command: x, params: [{type: int}]}}", "a parameter without a name"),
    ("tasks: {a: {command: x, params: [{name: p, type: integer}]}}", "an unknown type"),
    ("tasks: {a: {command: x, params: [{name: p, defalt: 1}]}}", "an unknown key of a parameter"),
    ("tasks: {a: {command: x, params: {p: 1}}}", "no list of parameters"),
    ("tasks: {a: {command: x, env: [A=1]}}", "no map of variables"),
    ("tasks: {a: {command: x, needs: [{tsk: b}]}}", "an unknown key of a need"),
    ("tasks: {a: {command: x, targets: [{labl: b}]}}", "an unknown key of a target"),
    ("tasks: {a: {command: x, matrix: [a]}}", "no map"),
    ("include: [{fil: a.yaml}]", "an unknown key of an include"),
    ("secrets: {s: {}}", "a secret from nowhere"),
    ("secrets: {s: {env: A, file: b}}", "a secret from two places"),
    ("dotenv: [{required: false}]", "a file without a name"),
    ("vars: {a: [1]}", "a list for a text"),
];

#[test]
fn what_the_reader_takes_is_as_the_schema_says() {
    let schema = schema();
    for yaml in GOOD {
        let found = faults(&schema, &parsed(yaml));
        assert!(found.is_empty(), "{yaml}: {found:#?}");
    }
    // The files that they name are there, and what they name is not asked of an engine.
    for yaml in GOOD.iter().filter(|yaml| !yaml.contains("include")) {
        Test::new().project(yaml).file("x.rhai", "1").file("x", "").args(["check"]).run().success();
    }
}

#[test]
fn what_is_wrong_fails_both_by_the_schema_and_by_check() {
    let schema = schema();
    for (yaml, why) in BAD {
        assert!(!faults(&schema, &parsed(yaml)).is_empty(), "the schema takes {why}: {yaml}");
        let outcome = Test::new().project(yaml).args(["check"]).run();
        outcome.code(2).check(outcome.err_text().contains("error:"), why);
    }
}
