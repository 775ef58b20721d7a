//! Networks come, are compared, listed, looked at and go: what is asked for is what the engine has.

use serde_json::{Value, json};

use crate::support::{Engine, StandIn, Test};

// shows: network.create, network.handle, network.exists-remove
#[test]
fn a_created_network_is_a_bridge_of_the_project_and_its_handle_knows_it() {
    let engine = Engine::new();
    let code = r#"
        let net = docker.network.create("@net");
        print(net);
        print(net.name);
        print(net.id == net.inspect().Id);
        print(docker.network.exists("@net"));
    "#;
    engine.script(code).run().success().stdout("@net\n@net\ntrue\ntrue\n");
    let network = engine.network("@net");
    assert_eq!(network["Driver"], "bridge");
    assert_eq!(network["Labels"]["xnet.project"], engine.fill("<project>"));
    assert!(network["Labels"]["xnet.run"].as_str().is_some_and(|run| !run.is_empty()), "{network}");
}

// shows: network.ensure
#[test]
fn ensure_creates_then_changes_nothing_then_lists_each_difference() {
    let engine = Engine::with_subnets(2);
    let code = r#"
        let options = #{internal: true, ipam: #{subnet: "<subnet>"}, labels: #{a: "b"}};
        print(docker.network.ensure("@net", options).outcome);
        print(docker.network.ensure("@net", options).outcome);
        try {
            docker.network.ensure("@net", #{internal: false, ipam: #{subnet: "<subnet2>"}});
        } catch (e) {
            print(e.kind);
            print("nternal" in e.message && "<subnet>" in e.message && "<subnet2>" in e.message);
        }
    "#;
    engine.script(code).run().success().stdout("created\nunchanged\nconflict\ntrue\n");
    assert_eq!(engine.network("@net")["Internal"], true);
}

// shows: network.ensure
#[test]
fn ensure_by_force_recreates_only_what_nothing_is_attached_to() {
    let engine = Engine::new();
    let id = engine.add_network("@net", json!({}));
    let code = r#"print(docker.network.ensure("@net", #{internal: true, force: true}).outcome);"#;
    engine.script(code).run().success().stdout("recreated\n");
    assert_ne!(engine.network("@net")["Id"], id.as_str());
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let again = r#"docker.network.ensure("@net", #{internal: false, force: true});"#;
    engine.script(again).run().code(4).stderr_has("@web");
    assert_eq!(engine.network("@net")["Internal"], true);
}

// shows: network.ensure
#[test]
fn by_force_a_network_stays_where_there_is_no_place_for_the_new_one() {
    let engine = Engine::with_subnets(2);
    let id = engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_network("@other", json!({"IPAM": {"Config": [{"Subnet": "<subnet2>"}]}}));
    let code = r#"docker.network.ensure("@net", #{ipam: #{subnet: "<subnet2>"}, force: true});"#;
    engine.script(code).run().code(4).stderr_has("overlaps").stderr_has("@other");
    let code = r#"docker.network.ensure("@net", #{config_from: "@nope", force: true});"#;
    engine.script(code).run().code(4).stderr_has("@nope");
    assert_eq!(engine.network("@net")["Id"], id.as_str());
    // Its own subnet is free for the one that takes its place.
    let code =
        r#"print(docker.network.ensure("@net", #{internal: true, ipam: #{subnet: "<subnet>"}, force: true}).outcome);"#;
    engine.script(code).run().success().stdout("recreated\n");
}

/// An old engine that answers once what networks it has.
fn answers_once(method: &str, path: &str, before: usize) -> Option<(u16, Value)> {
    Some(match (method, path, before) {
        ("GET", "/networks", 0) => (200, json!([])),
        ("GET", "/networks", _) => (500, json!({"message": "the disk is full"})),
        ("POST", "/networks/create", _) => (201, json!({"Id": "net1"})),
        ("DELETE", "/networks/net1", _) => (204, Value::Null),
        _ => return None,
    })
}

#[test]
fn a_network_of_which_it_is_not_known_whether_it_is_the_only_one_is_taken_back() {
    let engine = StandIn::start("1.41", answers_once);
    let code = r#"docker.network.create("net");"#;
    Test::new().script(code).env("DOCKER_HOST", &engine.address()).run().code(4).stderr_has("the disk is full");
    assert_eq!(engine.asked("DELETE /networks/net1").len(), 1);
}

// shows: network.ensure
#[test]
fn ensure_is_content_with_a_network_that_someone_else_made_just_so() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let code = r#"print(docker.network.ensure("@net", #{ipam: #{subnet: "<subnet>"}}).outcome);"#;
    engine.script(code).run().success().stdout("unchanged\n");
}

