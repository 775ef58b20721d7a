//! What users read when something goes wrong, letter by letter: tests/golden.

mod networks;

use serde_json::json;

use crate::support::{Engine, Outcome, Test, golden};

fn script(code: &str) -> Outcome {
    Test::new().script(code).env("DOCKER_HOST", "unix:///nonexistent/docker.sock").run()
}

fn task(yaml: &str, args: &[&str]) -> Outcome {
    let mut test = Test::new().project(yaml).args(["run"]);
    for arg in args {
        test = test.args([arg]);
    }
    test.run()
}

// shows: run.bad-port
#[test]
fn of_scripts() {
    golden("script-syntax", script("let a = 1;\nlet b = (a + ;\n").code(2));
    golden("script-unknown-function", script("let a = 1;\nqoute(\"x\");\n").code(2));
    golden("script-unknown-member", script("docker.network.crate(\"web\");\n").code(2));
    golden("script-unknown-option", script("docker.run(\"nginx\", #{\n    nmae: \"web\",\n});\n").code(2));
    golden(
        "script-nested",
        script("fn inner(x) {\n    x.nothing\n}\nfn outer(x) {\n    inner(x)\n}\nouter(#{a: 1});\n").code(2),
    );
    golden("script-thrown", script("throw #{message: \"the web is down\", hint: \"start it\"};\n").code(1));
    golden(
        "script-gateway-outside",
        script("docker.network.create(\"n\", #{\n    ipam: #{subnet: \"10.0.0.0/24\", gateway: \"10.0.1.1\"},\n});\n")
            .code(2),
    );
    golden("script-bad-port", script("docker.run(\"nginx\", #{ports: [\"80:80\", \"127.0.0.1:80:http\"]});\n").code(2));
    golden("script-no-engine", script("docker.network.list();\n").code(3));
    golden("script-command-failed", script("sh(\"echo cannot find it >&2; exit 6\");\n").code(6));
}

#[test]
fn of_modules() {
    let test = Test::new().file("lib.rhai", "fn half(x) {\n    x.no_such()\n}\n");
    golden("module-nested", test.script("import \"lib\" as lib;\nlib::half(4);\n").run().code(2));
    golden("module-missing", Test::new().script("import \"std/debgu\" as debug;\n").run().code(2));
}

#[test]
fn of_tasks() {
    golden("task-unknown-key", task("tasks:\n  web:\n    steps:\n      - comand: echo\n", &["web"]).code(2));
    golden("task-tab", task("tasks:\n\tweb:\n\t\tcommand: echo\n", &["web"]).code(2));
    golden("task-duplicate-key", task("tasks:\n  web:\n    command: a\n    command: b\n", &["web"]).code(2));
    golden("task-wrong-type", task("tasks:\n  web:\n    steps: echo\n", &["web"]).code(2));
    golden("task-unknown", task("tasks:\n  deploy:\n    command: echo\n", &["depoly"]).code(2));
    let needs = "tasks:\n  web:\n    params:\n      - {name: port, type: int, required: true, description: Where it listens}\n    command: echo ${params.port}\n";
    golden("task-missing-param", task(needs, &["web"]).code(2));
    golden("task-wrong-value", task(needs, &["web", "port=http"]).code(2));
    golden("task-unknown-param", task(needs, &["web", "prot=80"]).code(2));
    golden(
        "task-unknown-reference",
        task("tasks:\n  web:\n    params:\n      - name: port\n    command: echo ${params.prot}\n", &["web", "port=1"])
            .code(2),
    );
    golden(
        "task-cycle",
        task("tasks:\n  a:\n    steps:\n      - task: b\n  b:\n    steps:\n      - task: a\n", &["a"]).code(2),
    );
    golden("task-step-failed", task("tasks:\n  web:\n    steps:\n      - name: look\n        command: |\n          echo no such thing >&2\n          exit 3\n", &["web"]).code(3));
    golden(
        "task-broken-when",
        task("tasks:\n  web:\n    steps:\n      - command: echo\n        when: prams.x == 1\n", &["web"]).code(2),
    );
    golden(
        "task-script-error",
        task("tasks:\n  web:\n    steps:\n      - script: |\n          let a = 1;\n          a.nothing();\n", &["web"])
            .code(2),
    );
}

