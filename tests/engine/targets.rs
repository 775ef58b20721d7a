//! Steps that run inside containers: `exec` and `targets`.

use serde_json::json;

use crate::support::{Engine, PrivateEngine, Test};

/// Two containers that are declared, with a label, and one of them on a network.
fn made() -> Engine {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@one", json!({"Labels": {"xt-app": "@x"}, "HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@two", json!({"Labels": {"xt-app": "@x"}}));
    engine
}

fn task(engine: &Engine, task: &str) -> Test {
    let indented = task.trim_matches('\n').replace('\n', "\n    ");
    let declared = "targets:\n  containers:\n    web: {container: '@one'}\n    api: {container: '@two'}\n";
    engine.test().project(&format!("{declared}tasks:\n  t:\n    {indented}\n")).args(["run", "t"])
}

#[test]
fn exec_runs_inside_the_container_and_values_are_no_code_there() {
    let engine = made();
    let hostile = "params: [{name: p, default: \"$(touch /owned) ' \\\"\"}]\n";
    let steps = "steps:\n  - exec: {container: '@one', command: [printf, '[%s]\\n', '${params.p}', '$HOME']}\n    register: out\n  - exec: {container: '@one', command: \"printf '<%s>\\\\n' ${params.p} '${params.p}'; hostname; echo $EXTRA; id -u; pwd\", env: {EXTRA: more}, user: '1', workdir: /tmp}\n  - command: echo had ${out.stdout}\n  - exec: {container: '@one', command: test ! -e /owned}";
    let outcome = task(&engine, &format!("{hostile}{steps}")).run();
    let value = "$(touch /owned) ' \"";
    outcome.success().stdout_has(&format!("[{value}]\n[$HOME]\n<{value}>\n<{value}>\n")).stdout_has("more\n1\n/tmp\n");
    outcome.stdout_has(&format!("had [{value}]\n[$HOME]\n"));
}

#[test]
fn an_exec_that_fails_gives_its_code_and_its_last_words() {
    let engine = made();
    let outcome =
        task(&engine, "steps:\n  - name: inside\n    exec: {container: '@one', command: echo why >&2; exit 7}").run();
    outcome.code(7).stderr_has("`inside`").stderr_has("why").stderr_has("config.yaml:");
    task(&engine, "steps:\n  - exec: {container: '@nope', command: id}").run().code(4).stderr_has("@nope");
    let early = "steps:\n  - command: echo ran\n  - exec: {container: '@nope', command: id}";
    task(&engine, early).run().code(4).stdout("").stderr_has("@nope").stderr_has("config.yaml:");
    let late = "steps:\n  - command: echo ran > made\n  - exec: {container: '@nope', command: id}\n    when: \"true\"";
    task(&engine, late).run().code(4).stderr_has("echo ran > made").stderr_has("@nope");
    task(&engine, "steps:\n  - exec: {container: '@one', command: []}").run().code(2).stdout("");
    task(&engine, "steps:\n  - exec: {contaner: '@one', command: id}").run().code(2).stderr_has("contaner");
}

#[test]
fn a_timeout_ends_the_command_inside() {
    let engine = made();
    let step = "steps:\n  - exec: {container: '@one', command: [sleep, '599']}\n    timeout: 500ms";
    task(&engine, step).run().code(5).stderr_has("within 500ms");
    assert!(!engine.processes("@one").iter().any(|line| line.contains("sleep 599")), "it goes on in the container");
}

