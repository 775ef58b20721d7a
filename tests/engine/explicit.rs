//! What is typed is not left open: `false` and empty lists against what is there, and one word in place of a list.

use serde_json::json;

use crate::support::{Engine, PrivateEngine};

// shows: ensure_container
#[test]
fn false_and_nothing_are_compared_with_a_container() {
    let engine = Engine::new();
    let host = json!({
        "ReadonlyRootfs": true, "CapAdd": ["NET_ADMIN"], "Binds": ["/tmp:/host-tmp"], "Dns": ["192.0.2.53"],
        "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/other", "CgroupPermissions": "r"}],
        "Sysctls": {"net.ipv4.ip_forward": "1"}, "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    });
    engine.add_container("@web", json!({"Tty": true, "Cmd": ["sleep", "1000"], "HostConfig": host}));
    let code = r#"
        print(docker.ensure_container("xnet-test/busybox", #{name: "@web"}).outcome);
        docker.ensure_container("xnet-test/busybox", #{
            name: "@web", read_only: false, tty: false, cap_add: [], volumes: [], devices: [], dns: [], sysctls: #{}, ports: [],
            init: false, privileged: false, env: #{}, labels: #{},
        });
    "#;
    let outcome = engine.script(code).run();
    outcome.code(4).stdout("unchanged\n");
    for said in [
        "read_only: has true, wanted false",
        "tty: has true, wanted false",
        "cap_add: has NET_ADMIN, wanted none",
        "volumes: has /tmp:/host-tmp, wanted none",
        "devices: has /dev/null:/dev/other:r, wanted none",
        "dns: has 192.0.2.53, wanted none",
        "sysctl: has net.ipv4.ip_forward, wanted none",
        "ports: has 80/tcp, wanted none",
    ] {
        outcome.stderr_has(said);
    }
    outcome.stderr_lacks("privileged").stderr_lacks("env");
}

// shows: ensure_container
#[test]
fn what_is_off_already_is_unchanged_and_a_folder_may_end_in_a_slash() {
    let engine = Engine::new();
    let code = r#"
        let options = #{
            name: "@web", read_only: false, tty: false, cap_add: [], volumes: [], devices: [], dns: [], sysctls: #{}, ports: [],
            init: false, auto_remove: false, workingDir: "/tmp/", command: ["sleep", "1000"],
        };
        for round in 0..2 { print(docker.ensure_container("xnet-test/busybox", options).outcome); }
    "#;
    engine.script(code).run().success().stdout("created\nunchanged\n");
    assert_eq!(engine.container("@web")["Config"]["WorkingDir"], "/tmp");
}

// shows: network.ensure
#[test]
fn false_is_compared_with_a_network() {
    let engine = Engine::new();
    let code = r#"
        docker.network.create("@six", #{enable_ipv6: true, ipam: #{subnet: "fd00:d213::/64"}});
        print(docker.network.ensure("@six").outcome);
        docker.network.ensure("@six", #{enable_ipv6: false});
    "#;
    let outcome = engine.script(code).run();
    outcome.code(4).stdout("unchanged\n").stderr_has("enable_ipv6: has true, wanted false");
}

#[test]
fn encrypted_false_is_compared_with_an_overlay() {
    let engine = PrivateEngine::start(&[]);
    let code = r#"
        docker.swarm.init(#{advertise_addr: "127.0.0.1", listen_addr: "127.0.0.1:2377"});
        docker.network.create("@hid", #{driver: "overlay", encrypted: true});
        print(docker.network.ensure("@hid", #{driver: "overlay"}).outcome);
        try { docker.network.ensure("@hid", #{driver: "overlay", encrypted: false}); } catch (e) { print(e.message); }
        print(docker.node.inspect("self").Status.State);
        docker.node.update("self", #{labels: #{tier: "x"}});
        print(docker.node.inspect("self").Spec.Labels.tier);
        try { docker.node.update("self", #{role: "worker"}); } catch (e) { print(e.message); print(e.hint); }
        try { docker.run("xnet-test/busybox", #{network: "nope"}); } catch (e) { print(`${e.kind} ${e.message}`); }
        docker.network.create("@on", #{driver: "overlay"});
        let s = docker.service.create("xnet-test/busybox", #{name: "@svc", networks: ["@on"], replicas: 1, wait: false});
        try { docker.network.remove("@on"); } catch (e) { print(e.message); print(e.hint); }
        docker.service.remove("@svc");
        docker.service.create("xnet-test/busybox", #{name: "@one", ports: ["18551:80"], replicas: 0, wait: false});
        try {
            docker.service.create("xnet-test/busybox", #{name: "@two", ports: ["18551:80"], replicas: 0, wait: false});
        } catch (e) { print(e.message); print(e.hint); }
        docker.service.remove("@one");
    "#;
    let outcome = engine.script(code).run();
    outcome
        .success()
        .stdout_has("unchanged\n")
        .stdout_has("encrypted: has true, wanted false")
        .stdout_has("ready\nx\n");
    outcome.stdout_has("it is the last manager of its swarm").stdout_has("docker.node.update(\"NODE\"");
    outcome.stdout_has("not_found no network named \"nope\"");
    outcome.stdout_has("is used by service \"@svc\"").stdout_has("docker.service.remove(\"@svc\") first");
    outcome.stdout_has("port 18551 is published by service \"@one\" already").stdout_has("publish on another port");
}

// shows: all.spellings
#[test]
fn one_word_stands_for_a_list_of_one() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", ports: "127.0.0.1::80", expose: "90", networks: "@net"});
        print(c.port(80).starts_with("127.0.0.1:"));
        print(docker.list(#{filter: #{name: "@web"}}).len());
        c.logs(#{tail: "all"});
        try { c.logs(#{tail: "most"}); } catch (e) { print(e.message); }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout_has("true\n1\n").stdout_has("number of lines or \"all\"");
    let there = engine.container("@web");
    assert!(
        there["Config"]["ExposedPorts"]["90/tcp"].is_object() && there["NetworkSettings"]["Networks"]["@net"].is_null()
    );
}
