//! `docker.events` and `docker.stats`, and what the engine says of itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Engine, PrivateEngine};

// shows: engine.events
#[test]
fn events_are_handed_over_as_they_happen() {
    let engine = Engine::new();
    let code = r#"
        let act = || {
            let net = docker.network.create("@net");
            docker.run("xnet-test/busybox", #{name: "@web", network: "@net"}).remove();
            net.remove();
        };
        docker.events(#{filters: #{network: "@net"}, ready: act, timeout: "1m"}, |e| {
            print(`${e.Type} ${e.Action} ${e.Actor.Attributes.name}`);
            e.Action != "destroy"
        });
    "#;
    let told = "network create @net\nnetwork connect @net\nnetwork disconnect @net\nnetwork destroy @net\n";
    engine.script(code).run().success().stdout(told);
}

// shows: engine.events
#[test]
fn past_events_are_a_list_and_filters_are_docker_s() {
    // An engine remembers its last 256 events, of whomever.
    let engine = PrivateEngine::start(&[]);
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", labels: #{tier: "@tier"}}).remove();
        let all = docker.events(#{filters: #{type: "container", container: "@web"}, since: "1h", before: "0s"});
        print(all.some(|e| e.Action == "create") && all.some(|e| e.Action == "destroy"));
        print(all.all(|e| e.Type == "container" && e.Actor.Attributes.name == "@web"));
        let started = docker.events(#{filters: #{event: ["start", "restart"], label: "tier=@tier"}, since: "1h", before: "0s"});
        print(started.map(|e| e.Action));
        let none = docker.events(#{filters: #{container: "@web"}, since: 946684800, before: 946684801});
        print(none);
    "#;
    engine.script(code).run().success().stdout("true\ntrue\n[\"start\"]\n[]\n");
}

#[test]
fn a_list_without_end_and_unknown_filters_are_refused() {
    let engine = Engine::new();
    for (call, words) in [
        ("docker.events()", "`timeout` or `before`"),
        ("docker.events(#{filters: #{type: \"network\"}})", "`timeout` or `before`"),
        ("docker.events(#{filters: #{contianer: \"x\"}}, |e| 1)", "container"),
        ("docker.events(#{ready: 1}, |e| 1)", "expected a function"),
        ("docker.events(#{since: \"soon\"}, |e| 1)", "is not a time"),
    ] {
        engine.script(call).run().code(2).stderr_has(words);
    }
}

#[test]
fn waiting_for_events_ends_with_ctrl_c() {
    let engine = Engine::new();
    let code = r#"print("ready"); docker.events(#{filters: #{container: "@none"}}, |e| print(e)); print("not here");"#;
    let mut running = engine.script(code).start();
    running.until("ready");
    running.interrupt();
    running.finish().code(130).stdout_lacks("not here");
}

// shows: container.stats
#[test]
fn stats_are_docker_s_with_the_figures_that_people_read() {
    let engine = Engine::new();
    engine.add_container("@web", json!({"Cmd": ["sh", "-c", "while true; do true; done"]}));
    let code = r#"
        let sample = docker.stats("@web");
        let s = sample.summary;
        print(sample.cpu_stats.cpu_usage.total_usage > sample.precpu_stats.cpu_usage.total_usage);
        print(s.cpu_percent > 1.0 && s.memory_bytes > 0 && s.memory_bytes <= sample.memory_stats.usage);
        print(s.memory_percent > 0.0 && s.memory_percent < 100.0 && s.memory_limit == sample.memory_stats.limit);
        print(s.rx_bytes >= 0 && s.tx_bytes >= 0);
    "#;
    engine.script(code).run().success().stdout("true\ntrue\ntrue\ntrue\n");
}

// shows: container.stats
#[test]
fn stats_are_followed_until_the_function_or_the_container_ends_it() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web"});
        let seen = [];
        docker.stats(c, #{timeout: "1m"}, |s| { seen.push(s.summary.cpu_percent); seen.len() < 2 });
        print(seen.len());
        docker.stats(c, |s| { c.stop(#{timeout: 0}); });
        print("over");
        try { c.stats() } catch (e) { print(`${e.kind} ${e.message}`); }
    "#;
    engine.script(code).run().success().stdout_has("2\nover\nconflict ").stdout_has("is not running");
    engine.script(r#"docker.stats("@web", #{timeout: "1s"})"#).run().code(2).stderr_has("for following");
    engine.script(r#"docker.stats("@none")"#).run().code(4).stderr_has("@none");
}

// shows: engine.info
#[test]
fn the_engine_s_word_on_itself_comes_whole() {
    let engine = Engine::new();
    let version = engine.get("/version").json();
    let outcome = engine.test().args(["--json", "eval", "docker.version()"]).run();
    outcome.success();
    assert_eq!(outcome.json()["ApiVersion"], version["ApiVersion"]);
    assert_eq!(outcome.json(), version);
    let info = engine.get("/info").json();
    let told = engine.test().args(["--json", "eval", "docker.info()"]).run().json();
    for key in ["Name", "Driver", "KernelVersion", "Plugins", "Swarm", "MemTotal"] {
        assert_eq!(told[key], info[key], "{key}");
    }
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&told), keys(&info));
}
