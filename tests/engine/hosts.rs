//! `docker.host`: more than one engine in a script, each with its own networks, containers and handles.

use serde_json::json;

use crate::support::{Engine, PrivateEngine, Test};

/// A context of Docker's configuration that leads to this address.
fn context(test: Test, name: &str, host: &str) -> Test {
    let meta = json!({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": false}}});
    test.file(&format!("~/.docker/contexts/meta/{name}/meta.json"), &meta.to_string())
}

// shows: engine.host
#[test]
fn two_engines_in_one_script_keep_their_things_apart() {
    let (here, there) = (Engine::new(), PrivateEngine::start(&[]));
    let code = r#"
        let other = docker.host(params.other);
        print(docker);
        print(other.address == params.other);
        print(`${other}`);
        let net = other.network.create("@net");
        docker.network.create("@near");
        let web = other.run("xnet-test/busybox", #{name: "@web", network: net});
        print(exec(web, "hostname").lines[0] == web.inspect().Config.Hostname);
        print(web.exec(["echo", "there"]).stdout);
        print(web.ip(net) == other.inspect(web).NetworkSettings.Networks["@net"].IPAddress);
        print(docker.network.exists("@net"));
        print(other.network.list().filter(|one| one.Name == "@near").len());
        for act in [
            || docker.network.connect("@near", web),
            || docker.network.connect(net, "@some"),
            || docker.remove(web),
            || docker.network.inspect(net),
            || docker.run("xnet-test/busybox", #{networks: [net]}),
        ] {
            try { act.call() } catch (e) { print(`${e.kind} ${e.resource}: ${e.message.contains(params.other)}`) }
        }
        try { forward(web, "0:80") } catch (e) { print(e.kind) }
        other.network.connect(other.network.create("@second"), web);
        print(other.host("default").address == docker.address);
    "#;
    let project = there.fill("<project>");
    let outcome = here.script(code).args([&format!("other={}", there.address())]).env("XNET_PROJECT", &project).run();
    outcome
        .success()
        .stdout_has(&format!("docker\ntrue\ndocker ({})\ntrue\nthere\n\ntrue\nfalse\n0\n", there.address()));
    let refused =
        "invalid @web: true\ninvalid @net: true\ninvalid @web: true\ninvalid @net: true\ninvalid @net: true\n";
    outcome.stdout_has(refused);
    let (name, web) = (here.fill("@web"), here.fill("@net"));
    let container = there.container(&name);
    assert_eq!(container["State"]["Running"], true);
    assert_eq!(container["Config"]["Labels"]["xnet.project"], project.as_str());
    assert!(container["NetworkSettings"]["Networks"][here.fill("@second")].is_object());
    assert!(here.container(&name).is_null() && here.network(&web).is_null() && !here.network("@near").is_null());
}

// shows: engine.host
#[test]
fn a_context_names_another_engine() {
    let (here, there) = (Engine::new(), PrivateEngine::start(&[]));
    there.add_network("only-there", json!({}));
    let code = r#"
        let lab = docker.host("lab");
        print(`${lab.network.exists("only-there")} ${docker.network.exists("only-there")} ${lab.address}`);
        try { docker.host("labb") } catch (e) { print(`${e.kind}: ${e.message}`); print(e.hint) }
    "#;
    let outcome = context(here.script(code), "lab", &there.address()).run();
    outcome.success().stdout_has(&format!("true false {}\n", there.address()));
    outcome.stdout_has("context \"labb\" (docker.host): there is no such context\ndid you mean `lab`?");
}

// shows: engine.host
#[test]
fn a_place_without_an_engine_is_named() {
    let told = |place: &str, exit: i32, words: &str| {
        let outcome = Test::new().script(&format!("docker.host(\"{place}\")")).run();
        outcome.code(exit).stderr_has("docker.host").stderr_has(words).stderr_has("main.rhai:1:").stderr_has("hint:");
    };
    told("unix:///nonexistent/d.sock", 3, "unix:///nonexistent/d.sock");
    told("tcp://127.0.0.1:1", 3, "connection refused");
    told("/run/d.sock", 2, "did you mean `unix:///run/d.sock`?");
    told("ftp://somewhere", 2, "unknown scheme \"ftp\"");
    told("", 2, "is not an engine address");
}

// shows: engine.host
#[test]
fn a_forward_follows_its_container_to_the_engine_that_has_it_and_ends_with_the_session() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    // The same engine by another path is another engine to a script.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sock");
    std::os::unix::fs::symlink(engine.address().trim_start_matches("unix://"), &path).unwrap();
    let code = r#"
        let other = docker.host("unix://" + params.path);
        let web = other.run("xnet-test/busybox", #{name: "@site", network: "@net", command: "httpd -f -p 80 -h /www"});
        web.exec("until netstat -tln | grep -q :80; do sleep 0.1; done");
        let f = forward(web, "0:80");
        print(sh(["busybox", "wget", "-qO-", `http://${f.address}/`]).stdout);
    "#;
    let test = engine.script(code).args([&format!("path={}", path.display())]);
    test.run().success().stdout_has("hello from busybox");
}

#[test]
fn ctrl_c_ends_a_wait_at_another_engine() {
    let there = PrivateEngine::start(&[]);
    let here = Engine::new();
    let code = r#"
        let other = docker.host(params.other);
        let web = other.run("xnet-test/busybox", #{name: "@web"});
        print("waiting");
        web.wait();
    "#;
    let mut running = here.script(code).args([&format!("other={}", there.address())]).start();
    running.until("waiting");
    running.interrupt();
    running.finish().code(130);
}

#[test]
fn ctrl_c_at_the_prompt_reaches_another_engine_and_the_session_goes_on() {
    let (here, there) = (Engine::new(), PrivateEngine::start(&[]));
    let mut terminal = here.test().args(["repl"]).at_terminal();
    let address = there.address();
    terminal.enter(&format!("let other = docker.host(\"{address}\");"));
    terminal.enter("other").until(&format!("docker ({address})"));
    terminal.enter("let web = other.run(\"xnet-test/busybox\", #{name: \"@web\"}); web").until("@web");
    terminal.enter("print(\"be\" + \"gun\"); web.wait()").until("begun");
    terminal.press("\u{3}").until("interrupted");
    terminal.enter("web.exec(\"echo a$((3+4))b\").stdout").until("a7b").enter(":quit").finish();
    assert_eq!(there.container(&here.fill("@web"))["State"]["Running"], true);
}
