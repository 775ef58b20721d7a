//! The names of containers and networks, as shells complete them.

use serde_json::json;

use crate::support::{Engine, SHELLS, Test};

#[test]
fn containers_and_networks_are_completed_by_name() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": engine.fill("<subnet>")}]}}));
    engine.add_container("@web", json!({}));
    let offered = |words: &[&str]| {
        let test =
            words.iter().fold(engine.test().args(["__complete", "--"]), |test, word| test.raw_arg(engine.fill(word)));
        test.project(
            "tasks:\n  t:\n    params: [{name: where, type: network}, {name: who, type: container}]\n    command: x\n",
        )
        .run()
        .success()
        .out_text()
    };
    let named = |text: &str| engine.fill(&format!("none\n{text}\n"));
    assert_eq!(offered(&["exec", "@we"]), named("@web"));
    assert_eq!(offered(&["forward", "@we"]), named("@web"));
    assert_eq!(offered(&["network", "rm", "@ne"]), named("@net"));
    assert_eq!(offered(&["network", "rm", "other", "@ne"]), named("@net"));
    assert_eq!(offered(&["network", "connect", "@net", "@we"]), named("@web"));
    assert_eq!(offered(&["run", "t", "where=@ne"]), named("where=@net"));
    assert_eq!(offered(&["run", "t", "--who", "@w"]), named("@web"));
    assert_eq!(offered(&["--host", "unix:///nonexistent.sock", "exec", "@we"]), "none\n");
}

#[test]
fn the_shells_complete_containers_and_networks() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": engine.fill("<subnet>")}]}}));
    engine.add_container("@web", json!({}));
    let tasks =
        "tasks:\n  t:\n    params: [{name: where, type: network}, {name: who, type: container}]\n    command: x\n";
    for shell in SHELLS {
        for (line, word) in [
            ("xnet exec @we", "@web"),
            ("xnet network rm @ne", "@net"),
            ("xnet network connect @net @we", "@web"),
            ("xnet run t where=@ne", "where=@net"),
            ("xnet run t --who @we", "@web"),
        ] {
            let test: Test = engine.test().project(tasks);
            assert_eq!(shell.complete(test, &engine.fill(line)), [engine.fill(word)], "{shell:?}: {line}");
        }
    }
}
