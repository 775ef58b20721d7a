//! What docs/tasks.md says of parameters, values and finding: each row of its tables, and each block, runs.

use std::fs;

use super::folder;
use crate::support::Test;

fn page() -> String {
    fs::read_to_string(folder("docs/tasks.md")).unwrap()
}

/// The rows of the tables under a heading whose first column is called so: their cells, without backticks.
fn rows(first: &str) -> Vec<Vec<String>> {
    let page = page();
    let mut rows = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with(&format!("| {first} |")) {
            let table = lines.by_ref().skip(1).take_while(|line| line.starts_with('|'));
            let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
            rows.extend(table.map(|row| row.trim_matches('|').split(" | ").map(cell).collect::<Vec<_>>()));
        }
    }
    assert!(!rows.is_empty(), "a table of {first}");
    rows
}

/// The blocks of a section, in order, with their kind.
fn blocks(section: &str) -> Vec<(String, String)> {
    let page = page();
    let text = page.split(&format!("\n{section}\n")).nth(1).unwrap_or_else(|| panic!("{section}"));
    let text = text.split("\n## ").next().unwrap();
    let text = text.split("\n### ").next().unwrap();
    let parts: Vec<&str> = text.split("```").collect();
    parts
        .iter()
        .skip(1)
        .step_by(2)
        .map(|part| part.split_once('\n').unwrap())
        .map(|(kind, text)| (kind.into(), text.into()))
        .collect()
}

#[test]
fn every_parameter_of_the_page_takes_what_it_is_given() {
    for row in rows("key of a parameter").into_iter().chain(rows("type")) {
        let [key, _, param, given] = &row[..] else { panic!("{row:?}") };
        let project = format!("tasks:\n  t:\n    params:\n      - {param}\n    command: echo ran\n");
        let test = Test::new().project(&project).args(["run", "t"]);
        // Whether it exists is asked of an engine, and tests/engine does.
        let words = if key.contains("container") { "--help" } else { given };
        words.split_whitespace().fold(test, |test, word| test.args([word])).run().success();
    }
}

#[test]
fn every_key_of_a_file_or_a_task_is_known() {
    let command = "params: [{name: name, default: x}]\n    command: echo ran";
    let mut tested = 0;
    for first in ["key of a file or a task", "key of a secret"] {
        for row in rows(first) {
            let example = &row[2];
            let project = format!("{example}\ntasks:\n  t:\n    {command}\n");
            Test::new()
                .project(&project)
                .file(".env", "API_KEY=x\n")
                .args(["run", "t"])
                .run()
                .success()
                .stdout("ran\n");
            tested += 1;
        }
    }
    for row in rows("key for finding it").into_iter().chain(rows("key of a file or a task")) {
        let example = &row[2];
        let project = format!("tasks:\n  t:\n    {example}\n    {command}\n  outer: {{steps: [{{task: t}}]}}\n");
        let test = Test::new().project(&project).file(".env", "API_KEY=x\n");
        test.args(["--yes", "run", "outer"]).run().success().stdout("ran\n");
        tested += 1;
    }
    assert!(tested >= 11, "{tested}");
}

#[test]
fn every_block_of_the_page_does_what_it_shows() {
    for section in ["### Expressions", "## Running a task", "## Parameters", "### Variables", "### Secrets"] {
        let mut project = String::new();
        for (kind, text) in blocks(section) {
            if kind == "yaml" {
                project = text;
                continue;
            }
            assert_eq!(kind, "console");
            for run in text.split("$ ").skip(1) {
                let (line, shown) = run.split_once('\n').unwrap();
                let outcome = Test::new().project(&project).run_by("sh").args(["-c", line]).run();
                if shown.starts_with("error: ") {
                    outcome.stdout("").stderr_has(shown.trim_end());
                } else {
                    outcome.success().stdout(shown);
                }
            }
        }
        assert!(!project.is_empty(), "{section}");
    }
}

#[test]
fn the_files_that_the_page_includes_are_included() {
    let (_, yaml) = blocks("### Files that include files").remove(0);
    let test = |task: &str| {
        Test::new()
            .file("tasks/all.yaml", &yaml)
            .file("ops/net.yaml", "tasks:\n  up: {command: echo net}\n")
            .file("ops/db.yaml", "tasks:\n  up: {steps: [{task: own}]}\n  own: {command: echo db}\n")
            .args(["run", task])
            .run()
    };
    test("net:up").success().stdout("net\n");
    test("database:up").success().stdout("db\n");
}
