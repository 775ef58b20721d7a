//! The interpreter without an engine: names, values, limits, errors with their place.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Context, Error, Interpreter, Limits, Session, Shape, Source};
use crate::engine::{Ownership, Target};
use crate::runtime::{Cancel, Reason};
use crate::view::{Printer, Settings};

fn context() -> Context {
    let cancel = Cancel::new();
    Context {
        target: Target::default(),
        ownership: Ownership { project: "unit".into(), run: "unit".into() },
        printer: Printer::new(Settings::default(), cancel.clone()),
        cancel,
        project: None,
        limits: Limits::default(),
        probers: crate::probe::Probers::default(),
        folder: None,
        env: Vec::new(),
    }
}

fn run(code: &str) -> Result<Value, Error> {
    Interpreter::new(context()).run(&Source::literal("test.rhai", code), &[("answer".into(), json!({"deep": 42}))])
}

fn told(code: &str) -> String {
    run(code).unwrap_err().diagnostic().render(false)
}

#[test]
fn globals_are_seen_inside_functions_and_closures() {
    assert_eq!(run("fn f() { answer.deep } f()").unwrap(), json!(42));
    assert_eq!(run("let g = |x| answer.deep + x; g.call(1)").unwrap(), json!(43));
    assert_eq!(run("fn f() { docker.to_string() } f()").unwrap(), json!("docker"));
}

