//! `xnet test`: what is run, how it is told, and that nothing passes which was not tested.

use serde_json::Value;

use crate::support::{Outcome, Test};

/// A project with one file of tests.
fn file(code: &str) -> Test {
    Test::new().file("tests/a_test.rhai", code)
}

#[track_caller]
fn ran(code: &str) -> Outcome {
    file(code).args(["test"]).run()
}

// shows: test.script, test.command
#[test]
fn tests_of_a_file_run_in_their_order_after_its_preparation() {
    let code = "print(\"prepared\");\nlet seen = [];\ntest(\"one\", || seen.push(1));\ntest(\"two\", || assert_eq(seen, [1]));\n";
    let outcome = ran(code);
    outcome.success().stdout_has("✓ tests/a_test.rhai: one (").stdout_has("✓ tests/a_test.rhai: two (");
    outcome.stdout_has("2 passed in ").stdout_lacks("prepared").stderr_has("");
    let all = file(code).args(["-v", "test"]).run();
    all.success().stdout_has("    output:\n      prepared\n");
}

// shows: test.script
#[test]
fn a_failure_tells_where_why_and_what_was_printed() {
    let code = "test(\"port\", || {\n    print(\"noise\");\n    assert_eq(\"80\", 80, \"the port\");\n});\ntest(\"other\", || ());\n";
    let outcome = ran(code);
    outcome
        .code(1)
        .stdout_has("✗ tests/a_test.rhai: port (")
        .stdout_has("error: the port: found \"80\", expected 80 (string and int)");
    outcome.stdout_has("tests/a_test.rhai:3:").stdout_has("      noise\n").stdout_has("✓ tests/a_test.rhai: other");
    outcome.stdout_has("1 passed, 1 failed in ");
    ran("test(\"t\", || assert(1 > 2, \"order\"));").code(1).stdout_has("error: order").stdout_has("a_test.rhai:1:");
    ran("test(\"t\", || assert(3));").code(1).stdout_has("expected true or false, found an int");
    ran("test(\"t\", || throw #{message: \"own\", hint: \"try that\"});")
        .code(1)
        .stdout_has("own")
        .stdout_has("hint: try that");
}

// shows: test.script
#[test]
fn equal_is_what_the_language_calls_equal() {
    let code = "test(\"t\", || { assert_eq(1, 1.0); assert_eq(#{a: [1, \"x\"]}, #{a: [1, \"x\"]}); assert_eq((), ()); assert_eq([], []); });";
    ran(code).success();
    ran("test(\"t\", || assert_eq(#{a: 1}, #{a: 2}));").code(1).stdout_has("found {\"a\":1}, expected {\"a\":2}");
}

// shows: test.command
#[test]
fn nothing_that_was_not_tested_passes() {
    Test::new().args(["test"]).run().code(2).stderr_has("no test was found").stderr_has("_test.rhai");
    ran("print(1);").code(2).stdout_has("has no test").stdout_has("1 failed");
    ran("let x = ;").code(2).stdout_has("✗ tests/a_test.rhai: (preparation)").stdout_has("a_test.rhai:1:9");
    ran("test(\"t\", || ()); throw \"early\";")
        .code(1)
        .stdout_has("(preparation)")
        .stdout_has("early")
        .stdout_lacks("✓");
    ran("test(\"t\", || ()); exit(0);").code(1).stdout_has("the file called exit(0) before its tests ran");
    ran("test(\"t\", || exit(0));").code(1).stdout_has("the test called exit(0)");
    ran("test(\"t\", || ()); test(\"t\", || throw 1);").code(2).stdout_has("another test is called \"t\"");
    ran("test(\"t\", || test(\"u\", || throw 1));").code(1).stdout_has("stands in another test");
    let outcome = file("test(\"t\", || ());").args(["test", "--filter", "zebra"]).run();
    outcome.code(2).stderr_has("holds \"zebra\"");
    file("test(\"t\", || ());").args(["test", "gone_test.rhai"]).run().code(2).stderr_has("gone_test.rhai");
    let near = file("test(\"t\", || ());").args(["test", "tests/a_tets.rhai"]).run();
    near.code(2).stderr_has("did you mean `a_test.rhai`?");
    Test::new()
        .file("empty/x.rhai", "")
        .args(["test", "empty"])
        .run()
        .code(2)
        .stderr_has("no file of tests under empty");
    file("test(\"t\", || ());").file("b.txt", "").args(["test", "b.txt"]).run().code(2).stderr_has("b.txt");
}

