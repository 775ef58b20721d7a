//! `docker.image.build`, from folders that the tests write.

use std::os::unix::net::UnixListener;

use crate::support::{Engine, Test};

const CODE: &str = r#"let id = docker.image.build("app", #{tag: "<project>/built:1"}); print(id);"#;

fn app(engine: &Engine, dockerfile: &str) -> Test {
    engine.script(CODE).file("app/Dockerfile", dockerfile)
}

// shows: image.build
#[test]
fn an_image_is_built_and_its_steps_are_shown() {
    let engine = Engine::new();
    let dockerfile = "FROM xnet-test/busybox\nARG word=none\nCOPY page /www/page\nRUN echo built with $word > /made; cat /made\n\
                      RUN ip -o link | wc -l > /links\n";
    let code = r#"
        let id = docker.image.build("app", #{
            tag: ["<project>/built:1", "<project>/built:two"], args: #{word: "care"}, labels: #{tier: "web"}, network: "none",
        });
        let image = docker.image.inspect("<project>/built:two");
        print(image.Id == id && "<project>/built:1" in image.RepoTags);
        print(image.Config.Labels.tier + " " + image.Config.Labels["xnet.project"]);
        let c = docker.run("<project>/built:1", #{name: "@web"});
        print(c.read_file("/made") + c.read_file("/www/page") + c.read_file("/links"));
        print(docker.image.build("app", #{args: #{word: "care"}, labels: #{tier: "web"}, network: "none", quiet: true}) == id);
    "#;
    let test = engine.script(code).file("app/Dockerfile", dockerfile).file("app/page", "page\n");
    let outcome = test.run();
    outcome.success().stdout("true\nweb <project>\nbuilt with care\npage\n1\n\ntrue\n");
    outcome.stderr_has("Step 4/").stderr_has("\nbuilt with care\n");
    assert_eq!(outcome.err_text().matches("Step 1/").count(), 1, "the second build is quiet");
}

// shows: image.build
#[test]
fn a_failing_step_is_told_with_its_last_lines_and_its_exit_code() {
    let engine = Engine::new();
    let dockerfile = "FROM xnet-test/busybox\nRUN echo so far && exit 7\n";
    let outcome = app(&engine, dockerfile).run();
    // As with any command that fails, its exit code is passed on.
    outcome.code(7).stderr_has("the build failed at Step 2/").stderr_has("  so far").stderr_has("main.rhai:1:");
    let code = r#"
        try { docker.image.build("app", #{quiet: true, labels: #{}}); } catch (e) { print(`${e.kind} ${e.exit_code}`); }
    "#;
    let outcome = engine.script(code).file("app/Dockerfile", dockerfile).run();
    outcome.success().stdout("build 7\n");
    assert_eq!(outcome.err_text(), "");
    app(&engine, "FORM a\n").run().code(4).stderr_has("unknown instruction");
    app(&engine, "FROM xnet-test/busybox\nCOPY none /\n").run().code(4).stderr_has("none");
}

// shows: image.build
#[test]
fn what_the_ignore_file_names_is_not_sent() {
    let engine = Engine::new();
    let code = r#"
        docker.image.build("app", #{tag: "<project>/built:1", dockerfile: "docker/Dockerfile", target: "first", no_cache: true});
        let c = docker.run("xnet-test/busybox", #{name: "@web"});
        let d = docker.run("<project>/built:1", #{name: "@app", command: ["/app/busybox", "sleep", "1000"]});
        print(exec(d, ["/app/busybox", "find", "/app", "-type", "f"]).lines.filter(|l| !l.ends_with("busybox")));
        print(docker.read_file(d, "/app/link"));
    "#;
    let ignore = "# nothing but the pages\n*\n!pages/**\npages/**/*.tmp\n!busybox\n!link\n!dangling\n";
    let busybox = std::fs::read("/bin/busybox").or_else(|_| std::fs::read("/usr/bin/busybox")).unwrap();
    let test = engine
        .script(code)
        .file("app/docker/Dockerfile", "FROM scratch AS first\nCOPY . /app/\nFROM first\nRUN no such step\n")
        .file("app/.dockerignore", ignore)
        .file("app/secret", "")
        .file("app/pages/one", "first page")
        .file("app/pages/a/two.tmp", "")
        .file("app/pages/a/two", "")
        .bytes("app/busybox", &busybox);
    let folder = test.path("app");
    std::os::unix::fs::symlink("pages/one", folder.join("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling")).unwrap();
    std::fs::set_permissions(folder.join("busybox"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let _socket = UnixListener::bind(folder.join("pages/sock")).unwrap();
    let outcome = test.run();
    outcome.success().stderr_has("left out").stderr_has("pages/sock");
    for path in ["/app/pages/one", "/app/pages/a/two"] {
        outcome.stdout_has(path);
    }
    outcome.stdout_has("first page").stdout_lacks("secret").stdout_lacks("two.tmp");
}

#[test]
fn a_folder_that_cannot_be_built_is_refused_before_it_is_sent() {
    let engine = Engine::new();
    let build = |options: &str| engine.script(&format!("docker.image.build(\"app\"{options})"));
    build("").run().code(2).stderr_has("cannot read app");
    let with = |options: &str| build(options).file("app/other", "FROM scratch\n").file("Dockerfile", "FROM scratch\n");
    with("").run().code(2).stderr_has("app has no Dockerfile").stderr_has("`dockerfile:");
    with(", #{dockerfile: \"../Dockerfile\"}").run().code(2).stderr_has("outside app");
    with(", #{dockerfile: \"/etc/passwd\"}").run().code(2).stderr_has("outside app");
    with(", #{dockerfile: \"other\", tga: \"x\"}").run().code(2).stderr_has("tga");
    with("").file("app/Dockerfile", "").file("app/.dockerignore", "a\n[b\n").run().code(2).stderr_has("line 2");
}

#[test]
fn ctrl_c_ends_a_build() {
    let engine = Engine::new();
    let marker = engine.fill("sleep 5556; : <project>");
    let running = {
        let mut running = app(&engine, &format!("FROM xnet-test/busybox\nRUN echo begun; {marker}\n")).start();
        running.until("begun");
        running
    };
    running.interrupt();
    running.finish().code(130);
    let runs = || {
        let all = engine.get("/containers/json").json();
        let commands = all.as_array().into_iter().flatten().filter_map(|one| one["Command"].as_str());
        commands.filter(|command| command.contains(&marker)).count()
    };
    for _ in 0..400 {
        if runs() == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    assert_eq!(runs(), 0);
    assert_eq!(engine.get("/images/<project>/built:1/json").status, 404);
}
