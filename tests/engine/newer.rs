//! What is sent to engines newer than the one that the tests run on; a stand-in keeps what it is asked.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{StandIn, Test, golden};

fn answers(method: &str, path: &str, _: usize) -> Option<(u16, Value)> {
    Some(match (method, path) {
        ("POST", "/containers/create") => (201, json!({"Id": "abc", "Warnings": []})),
        ("POST", _) => (204, Value::Null),
        ("GET", "/networks/b") => {
            (200, json!({"Name": "b", "Id": "b", "IPAM": {"Config": [{"Subnet": "10.0.0.0/24"}]}}))
        }
        ("GET", "/containers/abc/json") => (200, json!({"Id": "abc", "Name": "/web", "State": {"Running": true}})),
        _ => return None,
    })
}

const SEVERAL: &str = r#"
    let c = docker.run("img", #{name: "web", networks: #{a: #{aliases: ["one"]}, b: #{ipv4_address: "10.0.0.9"}, c: #{}}, network_alias: "all"});
    print(c);
"#;

// shows: run.networks-new
#[test]
fn all_networks_go_into_one_request() {
    let engine = StandIn::start("1.51", answers);
    Test::new().script(SEVERAL).env("DOCKER_HOST", &engine.address()).run().success().stdout("web\n");
    let body = &engine.asked("POST /containers/create")[0];
    assert_eq!(
        body["NetworkingConfig"]["EndpointsConfig"],
        json!({
            "a": {"Aliases": ["one", "all"]}, "b": {"IPAMConfig": {"IPv4Address": "10.0.0.9"}, "Aliases": ["all"]},
            "c": {"Aliases": ["all"]}
        })
    );
    assert_eq!(body["HostConfig"]["NetworkMode"], "a");
    for network in ["a", "b", "c"] {
        assert_eq!(engine.asked(&format!("POST /networks/{network}/connect")), Vec::<Value>::new());
    }
}

#[test]
fn an_older_engine_gets_the_others_before_the_start() {
    let engine = StandIn::start("1.43", answers);
    Test::new().script(SEVERAL).env("DOCKER_HOST", &engine.address()).run().success();
    let body = &engine.asked("POST /containers/create")[0];
    assert_eq!(body["NetworkingConfig"]["EndpointsConfig"].as_object().unwrap().len(), 1);
    for network in ["b", "c"] {
        assert_eq!(engine.asked(&format!("POST /networks/{network}/connect")).len(), 1, "{network}");
    }
    let code = r#"docker.run("img", #{healthcheck: #{test: "true", start_interval: "1s"}})"#;
    let outcome = Test::new().script(code).env("DOCKER_HOST", &engine.address()).run();
    outcome.code(4).stderr_has("`healthcheck.start_interval` needs an engine with API 1.44");
}

// shows: run.mac
#[test]
fn a_mac_address_belongs_to_the_first_network() {
    let engine = StandIn::start("1.44", answers);
    let run = |options: &str| {
        let code = format!(r#"docker.run("img", #{{mac_address: "02:42:c0:a8:84:22", {options}}})"#);
        Test::new().script(&code).env("DOCKER_HOST", &engine.address()).run().success();
        engine.asked("POST /containers/create").pop().unwrap()
    };
    let body = run(r#"networks: ["a", "b"]"#);
    let expected = json!({"a": {"MacAddress": "02:42:c0:a8:84:22"}, "b": {}});
    assert_eq!((&body["NetworkingConfig"]["EndpointsConfig"], body.get("MacAddress")), (&expected, None));
    let body = run("");
    let expected = json!({"default": {"MacAddress": "02:42:c0:a8:84:22"}});
    assert_eq!(body["NetworkingConfig"]["EndpointsConfig"], expected);
}

/// A container that does not run, and a network that it is connected to by then.
fn stopped(method: &str, path: &str, before: usize) -> Option<(u16, Value)> {
    let connected = if before == 0 { json!({}) } else { json!({"net": {"NetworkID": "n1", "MacAddress": ""}}) };
    let web =
        json!({"Id": "abc", "Name": "/web", "State": {"Running": false}, "NetworkSettings": {"Networks": connected}});
    Some(match (method, path) {
        ("GET", "/containers/web/json") => (200, web),
        ("POST", "/networks/net/connect" | "/networks/net/disconnect") => (200, Value::Null),
        _ => return None,
    })
}

#[test]
fn whether_a_mac_address_is_kept_is_asked_only_where_engines_forget_it() {
    let code = r#"docker.network.connect("net", "web", #{mac_address: "02-42-C0-A8-84-22"});"#;
    for (api, forgets) in [("1.47", true), ("1.54", false)] {
        let engine = StandIn::start(api, stopped);
        let outcome = Test::new().script(code).env("DOCKER_HOST", &engine.address()).run();
        if forgets {
            outcome.code(4).stderr_has("cannot be verified while it does not run").stderr_has("docker.start(\"web\")");
        } else {
            outcome.success();
        }
        let endpoint = &engine.asked("POST /networks/net/connect")[0]["EndpointConfig"];
        assert_eq!(endpoint["MacAddress"], "02:42:c0:a8:84:22");
        assert_eq!(engine.asked("POST /networks/net/disconnect").len(), usize::from(forgets));
    }
}

#[test]
fn signals_and_intervals_reach_engines_that_heed_them() {
    let engine = StandIn::start("1.44", answers);
    let code = r#"
        let c = docker.run("img", #{healthcheck: #{test: "true", start_interval: "1s"}});
        c.stop(#{signal: "INT"});
    "#;
    Test::new().script(code).env("DOCKER_HOST", &engine.address()).run().success();
    assert_eq!(engine.asked("POST /containers/create")[0]["Healthcheck"]["StartInterval"], 1_000_000_000);
    assert_eq!(engine.asked("POST /containers/abc/stop").len(), 1);
}

/// A registry that has the image: it is missing when the container is first asked for.
fn pulling(method: &str, path: &str, before: usize) -> Option<(u16, Value)> {
    let lines = [
        r#"{"status":"Pulling fs layer","id":"4f4fb700ef54"}"#,
        r#"{"status":"Downloading","id":"4f4fb700ef54","progressDetail":{"current":5,"total":10}}"#,
        r#"{"status":"Pull complete","id":"4f4fb700ef54"}"#,
    ];
    Some(match (method, path, before) {
        ("POST", "/containers/create", 0) => (404, json!({"message": "No such image: img:latest"})),
        ("POST", "/images/create", _) => {
            // What is done soon is not shown.
            sleep(Duration::from_millis(700));
            (200, json!(lines.join("\r\n")))
        }
        ("POST", "/containers/create", _) => {
            sleep(Duration::from_millis(700));
            return answers(method, path, before);
        }
        _ => return answers(method, path, before),
    })
}

// shows: run.pull
#[test]
fn a_missing_image_is_pulled_and_shown_on_a_terminal() {
    let engine = StandIn::start("1.41", pulling);
    let code = r#"print(docker.run("img", #{name: "web"}));"#;
    let outcome = Test::new().script(code).env("DOCKER_HOST", &engine.address()).run();
    outcome.success().stdout("web\n").stderr_lacks("pulling");
    let engine = StandIn::start("1.41", pulling);
    let mut terminal = Test::new().script(code).env("DOCKER_HOST", &engine.address()).at_terminal();
    terminal.until("pulling img").until("web");
    assert!(terminal.finish().success());
    assert_eq!(engine.asked("POST /images/create").len(), 1);
}

/// A registry that cannot be reached.
fn unreachable(method: &str, path: &str, _: usize) -> Option<(u16, Value)> {
    Some(match (method, path) {
        ("POST", "/containers/create") => (404, json!({"message": "No such image: ngnix:latest"})),
        ("POST", "/images/create") => (500, json!({"message": "dial tcp: lookup registry-1.docker.io: no such host"})),
        ("GET", "/images/json") => (200, json!([{"RepoTags": ["nginx:latest"]}, {"RepoTags": ["redis:7"]}])),
        _ => return None,
    })
}

// shows: run.pull, refusal.missing
#[test]
fn an_image_that_cannot_be_pulled_names_the_one_that_was_meant() {
    let engine = StandIn::start("1.41", unreachable);
    let run = |image: &str| {
        let code = format!("docker.run(\"{image}\");\n");
        Test::new().script(&code).env("DOCKER_HOST", &engine.address()).run()
    };
    golden("engine-no-such-image", run("nginx:latset").code(4));
    run("postgres").code(4).stderr_has("images that are here: nginx:latest, redis:7");
}