// shows: refusal.name
#[test]
fn a_second_network_of_the_same_name_is_refused() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let code = r#"try { docker.network.create("@net") } catch (e) { print(e.kind); print(e.resource); }"#;
    engine.script(code).run().success().stdout("conflict\n@net\n");
    engine.script(r#"docker.network.create("@net")"#).run().code(4).stderr_has("@net");
    let count = engine.get("/networks").text().matches(&engine.fill("\"@net\"")).count();
    assert_eq!(count, 1);
}

// shows: network.handle
#[test]
fn the_handle_does_what_the_namespace_does() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let code = r#"
        let net = docker.network.create("@net");
        net.connect("@web", #{aliases: "api"});
        print(docker.network.inspect(net).Containers.len());
        net.disconnect("@web");
        print(net.inspect().Containers.len());
        net.remove();
        print(docker.network.exists("@net"));
    "#;
    engine.script(code).run().success().stdout("1\n0\nfalse\n");
}

// shows: network.handle, refusal.missing
#[test]
fn a_handle_stays_with_its_own_network_when_another_takes_the_name() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let code = r#"
        let old = docker.network.create("@net");
        docker.network.remove("@net");
        docker.network.create("@net").connect("@web");
        for act in [|| old.inspect(), || old.remove(), || old.connect("@web"), || old.disconnect("@web")] {
            try { act.call(); print("met another"); } catch (e) { print(`${e.kind} ${e.resource}`); }
        }
        print(docker.network.inspect("@net").Containers.len());
    "#;
    engine.script(code).run().success().stdout("not_found @net\nnot_found @net\nnot_found @net\nnot_found @net\n1\n");
}

// shows: refusal.endpoints
#[test]
fn a_network_in_use_is_not_removed_and_says_by_whom() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@api", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let outcome = engine.script(r#"docker.network.remove("@net");"#).run();
    outcome.code(4).stderr_has("@web").stderr_has("@api").stderr_has("hint:");
    assert!(!engine.network("@net").is_null());
}

// shows: network.prune
#[test]
fn prune_removes_what_is_unused_and_matches_and_nothing_else() {
    let engine = Engine::new();
    for (name, label) in [("@unused", "<project>"), ("@used", "<project>"), ("@other", "else")] {
        engine.add_network(name, json!({"Labels": {"xt.prune": label}}));
    }
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@used"}}));
    let code = r#"print(docker.network.prune(#{filters: #{label: "xt.prune=<project>"}}));"#;
    engine.script(code).run().success().stdout("[\"@unused\"]\n");
    assert!(engine.network("@unused").is_null());
    assert!(!engine.network("@used").is_null() && !engine.network("@other").is_null());
}

// shows: network.exists-remove
#[test]
fn exists_means_exactly_this_name() {
    let engine = Engine::new();
    let id = engine.add_network("@network", json!({}));
    let code =
        r#"for name in ["@network", params.id, "@net", "@networks", "bridge"] { print(docker.network.exists(name)); }"#;
    engine.script(code).args([&format!("id={id}")]).run().success().stdout("true\ntrue\nfalse\nfalse\ntrue\n");
}

