//! What goes wrong in a script: where, why, what was meant, and the exit code.

use crate::support::Test;

#[test]
fn a_syntax_error_shows_its_place_and_exits_2() {
    let outcome = Test::new().script("let a = 1;\nlet b = (a + ;\n").run();
    outcome.code(2).stdout("").stderr_has("main.rhai:2:").stderr_has("let b = (a + ;").stderr_has("^");
}

#[test]
fn nothing_runs_of_a_script_that_does_not_parse() {
    Test::new().script("print(\"ran\");\nlet = ;\n").run().code(2).stdout("");
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    for (code, meant) in [
        ("docker.netwrok.list()", "network"),
        ("docker.network.crate(\"x\")", "create"),
        ("dokcer.network.list()", "docker"),
        ("quot(\"x\")", "quote"),
        ("let subnet = 1; print(subent);", "subnet"),
        ("fn helper(x) { x }\nhelpr(1)", "helper"),
        ("let m = #{timeout: 1}; print(m.timeuot);", "timeout"),
        ("cidr(\"10.0.0.0/8\").contain(\"10.0.0.1\")", "contains"),
    ] {
        Test::new().script(code).run().code(2).stderr_has("hint:").stderr_has(&format!("`{meant}`"));
    }
}

// shows: all.unknown-option
#[test]
fn an_unknown_option_is_refused_before_the_engine_is_asked() {
    for (call, typed, meant) in [
        (r#"docker.network.create("n", #{drvier: "bridge"})"#, "drvier", "driver"),
        (r#"docker.network.create("n", #{ipam: #{config: [#{gatway: "10.0.0.1"}]}})"#, "gatway", "gateway"),
        (r#"docker.run("i", #{nmae: "x"})"#, "nmae", "name"),
        (r#"docker.run("i", #{netwrok_alias: "x"})"#, "netwrok_alias", "network_alias"),
        (r#"docker.network.connect("n", "c", #{alises: ["x"]})"#, "alises", "aliases"),
        (r#"docker.network.list(#{filters: #{lable: "x"}})"#, "lable", "label"),
        (r#"exec("c", "true", #{chek: false})"#, "chek", "check"),
        (r#"docker.logs("c", #{tial: 5})"#, "tial", "tail"),
        (r#"forward("c", #{remte: 80})"#, "remte", "remote"),
        (r#"docker.service.create("i", #{replcas: 2})"#, "replcas", "replicas"),
        (r#"docker.service.create("i", #{ports: [#{target: 80, publishd: 8080}]})"#, "publishd", "published"),
        (r#"docker.swarm.init(#{advertise_adr: "x"})"#, "advertise_adr", "advertise_addr"),
        (r#"docker.swarm.join("h:2377", #{tokn: "x"})"#, "tokn", "token"),
        (r"docker.swarm.leave(#{frce: true})", "frce", "force"),
        (r#"docker.node.list(#{filters: #{rol: "x"}})"#, "rol", "role"),
    ] {
        // A host that cannot be: the fault is found without it.
        let outcome = Test::new().script(call).env("DOCKER_HOST", "unix:///nonexistent.sock").run();
        outcome.code(2).stderr_has(typed).stderr_has(&format!("`{meant}`")).stderr_has("main.rhai:1:");
    }
}

#[test]
fn a_wrong_type_or_value_is_refused_before_the_engine_is_asked() {
    for (call, words) in [
        (r#"docker.network.create("n", #{internal: "yes"})"#, "internal"),
        (r#"docker.run("i", #{ports: ["80:99999"]})"#, "99999"),
        (r#"docker.run("i", #{ports: ["80:80/icmp"]})"#, "icmp"),
        (r#"docker.run("i", #{env: 5})"#, "env"),
        (r#"docker.run("i", #{network: "a", networks: ["b"]})"#, "networks"),
        (r#"docker.run("i", #{network: "host", ports: ["80:80"]})"#, "allow_ignored_ports"),
        (r#"docker.run("i", #{restart: "sometimes"})"#, "sometimes"),
        (r#"docker.network.create("n", #{ipam: #{subnet: "10.0.0.0/24", gateway: "10.0.1.1"}})"#, "10.0.1.1"),
        (r#"docker.network.create("n", #{ipam: #{subnet: "10.0.0.5/24"}})"#, "10.0.0.0/24"),
        (
            r#"docker.network.create("n", #{ipam: #{config: [#{subnet: "10.0.0.0/8"}, #{subnet: "10.1.0.0/16"}]}})"#,
            "overlap",
        ),
        (r#"docker.network.create("n", #{encrypted: true})"#, "overlay"),
        (r#"forward("c", "x:80")"#, "\"x\""),
        (r#"exec("c", [])"#, "empty"),
        (r#"exec("c", "true", #{timeout: "soon"})"#, "soon"),
        (r#"docker.service.create("i", #{mode: "globl"})"#, "`global`"),
        (r#"docker.service.create("i", #{ports: ["127.0.0.1:80:80"]})"#, "every address of a node"),
        (r#"docker.service.create("i", #{replicas: -1})"#, "replicas"),
        (r#"docker.swarm.join([], #{token: "x"})"#, "`remote_addrs` is missing"),
        (r#"docker.swarm.join("h:2377", #{remote_addrs: "x", token: "t"})"#, "given twice"),
        (r#"docker.node.update("n", #{})"#, "nothing to update"),
    ] {
        let outcome = Test::new().script(call).env("DOCKER_HOST", "unix:///nonexistent.sock").run();
        outcome.code(2).stderr_has(words).stderr_has("main.rhai:1:");
    }
}

#[test]
fn a_thrown_value_of_the_script_exits_1() {
    Test::new().script("throw \"not today\";").run().code(1).stderr_has("not today").stderr_has("main.rhai:1:");
    Test::new().script("throw #{message: \"own\", hint: \"try\"};").run().code(1).stderr_has("own").stderr_has("try");
    Test::new().script("throw #{code: 5};").run().code(1).stderr_has("code");
    Test::new().script("throw 42;").run().code(1).stderr_has("42");
}

// shows: all.catch
#[test]
fn a_caught_error_has_its_parts_and_can_be_thrown_again() {
    let code = r#"
        try {
            docker.network.create("n", #{drvier: "x"});
        } catch (e) {
            print(e.kind);
            print("drvier" in e.message);
            print("driver" in e.hint);
            print(e.status == ());
            throw e;
        }
    "#;
    Test::new().script(code).run().code(2).stdout("invalid\ntrue\ntrue\ntrue\n").stderr_has("drvier");
}

#[test]
fn exit_ends_a_script_with_its_code() {
    Test::new().script("print(1); exit(7); print(2);").run().code(7).stdout("1\n").stderr_lacks("error");
    Test::new().script("fn f() { exit(0) } f(); print(2);").run().success().stdout("");
    Test::new().script("exit(300)").run().code(2).stderr_has("300");
}

// shows: all.uncaught
#[test]
fn an_error_in_nested_calls_shows_the_way_to_it() {
    let code = "fn inner(x) {\n    x.nothing\n}\nfn outer(x) {\n    inner(x)\n}\n\nouter(#{a: 1});\n";
    let outcome = Test::new().script(code).run();
    outcome.code(2).stderr_has("main.rhai:2:").stderr_has("x.nothing").stderr_has("outer").stderr_has("inner");
    outcome.stderr_has("main.rhai:5:").stderr_has("main.rhai:8:");
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let outcome = Test::new().script("let s = \"äöü\"; s.nothing();\n").run();
    outcome.code(2).stderr_has("main.rhai:1:");
    let text = outcome.err_text();
    let lines: Vec<&str> = text.lines().collect();
    let source = lines.iter().position(|line| line.contains("s.nothing()")).expect("the source line");
    let caret = lines[source + 1].chars().position(|c| c == '^').expect("a caret");
    let before: String = lines[source].chars().take(caret).collect();
    outcome.check(before.ends_with("s.") || before.ends_with("; "), "a caret under the call");
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_told() {
    Test::new().args(["missing.rhai"]).run().code(2).stderr_has("missing.rhai");
    Test::new().bytes("latin.rhai", b"print(\"\xe9\");").args(["latin.rhai"]).run().code(2).stderr_has("UTF-8");
    Test::new().file("folder.rhai/x", "").args(["folder.rhai"]).run().code(2).stderr_has("folder.rhai");
}

#[test]
fn an_empty_script_does_nothing_well() {
    Test::new().script("").run().success().stdout("");
    Test::new().script("// nothing\n").run().success().stdout("");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    Test::new().script("\u{feff}print(1);\r\nprint(2);\r\n").run().success().stdout("1\n2\n");
}
