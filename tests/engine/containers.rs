//! The handle of a container, and the calls on containers by name.

use serde_json::json;

use crate::support::Engine;

// shows: run.handle, container.inspect
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

// shows: run.handle
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

// shows: refusal.port
#[test]
fn a_restart_without_its_port_tells_who_has_it() {
    let engine = Engine::new();
    let code = r#"
        let a = docker.run("xnet-test/busybox", #{name: "@a", ports: ["127.0.0.1::80"]});
        let port = a.port(80).split(":")[1];
        a.remove(#{force: true});
        a = docker.run("xnet-test/busybox", #{name: "@a", ports: [`127.0.0.1:${port}:80`]});
        a.stop(#{timeout: 0});
        docker.run("xnet-test/busybox", #{name: "@b", ports: [`127.0.0.1:${port}:80`]});
        a.restart();
    "#;
    engine.script(code).run().code(4).stderr_has("already in use by container \"@b\"");
}

// shows: container.lifecycle, container.remove, run.handle
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

// shows: container.lifecycle
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
    engine.script(code).run().code(127).stderr_has("/no/such/program");
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

// shows: container.lifecycle
#[test]
fn signals_and_pauses_reach_the_process() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", wait: "log:armed",
            command: "sh -c 'trap \"echo reloaded\" HUP; trap \"exit 9\" TERM; echo armed; while true; do sleep 0.1; done'"});
        docker.kill(c, #{signal: "HUP"});
        c.wait_for("log:reloaded");
        c.pause();
        print(`${c.status()} ${docker.inspect(c).State.Paused}`);
        docker.unpause("@web");
        print(c.status());
        c.kill(#{signal: "SIGTERM"});
        print(c.wait());
        try { docker.kill("@web") } catch (e) { print(`${e.kind} ${e.status}`) }
        try { docker.kill("@wbe") } catch (e) { print(e.hint) }
        try { docker.pause("@web") } catch (e) { print(e.kind) }
    "#;
    let told = "paused true\nrunning\n9\nconflict 409\ndid you mean `@web`?\nconflict\n";
    engine.script(code).run().success().stdout(told);
    let outcome = engine.script(r#"docker.start("@web"); docker.kill("@web", #{signal: "SIGNOPE"})"#).run();
    outcome.code(4).stderr_has("SIGNOPE");
}

// shows: container.rename
#[test]
fn a_new_name_is_the_one_that_resolves() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", network: "@net"});
        c.rename("@shop");
        print(c);
        print(`${docker.exists("@web")} ${docker.exists("@shop")} ${docker.exists(c)}`);
        try { docker.rename("@shop", "@peer") } catch (e) { print(`${e.kind} ${e.resource}`) }
        docker.rename("@shop", "@store");
    "#;
    engine.script(code).run().success().stdout("@shop\nfalse true true\nconflict @peer\n");
    let address = engine.container("@store")["NetworkSettings"]["Networks"][engine.fill("@net")]["IPAddress"].clone();
    let looked_up = engine.exec("@peer", &["nslookup", &engine.fill("@store")]);
    assert!(looked_up.contains(address.as_str().unwrap()), "{looked_up}");
}

// shows: container.top
#[test]
fn processes_are_maps_with_the_titles_of_ps() {
    let engine = Engine::new();
    engine.add_container("@web", json!({"Cmd": ["sleep", "1234"]}));
    let code = r#"
        for process in docker.top("@web") { print(process.CMD); }
        print(docker.top("@web", #{ps_args: "-o pid,args"})[0].COMMAND);
    "#;
    engine.script(code).run().success().stdout("sleep 1234\nsleep 1234\n");
}

// shows: container.prune
#[test]
fn prune_removes_stopped_containers_that_match() {
    let engine = Engine::new();
    let label = json!({"Labels": {"own": engine.fill("@label")}, "Cmd": ["true"]});
    let done = engine.add_container("@done", label.clone());
    engine.add_container("@lives", json!({"Labels": label["Labels"]}));
    engine.post("/containers/@done/wait", &json!(null));
    let code = r#"
        let pruned = docker.prune(#{filters: #{label: "own=@label"}});
        print(`${pruned.ContainersDeleted} ${type_of(pruned.SpaceReclaimed)}`);
        print(docker.prune(#{filters: #{label: "own=@label"}}).ContainersDeleted);
    "#;
    engine.script(code).run().success().stdout(&format!("[\"{done}\"] i64\n[]\n"));
    assert!(engine.container("@done").is_null() && !engine.container("@lives").is_null());
}

// shows: container.list
#[test]
fn the_list_takes_every_filter() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let tag = json!({"own": engine.fill("@label")});
    engine.add_container(
        "@web",
        json!({"Labels": tag, "ExposedPorts": {"80/tcp": {}}, "HostConfig": {"NetworkMode": "@net"},
               "Healthcheck": {"Test": ["CMD", "true"], "Interval": 3_600_000_000_000_i64}}),
    );
    engine.add_container("@done", json!({"Labels": tag, "Cmd": ["sh", "-c", "exit 3"], "Volumes": {"/kept": {}}}));
    engine.post("/containers/@done/wait", &json!(null));
    let web = engine.container("@web")["Id"].as_str().unwrap().to_owned();
    let code = format!(
        r#"
        let own = "own=@label";
        let names = |filters| {{
            filters.label = own;
            docker.list(#{{all: true, filters: filters}}).map(|c| c.Names[0].sub_string(1))
        }};
        print(docker.list(#{{filters: #{{label: own}}}}).len());
        for filters in [#{{}}, #{{name: "@web"}}, #{{status: "exited"}}, #{{status: ["exited", "running"]}}, #{{exited: 3}}, #{{id: "{web}"}},
                        #{{network: "@net"}}, #{{ancestor: "xnet-test/busybox"}}, #{{expose: "80"}}, #{{publish: "80"}}, #{{health: "none"}},
                        #{{before: "@done"}}, #{{since: "@web"}}, #{{volume: "/kept"}}] {{
            print(names.call(filters));
        }}
        print("SizeRootFs" in docker.list(#{{all: true, size: true, filters: #{{label: own}}}})[0]);
        print(docker.list(#{{limit: 1}}).len());
    "#
    );
    let both = r#"["@done", "@web"]"#;
    let told = format!(
        "1\n{both}\n[\"@web\"]\n[\"@done\"]\n{both}\n[\"@done\"]\n[\"@web\"]\n[\"@web\"]\n{both}\n[\"@web\"]\n[]\n[\"@done\"]\n[\"@web\"]\n[\"@done\"]\n[\"@done\"]\ntrue\n1\n"
    );
    engine.script(&code).run().success().stdout(&told);
    engine.script("docker.list(#{al: true})").run().code(2).stderr_has("did you mean `all`?");
}

#[test]
fn a_stop_signal_needs_an_engine_that_heeds_it() {
    let engine = Engine::new();
    let minor = engine.get("/version").json()["ApiVersion"].as_str().unwrap()[2..].parse::<u32>().unwrap();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web", wait: "log:armed",
            command: "sh -c 'trap \"exit 9\" USR1; echo armed; while true; do sleep 0.1; done'"});
        c.stop(#{signal: "USR1", timeout: "20s"});
        print(c.wait());
    "#;
    let outcome = engine.script(code).run();
    if minor >= 42 {
        outcome.success().stdout("9\n");
    } else {
        outcome.code(4).stderr_has("`signal` needs an engine with API 1.42").stderr_has("would ignore it");
    }
}
