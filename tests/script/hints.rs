//! Hints: what people type from habit, and what they are told to type instead, with a caret under it.

use crate::support::Test;

fn told(code: &str, words: &[&str]) {
    let outcome = Test::new().script(code).env("DOCKER_HOST", "unix:///nonexistent.sock").run();
    outcome.code(2).stderr_has("hint:");
    for word in words {
        outcome.stderr_has(word);
    }
}

#[test]
fn options_of_other_names_and_places_are_shown_where_they_belong() {
    told(r#"docker.run("i", #{ip: "10.0.0.2"})"#, &["networks: #{", "ipv4_address"]);
    told(r#"docker.run("i", #{network: "n", ipv4_address: "10.0.0.2"})"#, &["networks: #{"]);
    told(r#"docker.network.create("n", #{subnet: "10.0.0.0/24"})"#, &["ipam: #{subnet"]);
    told(r#"docker.network.ensure("n", #{forse: true})"#, &["`force`"]);
    told(r#"docker.ensure_container("n", "i", #{forse: true})"#, &["forse"]);
    told(r#"docker.run("i", #{network: ["n"]})"#, &["`networks`"]);
    for (typed, meant) in [("cmd", "command"), ("environment", "env"), ("publish", "ports"), ("net", "network")] {
        told(&format!("docker.run(\"i\", #{{{typed}: \"x\"}})"), &[&format!("`{meant}`")]);
    }
}

#[test]
fn a_wrong_address_is_shown_with_the_form_that_is_wanted() {
    for (options, words) in [
        (r#"#{ipam: #{subnet: "10.214.9.0"}}"#, "\"10.214.9.0\" is not a subnet: write an address and a prefix"),
        (r#"#{ipam: #{subnet: "10.214.9.0/33"}}"#, "from 0 to 32"),
        (r#"#{ipam: #{gateway: "10.214.9"}}"#, "\"10.214.9\" is not an IP address"),
    ] {
        let code = format!("docker.network.create(\"n\", {options})");
        Test::new().script(&code).run().code(2).stderr_has(words).stderr_has("main.rhai:1:38");
    }
    let code = r#"docker.run("i", #{networks: #{n: #{ipv4_address: "10.214.80.999"}}})"#;
    Test::new().script(code).run().code(2).stderr_has("\"10.214.80.999\" is not an IPv4 address");
}

#[test]
fn words_from_other_tools_are_led_to_ours() {
    told(r#"docker.exec("c", "ls")"#, &["docker has no `exec`", "exec(container, command)"]);
    told("docker.ps()", &["docker.list()"]);
    told(r#"docker.rm("c")"#, &["`remove`"]);
    told(r#"docker.cp("a", "b")"#, &["copy_to"]);
    told(r#"docker.create("i")"#, &["docker.run("]);
    told(r#"docker.pull("i")"#, &["docker.image.pull"]);
    told(r#"docker.build(".")"#, &["docker.image.build"]);
    told("container.list()", &["docker.list()", "docker.container(name)"]);
    told("docker.containers.list()", &["docker.list()"]);
    told("docker.volume.list()", &["volumes"]);
    told("docker.network.ls()", &["`list`"]);
    told(r#"docker.image.rm("x")"#, &["`remove`"]);
    told(r#"docker.image.import("x")"#, &["import_tar"]);
    told(r#"network.create("x")"#, &["`docker.network`"]);
    told("print('abc')", &["double quotes"]);
    told(r#"docker.run("x", name: "y")"#, &["#{name: value"]);
    told("env.NO_SUCH_VARIABLE", &["env(\"NO_SUCH_VARIABLE\", default)"]);
}

#[test]
fn a_method_on_a_map_leads_to_the_handle() {
    told("let c = #{Id: \"x\"}; c.remove()", &["a map has no `remove`", "docker.container(…).remove(…)"]);
    told("let c = \"web\"; c.stop()", &["docker.stop(…) or docker.container(…).stop(…)"]);
}

#[test]
fn functions_of_modules_are_suggested_and_called_with_colons() {
    let import = "import \"std/debug\" as debug;\n";
    told(&format!("{import}debug.check_port(\"c\", 1)"), &["debug::"]);
    told(&format!("{import}debug::chek_port(\"c\", 1)"), &["the module `debug` has no `chek_port`", "`check_port`"]);
    told(&format!("{import}debug::check_port(\"c\")"), &["it is debug::check_port(container, port)"]);
}

#[test]
fn the_caret_is_under_the_option() {
    let outcome = Test::new().script("docker.run(\"nginx\", #{\n    nmae: \"web\",\n});").run();
    outcome.code(2).stderr_has("main.rhai:2:5").stderr_has("  |     ^^^^");
    let code = "docker.network.create(\"n\", #{ipam: #{config: [#{gatway: \"10.0.0.1\"}]}});";
    Test::new().script(code).run().code(2).stderr_has("main.rhai:1:49");
    Test::new().script("docker.run(\"i\", #{dns: [\"bad\"]});").run().code(2).stderr_has("main.rhai:1:19");
    let beside = "let o = #{nmae: 1};\ndocker.run(\"nginx\", o);";
    Test::new().script(beside).run().code(2).stderr_has("main.rhai:2:8");
}

#[test]
fn a_missing_property_has_the_caret_under_its_name() {
    let outcome = Test::new().script("let m = #{a: #{}};\nprint(m.a.nothing);").run();
    outcome.code(2).stderr_has("main.rhai:2:11").stderr_has("^^^^^^^");
}

#[test]
fn a_list_is_an_array() {
    let outcome = Test::new().script("docker.network.remove([1]);").run();
    outcome.code(2).stderr_has("found an array").stderr_has("main.rhai:1:");
}

#[test]
fn an_object_evaluates_to_its_name() {
    Test::new().args(["eval", "docker.network"]).run().success().stdout("docker.network\n");
}