#[test]
fn subnets_are_values() {
    let code = r#"let n = cidr("172.20.0.0/16");
        [n.contains("172.20.0.5"), n.overlaps("172.21.0.0/16"), n.split(17)[1].to_string(), `${n.next()}`,
         cidr("10.0.0.0/30").hosts, n.prefix, n == cidr("172.20.0.0/16")]"#;
    let expected = json!([true, false, "172.20.128.0/17", "172.21.0.0/16", ["10.0.0.1", "10.0.0.2"], 16, true]);
    assert_eq!(run(code).unwrap(), expected);
    assert!(told(r#"cidr("172.20.0.1/16")"#).contains("hint: write 172.20.0.0/16"));
    assert!(told(r#"cidr("10.0.0.0/8").hosts"#).contains("more than 65536"));
    assert!(told(r#"cidr("10.0.0.0/8").split(40)"#).contains("from 8 to 32"));
}

#[test]
fn an_unknown_function_names_the_nearest() {
    let text = told("let x = 1;\ndocker.network.creat(\"x\");");
    assert!(text.contains("docker.network has no `creat`"), "{text}");
    assert!(text.contains("did you mean `create`?"), "{text}");
    assert!(text.contains("test.rhai:2:16"), "{text}");
    assert!(told("foward(1, 2)").contains("did you mean `forward`?"));
    assert!(told("fn helper() {} helpr()").contains("did you mean `helper`?"));
    let text = told("docker.network.create(1)");
    assert!(text.contains("cannot be called with (int)"), "{text}");
    assert!(text.contains("docker.network.create(name, options?)"), "{text}");
}

#[test]
fn an_unknown_property_or_variable_names_the_nearest() {
    assert!(told("docker.netwrk").contains("did you mean `network`?"));
    assert!(told("docker.version").contains("it is a function: docker.version()"));
    assert!(told("answer.dep").contains("did you mean `deep`?"));
    assert!(told("dockr.network").contains("did you mean `docker`?"));
    assert!(told("#{a: 1}.zebra").contains("map.get(\"zebra\")"));
    assert_eq!(
        run("let m = #{}; m.x = 1; m.get(\"y\") == () && \"x\" in m && m.get(\"z\", 3) == 3").unwrap(),
        json!(true)
    );
}

#[test]
fn an_unknown_option_is_an_error_before_the_engine_is_asked() {
    let text = told("docker.network.create(\"x\", #{ipam: #{config: [#{gatway: \"10.0.0.1\"}]}})");
    assert!(text.contains("docker.network.create: unknown option `gatway` in `ipam.config[0]`"), "{text}");
    assert!(text.contains("did you mean `gateway`?"), "{text}");
    assert_eq!(run("docker.run(\"x\", #{imge: 1})").unwrap_err().exit_code(), 2);
}

#[test]
fn errors_in_nested_calls_show_the_way_there() {
    let text = told("fn inner() {\n  missing();\n}\nfn outer() { inner(); }\nouter();");
    assert!(text.contains("test.rhai:2:3"), "{text}");
    let first = text.find("in `inner`, called here").unwrap();
    let second = text.find("in `outer`, called here").unwrap();
    assert!(first < second, "{text}");
}

#[test]
fn thrown_errors_are_caught_as_maps() {
    let code = r#"let t = (); try { docker.run("x", #{nam: 1}); } catch (e) { t = [e.kind, e.message, e.hint]; } t"#;
    let expected = json!(["invalid", "docker.run: unknown option `nam`", "did you mean `name`?"]);
    assert_eq!(run(code).unwrap(), expected);
    let error = run("throw \"no luck\"").unwrap_err();
    assert_eq!((error.exit_code(), error.message()), (1, "no luck"));
}

#[test]
fn deep_recursion_is_an_error_and_not_a_crash() {
    assert!(told("fn f(n) { f(n + 1) } f(0)").contains("too deeply"));
    let mut context = context();
    context.limits.operations = 1000;
    let error = Interpreter::new(context).run(&Source::literal("x", "loop {}"), &[]).unwrap_err();
    assert!(error.message().contains("used up its operations"));
}

#[test]
fn cancelling_ends_loops_and_waits_and_cannot_be_caught() {
    for code in ["loop {}", "sleep(60)", "try { sleep(60) } catch (e) { 1 }"] {
        let context = context();
        let cancel = context.cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            cancel.cancel(Reason::Interrupted);
        });
        let error = Interpreter::new(context).run(&Source::literal("x", code), &[]).unwrap_err();
        assert_eq!(error.exit_code(), 130, "{code}");
    }
}

#[test]
fn modules_come_from_the_scripts_folder_and_tell_where_they_fail() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lib.rhai"), "fn double(x) { x * 2 }\nfn broken() {\n  nowhere()\n}").unwrap();
    std::fs::write(folder.path().join("a.rhai"), "import \"b\" as b;").unwrap();
    std::fs::write(folder.path().join("b.rhai"), "import \"a\" as a;").unwrap();
    let run = |code: &str| {
        let source = Source {
            path: folder.path().join("main.rhai").display().to_string(),
            folder: Some(folder.path().to_path_buf()),
            text: Arc::from(code),
            ..Source::literal("", code)
        };
        Interpreter::new(context()).run(&source, &[])
    };
    assert_eq!(run("import \"lib\" as lib; lib::double(21)").unwrap(), json!(42));
    let text = run("import \"lib\" as lib; lib::broken()").unwrap_err().diagnostic().render(false);
    assert!(text.contains("lib.rhai:3:3") && text.contains("main.rhai:1:"), "{text}");
    let text = run("import \"a\" as a;").unwrap_err().diagnostic().render(false);
    assert!(text.contains("modules import each other"), "{text}");
    let text = run("import \"lob\" as a;").unwrap_err().diagnostic().render(false);
    assert!(text.contains("module \"lob\" is not found"), "{text}");
    let text = run("import \"std/debugg\" as a;").unwrap_err().diagnostic().render(false);
    assert!(text.contains("did you mean `std/debug`?"), "{text}");
}

#[test]
fn a_syntax_error_has_its_place_inside_the_file_around_it() {
    let yaml: Arc<str> = Arc::from("tasks:\n  a:\n    script: |\n      let x = ;\n");
    let source = Source::inline("t.yaml", yaml, "let x = ;\n", 4, 7);
    let text = Interpreter::new(context()).run(&source, &[]).unwrap_err().diagnostic().render(false);
    assert!(text.contains("t.yaml:4:15"), "{text}");
}

#[test]
fn exit_ends_the_script_with_its_code() {
    let error = run("try { exit(7) } catch (e) { 1 }").unwrap_err();
    assert!(error.exited());
    assert_eq!(error.exit_code(), 7);
}

#[test]
fn what_is_documented_exists_and_what_exists_is_documented() {
    let registered = super::Session::new(context(), &[]).registered();
    for entry in super::bind::entries() {
        let built_in = entry.name == "print" || super::bind::GLOBALS.contains(&entry.name);
        if entry.owner.is_empty() && built_in {
            continue;
        }
        let name = if entry.signature.is_empty() { format!("get${}", entry.name) } else { entry.name.to_owned() };
        assert!(registered.contains(&name), "`{}` is documented and does not exist", entry.usage());
    }
    for name in registered {
        let plain = name.strip_prefix("get$").unwrap_or(&name);
        let printing = matches!(plain, "to_string" | "to_debug") || !plain.starts_with(|c: char| c.is_alphabetic());
        let known = super::bind::entries().any(|entry| entry.name == plain);
        assert!(printing || plain.starts_with("index$") || known, "`{name}` exists and is not documented");
    }
}

fn line(session: &mut Session, code: &str) -> Result<Value, Error> {
    session.eval(&Source::literal("repl", code)).map(|value| super::values::to_json(&value).unwrap())
}

#[test]
fn a_session_keeps_variables_functions_and_imports() {
    let mut session = Session::new(context(), &[]);
    line(&mut session, "fn twice(x) { x * 2 }").unwrap();
    line(&mut session, "let x = 4;").unwrap();
    line(&mut session, "let x = 5; let f = |n| n + 1;").unwrap();
    assert_eq!(line(&mut session, "twice(x) + f.call(1)").unwrap(), json!(12));
    line(&mut session, "import \"std/debug\" as debug;").unwrap();
    let called = line(&mut session, "fn g() { try { debug::check_port(\"\", 1) } catch (e) { return e.kind; } } g()");
    assert_eq!(called.unwrap(), json!("invalid"));
    assert!(session.modules().iter().any(|(name, members)| name == "debug" && !members.is_empty()));
    line(&mut session, "debug(1);").unwrap();
    let shown: Vec<String> = session.variables().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert!(shown.contains(&"x=5".to_owned()), "{shown:?}");
    assert_eq!(session.functions(), ["g()", "twice(x)"]);
}

#[test]
fn an_error_in_a_session_keeps_what_came_before_it() {
    let mut session = Session::new(context(), &[]);
    let error = line(
        &mut session,
        "let a = 1; import \"std/debug\" as d; let b = 2; missing(); let c = 3; import \"std/debug\" as e;",
    );
    assert!(error.is_err());
    assert_eq!(line(&mut session, "a + b").unwrap(), json!(3));
    assert!(line(&mut session, "c").is_err());
    let aliases: Vec<String> = session.modules().into_iter().map(|(alias, _)| alias).collect();
    assert_eq!(aliases, ["d"]);
}

#[test]
fn an_error_in_a_function_of_an_earlier_line_shows_that_line() {
    let mut session = Session::new(context(), &[]);
    line(&mut session, "let x = 1;").unwrap();
    line(&mut session, "fn first() {\n  missing_one()\n}").unwrap();
    line(&mut session, "fn second() { missing_two() }").unwrap();
    let text = line(&mut session, "first()").unwrap_err().diagnostic().render(false);
    assert!(text.contains("repl:2:3") && text.contains("missing_one()"), "{text}");
    let text = line(&mut session, "  second()").unwrap_err().diagnostic().render(false);
    assert!(text.contains("repl:1:15") && text.contains("missing_two()"), "{text}");
    assert!(text.contains("repl:1:3") && text.contains("  second()"), "{text}");
    let text = line(&mut session, "let = 3").unwrap_err().diagnostic().render(false);
    assert!(text.contains("repl:1:5") && text.contains("let = 3"), "{text}");
}

#[test]
fn text_that_ends_too_early_is_told_from_text_that_is_wrong() {
    for text in [
        "fn f() {",
        "foo(1,",
        "foo(1",
        "let x =",
        "if true",
        "`open",
        "fn f(n) {\n  n * 2",
        "fn f(n) {\n  n * 2\n",
        "fn f() { g(",
        "fn f() { g()",
        "if a { x = [1]",
        "#{a: 1,",
        "[1, 2",
        "1 +",
        "if x {\n foo();\n",
    ] {
        assert!(super::incomplete(text), "{text}");
    }
    for text in [
        "1",
        "let x = 1;",
        "print(\"abc",
        "foo(1 2",
        "foo(1 }",
        "let = 1",
        "",
        "}",
        "foo(]",
        "1 2",
        "x y",
        "[1 2",
        "fn f() {};",
    ] {
        assert!(!super::incomplete(text), "{text}");
    }
}

#[test]
fn every_object_says_which_members_it_has() {
    for owner in [
        "docker",
        "docker.network",
        "docker.image",
        "docker.swarm",
        "docker.service",
        "docker.node",
        "Network",
        "Container",
        "Forward",
        "Subnet",
    ] {
        assert!(!super::reference::find(owner).is_empty(), "{owner}");
    }
    assert!(super::reference::markdown().contains("### `docker.network.create(name, options?)`"));
}

#[test]
fn shapes_tell_what_can_follow() {
    let mut session = Session::new(context(), &[]);
    line(&mut session, "let n = cidr(\"10.0.0.0/8\"); let m = #{a: [#{b: n}]}; let d = docker.network; let s = \"x\"")
        .unwrap();
    let shapes = session.shapes();
    assert_eq!(shapes["n"], Shape::Object("Subnet".into()));
    assert_eq!(shapes["d"], Shape::Object("docker.network".into()));
    assert_eq!(shapes["s"], Shape::Plain("string"));
    let Shape::Map(entries) = &shapes["m"] else { panic!("{shapes:?}") };
    assert!(matches!(&entries["a"], Shape::List(first) if matches!(**first, Shape::Map(_))));
    let value = session.eval(&Source::literal("repl", "n")).unwrap();
    assert_eq!(session.describe(&value).as_deref(), Some("subnet 10.0.0.0/8"));
}

#[test]
fn a_variable_outside_a_function_is_told_from_an_unknown_one() {
    assert!(told("let x = 1; fn q() { x } q()").contains("hand it over as an argument"));
    assert!(told("zzz").contains("text stands in quotes"));
    assert!(told("exec").contains("it is a function: exec(container, command, options?)"));
}

#[test]
fn a_value_nested_without_end_is_refused_and_not_a_crash() {
    let text = told("let a = []; for i in 0..3000 { let b = []; b.push(a); a = b; } a");
    assert!(text.contains("nested more than 256 levels deep"), "{text}");
}

#[test]
fn the_deepest_calls_that_can_be_asked_for_do_not_crash() {
    let mut context = context();
    context.limits.call_depth = 2000;
    let code = "fn f(n) { if n == 0 { 0 } else { f(n - 1) + 1 } } f(1990)";
    assert_eq!(Interpreter::new(context).run(&Source::literal("x", code), &[]).unwrap(), json!(1990));
}

#[test]
fn hosts_of_a_subnet_count_alike() {
    let code = r#"let n = cidr("fd00::/126"); let one = cidr("fd00::1/128");
        n.hosts[0] == n.host(1) && n.hosts[3] == n.host(4) && one.host(1) == "fd00::1""#;
    assert_eq!(run(code).unwrap(), json!(true));
}