// shows: test.command
#[test]
fn files_are_found_where_people_put_them_and_not_elsewhere() {
    let one = "test(\"t\", || ());";
    let test = Test::new().file("a_test.rhai", one).file("deep/er/b_test.rhai", one).file("not_tests.rhai", "throw 1;");
    let test =
        test.file(".hidden/c_test.rhai", one).file("target/d_test.rhai", one).file("node_modules/e_test.rhai", one);
    let outcome = test.args(["test", "--list"]).run();
    outcome.success().stdout("a_test.rhai: t\ndeep/er/b_test.rhai: t\n");
    // A file that is named is run whatever it is called.
    Test::new().file("checks.rhai", one).args(["test", "checks.rhai"]).run().success().stdout_has("✓ checks.rhai: t");
}

// shows: test.command
#[test]
fn the_filter_spares_the_preparation_of_files_without_a_match() {
    let test = Test::new().file("a_test.rhai", "test(\"web\", || ());\ntest(\"db\", || throw 1);");
    let test = test.file("b_test.rhai", "throw \"prepared\"; test(\"cache\", || ());");
    test.args(["test", "--filter", "a_test.rhai: web"]).run().success().stdout_has("1 passed");
    let named = "for name in [\"web\", \"db\"] { test(name, || ()); }";
    let test = Test::new().file("a_test.rhai", named);
    test.args(["test", "--filter", "web"]).run().success().stdout_has("a_test.rhai: web").stdout_lacks("db");
    Test::new().file("a_test.rhai", named).args(["test", "--list"]).run().success().stdout_has("(named when it runs)");
}

// shows: test.command
#[test]
fn one_that_passes_when_tried_again_is_flaky_and_told_so() {
    let code = "let n = #{tries: 0};\ntest(\"t\", || { n.tries += 1; if n.tries < 3 { throw \"try \" + n.tries } });";
    let outcome = file(code).args(["test", "--retries", "2"]).run();
    outcome.success().stdout_has("flaky: passed at try 3").stdout_has("error: try 1").stdout_has("1 passed (1 flaky)");
    file(code).args(["test", "--retries", "1"]).run().code(1).stdout_has("2 tries").stdout_has("error: try 2");
    ran("test(\"t\", #{retries: 1}, || throw 1);").code(1).stdout_has("2 tries");
}

// shows: test.command
#[test]
fn a_test_that_hangs_is_ended_and_the_next_one_runs() {
    let code = "test(\"hangs\", || {\n    sleep(600)\n});\ntest(\"loops\", #{timeout: \"100ms\"}, || loop {});\ntest(\"on\", || ());";
    let outcome = file(code).args(["test", "--timeout", "200ms"]).run();
    outcome
        .code(1)
        .stdout_has("the test did not end within 200 ms")
        .stdout_has("a_test.rhai:1:1")
        .stdout_has("within 100 ms");
    outcome.stdout_has("✓ tests/a_test.rhai: on");
    let outcome = file("test(\"t\", || ()); sleep(600);").args(["test", "--timeout", "200ms"]).run();
    outcome.code(1).stdout_has("the preparation did not end within 200 ms");
}

// shows: test.command
#[test]
fn skipped_and_not_run_are_told() {
    ran("test(\"a\", #{skip: \"later\"}, || throw 1);").success().stdout_has("- tests/a_test.rhai: a (skipped: later)");
    let code = "test(\"a\", || throw 1);\ntest(\"b\", || ());";
    let outcome =
        file(code).file("tests/b_test.rhai", "test(\"c\", || ());").args(["test", "--fail-fast", "-j", "1"]).run();
    outcome
        .code(1)
        .stdout_has("a_test.rhai: b (not run)")
        .stdout_has("b_test.rhai: c (not run)")
        .stdout_has("1 failed, 2 not run");
    ran("test(\"a\", #{skp: 1}, || ());").code(2).stdout_has("unknown option `skp`").stdout_has("`skip`");
}