#[test]
fn a_command_runs_in_each_target_and_a_table_tells_how_it_went() {
    let engine = made();
    for targets in ["[containers.web, containers.api]", "['containers.*']", "[{label: xt-app=@x}]", "['@one', '@two']"]
    {
        let steps = format!(
            "targets: {targets}\nparams: [{{name: p, default: a b}}]\nsteps:\n  - name: say\n    command: echo said ${{params.p}} $XNET_PARAM_P; test -e /www/index.html\n    register: said\n  - script: print(said.targets.len())"
        );
        let outcome = task(&engine, &steps).run();
        outcome.success().stdout_has("@one | said a b a b\n").stdout_has("@two | said a b a b\n").stdout_has("2\n");
        outcome.stderr_has("CONTAINER").stderr_has("OUTCOME");
    }
    let again =
        "steps:\n  - command: test -e /again || { touch /again; exit 1; }\n    targets: '@one'\n    retry: {times: 2}";
    let outcome = task(&engine, again).run();
    assert_eq!(
        outcome.success().err_text().matches(&format!("{}  ok", engine.fill("@one"))).count(),
        1,
        "{}",
        outcome.report()
    );
    let outcome = task(&engine, "steps:\n  - command: echo here\n    targets: {network: '@net'}").run();
    outcome.success().stdout("@one | here\n");
}

#[test]
fn all_targets_come_to_their_end_and_those_that_failed_are_named() {
    let engine = made();
    let step = "steps:\n  - name: look\n    command: if test \"$(hostname)\" = \"$WHO\"; then exit 6; fi; echo fine\n    env: {WHO: \"${params.who}\"}\n    targets: ['containers.*']";
    let who = engine.container("@one")["Config"]["Hostname"].as_str().unwrap().to_owned();
    let outcome = task(&engine, &format!("params: [{{name: who}}]\n{step}")).raw_arg(format!("who={who}")).run();
    outcome.code(6).stdout("@two | fine\n").stderr_has("in 1 of 2 containers: @one").stderr_has("exit code 6");
}

#[test]
fn a_failure_is_handled_where_the_step_ran() {
    let engine = made();
    let step = "steps:\n  - command: exit 5\n    targets: '@one'\n    on_failure: {command: touch /handled; echo handled in $(hostname)}";
    let who = engine.container("@one")["Config"]["Hostname"].as_str().unwrap().to_owned();
    task(&engine, step).run().code(5).stdout_has(&format!("@one | handled in {who}\n"));
}

#[test]
fn a_target_that_matches_nothing_is_an_error() {
    let engine = made();
    task(&engine, "targets: containers.wbe\ncommand: echo ran").run().code(2).stdout("").stderr_has("`web`");
    task(&engine, "targets: 'containers.x*'\ncommand: echo ran").run().code(2).stdout("").stderr_has("`x*`");
    task(&engine, "targets: {label: xt-app=@none}\ncommand: echo ran").run().code(1).stdout("").stderr_has("@none");
    task(&engine, "targets: '@none'\ncommand: echo ran").run().code(4).stdout("").stderr_has("@none");
    task(&engine, "targets: []\ncommand: echo ran").run().code(2).stdout("");
    task(&engine, "targets: {lable: x}\ncommand: echo ran").run().code(2).stderr_has("lable");
    task(&engine, "targets: x\nsteps:\n  - script: print(1)\n    targets: x").run().code(2).stderr_has("`command`");
}

#[test]
fn a_dry_run_names_the_declared_ones_and_asks_no_engine() {
    let engine = made();
    let steps =
        "steps:\n  - command: echo a\n    targets: ['containers.*']\n  - command: echo b\n    targets: {label: x=y}";
    let outcome = task(&engine, steps).env("DOCKER_HOST", "tcp://127.0.0.1:1").args(["--dry-run"]).run();
    outcome.success().stdout_has("in each of: @two, @one\n").stdout_has("label x=y, which is decided when run");
}

#[test]
fn an_engine_that_stops_in_mid_task_is_told_and_what_runs_at_the_end_does() {
    let engine = PrivateEngine::start(&[]);
    engine.add_container("@one", json!({"HostConfig": {"NetworkMode": "none"}}));
    let steps = "steps:\n  - exec: {container: '@one', command: echo begun; sleep 600}\nfinally: echo cleaned";
    let mut running = task(&engine, steps).start();
    running.until("begun\n");
    let pid = engine.pid().to_string();
    engine.host(&["kill", "-KILL", &pid]);
    let outcome = running.finish();
    outcome.check_code(&[3, 4]).stdout("begun\ncleaned\n").stderr_has("error:");
}

