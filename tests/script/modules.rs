//! `import`: the script's folder, the project's stdlib, what is shipped.

use crate::support::Test;

#[test]
fn a_module_stands_beside_its_script_wherever_xnet_is_run_from() {
    let test = Test::new()
        .file("scripts/main.rhai", r#"import "lib/net" as net; print(net::name("a"));"#)
        .file("scripts/lib/net.rhai", r#"import "deeper" as deeper; fn name(x) { deeper::wrap(x) }"#)
        .file("scripts/lib/deeper.rhai", r#"fn wrap(x) { "<" + x + ">" }"#);
    test.within("elsewhere").args(["../scripts/main.rhai"]).run().success().stdout("<a>\n");
}

#[test]
fn a_module_of_the_project_is_found_in_its_stdlib() {
    let test = Test::new()
        .project("tasks: {}\n")
        .file("stdlib/own.rhai", "fn answer() { 42 }")
        .file("scripts/main.rhai", r#"import "own" as own; print(own::answer());"#);
    test.args(["scripts/main.rhai"]).run().success().stdout("42\n");
}

// shows: all.globals
#[test]
fn globals_are_seen_inside_modules() {
    let test = Test::new().file("lib.rhai", "fn who() { params.who + type_of(docker.network) }");
    let outcome = test.script(r#"import "lib" as lib; print(lib::who());"#).args(["who=me "]).run();
    outcome.success().stdout_has("me ");
}

#[test]
fn the_shipped_library_is_part_of_the_binary() {
    let code = r#"import "std/debug" as debug; print("loaded");"#;
    Test::new().script(code).run().success().stdout("loaded\n");
}

#[test]
fn a_missing_module_says_where_it_was_looked_for() {
    let outcome = Test::new().script("\nimport \"nettools\" as net;").run();
    outcome.code(2).stderr_has("main.rhai:2:").stderr_has("nettools.rhai");
    let outcome = Test::new().script(r#"import "std/debgu" as debug;"#).run();
    outcome.code(2).stderr_has("std/debug");
}

#[test]
fn modules_that_import_each_other_are_refused() {
    let test = Test::new()
        .file("a.rhai", r#"import "b" as b; fn f() { 1 }"#)
        .file("b.rhai", r#"import "a" as a; fn f() { 1 }"#);
    test.script(r#"import "a" as a; print(a::f());"#).run().code(2).stderr_has("a.rhai").stderr_has("b.rhai");
}

#[test]
fn an_error_in_a_module_shows_the_module_and_who_called_it() {
    let test = Test::new().file("lib.rhai", "fn half(x) {\n    let y = x;\n    y.no_such()\n}\n");
    let outcome = test.script("import \"lib\" as lib;\n\nlet z = lib::half(4);\n").run();
    outcome.code(2).stderr_has("lib.rhai:3:").stderr_has("y.no_such()").stderr_has("main.rhai:3:");
}

#[test]
fn a_module_that_does_not_parse_shows_its_own_line() {
    let test = Test::new().file("lib.rhai", "fn ok() { 1 }\nfn broken( { 2 }\n");
    test.script("import \"lib\" as lib;").run().code(2).stderr_has("lib.rhai:2:").stderr_has("fn broken( { 2 }");
}

#[test]
fn a_module_cannot_be_reached_outside_the_folders_by_a_typing_slip() {
    Test::new().script(r#"import "" as nothing;"#).run().code(2);
    Test::new().file("folder/x.rhai", "").script(r#"import "folder" as folder;"#).run().code(2);
}