// shows: network.ensure
#[test]
fn two_that_ensure_one_name_at_once_get_one_network() {
    let engine = Engine::new();
    for round in 0..3 {
        let name = format!("@race{round}");
        let runs: Vec<_> =
            (0..3).map(|_| engine.test().args(["network", "create", &name, "--ensure"]).start()).collect();
        for run in runs {
            run.finish().success();
        }
        let left = engine.left();
        let all = left.iter().filter(|left| left.ends_with(&format!("race{round}"))).count();
        assert_eq!(all, 1, "{left:?}");
    }
}

// shows: network.ensure
#[test]
fn every_kind_of_difference_is_listed_at_once() {
    let engine = Engine::with_subnets(2);
    let pool = json!({"Subnet": "<subnet>", "Gateway": "<ip1>", "AuxiliaryAddresses": {"router": "<ip2>"}});
    engine
        .add_network("@net", json!({"IPAM": {"Config": [pool]}, "Options": {"com.docker.network.driver.mtu": "1400"}}));
    let code = r#"
        docker.network.ensure("@net", #{
            driver: "macvlan", internal: true, attachable: true, enable_ipv6: true,
            ipam: #{config: [
                #{subnet: "<subnet>", gateway: "<ip3>", ip_range: "<subnet>", aux_addresses: #{router: "<ip4>"}},
                #{subnet: "<subnet2>"},
            ]},
            options: #{"com.docker.network.driver.mtu": 1300}, labels: #{tier: "front"},
        });
    "#;
    let outcome = engine.script(code).run();
    outcome.code(4);
    for line in [
        "driver: has bridge, wanted macvlan",
        "internal: has false, wanted true",
        "attachable: has false, wanted true",
        "enable_ipv6: has false, wanted true",
        "gateway of <subnet>: has <ip1>, wanted <ip3>",
        "ip_range of <subnet>: has none, wanted <subnet>",
        "aux address router of <subnet>: has <ip2>, wanted <ip4>",
        "subnet: has <subnet>, wanted <subnet2>",
        "option com.docker.network.driver.mtu: has 1400, wanted 1300",
        "label tier: has none, wanted front",
    ] {
        outcome.stderr_has(line);
    }
}