#[test]
fn hostile_values_are_arguments_inside_too() {
    let engine = made();
    let steps = "params: [{name: p}]\nsteps:\n  - exec: {container: '@one', command: [printf, '[%s]', '${params.p}']}\n  - exec: {container: '@one', command: \"printf '<%s>' ${params.p} '${params.p}'\"}\n  - command: printf '(%s)' ${params.p}; test ! -e /owned\n    targets: '@one'";
    for value in [
        "; touch /owned",
        "$(touch /owned)",
        "`touch /owned`",
        "'; touch /owned; '",
        "\"; touch /owned; \"",
        "a\nb",
        "-n",
        "*",
        "é世",
    ] {
        let outcome = task(&engine, steps).raw_arg(format!("p={value}")).run();
        let lines = format!("({value})");
        let shown: Vec<String> = lines.lines().map(|line| format!("{} | {line}\n", engine.fill("@one"))).collect();
        let shown = shown.concat();
        outcome.success().stdout(&format!("[{value}]<{value}><{value}>{shown}"));
    }
}

#[test]
fn no_secret_and_no_dotenv_variable_goes_into_a_container_by_itself() {
    let engine = made();
    let steps = "dotenv: [a.env]\nparams: [{name: p, default: open}, {name: key, secret: true, default: hidden-key}]\nsteps:\n  - exec: {container: '@one', command: [env], env: {OWN: own}}\n    register: list\n  - exec: {container: '@one', command: 'env; echo \"at ${env.DOT}\"'}\n    register: text\n  - command: env\n    targets: ['@one']\n    register: targets\n  - script: print(list.stdout.contains(\"hidden\") || text.stdout.contains(\"XNET_PARAM_KEY\") || targets.stdout.contains(\"XNET_PARAM_KEY\") || targets.stdout.contains(\"DOT=\") || list.stdout.contains(\"DOT=\") || text.stdout.contains(\"\\nDOT=\"))\n  - script: print(list.stdout.contains(\"XNET_PARAM_P=open\") && list.stdout.contains(\"OWN=own\") && text.stdout.contains(\"at from-file\"))";
    let outcome = task(&engine, steps).file("a.env", "DOT=from-file\n").args(["-q"]).run();
    outcome.success().stdout_has("false\ntrue\n");
}

#[test]
fn targets_may_be_what_an_earlier_step_printed() {
    let engine = made();
    let steps =
        "steps:\n  - {name: pick, command: echo @one}\n  - {command: echo there, targets: ['${steps.pick.stdout}']}";
    task(&engine, steps).run().success().stdout_has("there\n");
}

/// A command that says when it is asked to end and takes its time, with a child that lost its parent.
const TIDY: &str = "trap 'echo tidying; sleep 0.3; touch /tidy; exit 1' TERM; (sleep 5771 &); echo begun; while :; do sleep 0.05; done";

#[track_caller]
fn assert_ended(engine: &Engine, container: &str, command: &str) {
    let there = || engine.processes(container).iter().any(|process| process.contains(command));
    assert!(!there(), "{command} lives on in {container}: {:?}", engine.processes(container));
}

#[test]
fn a_timeout_asks_the_command_inside_to_end_with_all_it_started() {
    let engine = made();
    let steps = format!("steps:\n  - exec: {{container: '@one', command: \"{TIDY}\"}}\n    timeout: 1s");
    task(&engine, &steps).run().code(5).stdout("begun\ntidying\n").stderr_has("within 1.0s");
    assert_eq!(engine.exec("@one", &["ls", "/tidy"]), "/tidy\n");
    assert_ended(&engine, "@one", "sleep 5771");
}

#[test]
fn one_inside_that_does_not_heed_is_killed() {
    let engine = made();
    let deaf = "trap '' TERM; echo begun; while :; do sleep 0.1; : deaf; done";
    let steps =
        format!("steps:\n  - exec: {{container: '@one', command: \"{deaf}\"}}\n    timeout: 1s\nfinally: echo end");
    task(&engine, &steps).run().code(5).stdout("begun\nend\n");
    assert_ended(&engine, "@one", "deaf");
}

