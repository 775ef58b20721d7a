//! The tasks that xnet ships, and its standard library.

use serde_json::json;

use crate::support::Engine;

#[test]
fn setup_and_teardown_can_be_repeated_and_leave_nothing() {
    let engine = Engine::new();
    let setup = || engine.test().args(["run", "setup-network", "frontend=@front", "backend=@back"]);
    setup().run().success();
    assert_eq!(engine.network("@back")["Internal"], true);
    assert_eq!(engine.network("@front")["Internal"], false);
    let again = setup().run();
    again.success();
    let text = again.out_text() + &again.err_text();
    assert!(text.contains("unchanged") || text.contains("already"), "{}", again.report());
    let teardown = || engine.test().args(["run", "teardown-network", "frontend=@front", "backend=@back"]);
    teardown().run().success();
    assert!(engine.network("@front").is_null() && engine.network("@back").is_null());
    teardown().run().success();
}

#[test]
fn setup_needs_no_docker_cli() {
    let engine = Engine::new();
    let test = engine.test().args(["run", "setup-network", "frontend=@front", "backend=@back"]);
    test.env("PATH", "/nonexistent").run().success();
}

#[test]
fn setup_does_not_hide_a_network_that_is_otherwise() {
    let engine = Engine::new();
    engine.add_network("@back", json!({"Internal": false}));
    let outcome = engine.test().args(["run", "setup-network", "frontend=@front", "backend=@back"]).run();
    outcome.code(4).stderr_has("@back").stderr_has("nternal");
}

#[test]
fn connect_all_counts_connected_already_skipped_and_failed() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let labels = json!({"xt": "<project>"});
    engine.add_container("@new", json!({"Labels": labels}));
    engine.add_container("@already", json!({"Labels": labels, "HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@hosted", json!({"Labels": labels, "HostConfig": {"NetworkMode": "host"}}));
    engine.add_container("@none", json!({"Labels": labels, "HostConfig": {"NetworkMode": "none"}}));
    engine.add_container("@foreign", json!({}));
    let connect = || engine.test().args(["run", "connect-all", "network=@net", "label=xt=<project>"]);
    let outcome = connect().run();
    outcome.success();
    let text = outcome.out_text();
    let last = text.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last, "connected 1, already 1, skipped 2, failed 0", "{}", outcome.report());
    assert_eq!(engine.network("@net")["Containers"].as_object().map(serde_json::Map::len), Some(2));
    assert!(engine.container("@foreign")["NetworkSettings"]["Networks"][engine.fill("@net")].is_null());
    connect().run().success().stdout_has("connected 0, already 2, skipped 2, failed 0");
}

#[test]
fn connect_all_of_a_missing_network_says_so() {
    let engine = Engine::new();
    engine.test().args(["run", "connect-all", "network=@none", "label=xt=<project>"]).run().code(4).stderr_has("@none");
    engine.test().args(["run", "connect-all"]).run().code(2).stderr_has("network=");
}

#[test]
fn network_debug_tells_what_the_engine_knows_and_what_is_there_inside() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let aliased = json!({"EndpointsConfig": {engine.fill("@net"): {"Aliases": ["shop"], "IPAMConfig": {"IPv4Address": engine.fill("<ip9>")}}}});
    engine.add_container("@web", json!({
        "Cmd": ["httpd", "-f", "-p", "80", "-h", "/www"], "HostConfig": {"NetworkMode": "@net"}, "NetworkingConfig": aliased,
    }));
    engine.until_listening("@web", 80);
    let debug = |more: &str| engine.test().args(["run", "network-debug", "container=@web", more]).run();
    let outcome = debug("lookup=shop");
    outcome.success().stdout_has("address     <ip9>").stdout_has("shop");
    outcome.stdout_has("eth0 <ip9>/28 on @net, up\n").stdout_has("default via <gateway> through eth0 on @net\n");
    outcome.stdout_has("tcp [::]:80 httpd of @web\n").stdout_has("name shop: ").stdout_has("<ip9>");
    debug("lookup=nobody").success().stdout_has("name nobody: not known (");
    engine.post("/containers/@web/stop?t=0", &json!(null));
    debug("lookup=shop").success().stdout_has("(exited)").stdout_has("not running: it has no network to look into\n");
}

#[test]
fn network_debug_needs_no_tool_in_the_image() {
    let engine = Engine::new();
    engine.add_container("@app", json!({"Image": crate::support::SCRATCH, "HostConfig": {"NetworkMode": "none"}}));
    let outcome = engine.test().args(["run", "network-debug", "container=@app"]).run();
    outcome.success().stdout_has("container @app (running)\n").stdout_has("lo 127.0.0.1/8, up\n");
    outcome.stdout_has("routes\n  none\n").stdout_has("listening\n  none\n");
}

