//! Probes by way of containers: a helper that enters every namespace, and sidecars. They say what this process says itself,
//! and nothing of them is left.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::{Value, json};

use crate::support::{Engine, Outcome, PrivateEngine, Running, StandIn, Test};

/// A network with `@web` and `@db`, which serves on port 80; `@far` is on no network.
fn three(engine: &Engine) {
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    let serve = json!(["/bin/sh", "-c", "trap 'exit 0' TERM; httpd -p 80 -h /www; sleep 1000000 & wait"]);
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@db", json!({"Cmd": serve, "HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@far", json!({"HostConfig": {"NetworkMode": "none"}}));
    engine.until_listening("@db", 80);
}

/// What is found of many things, without what time decides.
const VERDICTS: &str = r#"
    for to in ["@db:80", "@db:81", "@db", "@db:9/udp", "@far:80"] {
        for from in ["@web", "@far", "@db"] {
            let found = reach(from, to, #{timeout: "1s"});
            print(`${from} -> ${to}: ${found.ok} ${found.cause} ${found.address}`);
        }
    }
    print(reach("host", "@db:80").cause);
"#;

fn containers(engine: &Engine) -> Vec<Value> {
    let filter = engine.fill(r#"{"label":["xnet.role=agent","xnet.project=<project>"]}"#);
    let encoded = filter.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    engine.get(&format!("/containers/json?all=1&filters={encoded}")).json().as_array().unwrap().clone()
}

/// Agents that belong to nobody end by themselves.
#[track_caller]
fn until_gone(engine: &Engine) {
    for _ in 0..400 {
        if containers(engine).is_empty() {
            return;
        }
        sleep(Duration::from_millis(25));
    }
    panic!("left: {:?}", containers(engine));
}

/// A script that probes by this way, and says so.
fn script(engine: &Engine, way: &str, code: &str) -> Test {
    engine.test().file("main.rhai", code).args(["--probe", way, "-v", "main.rhai"])
}

#[track_caller]
fn ran(engine: &Engine, way: &str, code: &str) -> Outcome {
    let outcome = script(engine, way, code).run();
    outcome.success();
    assert_eq!(containers(engine), Vec::<Value>::new(), "of {way}\n{}", outcome.report());
    outcome
}

#[test]
fn every_way_finds_the_same() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    let here = ran(&engine, "local", VERDICTS);
    here.stdout_has("@web -> @db:80: true reachable")
        .stdout_has("@web -> @db:81: false refused")
        .stderr_has("from this process");
    assert_eq!(here.out_text().lines().count(), 16, "{}", here.report());
    let helper = ran(&engine, "helper", VERDICTS);
    helper.stderr_has("probes: helper at ").stdout(&here.out_text());
    let sidecar = ran(&engine, "sidecar", VERDICTS);
    sidecar.stderr_has("probes: sidecar of ").stdout(&here.out_text());
    assert_eq!(sidecar.err_text().matches("probes: sidecar of").count(), 3, "{}", sidecar.report());
}

#[test]
fn a_helper_has_the_least_rights_and_a_sidecar_none() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    for (way, capabilities, network) in
        [("helper", json!(["SYS_ADMIN"]), "none"), ("sidecar", Value::Null, "container:")]
    {
        let code = r#"reach("@web", "@db:80"); print("ready"); sleep(600);"#;
        let mut running = script(&engine, way, code).start();
        running.until("ready");
        let all = containers(&engine);
        assert_eq!(all.len(), 1, "{all:?}");
        let id = all[0]["Id"].as_str().unwrap();
        let whole = engine.container(id);
        let host = &whole["HostConfig"];
        assert_eq!((&host["CapAdd"], &host["CapDrop"]), (&capabilities, &json!(["ALL"])));
        assert!(host["NetworkMode"].as_str().unwrap().starts_with(network));
        assert_eq!(
            (&host["ReadonlyRootfs"], &host["AutoRemove"], &host["Privileged"]),
            (&json!(true), &json!(true), &json!(false))
        );
        assert!(whole["Config"]["Labels"]["xnet.run"].is_string());
        running.interrupt();
        running.finish().code(130);
        assert_eq!(containers(&engine), Vec::<Value>::new(), "after Ctrl-C");
    }
}