#[test]
fn ctrl_c_lets_the_commands_in_all_targets_tidy_up() {
    let engine = made();
    let steps = format!("steps:\n  - command: \"{TIDY}\"\n    targets: ['@one', '@two']\nfinally: echo end");
    let mut running = task(&engine, &steps).start();
    running.until("@one | begun\n").until("@two | begun\n").interrupt();
    let outcome = running.finish();
    outcome.code(130).stdout_has("@one | tidying\n").stdout_has("@two | tidying\n").stdout_has("end\n");
    for container in ["@one", "@two"] {
        assert_eq!(engine.exec(container, &["ls", "/tidy"]), "/tidy\n");
        assert_ended(&engine, container, "sleep 5771");
    }
}

#[test]
fn a_second_signal_ends_the_patience_with_a_command_inside() {
    let engine = made();
    let deaf = "trap 'echo no' TERM; echo begun; while :; do sleep 0.05; : deaf; done";
    let steps = format!("steps:\n  - exec: {{container: '@one', command: \"{deaf}\"}}\nfinally: echo end");
    let mut running = task(&engine, &steps).start();
    running.until("begun\n").terminate();
    running.until("no\n").terminate();
    running.finish().code(130).stdout("begun\nno\nend\n");
    assert_ended(&engine, "@one", "deaf");
}

#[test]
fn what_cannot_be_ended_inside_is_told() {
    let engine = made();
    // An engine behind TCP may be another machine's.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let socket = engine.address();
    std::thread::spawn(move || {
        for from in listener.incoming().flatten() {
            let to = std::os::unix::net::UnixStream::connect(socket.trim_start_matches("unix://")).unwrap();
            let (mut from2, mut to2) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let (mut from, mut to) = (from, to);
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from2, &mut to2);
                let _ = to2.shutdown(std::net::Shutdown::Write);
            });
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut to, &mut from);
                let _ = from.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    let steps = "steps:\n  - exec: {container: '@one', command: 'echo begun; exec sleep 5772'}\n    timeout: 1s";
    let outcome = task(&engine, steps).env("DOCKER_HOST", &address).run();
    outcome.code(5).stderr_has("what it started in container `@one` may go on: the engine is on another machine");
    assert!(engine.processes("@one").iter().any(|process| process.contains("sleep 5772")));
}

#[test]
fn events_of_targets_tell_their_container() {
    let engine = made();
    let project = "tasks: {t: {steps: [{name: s, foreach: [x], command: 'echo said', targets: ['@one', '@two']}, {exec: {container: '@two', command: id}}]}}\n";
    let outcome = engine.test().project(project).args(["--json", "run", "t"]).run();
    outcome.success();
    let events: Vec<serde_json::Value> =
        outcome.out_text().lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for container in ["@one", "@two"].map(|name| engine.fill(name)) {
        let said = events.iter().find(|event| event["event"] == "output" && event["container"] == container.as_str());
        let said = said.expect("its output");
        assert_eq!(
            (said["line"].as_str(), said["item"].as_str(), &said["index"]),
            (Some("said"), Some("x"), &json!(0))
        );
        let start = events.iter().find(|event| event["event"] == "step_started").unwrap();
        assert_eq!(said["of"], start["step"]);
        let exec = events.iter().rfind(|event| event["event"] == "step_started").unwrap();
        assert_eq!(exec["container"], engine.fill("@two"));
        assert!(events.iter().any(|event| event["event"] == "step_ended" && event["container"] == container.as_str()));
    }
}

#[test]
fn the_same_is_kept_of_output_inside() {
    let engine = made();
    let steps = "steps:\n  - {name: much, quiet: true, register: out, exec: {container: '@one', command: 'yes 0123456789 | head -n 2000000; yes 0123456789 | head -n 20000 >&2'}}\n  - script: 'print(`${out.truncated} ${out.stdout.len()} ${out.stderr.len() > 60000 && out.stderr.len() <= 65536}`)'";
    let outcome = task(&engine, steps).run();
    outcome
        .success()
        .stdout(&format!("true {} true\n", 16 << 20))
        .stderr_has("of its stdout the first 16 MiB are kept");
    outcome.stderr_has("of its stderr the last 64 KiB are kept");
}

