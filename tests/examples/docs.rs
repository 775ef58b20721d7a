//! The task that docs/tasks.md shows.

use std::fs;

use super::folder;
use crate::support::Test;

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
