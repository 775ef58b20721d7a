//! The task that docs/tasks.md shows, the scripts of docs/scripts.md, and the tests of docs/testing.md.

use std::fs;

use super::folder;
use crate::support::{Engine, Test};

fn shown(kind: &str) -> String {
    let page = fs::read_to_string(folder("docs/tasks.md")).unwrap();
    let fence = format!("```{kind}\n");
    let mut blocks = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains("greet")).expect("a block of this kind").to_owned()
}

#[test]
fn the_task_of_the_page_runs_as_it_says() {
    let test = || Test::new().project(&shown("yaml"));
    let console = shown("console");
    let expected = console.split_once('\n').unwrap().1;
    assert!(console.starts_with("$ xnet run greet who='you; $(id)'\n"));
    test().args(["run", "greet", "who=you; $(id)"]).run().success().stdout(expected);
    test().args(["run", "greet", "--times", "3"]).run().success().stdout("hello world\nhello world\nhello world\n");
}

#[test]
fn the_scripts_of_the_page_run_one_after_the_other() {
    let page = fs::read_to_string(folder("docs/scripts.md")).unwrap();
    let blocks: Vec<&str> = page.split("```rhai\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() > 2, "the page shows no scripts");
    let code = blocks
        .concat()
        .replace("busybox", "xnet-test/busybox")
        .replace("docs-web", "@web")
        .replace("docs-a", "@a")
        .replace("docs-b", "@b")
        .replace("\"app\"", "\"@app\"");
    let engine = Engine::new();
    let outcome = engine.script(&code).run();
    outcome.success().stdout("stdout: ready\n");
    assert_eq!(outcome.err_text(), "");
    assert_eq!(engine.left(), Vec::<String>::new());
}

#[test]
fn the_tests_of_the_page_on_tests_pass() {
    let page = fs::read_to_string(folder("docs/testing.md")).unwrap();
    let block = |kind: &str| page.split(kind).nth(1).unwrap().split("```").next().unwrap().to_owned();
    let engine = Engine::new();
    let code =
        block("```rhai\n").replace("busybox", "xnet-test/busybox").replace("testing-", &engine.fill("<project>-"));
    let outcome = engine.test().file("a_test.rhai", &code).args(["test"]).run();
    outcome.success().stdout_has("2 passed in ");
    assert_eq!(engine.left(), Vec::<String>::new());
    Test::new().project(&block("```yaml\n")).args(["check"]).run().success();
}
