//! What is shipped and shown has no fault that `xnet check` knows of.

use std::fs;

use super::{files, folder};
use crate::support::Test;

#[test]
fn scripts_and_tasks_that_are_shipped_have_no_fault() {
    let mut test = Test::new().args(["check"]);
    let mut count = 0;
    for (name, ending) in [("examples", "rhai"), ("stdlib", "rhai"), ("tasks", "yaml")] {
        for file in files(name, ending) {
            test = test.raw_arg(folder(name).join(format!("{file}.{ending}")));
            count += 1;
        }
    }
    assert!(count >= 9, "{count}");
    test.run().success().stdout_has("no fault found");
}

#[test]
fn the_examples_of_the_reference_have_no_fault() {
    let page = fs::read_to_string(folder("docs/reference.md")).unwrap();
    let mut test = Test::new().args(["check"]);
    for (at, block) in page.split("```rhai\n").skip(1).enumerate() {
        let name = format!("{at}.rhai");
        test = test.file(&name, block.split("```").next().unwrap()).raw_arg(&name);
    }
    test.run().success().stdout_has("no fault found");
}

#[test]
fn the_example_project_has_no_fault() {
    Test::new().args(["-C"]).raw_arg(folder("examples/project")).args(["check"]).run().success();
}