// shows: network.list
#[test]
fn the_list_is_narrowed_by_each_filter_and_has_the_containers() {
    let engine = Engine::new();
    let id = engine.add_network("@app", json!({"Labels": {"tier": "<project>"}}));
    engine.add_network("@idle", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@app"}}));
    let code = r#"
        fn own(filters) {
            let own = docker.network.list(#{filters: filters}).filter(|net| net.Name.starts_with("<project>-"));
            let names = own.map(|net| net.Name);
            names.sort();
            names
        }
        for filters in [
            #{driver: "bridge"}, #{driver: ["macvlan", "overlay"]}, #{type: "custom"}, #{type: ["builtin"]},
            #{label: "tier=<project>"}, #{label: "tier=none"}, #{name: ["@app", "@idle"]}, #{id: params.id},
            #{scope: "local", name: "@idle"}, #{scope: "swarm"}, #{dangling: true}, #{dangling: false},
            #{name: "@app", dangling: true},
        ] {
            print(own(filters));
        }
        let app = docker.network.list(#{filters: #{name: "@app"}})[0];
        print(app.Containers.values().map(|container| container.Name));
        print(["Id", "Driver", "Scope", "Internal", "IPAM", "Options", "Labels"].all(|key| key in app));
    "#;
    let both = r#"["@app", "@idle"]"#;
    let (app, idle, none) = (r#"["@app"]"#, r#"["@idle"]"#, "[]");
    let lines = [both, none, both, none, app, none, both, app, idle, none, idle, app, none, r#"["@web"]"#, "true"];
    engine.script(code).args([&format!("id={id}")]).run().success().stdout(&format!("{}\n", lines.join("\n")));
}

// shows: network.inspect
#[test]
fn inspect_is_the_engine_s_own_json_whole() {
    let engine = Engine::new();
    engine.add_network("@net", json!({"Labels": {"a": "b"}, "Options": {"com.docker.network.driver.mtu": "1400"}}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let outcome = engine.script(r#"print(docker.network.inspect("@net").to_json());"#).run();
    assert_eq!(outcome.success().json(), engine.network("@net"));
}

// shows: network.prune
#[test]
fn prune_by_age_leaves_what_is_younger() {
    let engine = Engine::new();
    engine.add_network("@net", json!({"Labels": {"xt.prune": "<project>"}}));
    let code = r#"
        print(docker.network.prune(#{filters: #{label: "xt.prune=<project>", "until": "24h"}}));
        print(docker.network.prune(#{filters: #{label: ["xt.prune=<project>"], "until": ["2100-01-01T00:00:00"]}}));
    "#;
    engine.script(code).run().success().stdout("[]\n[\"@net\"]\n");
}

// shows: all.unknown-option
#[test]
fn every_call_refuses_an_option_that_it_does_not_have() {
    for (code, near) in [
        (r#"docker.network.create("n", #{intrenal: true})"#, "internal"),
        (r#"docker.network.ensure("n", #{lables: #{}})"#, "labels"),
        (r#"docker.network.connect("n", "c", #{aliasse: "a"})"#, "aliases"),
        (r#"docker.network.disconnect("n", "c", #{forse: true})"#, "force"),
        (r"docker.network.list(#{fliters: #{}})", "filters"),
        (r#"docker.network.list(#{filters: #{drvier: "bridge"}})"#, "driver"),
        (r#"docker.network.prune(#{filters: #{lable: "x"}})"#, "label"),
    ] {
        Test::eval(code).run().code(2).stderr_has("unknown option").stderr_has(&format!("did you mean `{near}`?"));
    }
}

// shows: network.create, network.ipam, network.connect
#[test]
fn the_command_line_has_the_options_of_the_scripts() {
    let engine = Engine::with_subnets(1);
    let create = engine.test().args(["network", "create", "@net", "--subnet", "<subnet>", "--gateway", "<ip3>"]);
    let create = create.args(["--aux-address", "router=<ip2>", "--ip-range", "<subnet>", "--attachable"]);
    create.args(["-o", "com.docker.network.driver.mtu=1400", "--label", "a=b"]).run().success();
    let network = engine.network("@net");
    let pool = json!({
        "Subnet": engine.fill("<subnet>"), "Gateway": engine.fill("<ip3>"), "IPRange": engine.fill("<subnet>"),
        "AuxiliaryAddresses": {"router": engine.fill("<ip2>")},
    });
    assert_eq!(network["IPAM"]["Config"], json!([pool]));
    assert_eq!(network["Options"]["com.docker.network.driver.mtu"], "1400");
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_network("@own", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@own"}}));
    let connect = engine.test().args(["network", "connect", "@net", "@web", "--alias", "api", "--ip", "<ip9>"]);
    let connect = connect.args(["--link", "@peer:friend", "--link-local-ip", "169.254.5.5", "--driver-opt", "a=b"]);
    connect.run().success();
    let endpoint = engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")].clone();
    assert_eq!(endpoint["IPAddress"], engine.fill("<ip9>"));
    assert_eq!(endpoint["IPAMConfig"]["LinkLocalIPs"], json!(["169.254.5.5"]));
    assert_eq!(endpoint["Links"], json!([engine.fill("@peer:friend")]));
    assert_eq!(endpoint["DriverOpts"], json!({"a": "b"}));
    for (args, words) in [
        (["--gateway", "10.9.0.1", "--gateway", "10.9.0.2"], "one subnet takes one gateway"),
        (["--aux-address", "a=10.9.0.1", "--aux-address", "a=10.9.0.2"], "one subnet takes one aux_address"),
        (["--gateway", "10.8.0.1", "--label", "a=b"], "lies outside its subnet 10.9.0.0/24"),
        (["--config-only", "--internal", "--label", "a=b"], "`internal` cannot be said"),
    ] {
        let test = engine.test().args(["network", "create", "@bad", "--subnet", "10.9.0.0/24"]).args(args);
        test.run().code(2).stderr_has(words);
    }
    let again = engine.test().args(["network", "create", "@own", "--internal", "--ensure", "--force"]);
    again.run().code(4).stderr_has("@web");
}