#[test]
fn containers_that_came_after_the_helper_or_again_are_seen() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    let code = r#"
        print(reach("@web", "@db:80").cause);
        docker.run("xnet-test/busybox", #{name: "@late", network: "@net"});
        print(reach("@late", "@db:80").cause);
        docker.restart("@web");
        print(reach("@web", "@db:80").cause);
        print(ping("@late", "@web").cause);
        docker.remove("@late", #{force: true});
    "#;
    for way in ["local", "helper", "sidecar"] {
        ran(&engine, way, code).stdout("reachable\nreachable\nreachable\nreachable\n");
    }
}

#[test]
fn after_a_helper_was_killed_another_takes_its_place() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    for way in ["helper", "sidecar"] {
        let code = r#"
            print(reach("@web", "@db:80").cause);
            while !sh("test -e go", #{check: false}).ok { sleep(0.02); }
            print(reach("@web", "@db:80").cause);
        "#;
        let test = script(&engine, way, code);
        let go = test.path("go");
        let mut running = test.start();
        running.until("reachable");
        for agent in containers(&engine) {
            assert_eq!(engine.delete(&format!("/containers/{}?force=1", agent["Id"].as_str().unwrap())), 204);
        }
        fs::write(go, "").unwrap();
        let outcome = running.finish();
        outcome.success().stdout("reachable\nreachable\n").stderr_has("another one is started");
        assert_eq!(containers(&engine), Vec::<Value>::new());
    }
}

#[test]
fn nothing_is_left_of_a_run_that_was_killed_or_failed() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    for way in ["helper", "sidecar"] {
        let failing = r#"reach("@web", "@db:80"); throw "no";"#;
        script(&engine, way, failing).run().code(1).stderr_has("probes: ");
        assert_eq!(containers(&engine), Vec::<Value>::new(), "after a failure");
        let code = r#"reach("@web", "@db:80"); print("ready"); sleep(600);"#;
        let mut running = script(&engine, way, code).start();
        running.until("ready");
        assert_eq!(containers(&engine).len(), 1);
        kill(&running);
        until_gone(&engine);
    }
}

fn kill(running: &Running) {
    let _ = kill_process(Pid::from_raw(running.pid()).unwrap(), Signal::KILL);
}

#[test]
fn an_interruption_while_the_helper_starts_leaves_nothing() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    for pause in [0, 100, 300, 600, 1000] {
        let code = r#"print("ready"); reach("@web", "@db:80"); sleep(600);"#;
        let mut running = script(&engine, "helper", code).start();
        running.until("ready");
        sleep(Duration::from_millis(pause));
        running.interrupt();
        running.finish().code(130);
        assert_eq!(containers(&engine), Vec::<Value>::new(), "after {pause} ms");
    }
}

#[test]
fn an_engine_elsewhere_is_probed_by_a_helper_whose_image_stays_until_it_is_cleaned_away() {
    let engine = PrivateEngine::start(&["--host", "tcp://127.0.0.1:2375"]);
    let host = format!("tcp://{}", engine.relay(2375));
    engine.add_container("@web", json!({}));
    let elsewhere = |code: &str, way: &str| script(&engine, way, code).env("DOCKER_HOST", &host);
    let code = r#"
        print(reach("@web", "127.0.0.1:9").cause);
        print(docker.image.list().filter(|one| one.RepoTags[0].starts_with("xnet-agent:")).len());
    "#;
    let first = elsewhere(code, "auto").run();
    first
        .success()
        .stdout("refused\n1\n")
        .stderr_has("not by local: the engine at tcp://")
        .stderr_has("imported the image");
    let second = elsewhere(code, "auto").run();
    second.success().stdout("refused\n1\n").stderr_lacks("imported");
    assert_eq!(containers(&engine), Vec::<Value>::new());
    let refused = elsewhere(code, "local").run();
    refused
        .code(4)
        .stderr_has("no agent can probe from")
        .stderr_has("is not on this machine")
        .stderr_has("--probe auto");
    let clean = engine.test().env("DOCKER_HOST", &host).args(["probe", "clean"]).run();
    clean.success().stdout_has("xnet-agent:");
    elsewhere("print(docker.image.list().filter(|one| one.RepoTags[0].starts_with(\"xnet-agent:\")).len());", "auto")
        .run()
        .stdout("0\n");
}

