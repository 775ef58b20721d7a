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
