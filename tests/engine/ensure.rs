//! `docker.ensure_container`: created, left alone, started, or told how it differs.

use serde_json::json;

use crate::support::Engine;

const FULL: &str = r#"#{
    name: "@web", env: #{MODE: "a"}, command: ["sleep", "1000"], labels: #{tier: "front"}, networks: #{"@net": #{aliases: ["www"]}},
    ports: ["127.0.0.1::80"], memory: "64m", cpus: 0.5, cap_add: ["NET_ADMIN"], restart: "on-failure:2", user: "root",
    extra_hosts: ["far:192.0.2.7"], ulimits: #{nofile: 512}, healthcheck: #{test: "true", interval: "1s"}, volumes: ["/anon"],
}"#;

// shows: ensure_container
#[test]
fn the_same_is_left_alone_and_one_that_is_stopped_is_started() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let code = format!(
        r#"
        let first = docker.ensure_container("xnet-test/busybox", {FULL});
        let again = docker.ensure_container("xnet-test/busybox", {FULL});
        again.stop(#{{timeout: 0}});
        let back = docker.ensure_container("xnet-test/busybox", {FULL});
        print(`${{first.outcome}} ${{again.outcome}} ${{back.outcome}} ${{first.id == back.id}} ${{back.status()}}`);
        print(docker.ensure_container("xnet-test/busybox", #{{name: "@web"}}).outcome);
    "#
    );
    engine.script(&code).run().success().stdout("created unchanged started true running\nunchanged\n");
}

// shows: ensure_container
#[test]
fn a_different_one_is_told_and_made_anew_only_by_force() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"Env": ["MODE=a"], "Cmd": ["sleep", "1000"]}));
    let before = engine.container("@web")["Id"].clone();
    let options = r#"name: "@web", env: #{MODE: "b"}, command: ["sleep", "2000"], networks: ["@net"], memory: "64m""#;
    let code = format!(r#"docker.ensure_container("xnet-test/busybox", #{{{options}}});"#);
    let outcome = engine.script(&code).run();
    outcome.code(4).stderr_has("env MODE: has a, wanted b").stderr_has("command: has sleep, 1000, wanted sleep, 2000");
    outcome.stderr_has("network @net: has not connected, wanted connected").stderr_has("memory: has none, wanted 64m");
    assert_eq!(engine.container("@web")["Id"], before);
    let code = format!(r#"print(docker.ensure_container("xnet-test/busybox", #{{{options}, force: true}}).outcome);"#);
    engine.script(&code).run().success().stdout("recreated\n");
    assert_eq!(engine.processes("@web"), ["sleep 2000"]);
    engine.script(r#"docker.ensure_container("xnet-test/busybox", #{});"#).run().code(2).stderr_has("needs a `name`");
    let code = r#"docker.ensure_container("localhost:1/nope", #{name: "@web", force: true});"#;
    engine.script(code).run().code(4).stderr_has("cannot be pulled");
    assert_eq!(engine.processes("@web"), ["sleep 2000"], "the old one stays where the new one cannot be");
}