#[test]
fn tests_that_never_began_are_no_failures_in_a_report() {
    let line = "xnet -q test --fail-fast --report junit=out.xml > /dev/null || code=$?; cat out.xml; exit $code";
    let code = "test(\"a\", || throw 1);\ntest(\"b\", || ());";
    let text = file(code).run_by("/bin/sh").args(["-c", line]).run().code(1).out_text();
    for part in ["tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\"", "<skipped message=\"not run\"/>"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

// shows: test.script
#[test]
fn what_is_deferred_runs_when_its_test_or_its_file_ends() {
    let code = "defer(|| print(\"file\"));\ntest(\"a\", || { defer(|| print(\"test\")); throw 1 });\ntest(\"b\", || { print(\"b\"); throw 2 });";
    let text = ran(code).code(1).out_text();
    let at = |word: &str| text.find(&format!("      {word}\n")).unwrap_or_else(|| panic!("{word} in {text}"));
    assert!(at("test") < at("b"), "{text}");
    let late = ran("defer(|| throw \"late\"); test(\"a\", || ());");
    late.code(1).stdout_has("✗ tests/a_test.rhai: (cleanup)").stdout_has("late").stdout_has("1 passed, 1 failed");
    ran("test(\"a\", || defer(|| throw \"late\"));")
        .code(1)
        .stdout_has("✗ tests/a_test.rhai: a")
        .stdout_has("in deferred work");
}

// shows: test.command
#[test]
fn ctrl_c_cleans_up_and_tells_what_did_not_run() {
    let marks = tempfile::tempdir().unwrap();
    let (begun, cleaned) = (marks.path().join("begun"), marks.path().join("cleaned"));
    let code = "defer(|| sh([\"touch\", env.CLEANED]));\n\
        test(\"a\", || { defer(|| print(\"let go\")); sh([\"touch\", env.BEGUN]); sleep(600) });\ntest(\"b\", || ());";
    let test = file(code).env("BEGUN", begun.to_str().unwrap()).env("CLEANED", cleaned.to_str().unwrap());
    let running = test.args(["test"]).start();
    for _ in 0..4000 {
        if begun.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(begun.exists(), "{}", running.heard());
    running.interrupt();
    let outcome = running.finish();
    outcome.code(130).stdout_has(", interrupted)").stdout_has("      let go\n").stdout_has("a_test.rhai: b (not run)");
    outcome.stderr_has("interrupted");
    assert!(cleaned.exists(), "{}", outcome.report());
}

const MIXED: &str = "let n = #{t: 0};\ntest(\"good\", || ());\ntest(\"bad <&\", || { print(\"said\"); throw #{kind: \"own\", message: \"a \\\"b\\\"\"} });\n\
    test(\"shaky\", #{retries: 1}, || { n.t += 1; if n.t < 2 { throw 1 } });\ntest(\"later\", #{skip: \"why\"}, || ());";

// shows: test.reports
#[test]
fn results_as_json_lines() {
    let outcome = file(MIXED).args(["--json", "test"]).run();
    let lines: Vec<Value> =
        outcome.code(1).out_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&str> = lines.iter().filter_map(|line| line["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["passed", "failed", "flaky", "skipped"]);
    let bad = &lines[1];
    assert_eq!([&bad["event"], &bad["name"], &bad["why"]["kind"]], ["test", "bad <&", "own"]);
    assert_eq!([&bad["why"]["line"], &bad["output"]], [&Value::from(3), &Value::from("said\n")]);
    let end = &lines[4];
    assert_eq!([&end["event"], &end["passed"], &end["failed"]], [&Value::from("finished"), &2.into(), &1.into()]);
    assert_eq!(end["exit_code"], 1);
}

// shows: test.reports
#[test]
fn results_as_tap() {
    let text = file(MIXED).args(["test", "--format", "tap"]).run().code(1).out_text();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        lines,
        [
            "TAP version 14",
            "ok 1 - tests/a_test.rhai: good",
            "not ok 2 - tests/a_test.rhai: bad <&",
            "ok 3 - tests/a_test.rhai: shaky",
            "ok 4 - tests/a_test.rhai: later # SKIP why",
            "1..4",
        ]
    );
    assert!(text.contains("  message: \"a \\\"b\\\"\"\n") && text.contains("  output: \"said\\n\"\n"), "{text}");
    file(MIXED).args(["--json", "test", "--format", "tap"]).run().code(2).stderr_has("two ways");
}

// shows: test.reports
#[test]
fn results_as_junit() {
    let line = "xnet -q test --report junit=out.xml > /dev/null || code=$?; cat out.xml; exit $code";
    let text = file(MIXED).run_by("/bin/sh").args(["-c", line]).run().code(1).out_text();
    for part in [
        "<testsuite name=\"tests/a_test.rhai\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\"",
        "name=\"bad &lt;&amp;\"",
        "<failure message=\"tests/a_test.rhai:3:",
        "a &quot;b&quot;",
        "<system-out>said&#10;</system-out>",
        "<flakyFailure message=",
        "<skipped message=\"why\"/>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    file(MIXED).args(["test", "--report", "junt=x"]).run().code(2).stderr_has("did you mean `junit`?");
    file(MIXED).args(["test", "--report", "junit=/nonexistent/x"]).run().code(1).stderr_has("could not be written");
}

// shows: test.config
#[test]
fn tests_of_the_config_file_are_strict_and_checked() {
    let yaml = "tests:\n  - {from: web, too: db:80}\n  - {from: web, to: db:80, expect: rech}\n  - {form: x}\n";
    let told = |outcome: &Outcome| {
        outcome.code(2).stderr_has("unknown option `too`").stderr_has("did you mean `to`?");
        outcome.stderr_has(".xnet/config.yaml:2:").stderr_has("\"rech\" is not known here").stderr_has("`reach`");
    };
    told(&Test::new().project(yaml).args(["test"]).run());
    told(&Test::new().project(yaml).args(["check"]).run());
    let twice = "tests:\n  - {from: a, to: b:80}\n  - {from: a, to: b:80}\n";
    Test::new().project(twice).args(["check"]).run().code(2).stderr_has("another test is called \"a -> b:80\"");
    let odd = "tests:\n  - {from: a, to: b:99999}\n";
    let outcome = Test::new().project(odd).args(["check"]).run();
    outcome.code(2).stderr_has("\"99999\" is not a port").stderr_has(".xnet/config.yaml:2:19");
    let fine = "tests:\n  - {name: one, from: a, to: b:80}\n  - {from: a, to: b:80, expect: no_reach, retries: 2, timeout: 1s}\ntasks:\n  t: {command: echo}\n";
    Test::new().project(fine).args(["check"]).run().success().stderr_lacks("tests");
    let listed = Test::new().project(fine).args(["test", "--list"]).run();
    listed.success().stdout(".xnet/config.yaml: one\n.xnet/config.yaml: a -> b:80: no_reach\n");
    Test::new()
        .file("tasks/a.yaml", "tests: []\n")
        .args(["check"])
        .run()
        .code(2)
        .stderr_has("it belongs in .xnet/config.yaml");
}

#[test]
fn a_script_with_tests_runs_by_itself_too() {
    let outcome =
        Test::new().script("test(\"a\", || print(\"in\"));\ntest(\"b\", || throw \"no\");\nprint(\"out\");").run();
    outcome
        .code(1)
        .stdout_has("out\nin\n✓ a (")
        .stdout_has("✗ b (")
        .stderr_has("error: no")
        .stderr_has("1 of 2 tests failed");
    Test::new().script("test(\"a\", || ());").run().success().stdout_has("✓ a (");
    Test::new().args(["repl"]).stdin("test(\"a\", || ());\nprint(1);\n").run().success().stdout_has("✓ a (");
}

#[test]
fn what_a_test_prints_is_kept_within_a_bound() {
    let code = "test(\"t\", || { for i in 0..20000 { print(\"0123456789012345678901234567890123456789\") } throw 1 });";
    let text = ran(code).code(1).out_text();
    assert!(text.contains("(the beginning is left out)") && text.len() < 700_000, "{}", text.len());
}
