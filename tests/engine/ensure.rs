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

// shows: ensure_container
#[test]
fn by_force_nothing_is_removed_for_one_that_cannot_be() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@other", networks: #{"@net": #{ipv4_address: "<ip8>"}}});
        docker.run("xnet-test/busybox", #{name: "@web", networks: #{"@net": #{ipv4_address: "<ip9>"}}, env: #{A: "1"}});
        let ensure = |network, endpoint| {
            docker.ensure_container("xnet-test/busybox",
                #{name: "@web", networks: [[network, endpoint]].reduce(|all, one| { all[one[0]] = one[1]; all }, #{}), force: true})
        };
        for plan in [["@nope", #{}], ["@net", #{ipv4_address: "<ip8>"}], ["@net", #{ipv4_address: "192.0.2.1"}]] {
            try { ensure.call(plan[0], plan[1]) } catch (e) { print(e.message) }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("@nope").stdout_has("by container").stdout_has("lies outside its subnet");
    let web = engine.container("@web");
    assert_eq!(web["State"]["Running"], true, "the old one stays where the new one cannot be");
    // Its own address is free for the one that takes its place.
    let code = r#"
        print(docker.ensure_container("xnet-test/busybox",
            #{name: "@web", networks: #{"@net": #{ipv4_address: "<ip9>"}}, env: #{A: "2"}, force: true}).outcome);
    "#;
    engine.script(code).run().success().stdout("recreated\n");
    assert_ne!(engine.container("@web")["Id"], web["Id"]);
}
