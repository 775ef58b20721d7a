//! The handle of a container, and the calls on containers by name.

use serde_json::json;

use crate::support::Engine;

#[test]
fn the_handle_prints_as_its_name_and_knows_its_addresses() {
    let engine = Engine::with_subnets(1);
    let code = r#"
        docker.network.create("@net", #{ipam: #{subnet: "<subnet>"}});
        let c = docker.run("xnet-test/busybox", #{name: "@web", networks: #{"@net": #{ipv4_address: "<ip9>"}}});
        print(c);
        print(c.name);
        print(c.id == c.inspect().Id);
        print(c.ip());
        print(c.ip("@net"));
        print(c.exec("echo inside").stdout == "inside\n");
        c.remove();
        print(docker.list(#{all: true, filters: #{name: "@web"}}).len());
    "#;
    engine.script(code).run().success().stdout("@web\n@web\ntrue\n<ip9>\n<ip9>\ntrue\n0\n");
}

#[test]
fn a_handle_stays_with_its_own_container_when_another_takes_the_name() {
    let engine = Engine::new();
    let code = r#"
        let net = docker.network.create("@net");
        let old = docker.run("xnet-test/busybox", #{name: "@web"});
        docker.remove("@web");
        let fresh = docker.run("xnet-test/busybox", #{name: "@web"});
        let calls = [
            || old.stop(), || old.restart(), || old.start(), || old.remove(), || old.inspect(), || old.logs(),
            || old.wait(), || old.port(80), || old.ip(), || old.exec("true"), || exec(old, "true"), || docker.stop(old),
            || net.connect(old), || docker.network.ensure_connected(net, old), || net.disconnect(old),
        ];
        for act in calls {
            try { act.call(); print("met another"); } catch (e) {
                if e.kind != "not_found" || e.resource != "@web" || !e.message.contains("\"@web\"") { throw e; }
            }
        }
        print(fresh.inspect().State.Running);
        fresh.exec("true");
    "#;
    engine.script(code).run().success().stdout("true\n");
}

#[test]
fn a_container_stops_starts_and_restarts() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web"});
        c.stop();
        print(c.inspect().State.Running);
        docker.start("@web");
        print(c.inspect().State.Running);
        let before = c.inspect().State.StartedAt;
        c.restart();
        print(c.inspect().State.StartedAt != before);
        docker.stop(c);
        docker.remove(c);
        print(docker.list(#{all: true, filters: #{name: "@web"}}).len());
    "#;
    engine.script(code).run().success().stdout("false\ntrue\ntrue\n0\n");
}

#[test]
fn wait_gives_the_exit_code() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@job", command: ["sh", "-c", "sleep 0.2; exit 5"]});
        print(c.wait());
        print(docker.wait("@job"));
    "#;
    engine.script(code).run().success().stdout("5\n5\n");
}

#[test]
fn a_container_that_cannot_start_is_not_left_behind() {
    let engine = Engine::new();
    let code = r#"docker.run("xnet-test/busybox", #{name: "@web", command: ["/no/such/program"]});"#;
    engine.script(code).run().code(4).stderr_has("/no/such/program");
    assert!(engine.container("@web").is_null());
    let code = r#"docker.run("xnet-test/busybox", #{name: "@web", networks: ["@none"]});"#;
    engine.script(code).run().code(4).stderr_has("@none");
    assert_eq!(engine.left(), Vec::<String>::new());
}

#[test]
fn a_container_without_a_name_gets_one() {
    let engine = Engine::new();
    let code = r#"let c = docker.run("xnet-test/busybox"); print(c.name.len() > 0 && c.name == c.inspect().Name.sub_string(1));"#;
    engine.script(code).run().success().stdout("true\n");
    assert_eq!(engine.left().len(), 1, "it has the label of its project");
}

#[test]
fn address_of_a_container_on_no_network_is_an_error_that_says_so() {
    let engine = Engine::new();
    engine.add_container("@alone", json!({"HostConfig": {"NetworkMode": "none"}}));
    engine.script(r#"docker.port("@alone", "80/tcp")"#).run().check_code(&[4, 2]);
    let code = r#"let c = docker.run("xnet-test/busybox", #{name: "@web", network: "none"}); c.ip()"#;
    engine.script(code).run().stderr_has("@web").stderr_has("main.rhai:1:");
}
