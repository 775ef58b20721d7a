//! What tests of networks expect: a probe that does not find it fails them, and isolation is not shown by what shows nothing.

use std::net::UdpSocket;

use serde_json::{Value, json};

use crate::support::{Engine, Outcome, within};

/// `@web` and `@db` (which listens on 80) on one network, `@far` (which does too) on another.
fn placed() -> Engine {
    let engine = Engine::with_subnets(2);
    engine.add_network("@front", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_network("@back", json!({"IPAM": {"Config": [{"Subnet": "<subnet2>"}]}}));
    let on = |network: &str| json!({"HostConfig": {"NetworkMode": network}, "Cmd": ["httpd", "-f", "-p", "80"]});
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@front"}}));
    engine.add_container("@db", on("@front"));
    engine.add_container("@far", on("@back"));
    engine.until_listening("@db", 80);
    engine.until_listening("@far", 80);
    engine
}

#[track_caller]
fn fails(engine: &Engine, call: &str, words: &str) -> Outcome {
    let outcome = engine.script(call).run();
    outcome.code(1).stderr_has(words).stderr_has("main.rhai:1:");
    outcome
}

// shows: probe.assert
#[test]
fn what_is_reached_and_resolved_passes_and_the_cause_is_told_otherwise() {
    let engine = placed();
    let code = "assert_reach(\"@web\", \"@db:80\");\nassert_reach(\"@web\", \"@db\");\nassert_resolves(\"@web\", \"@db\");\n\
        assert_reach(docker.container(\"@web\"), \"@db:80\", #{timeout: \"5s\"});\n\
        try { assert_reach(\"@web\", \"@db:81\"); } catch (e) { print(e.kind); print(\"(refused)\" in e.message); print(\"nothing listens\" in e.hint) }\n\
        try { assert_resolves(\"@web\", \"@far\", #{timeout: \"2s\"}); } catch (e) { print(e.kind) }";
    engine.script(code).run().success().stdout("assertion\ntrue\ntrue\nassertion\n");
    fails(&engine, "assert_reach(\"@web\", \"@db:81\");", "@web should reach @db:81, and it does not (refused)");
    fails(&engine, "assert_reach(\"@web\", \"@far:80\", #{timeout: \"1s\"});", "share no network");
    let misspelt = engine.script("assert_no_reach(\"@web\", \"@db:80\", #{tiemout: 1});").run();
    misspelt.code(2).stderr_has("unknown option `tiemout`");
    engine
        .script("assert_no_reach(\"@web\", \"@db:80\", #{cause: \"filterd\"});")
        .run()
        .code(2)
        .stderr_has("`filtered`");
}

// shows: probe.isolation
#[test]
fn isolation_passes_for_what_the_network_does() {
    let engine = placed();
    let code = "let limit = #{timeout: \"500ms\"};\nassert_no_reach(\"@web\", \"@far:80\", limit);\n\
        assert_no_reach(\"@web\", docker.container(\"@far\").ip(\"@back\") + \":80\", limit);\n\
        assert_no_reach(\"@web\", \"@db:81\", #{cause: \"refused\"});\nprint(\"apart\");";
    engine.script(code).run().success().stdout("apart\n");
}

// shows: probe.isolation
#[test]
fn isolation_does_not_pass_because_of_a_slip_or_a_service_that_is_down() {
    let engine = placed();
    fails(&engine, "assert_no_reach(\"@web\", \"@db:80\");", "@web should not reach @db:80, and it does (reachable)");
    let down = fails(&engine, "assert_no_reach(\"@web\", \"@db:81\");", "the way is open");
    down.stderr_has("(refused)").stderr_has("start what should listen there");
    let slip = "assert_no_reach(\"@web\", \"@fra:80\", #{timeout: \"1s\"});";
    fails(&engine, slip, "that is not known").stderr_lacks("main.rhai:2");
    // A source that is mistyped or does not run is no isolation either.
    let outcome = engine.script("assert_no_reach(\"@wbe\", \"@far:80\");").run();
    outcome.check_code(&[1, 4]).stderr_has("@wbe").stderr_has("main.rhai:1:");
    assert_eq!(engine.post("/containers/@far/stop?t=0", &Value::Null).status, 204);
    fails(&engine, "assert_no_reach(\"@web\", \"@far:80\");", "that is not known: it does not run");
    assert_eq!(engine.post("/containers/@web/stop?t=0", &Value::Null).status, 204);
    fails(&engine, "assert_no_reach(\"@web\", \"@db:80\");", "container \"@web\" is not running");
}

// shows: probe.isolation
#[test]
fn a_name_that_is_not_known_is_no_isolation_where_the_address_is_reached() {
    let engine = Engine::new();
    engine.add_container("@one", json!({}));
    engine.add_container("@two", json!({"Cmd": ["httpd", "-f", "-p", "80"]}));
    engine.until_listening("@two", 80);
    fails(
        &engine,
        "assert_no_reach(\"@one\", \"@two:80\");",
        "only the name is unknown there: by its address the way is open",
    );
}

// shows: probe.isolation
#[test]
fn silence_over_udp_shows_nothing() {
    let engine = placed();
    engine.add_container("@silent", json!({"HostConfig": {"NetworkMode": "@front"}}));
    // It takes the datagrams and answers none.
    let _listener = within(&engine, "@silent", || UdpSocket::bind("0.0.0.0:9000").unwrap());
    let outcome = engine.script("assert_no_reach(\"@web\", \"@silent:9000/udp\", #{timeout: \"500ms\"});").run();
    outcome.code(1).stderr_has("@silent:9000/udp");
}

// shows: test.config
#[test]
fn declared_tests_pass_and_fail_by_what_is_measured() {
    let engine = placed();
    let yaml = "tests:\n  - {name: served, from: '@web', to: '@db:80'}\n  - {from: '@web', to: '@far:80', expect: no_reach, timeout: 500ms}\n  \
        - {name: closed, from: '@web', to: '@db:81', expect: refused}\n";
    let outcome = engine.test().project(yaml).args(["test"]).run();
    outcome
        .success()
        .stdout_has("✓ .xnet/config.yaml: served")
        .stdout_has("✓ .xnet/config.yaml: @web -> @far:80: no_reach");
    outcome.stdout_has("3 passed");
    let wrong = "tests:\n  - {name: apart, from: '@web', to: '@db:80', expect: no_reach}\n  - {name: gone, from: '@nobody', to: '@db:80'}\n";
    let outcome = engine.test().project(wrong).args(["test"]).run();
    outcome.code(1).stdout_has("✗ .xnet/config.yaml: apart").stdout_has("@web should not reach @db:80, and it does");
    outcome.stdout_has(".xnet/config.yaml:2:").stdout_has("@nobody").stdout_has("2 failed");
}

// shows: test.script
#[test]
fn what_a_file_of_tests_made_is_gone_after_it_however_it_ends() {
    let code = "let net = docker.network.create(\"@net\");\ndefer(|| net.remove());\n\
        let web = docker.run(\"xnet-test/busybox\", #{name: \"@web\", network: \"@net\"});\ndefer(|| web.remove(#{force: true}));\n\
        test(\"alone\", || assert_eq(web.ip(\"@net\"), \"nonsense\"));\n";
    let engine = Engine::new();
    engine.test().file("a_test.rhai", code).args(["test"]).run().code(1).stdout_has("✗ a_test.rhai: alone");
    assert!(engine.left().is_empty(), "{:?}", engine.left());
    let busy = format!("{code}test(\"busy\", || exec(web, \"touch /begun; sleep 5561\"));");
    let running = engine.test().file("a_test.rhai", &busy).args(["test"]).start();
    for _ in 0..800 {
        if !engine.container("@web").is_null() && engine.processes("@web").iter().any(|one| one.contains("sleep 5561"))
        {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    running.interrupt();
    running.finish().code(130).stdout_has("a_test.rhai: busy (").stdout_has("interrupted)");
    assert!(engine.left().is_empty(), "{:?}", engine.left());
}

#[test]
fn without_an_engine_tests_of_networks_fail_as_such() {
    let engine = Engine::new();
    let test = engine.test().file("a_test.rhai", "test(\"t\", || assert_reach(\"web\", \"db:80\"));");
    test.env("DOCKER_HOST", "unix:///nonexistent.sock").args(["test"]).run().code(3).stdout_has("✗ a_test.rhai: t");
}

// shows: flow
#[test]
fn one_handle_is_used_by_several_functions_at_a_time() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let code = "let web = docker.container(\"@web\");\n\
        print(parallel([1, 2, 3], |n| web.exec([\"sh\", \"-c\", \"sleep 0.3; echo \" + n]).stdout.len()));\n\
        let all = #{web: web};\nprint(parallel([1, 2, 3], |n| retry(#{}, || all.web.exec([\"sh\", \"-c\", \"sleep 0.3; echo x\"]).stdout.len())));";
    engine.script(code).run().success().stdout("[2, 2, 2]\n[2, 2, 2]\n");
}

// shows: probe.isolation
#[test]
fn a_container_on_the_network_of_another_or_of_the_host_is_asked_there() {
    let engine = placed();
    let port = 20_000 + std::process::id() % 10_000;
    let on = |mode: &str, port: &str| json!({"HostConfig": {"NetworkMode": mode}, "Cmd": ["httpd", "-f", "-p", port]});
    engine.add_container("@lodger", on("container:@web", "83"));
    engine.until_listening("@lodger", 83);
    let told = fails(&engine, "assert_no_reach(\"@db\", \"@lodger:83\");", "by its address the way is open");
    told.stderr_has("ask `@web:83`").stderr_lacks("docker network connect");
    engine.add_container("@hosted", on("host", &port.to_string()));
    engine.script(&format!("wait_for_port(\"@hosted\", \"127.0.0.1:{port}\")")).run().success();
    let told = fails(&engine, &format!("assert_no_reach(\"@db\", \"@hosted:{port}\");"), "the way is open");
    told.stderr_has(&format!("ask `host:{port}`"));
    engine.add_container("@alone", json!({"HostConfig": {"NetworkMode": "none"}}));
    fails(&engine, "assert_no_reach(\"@db\", \"@alone:80\");", "that is not known: it has no address");
}

// shows: probe.isolation
#[test]
fn a_part_of_an_id_is_no_container() {
    let engine = placed();
    let id = engine.container("@far")["Id"].as_str().unwrap().to_owned();
    let code = |typed: &str| format!("assert_no_reach(\"@web\", \"{typed}:80\", #{{timeout: \"1s\"}});");
    fails(&engine, &code(&id[..5]), "that is not known");
    engine.script(&code(&id[..12])).run().success();
}

// shows: probe.isolation
#[test]
fn isolation_needs_every_address_of_a_name_measured() {
    let engine = Engine::new();
    let many = (1..=70).map(|n| format!("many:192.0.2.{n}"));
    let hosts: Vec<String> = many.chain(["mixed:192.0.2.1".into(), "mixed:fe80::1".into()]).collect();
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "none", "ExtraHosts": hosts}}));
    let limit = "#{timeout: \"300ms\"}";
    let told =
        fails(&engine, &format!("assert_no_reach(\"@web\", \"many:80\", {limit});"), "not every address of the name");
    told.stderr_has("only the first 64 of the 70 addresses");
    let mixed = format!("assert_no_reach(\"@web\", \"mixed:80\", {limit});");
    fails(&engine, &mixed, "not every address of it could be asked");
    let outcome = engine.test().args(["--json", "reach", "host", "[fe80::1]:80"]).run();
    outcome.code(1).stdout_has("is link-local");
}

// shows: probe.isolation
#[test]
fn a_refusal_from_outside_is_a_way_out() {
    let engine = Engine::new();
    engine.add_network("@inner", json!({"Internal": true}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@inner"}}));
    engine.add_container("@db", json!({"HostConfig": {"NetworkMode": "@inner"}}));
    let code = "import \"std/isolation\" as isolation;\nprint(isolation::has_no_way_out(\"@web\"));";
    let known = engine.container("@db")["NetworkSettings"]["Networks"][engine.fill("@inner")]["IPAddress"].clone();
    let known = format!("{}:81", known.as_str().unwrap());
    engine.script(code).env("XNET_INTERNET", &known).run().success().stdout("false\n");
    engine.script(code).env("XNET_INTERNET", "[fe80::1]:80").run().code(1).stderr_has("cannot be told");
}