// shows: std.debug
#[test]
fn the_library_prints_networks_and_tests_connectivity() {
    let engine = Engine::with_subnets(2);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_network("@far", json!({"IPAM": {"Config": [{"Subnet": "<subnet2>"}]}}));
    engine.add_container(
        "@web",
        json!({"Cmd": ["httpd", "-f", "-p", "80", "-h", "/www"], "HostConfig": {"NetworkMode": "@net"}}),
    );
    engine.until_listening("@web", 80);
    engine.add_container("@client", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@lonely", json!({"HostConfig": {"NetworkMode": "@far"}}));
    let code = r#"
        import "std/debug" as debug;
        debug::debug_network("@net");
        debug::test_connectivity("@client", "@web");
        debug::test_connectivity("@lonely", "@web");
        debug::test_connectivity("@client", "@web:81");
        print(debug::check_port("@web", 80));
        print(debug::check_port("@web", "80/udp"));
        for port in [70000, "abc", "80/tcp/x"] {
            try { debug::check_port("@web", port); } catch (e) { print(`${e.kind}: ${e.message}`); }
        }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("@net").stdout_has("@client").stdout_has("<ip2>").stdout_has("<ip3>");
    outcome.stdout_has("✓ @client can reach @web\n").stdout_has("✗ @lonely cannot reach @web: ");
    outcome.stdout_has("✗ @lonely cannot reach @web: name unknown (");
    outcome.stdout_has("✗ @client cannot reach @web:81: refused (").stdout_has("nothing listens on tcp port 81");
    outcome.stdout_has("true\nfalse\ninvalid: \"70000\" is not a port\n");
    outcome.stdout_has("invalid: \"abc\" is not a port\ninvalid: \"80/tcp/x\" is not a port\n");
}

// shows: std.debug
#[test]
fn the_library_needs_no_tool_in_an_image() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let listen = json!(["/busybox-app", "httpd", "-f", "-p", "127.0.0.1:80"]);
    engine.add_container(
        "@app",
        json!({"Image": crate::support::SCRATCH, "Cmd": listen, "HostConfig": {"NetworkMode": "@net"}}),
    );
    engine.add_container("@peer", json!({"Image": crate::support::SCRATCH, "HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        import "std/debug" as debug;
        import "std/isolation" as isolation;
        wait_for(#{timeout: "20s", every: "50ms"}, || !listening("@app").is_empty());
        debug::test_connectivity("@peer", "@app");
        print(debug::check_port("@app", 80));
        print(isolation::check("@app", "@peer"));
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("✓ @peer can reach @app\ntrue\n");
    outcome.stdout_has("✗ @peer reaches @app at ").stdout_has("(icmp) on @net\nfalse\n");
}

// shows: std.more
#[test]
fn isolation_is_told_where_one_address_leads_across() {
    let engine = Engine::new();
    for net in ["@front", "@back"] {
        engine.add_network(net, json!({}));
    }
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@front"}}));
    engine.add_container("@db", json!({"Cmd": ["httpd", "-f", "-p", "80"], "HostConfig": {"NetworkMode": "@back"}}));
    engine.until_listening("@db", 80);
    let code = r#"
        import "std/isolation" as isolation;
        print(isolation::apart("@web", "@db"));
        docker.network.connect("@front", "@db");
        print(isolation::check_groups(#{front: ["@web"], back: ["@db"]}));
        for way in isolation::ways("@web", "@db") { if way.port == 80 { print(`${way.from} ${way.to} ${way.network}`); } }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("true\n✗ ").stdout_has(" port 80 (tcp) on @front\n").stdout_has("@web @db @front\n");
    engine.add_container("@lone", json!({"HostConfig": {"NetworkMode": "none"}}));
    let lone = r#"import "std/isolation" as isolation; isolation::apart("@web", "@lone");"#;
    engine.script(lone).run().code(1).stderr_has("@lone has no address of its own");
}

// shows: std.more
#[test]
fn what_a_builder_cannot_make_whole_it_takes_back() {
    let engine = Engine::new();
    engine.add_container("@b", json!({}));
    let code = r#"
        import "std/topology" as topology;
        topology::line(["a", "b"], #{image: "xnet-test/busybox", prefix: "<project>-"});
    "#;
    engine.script(code).run().code(4).stderr_has("@b");
    assert_eq!(engine.left(), [engine.fill("@b")]);
    let replicas = r#"
        import "std/balance" as balance;
        docker.network.create("@net");
        balance::replicas("xnet-test/busybox", "web", 2, #{network: "@net", name: "@c", command: ["nothing-such"]});
    "#;
    engine.script(replicas).run().code(127);
    assert!(!engine.left().iter().any(|name| name.contains("-c1")), "{:?}", engine.left());
    for (code, words) in [
        (r#"topology::mesh(["a"], #{imgae: "x"})"#, "unknown option \"imgae\""),
        (r#"topology::mesh(["a"], #{})"#, "no image is given"),
    ] {
        engine.script(&format!("import \"std/topology\" as topology; {code};")).run().code(2).stderr_has(words);
    }
}

// shows: std.subnets
#[test]
fn an_address_plan_holds_what_it_is_asked_for() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let code = r#"
        import "std/subnets" as subnets;
        print(subnets::taken().some(|one| one.subnet == "<subnet>" && one.network == "@net"));
        let free = subnets::free("<subnet>", 28);
    "#;
    engine.script(code).run().code(1).stdout("true\n").stderr_has("no subnet with the prefix 28 is free in <subnet>");
    let code = r#"
        import "std/subnets" as subnets;
        for size in [1, 5, 6, 13, 14, 61, 253, 254] { print(`${size} /${subnets::prefix_for(size, 32)}`); }
        print(subnets::share("10.20.0.0/23", #{a: 100, b: 250, c: 100}));
        print(subnets::share("fd00:20::/48", #{a: 1000}).a);
        for sizes in [[10, 50, 100], #{a: "ten"}, #{a: -1}] {
            try { subnets::share("10.77.0.0/24", sizes); } catch (e) { print(`${e.kind}: ${e.message}`); }
        }
        subnets::share("10.20.0.0/24", #{a: 200, b: 2});
    "#;
    let outcome = engine.script(code).run();
    outcome.code(1).stdout_has("1 /30\n5 /29\n6 /28\n13 /28\n14 /27\n61 /26\n253 /24\n254 /23\n");
    outcome.stdout_has("invalid: share: the sizes are a map from names to numbers, and not a value of type array\n");
    outcome.stdout_has("invalid: share: \"a\" is to have room for ten, which is").stdout_has("room for -1, which is");
    outcome.stdout_has("10.20.1.0/25").stderr_has("10.20.0.0/24 has no room left for \"b\"");
}
