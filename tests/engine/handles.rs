//! Handles of what is there: looked up by name, id or list entry, compared, and what a wrong one is told.

use serde_json::json;

use crate::support::Engine;

#[test]
fn the_handle_of_a_container_that_is_there() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let code = r#"
        let c = docker.container("@web");
        print(`${c.name == "@web"} ${c.outcome} ${c.status()} ${c.id.len()}`);
        let listed = docker.list(#{filter: #{name: "@web"}})[0];
        let same = docker.container(listed);
        print(`${same == c} ${same != c} ${c == "@web"} ${"@web" == c} ${c != "@web"} ${c in [same]} ${c in ["x"]}`);
        docker.container(c.id).remove();
        print(docker.exists("@web"));
    "#;
    let text = "true found running 64\ntrue false true true false true false\nfalse\n";
    engine.script(code).run().success().stdout(text);
    engine.script("docker.container(\"@web\");\n").run().code(4).stderr_has("no container named");
}

#[test]
fn the_handle_of_a_network_that_is_there() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_network("@other", json!({}));
    let code = r#"
        let net = docker.network.get("@net");
        let listed = docker.network.list(#{filters: #{name: "@net"}})[0];
        print(`${net.name == "@net"} ${net.outcome} ${docker.network.get(listed) == net}`);
        print(`${docker.network.get("@other") == net} ${net == "@other"}`);
        net.remove();
        print(docker.network.exists("@net"));
    "#;
    engine.script(code).run().success().stdout("true found true\nfalse false\nfalse\n");
    engine.script("docker.network.get(\"@net\");\n").run().code(4).stderr_has("no network named");
}

#[test]
fn swapped_handles_are_told() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({}));
    let code = r#"docker.network.connect(docker.container("@web"), docker.network.get("@net"));"#;
    engine.script(code).run().code(2).stderr_has("expected a network, found the container").stderr_has("swapped");
}

#[test]
fn the_command_line_is_told_of_commands() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let run = |args: &[&str]| args.iter().fold(engine.test(), |test, arg| test.args([*arg])).run();
    let outcome = run(&["network", "rm", "@net"]);
    outcome.code(4).stderr_has("`xnet network disconnect").stderr_lacks("docker.network");
    let outcome = run(&["network", "create", "@net", "--ensure", "--internal"]);
    outcome.code(4).stderr_has("`--force`").stderr_lacks("force: true");
    run(&["network", "create", "@net"]).code(4).stderr_has("`--ensure`").stderr_lacks("docker.network");
    engine.script("docker.stop(\"@web\", #{timeout: 0});").run().success();
    run(&["exec", "@web", "true"]).check_code(&[4]).stderr_has("`xnet eval 'docker.start(");
}