#[test]
fn of_the_command_line() {
    golden("cli-unknown-command", Test::new().args(["netwrok", "ls"]).run().code(2));
    golden("cli-missing-file", Test::new().args(["setup.rhai"]).run().code(2));
    let outcome = Test::new().args(["--host", "unix:///nonexistent/docker.sock", "ps"]).run();
    golden("cli-no-engine", outcome.code(3));
}

#[test]
fn of_the_engine() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    golden("engine-no-such-container", engine.script("exec(\"@wbe\", \"true\");\n").run().code(4));
    golden("engine-no-such-network", engine.script("docker.network.connect(\"@nte\", \"@web\");\n").run().code(4));
    golden("engine-network-in-use", engine.script("docker.network.remove(\"@net\");\n").run().code(4));
    golden("engine-command-failed", engine.script("exec(\"@web\", \"echo why >&2; exit 7\");\n").run().code(7));
    golden("engine-differs", engine.script("docker.network.ensure(\"@net\", #{internal: true});\n").run().code(4));
    golden("engine-name-taken", engine.script("docker.network.create(\"@net\");\n").run().code(4));
}

// shows: refusal.port, refusal.name, refusal.missing, run.wait-running, run.wait-healthy
#[test]
fn of_containers_that_cannot_be() {
    let engine = Engine::new();
    let run = |options: &str| {
        engine.script(&format!("docker.run(\"xnet-test/busybox\", #{{name: \"@web\", {options}}});\n")).run()
    };
    let holder = json!({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]});
    engine.add_container("@holder", json!({"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"PortBindings": holder}}));
    let port = &engine.container("@holder")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"];
    let port = port.as_str().unwrap().to_owned();
    golden_but("engine-port-of-container", run(&format!("ports: [\"127.0.0.1:{port}:80\"]")).code(4), &port, "<port>");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let outcome = run(&format!("ports: [\"127.0.0.1:{port}:80\"]"));
    golden_but("engine-port-of-process", outcome.code(4), &port, "<port>");
    golden("engine-container-ended", run("command: \"sh -c 'echo no config >&2; exit 3'\", wait: \"running\"").code(1));
    golden("engine-container-not-ready", run("command: \"sleep 600\", wait: \"port:80\", timeout: \"300ms\"").code(5));
    let check = "#{test: \"echo disk full; exit 1\", interval: \"100ms\", retries: 1}";
    let outcome = run(&format!("\n    healthcheck: {check},\n    wait: \"healthy\",\n"));
    golden("engine-container-unhealthy", outcome.code(1));
    engine.add_container("@web", json!({"Env": ["MODE=a"]}));
    golden("engine-container-name-taken", run("command: \"true\"").code(4));
    let differs =
        "docker.ensure_container(\"xnet-test/busybox\", #{name: \"@web\", env: #{MODE: \"b\"}, memory: \"64m\"});\n";
    golden("engine-container-differs", engine.script(differs).run().code(4));
}

/// A golden test of a text that holds something of this run besides names.
#[track_caller]
fn golden_but(name: &str, outcome: &Outcome, found: &str, written: &str) {
    let own = format!("{} ({})", std::fs::read_to_string("/proc/self/comm").unwrap().trim(), std::process::id());
    let err = outcome.err_text().replace(found, written).replace(&own, "<name> (<pid>)");
    let outcome = Outcome {
        command: outcome.command.clone(),
        status: outcome.status,
        out: outcome.out.clone(),
        err: err.into_bytes(),
        names: outcome.names.clone(),
        folder: outcome.folder.clone(),
    };
    golden(name, &outcome);
}
