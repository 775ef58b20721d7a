//! Every file that users are told to copy runs: examples/, and what is shipped in stdlib/ and tasks/.

mod checked;
mod docs;
mod flow;
mod knows;
mod readme;
mod reference;
mod tools;

use std::fs;
use std::path::PathBuf;

use crate::support::{Engine, Outcome, Test};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names of the files of a folder with this extension, without it.
fn files(name: &str, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = entries
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Runs an example as a user does, with the test image and names of this test; it must leave nothing.
#[track_caller]
fn example(name: &str, prints: &str) {
    let engine = Engine::new();
    let file = folder("examples").join(name).with_extension("rhai");
    let test = engine.test().raw_arg(file).args(["image=xnet-test/busybox", "prefix=<project>-"]);
    test.run().success().stdout(prints);
    assert_eq!(engine.left(), Vec::<String>::new(), "left behind by {name}");
}

#[test]
fn isolation() {
    example("isolation", "web reaches api: true\napi reaches db:  true\nweb reaches db:  false\n");
}

#[test]
fn service_discovery() {
    example("service_discovery", "database is the old database\ndatabase is the new database\n");
}

#[test]
fn round_robin_dns() {
    example("round_robin_dns", "the name web has 3 addresses\nanswered: [\"web1\", \"web2\", \"web3\"]\n");
}

#[test]
fn gateway() {
    example("gateway", "before: false\nafter:  true\n");
}

#[test]
fn forward() {
    example("forward", "hello from the container\nconnections: 1\n");
}

#[test]
fn every_example_has_a_test_here() {
    assert_eq!(files("examples", "rhai"), ["forward", "gateway", "isolation", "round_robin_dns", "service_discovery"]);
}

#[test]
fn an_example_that_fails_leaves_nothing() {
    let engine = Engine::new();
    let file = folder("examples").join("isolation.rhai");
    let test = engine.test().raw_arg(file).args(["image=xnet-test/scratch", "prefix=<project>-"]);
    let outcome = test.run();
    outcome.check(!outcome.status.success(), "a failure: the image has no program `sleep`");
    assert_eq!(engine.left(), Vec::<String>::new());
}

#[test]
fn the_project() {
    let engine = Engine::new();
    let run = |task: &str, args: &[&str]| -> Outcome {
        let mut test =
            engine.test().args(["-C"]).raw_arg(folder("examples/project")).args(["run", task, "prefix=<project>-"]);
        for arg in args {
            test = test.args([arg]);
        }
        test.run()
    };
    let up = run("up", &["image=xnet-test/busybox"]);
    up.success().stdout_has("<project>-front: created").stdout_has("<project>-web: started");
    let again = run("up", &["image=xnet-test/busybox"]);
    again.success().stdout_has("<project>-front: unchanged").stdout_has("<project>-web: already running");
    run("check", &[]).success().stdout("db says three rows\n");
    run("down", &[]).success();
    assert_eq!(engine.left(), Vec::<String>::new());
    run("down", &[]).success();
}

// shows: test.script
#[test]
fn the_tests_of_the_project() {
    let engine = Engine::new();
    let test = engine.test().args(["-C"]).raw_arg(folder("examples/project")).args(["test"]);
    let outcome = test.env("SHOP_IMAGE", "xnet-test/busybox").env("SHOP_PREFIX", "<project>-").run();
    outcome
        .success()
        .stdout_has("✓ tests/shop_test.rhai: visitors are kept from the database")
        .stdout_has("3 passed in ");
    assert_eq!(engine.left(), Vec::<String>::new());
}

#[test]
fn every_module_of_the_library_is_shipped_and_parses() {
    for name in files("stdlib", "rhai") {
        let outcome = Test::new().script(&format!("import \"std/{name}\" as library; print(\"{name}\");")).run();
        outcome.success().stdout(&format!("{name}\n"));
    }
    assert!(files("stdlib", "rhai").contains(&"debug".to_owned()));
}

#[test]
fn every_task_in_the_folder_is_shipped_and_explains_itself() {
    let tasks = Test::new().args(["tasks", "--json"]).run().success().json();
    let known: Vec<_> =
        tasks.as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap().to_owned()).collect();
    for name in files("tasks", "yaml") {
        assert!(known.contains(&name), "{name} of tasks/ is not among {known:?}");
    }
    for name in known {
        Test::new().args(["run", &name, "--help"]).run().success().stdout_has(&name);
    }
}
