//! What docs/tasks.md shows of steps and of what stands around them.

use std::fs;

use super::folder;
use crate::support::Test;

fn page() -> String {
    fs::read_to_string(folder("docs/tasks.md")).unwrap()
}

/// The examples in the last column of the table with this heading, with the key each is about.
fn rows(heading: &str) -> Vec<(String, String)> {
    let page = page();
    let table = page.split(&format!("| {heading} | meaning | example |\n")).nth(1).expect("the table");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    rows.map(cells).map(|cells| (cells[0].clone(), cells[2].trim_matches('`').to_owned())).collect()
}

/// An example as YAML in flow style, with what it lacks.
fn filled(example: &str, keys: &[&str], more: &str) -> String {
    let body = example.strip_prefix('{').and_then(|body| body.strip_suffix('}')).unwrap_or(example);
    let has = keys.iter().any(|key| body.starts_with(&format!("{key}:")) || body.contains(&format!(", {key}: ")));
    if has { format!("{{{body}}}") } else { format!("{{{body}, {more}}}") }
}

const OTHERS: &str = "  base:\n    command: echo base\n  greet:\n    params: [{name: who, default: world}]\n    command: echo hello ${params.who}\n";
const TARGETS: &str = "targets:\n  containers:\n    web: {container: nginx}\n";

#[track_caller]
fn runs(key: &str, task: &str) {
    let project = format!("{TARGETS}tasks:\n  t:\n    {task}\n{OTHERS}");
    let in_containers = task.contains("targets:") || task.contains("exec:");
    let test = Test::new().project(&project);
    let test = if in_containers { test.args(["run", "t", "--dry-run"]) } else { test.args(["run", "t"]) };
    let outcome = test.run();
    outcome.check(outcome.status.success(), &format!("the example of {key} to run: {task}"));
}

#[test]
fn each_row_of_the_table_of_tasks_has_an_example_that_runs() {
    let rows = rows("key of a task");
    for (key, example) in &rows {
        runs(key, &filled(example, &["steps", "command", "script"], "command: echo done"));
    }
    for key in ["needs", "matrix", "finally", "returns", "targets"] {
        assert!(rows.iter().any(|(known, _)| known.contains(key)), "{key}");
    }
}

#[test]
fn each_row_of_the_table_of_steps_has_an_example_that_runs() {
    let rows = rows("key of a step");
    for (key, example) in &rows {
        let step = filled(example, &["command", "script", "task", "exec"], "command: echo done");
        runs(key, &format!("{{steps: [{step}]}}"));
    }
    for key in ["exec", "foreach", "retry", "always", "shell"] {
        assert!(rows.iter().any(|(known, _)| known.contains(key)), "{key}");
    }
}

#[test]
fn the_longer_examples_print_what_the_page_says() {
    let page = page();
    let yaml = page.split("```yaml\n").find(|part| part.contains("  release:")).expect("the example");
    let yaml = yaml.split("```").next().unwrap();
    for command in ["xnet run release", "xnet run release --dry-run"] {
        let prompt = format!("```console\n$ {command}\n");
        let expected = page.split(&prompt).nth(1).expect("what it prints").split("```").next().unwrap();
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let test = words.iter().fold(Test::new().project(yaml), |test, word| test.raw_arg(*word));
        test.run().success().stdout(expected);
    }
}