/// Run as nobody, in the group of the engine's socket.
fn as_nobody(engine: &PrivateEngine, code: &str) -> Outcome {
    if !geteuid().is_root() {
        return script(engine, "auto", code).run();
    }
    let test = script(engine, "auto", code);
    let address = engine.address();
    let socket = Path::new(address.trim_start_matches("unix://"));
    for folder in [socket.parent().unwrap(), test.path("main.rhai").ancestors().nth(2).unwrap()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    test.wrapped("setpriv", &["--reuid=65534", "--regid=0", "--clear-groups"]).run()
}

#[test]
fn who_may_not_enter_namespaces_probes_by_a_helper() {
    let engine = PrivateEngine::start(&[]);
    engine.add_container("@web", json!({}));
    let outcome = as_nobody(&engine, r#"print(reach("@web", "127.0.0.1:9").cause);"#);
    outcome.success().stdout("refused\n").stderr_has("probes: not by local: ").stderr_has("probes: helper at ");
    assert_eq!(containers(&engine), Vec::<Value>::new());
}

#[test]
fn where_no_container_may_enter_others_there_are_sidecars() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.json");
    let denied = json!({"names": ["setns"], "action": "SCMP_ACT_ERRNO"});
    let rules = json!({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [denied]});
    fs::write(&profile, rules.to_string()).unwrap();
    let engine = PrivateEngine::start(&["--seccomp-profile", profile.to_str().unwrap()]);
    engine.add_container("@web", json!({}));
    let outcome = as_nobody(&engine, r#"print(reach("@web", "127.0.0.1:9").cause);"#);
    outcome.success().stdout("refused\n");
    for words in
        ["not by local: ", "not by helper at ", "not by helper among the engine's processes: ", "probes: sidecar of "]
    {
        outcome.stderr_has(words);
    }
    let refused = script(&engine, "helper", r#"reach("@web", "127.0.0.1:9");"#).run();
    refused.code(4).stderr_has("no agent can probe from @web").stderr_has("helper at ").stderr_has("helper among");
    assert_eq!(containers(&engine), Vec::<Value>::new());
}

#[test]
fn a_machine_of_another_kind_is_told_with_what_to_do() {
    let engine = StandIn::start("1.41", |method, path, _| match (method, path) {
        ("GET", "/version") => Some((200, json!({"ApiVersion": "1.41", "Os": "linux", "Arch": "s390x"}))),
        ("GET", "/containers/web/json" | "/containers/0123456789abcdef/json") => Some((
            200,
            json!({"Id": "0123456789abcdef", "Name": "/web", "State": {"Pid": 4_000_000, "Running": true},
                   "HostConfig": {}, "NetworkSettings": {"SandboxKey": "/run/netns/1", "Networks": {}}}),
        )),
        _ => None,
    });
    let test = Test::new().env("DOCKER_HOST", &engine.address());
    let outcome = test.args(["--probe", "helper", "ping", "web", "127.0.0.1"]).run();
    outcome.code(4).stderr_has("no agent can probe from web").stderr_has("the engine's machine is linux/s390x");
    assert!(engine.asked("POST /images/create").is_empty());
}

/// An engine whose container `web` is on another machine, as far as this one can see, and that starts no agent: it answers
/// `status` and `words` to that.
macro_rules! starts_none {
    ($status:expr, $words:expr) => {
        StandIn::start("1.41", |method, path, _| match (method, path) {
            ("GET", "/containers/web/json" | "/containers/0123456789abcdef/json") => Some((
                200,
                json!({"Id": "0123456789abcdef", "Name": "/web", "State": {"Pid": 4_000_000, "Running": true},
                       "HostConfig": {}, "NetworkSettings": {"SandboxKey": "/run/netns/1", "Networks": {}}}),
            )),
            ("GET", path) if path.starts_with("/images/") => Some((200, json!({"Id": "sha256:abc"}))),
            ("POST", "/containers/create") => Some(($status, json!({"message": $words}))),
            _ => None,
        })
    };
}

#[test]
fn what_goes_wrong_once_leads_to_no_more_rights_and_is_not_remembered() {
    let engine = starts_none!(500, "something went wrong");
    let code = r#"for i in 0..2 { try { ping("web", "127.0.0.1"); } catch(error) { print(error.kind); } }"#;
    let test = Test::new().env("DOCKER_HOST", &engine.address()).file("main.rhai", code);
    let outcome = test.args(["-v", "main.rhai"]).run();
    outcome.success().stdout("no_agent\nno_agent\n").stderr_has("something went wrong; tried again");
    let asked = engine.asked("POST /containers/create");
    assert_eq!(asked.len(), 4, "twice for each probe: {asked:#?}");
    for body in &asked {
        assert_eq!(body["HostConfig"]["CapAdd"], json!(["SYS_ADMIN"]), "{body:#}");
        assert_ne!(body["HostConfig"]["PidMode"], json!("host"), "{body:#}");
    }
}

#[test]
fn what_a_rule_forbids_leads_to_the_next_way_and_is_remembered() {
    let engine = starts_none!(403, "SYS_ADMIN is not allowed here");
    let code = r#"for i in 0..2 { try { ping("web", "127.0.0.1"); } catch(error) { print(error.kind); } }"#;
    let test = Test::new().env("DOCKER_HOST", &engine.address()).file("main.rhai", code);
    test.args(["main.rhai"]).run().success().stdout("no_agent\nno_agent\n");
    assert_eq!(engine.asked("POST /containers/create").len(), 3, "each way once");
}

#[test]
fn a_container_that_ended_is_no_reason_to_start_an_agent() {
    let engine = StandIn::start("1.41", |method, path, before| match (method, path) {
        ("GET", "/containers/web/json" | "/containers/0123456789abcdef/json") => {
            let pid = if path.contains("web") && before == 0 { 4_000_000 } else { 0 };
            Some((
                200,
                json!({"Id": "0123456789abcdef", "Name": "/web", "State": {"Pid": pid, "Running": pid > 0},
                       "HostConfig": {}, "NetworkSettings": {"SandboxKey": "/run/netns/1", "Networks": {}}}),
            ))
        }
        ("GET", path) if path.starts_with("/images/") => Some((200, json!({"Id": "sha256:abc"}))),
        _ => None,
    });
    let test = Test::new().env("DOCKER_HOST", &engine.address());
    test.args(["ping", "web", "127.0.0.1"]).run().code(1).stderr_has("has ended");
    assert!(engine.asked("POST /containers/create").is_empty());
}

#[test]
fn words_of_a_hint_are_worth_no_container() {
    let engine = Engine::with_subnets(1);
    three(&engine);
    let code = r#"let found = reach("@web", "@db:81"); print(found.cause); print(found.hint == ());"#;
    let sidecar = ran(&engine, "sidecar", code);
    sidecar.stdout("refused\ntrue\n");
    assert_eq!(sidecar.err_text().matches("probes: sidecar of").count(), 1, "{}", sidecar.report());
    ran(&engine, "helper", code).stdout("refused\nfalse\n");
}

#[test]
fn runs_at_the_same_time_leave_no_image() {
    let engine = PrivateEngine::start(&[]);
    engine.add_container("@web", json!({}));
    let code = r#"print(reach("@web", "127.0.0.1:9").cause);"#;
    let runs: Vec<Running> = (0..4).map(|_| script(&engine, "helper", code).start()).collect();
    for run in runs {
        run.finish().success().stdout("refused\n");
    }
    let images = engine.get("/images/json?all=1&filters=%7B%22label%22%3A%5B%22xnet.role%3Dagent%22%5D%7D").json();
    assert_eq!(images, json!([]), "{images:#}");
    assert_eq!(containers(&engine), Vec::<Value>::new());
}

#[test]
fn a_way_that_there_is_not_is_refused_with_those_that_there_are() {
    for test in [Test::new().args(["--probe", "helpr", "ps"]), Test::new().env("XNET_PROBE", "helpr").args(["ps"])] {
        test.run().code(2).stderr_has("did you mean `helper`?");
    }
}

#[test]
fn an_agent_that_is_started_by_hand_says_what_it_is_for() {
    Test::new().args(["agent"]).run().code(2).stderr_has("xnet starts its agents itself");
    let garbage = Test::new().args(["agent"]).stdin("GET / HTTP/1.1\r\n\r\n").run();
    garbage.code(2).stderr_has("the connection broke off");
}
