//! What the README shows is what happens.

use std::fs;

use super::folder;
use crate::support::{Engine, Test};

/// The fenced blocks of the README: their language and their text.
fn blocks() -> Vec<(String, String)> {
    let readme = fs::read_to_string(folder("README.md")).unwrap();
    let fenced = readme.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').map(|(kind, text)| (kind.to_owned(), text.to_owned())).unwrap()).collect()
}

/// The text of the first block of this language after the block that holds these words.
fn after(words: &str, kind: &str) -> String {
    let blocks = blocks();
    let from = blocks.iter().position(|(_, text)| text.contains(words)).expect("a block with these words");
    blocks[from + 1..].iter().find(|(found, _)| found == kind).expect("a block of this language").1.clone()
}

/// What the README says that a command prints.
fn shown(command: &str) -> String {
    let prompt = format!("$ {command}\n");
    let all = blocks();
    all.iter().find_map(|(_, text)| text.strip_prefix(&prompt)).expect("the README shows this command").to_owned()
}

#[test]
fn the_script_of_the_tour_prints_what_the_readme_says() {
    let engine = Engine::new();
    let own = |text: &str| text.replace("tour-", &engine.fill("<project>-"));
    let script = blocks().into_iter().find(|(kind, _)| kind == "rhai").expect("a script").1;
    let script = own(&script).replace("\"busybox\"", "\"xnet-test/busybox\"");
    engine
        .test()
        .file("tour.rhai", &script)
        .args(["tour.rhai"])
        .run()
        .success()
        .stdout(&own(&after("tour-net", "text")));
    assert_eq!(engine.left(), Vec::<String>::new());
}

#[test]
fn the_task_of_the_readme_prints_what_the_readme_says() {
    let engine = Engine::new();
    let yaml = blocks().into_iter().find(|(kind, _)| kind == "yaml").expect("a task").1;
    let outcome = engine.test().project(&yaml).args(["run", "greet", "who=you; $(id)"]).run();
    outcome.success().stdout(&shown("xnet run greet who='you; $(id)'"));
}

#[test]
fn the_slip_of_the_readme_is_told_as_the_readme_says() {
    let outcome = Test::eval("docker.network.crate(\"app\")").run();
    assert_eq!(outcome.code(2).err_text(), shown("xnet eval 'docker.network.crate(\"app\")'"));
}

#[test]
fn lists_and_explanations_are_as_the_readme_has_them() {
    Test::new().args(["tasks"]).run().success().stdout(&shown("xnet tasks"));
    let explained = Test::new().args(["doc", "docker.network.ensure"]).run();
    explained.success().stdout(&shown("xnet doc docker.network.ensure"));
}