#[test]
fn an_engine_that_hangs_does_not_hold_a_step_beyond_its_limit() {
    let engine = PrivateEngine::start(&[]);
    engine.add_container("@one", json!({"HostConfig": {"NetworkMode": "none"}}));
    let steps =
        "steps:\n  - exec: {container: '@one', command: echo begun; sleep 600}\n    timeout: 3s\nfinally: echo cleaned";
    let mut running = task(&engine, steps).start();
    running.until("begun\n");
    let pid = engine.pid().to_string();
    engine.host(&["kill", "-STOP", &pid]);
    let outcome = running.finish();
    engine.host(&["kill", "-CONT", &pid]);
    outcome
        .code(5)
        .stdout("begun\ncleaned\n")
        .stderr_has("within 3.0s")
        .stderr_has("may go on: the engine does not say");
}

#[test]
fn after_a_kill_what_is_in_containers_is_known_and_a_run_begins_anew() {
    let engine = made();
    let steps = "steps:\n  - script: 'print(docker.network.ensure(\"@made\", #{}).outcome)'\n  - command: echo begun; test -e quick || sleep 600\nfinally:\n  - script: docker.network.remove(\"@made\"); print(\"cleaned\")";
    let mut running = task(&engine, steps).start();
    running.until("begun\n");
    running.kill();
    running.finish().code(137);
    // What xnet made has its labels, by which it is found and removed.
    assert!(engine.network("@made")["Labels"]["xnet.run"].is_string(), "{}", engine.network("@made"));
    task(&engine, steps).file("quick", "").run().success().stdout("unchanged\nbegun\ncleaned\n");
    assert!(engine.network("@made").is_null());
}

#[test]
fn what_looks_like_the_engine_s_words_later_on_is_output_like_any_other() {
    let engine = made();
    let steps = "steps:\n  - exec: {container: '@one', command: 'echo begun; sleep 0.5; echo OCI runtime exec failed; sleep 1; yes | head -c 90000000 >&2'}\n    quiet: true\n  - command: echo after";
    task(&engine, steps).run().success().stdout("after\n");
}

#[test]
fn a_container_whose_name_is_a_secret_is_masked_in_events_report_and_table() {
    let engine = made();
    let tasks = "  t:\n    steps:\n      - {exec: {container: '${secrets.pw}', command: 'true'}}\n      - {command: 'true', targets: ['${secrets.pw}']}\n      - {command: exit 1, targets: ['${secrets.pw}'], on_failure: continue}\n  u:\n    params: [{name: c, type: container, secret: true}]\n    steps:\n      - {exec: {container: '${params.c}', command: 'true'}}\n      - {command: 'true', targets: ['${params.c}']}\n";
    let project = format!("secrets: {{pw: {{env: XT_PW}}}}\ntasks:\n{tasks}");
    let one = engine.fill("@one");
    for task in ["t", "u --c=$XT_PW"] {
        for how in ["--json run", "run", "run --output github"] {
            let script = format!("xnet {how} --report r.xml {task} && cat r.xml");
            let test = engine.test().project(&project).env("XT_PW", &one).run_by("sh");
            let outcome = test.args(["-c", &script]).run();
            outcome.success().stdout_has("<property name=\"container\" value=\"***\"/>");
            outcome.stdout_lacks(&one).stderr_lacks(&one);
            if !how.starts_with("--json") {
                outcome.stderr_has("CONTAINER  OUTCOME");
            }
        }
    }
}

#[test]
fn a_report_says_why_a_target_failed() {
    let engine = made();
    let project = "tasks:\n  t:\n    steps:\n      - {command: sleep 600, targets: ['@one'], timeout: 1s, on_failure: continue}\n      - {command: echo @none, register: r}\n      - {command: 'true', targets: ['${r.stdout}']}\n";
    let script = "xnet run --report r.xml t; cat r.xml";
    let outcome = engine.test().project(project).run_by("sh").args(["-c", script]).run();
    outcome.stdout_has("<skipped message=\"timed out").stdout_has("<failure message=\"no container named");
}
