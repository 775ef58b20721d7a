//! Pulling, from a registry that the test itself is.

use std::fs;

use crate::support::{Engine, Registry};

// shows: image.pull
#[test]
fn an_image_is_pulled_with_progress_on_a_terminal_and_none_elsewhere() {
    let engine = Engine::new();
    let registry = Registry::start("one", None);
    let image = format!("{}/<project>/pulled", registry.address());
    let code = format!(
        r#"docker.image.pull("{image}"); print(docker.image.inspect("{image}").Config.Labels.mark);
        docker.image.remove("{image}"); print("gone");"#
    );
    registry.dawdle();
    let mut terminal = engine.script(&code).at_terminal();
    terminal.until("pulling").until("Downloading").until(" KiB/2.00 MiB");
    registry.hurry();
    terminal.until("one").until("gone");
    assert!(terminal.finish().success());
    assert!(registry.asked().iter().any(|path| path.ends_with("/pulled/manifests/latest")));
    let outcome = engine.script(&code).run();
    outcome.success().stdout("one\ngone\n");
    assert_eq!(outcome.err_text(), "");
}

// shows: run.pull
#[test]
fn a_missing_image_is_pulled_before_the_container_is_made() {
    let engine = Engine::new();
    let registry = Registry::start("two", None);
    let image = format!("{}/<project>/run", registry.address());
    registry.dawdle();
    let code = format!(
        r#"try {{ docker.run("{image}", #{{name: "@web", command: ["/none"]}}); }} catch (e) {{ print(e.kind); }}
        print(docker.image.exists("{image}")); docker.image.remove("{image}"); print("gone");"#
    );
    let mut terminal = engine.script(&code).at_terminal();
    terminal.until("pulling").until("MiB");
    registry.hurry();
    // The image was there then; it holds no program.
    terminal.until("no_program").until("true").until("gone");
    assert!(terminal.finish().success());
}

#[test]
fn what_a_registry_does_not_have_is_said() {
    let engine = Engine::new();
    let registry = Registry::start("none", None);
    let code = format!(r#"docker.image.pull("{}/a:missing")"#, registry.address());
    engine.script(&code).run().code(4).stderr_has("a:missing").stderr_has("unknown");
    engine.script(r#"docker.image.pull("No Name")"#).run().code(2).stderr_has("lower case");
    let code = format!(r#"docker.image.pull("{}/a", #{{platform: "no/such/plat/form"}})"#, registry.address());
    engine.script(&code).run().code(2).stderr_lacks("NAME[:TAG]");
    engine.script(r#"docker.image.pull("a", #{plattform: "x"})"#).run().code(2).stderr_has("platform");
}

// shows: image.pull
#[test]
fn what_docker_login_keeps_opens_a_registry() {
    let engine = Engine::new();
    // "user:pass" and "user:word", in base64.
    let registry = Registry::start("three", Some("Basic dXNlcjpwYXNz"));
    let address = registry.address();
    let code = format!(
        r#"docker.image.pull("{address}/<project>/private"); print(docker.image.exists("{address}/<project>/private"));
        docker.image.remove("{address}/<project>/private");"#
    );
    let login = |auth: &str| format!(r#"{{"auths": {{"{address}": {{"auth": "{auth}"}}}}}}"#);
    engine.script(&code).run().code(4).stderr_has("does not let").stderr_has(&format!("docker login {address}"));
    engine.script(&code).file("~/.docker/config.json", &login("dXNlcjp3b3Jk")).run().code(4).stderr_has("does not let");
    engine.script(&code).file("~/.docker/config.json", &login("dXNlcjpwYXNz")).run().success().stdout("true\n");
}

#[test]
fn a_configuration_that_cannot_be_read_is_said_where_a_registry_refuses() {
    let engine = Engine::new();
    let registry = Registry::start("closed", Some("Basic dXNlcjpwYXNz"));
    let image = format!("{}/<project>/closed", registry.address());
    let pull = format!("docker.image.pull(\"{image}\")");
    // Otherwise it is read for the current context, too.
    let script = |code: &str| engine.script(code).env("DOCKER_HOST", &engine.address());
    let broken = |code: &str| script(code).file("~/.docker/config.json", "{auths").run();
    broken(&pull).code(4).stderr_has("config.json cannot be read");
    let folder = script(&pull).file("~/.docker/config.json/file", "").run();
    folder.code(4).stderr_has("config.json cannot be read");
    let build = |config: &str| {
        let test = script(r#"docker.image.build("app", #{quiet: true})"#);
        test.file("app/Dockerfile", &format!("FROM {image}\n")).file(config, "{auths").run()
    };
    build("~/.docker/config.json").code(4).stderr_has("config.json cannot be read");
    build("~/.docker/config.json/file").code(4).stderr_has("config.json cannot be read");
    build("~/.docker/other").code(4).stderr_lacks("config.json");
    // Where nobody asks who it is, it does not matter.
    broken(r#"print(docker.image.exists("xnet-test/busybox"))"#).success().stdout("true\n");
}

// shows: image.pull
#[test]
fn a_credential_helper_is_asked() {
    let engine = Engine::new();
    let registry = Registry::start("four", Some("Basic dXNlcjpwYXNz"));
    let address = registry.address();
    let folder = tempfile::tempdir().unwrap();
    let helper = "#!/bin/sh\nread registry || [ -n \"$registry\" ] || exit 1\n\
                  echo \"{\\\"ServerURL\\\": \\\"$registry\\\", \\\"Username\\\": \\\"user\\\", \\\"Secret\\\": \\\"pass\\\"}\"\n";
    let path = folder.path().join("docker-credential-xnettest");
    fs::write(&path, helper).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let code = format!(
        r#"docker.image.pull("{address}/<project>/helped"); print(docker.image.exists("{address}/<project>/helped"));
        docker.image.remove("{address}/<project>/helped");"#
    );
    let config = |name: &str| format!(r#"{{"credHelpers": {{"{address}": "{name}"}}}}"#);
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let run = |name: &str| engine.script(&code).file("~/.docker/config.json", &config(name)).env("PATH", &path).run();
    run("xnettest").success().stdout("true\n");
    run("xnetnone").code(4).stderr_has("docker-credential-xnetnone cannot be run");
}
