//! What is sent to engines newer than the one that the tests run on; a stand-in keeps what it is asked.

use serde_json::{Value, json};

use crate::support::{StandIn, Test};

fn answers(method: &str, path: &str) -> Option<(u16, Value)> {
    Some(match (method, path) {
        ("POST", "/containers/create") => (201, json!({"Id": "abc", "Warnings": []})),
        ("POST", _) => (204, Value::Null),
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
