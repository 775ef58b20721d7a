//! Refusals in plain words with what to do, where the engine hands on what the layers below it said.

use serde_json::json;

use crate::support::Engine;

/// A script that says of each call how it failed.
fn script(calls: &[&str]) -> String {
    let of = |call: &&str| {
        format!(
            "try {{ {call}; print(\"no fault\"); }} catch (e) {{ print(`${{e.kind}}: ${{e.message}} | ${{e.hint}}`); }}\n"
        )
    };
    calls.iter().map(of).collect()
}

#[test]
fn what_keeps_a_container_from_starting_is_said_plainly() {
    let engine = Engine::new();
    engine.add_container("@ended", json!({"Cmd": ["true"]}));
    engine.script(r#"docker.wait("@ended");"#).run().success();
    let run = |options: &str| format!("docker.run(\"xnet-test/busybox\", #{{name: \"@x\", {options}}})");
    let cases = [
        (
            r#"command: ["nope"]"#,
            "no_program: cannot run \"nope\" in container \"@x\": executable file not found in $PATH | ",
        ),
        (r#"working_dir: "/etc/passwd""#, "\"/etc/passwd\" is no folder | `working_dir` is a folder"),
        (r#"user: "nobodyx""#, "the container has no user \"nobodyx\" | give a name that stands in its /etc/passwd"),
        (
            r#"sysctls: #{"net.ipv4.ip_forwad": 1}"#,
            "the kernel has no sysctl \"net.ipv4.ip_forwad\" | those that it has",
        ),
        (r#"network: "container:@ended""#, "conflict: container \"@ended\" is not running (exited"),
        (r#"pid: "container:@ended""#, "conflict: container \"@ended\" is not running (exited"),
        (r#"pid: "container:nobody""#, "not_found: no container named \"nobody\""),
        (r#"ports: ["10.99.99.99:18501:80"]"#, "the engine's machine has no address 10.99.99.99 | publish on one"),
        (r#"volumes: ["a:/b:rx"]"#, "a volume cannot be mounted as \"rx\" | write \"ro\" or \"rw\""),
        (r#"cap_add: ["NET_ADMN"]"#, "there is no capability \"NET_ADMN\" | did you mean `NET_ADMIN`?"),
        (r#"log_driver: "nope""#, "the engine has no log driver \"nope\""),
        (r#"devices: ["/dev/nonex"]"#, "there is no device \"/dev/nonex\""),
        (r#"ports: ["18501:80", "18501:81"]"#, "invalid: `ports[0]` and `ports[1]` are both for host port 18501/tcp"),
        (r#"pid: "hst""#, "invalid: `pid: \"hst\"` is not one of host, container:NAME"),
        (r#"env: #{"A=B": 1}"#, "invalid: `env`: \"A=B\" cannot be the name of a variable"),
        (r#"hostname: "bad host""#, "invalid: `hostname`: \"bad host\" is not a host name"),
    ];
    let calls: Vec<String> = cases.iter().map(|(options, _)| run(options)).collect();
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    let outcome = engine.script(&script(&calls)).run();
    outcome.success();
    let text = outcome.out_text();
    let said: Vec<&str> = text.lines().collect();
    for ((options, wanted), said) in cases.iter().zip(&said) {
        assert!(said.contains(&engine.fill(wanted)), "{options}: {said}");
    }
    assert!(engine.container("@x").is_null());
}

#[test]
fn what_keeps_a_command_from_starting_is_said_plainly() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    engine.add_container("@other", json!({}));
    let code = script(&[
        r#"exec("@web", ["nope"])"#,
        r#"exec("@web", "ls", #{workingDir: "/nonex"})"#,
        r#"docker.rename("@web", "@other")"#,
        r#"docker.network.connect("@web", "bridge")"#,
        r#"docker.pause("@web"); exec("@web", "ls")"#,
    ]);
    let outcome = engine.script(&code).run();
    outcome
        .success()
        .stdout_has("no_program: cannot run \"nope\" in container \"@web\": executable file not found in $PATH");
    outcome.stdout_has("\"/nonex\" cannot be entered: it is not there | `working_dir` is a folder");
    outcome.stdout_has("the new name \"@other\" is already in use | remove \"@other\" first, or choose another name");
    outcome.stdout_has("invalid: \"@web\" is a container and \"bridge\" is a network | the network comes first");
    outcome.stdout_has("container \"@web\" is paused | docker.unpause(\"@web\")");
}

#[test]
fn a_living_handle_is_not_said_to_be_gone() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_network("@far", json!({}));
    let code = format!(
        "let c = docker.run(\"xnet-test/busybox\", #{{name: \"@web\", networks: \"@net\", ports: \"127.0.0.1::80\"}});\n\
         let h = docker.run(\"xnet-test/busybox\", #{{name: \"@host\", network: \"host\"}});\n{}\
         c.remove();\n{}",
        script(&[r#"c.ip("@far")"#, "c.port(5)", "h.ip()"]),
        script(&["c.ip()"])
    );
    let outcome = engine.script(&code).run();
    outcome.success().stdout(
        "not_connected: container \"@web\" is not connected to network \"@far\" | it is on @net\n\
         not_published: container \"@web\" does not publish port 5/tcp | it publishes 80/tcp\n\
         no_address: container \"@host\" has no address: it has the host's own network | \n\
         not_found: no container named \"@web\" | what the handle stands for was removed, whoever has its name now\n",
    );
}

#[test]
fn networks_that_cannot_be_are_said_plainly() {
    let engine = Engine::with_subnets(1);
    let code = script(&[
        r#"docker.network.create("@a", #{driver: "brigde"})"#,
        r#"docker.network.create("@a", #{ipam: #{driver: "infoblox", subnet: "<subnet>"}})"#,
        r#"docker.network.create("@a b")"#,
        r#"docker.network.create("@in", #{internal: true, options: #{mtu: 1400}})"#,
        r#"docker.run("xnet-test/busybox", #{network: "@in", ports: "80"})"#,
        r#"docker.run("xnet-test/busybox", #{network: "@in", network_alias: "a b"})"#,
        r#"docker.run("xnet-test/busybox", #{name: "@ok", network: "@in", ports: "80", allow_ignored_ports: true})"#,
    ]);
    let outcome = engine.script(&code).run();
    outcome.success().stdout_has("the engine has no network driver \"brigde\"").stdout_has("did you mean `bridge`?");
    outcome.stdout_has("not_found: no IPAM driver named \"infoblox\" | leave `ipam.driver` out");
    outcome.stdout_has("holds a space").stdout_has("is internal: no port of it can be published | add a network");
    outcome.stdout_has("the alias \"a b\" is not a name");
    outcome.stderr_has("does not know the option \"mtu\": \"com.docker.network.driver.mtu\" is its name");
}

// shows: run.wait-port
#[test]
fn another_listener_of_the_host_is_not_the_container_s() {
    let engine = Engine::new();
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let code = format!(
        r#"docker.run("xnet-test/busybox", #{{name: "@web", network: "host", wait: "port:{port}", timeout: "1s"}});"#
    );
    engine.script(&code).run().code(5).stderr_has("nothing listens there");
    drop(listener);
    let code = format!(
        r#"docker.run("xnet-test/busybox", #{{
            name: "@web", network: "host", command: ["httpd", "-f", "-p", "{port}"], wait: "port:{port}",
        }});"#
    );
    engine.script(&code).run().success();
}
