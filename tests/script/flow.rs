//! `parallel`, `retry`, `wait_for` and `defer`: real threads, first errors with their place, deferred work however it ends.

use crate::support::{Outcome, Test};

#[track_caller]
fn ran(code: &str) -> Outcome {
    Test::new().script(code).run()
}

// shows: flow
#[test]
fn functions_and_elements_run_at_the_same_time_and_answer_in_order() {
    // Each waits for the other: one after another they would not come to an end.
    let code = "let here = #{a: false, b: false};\n\
        let meet = |own, other| { here[own] = true; wait_for(#{timeout: \"30s\", every: \"5ms\"}, || here[other]); own };\n\
        print(parallel([|| meet.call(\"a\", \"b\"), || meet.call(\"b\", \"a\")]));";
    ran(code).success().stdout("[\"a\", \"b\"]\n");
    ran("print(parallel([3, 1, 2], |n| { sleep(n * 0.01); n * 2 }));").success().stdout("[6, 2, 4]\n");
    ran("print(parallel([\"a\", \"b\"], |x, index| `${index}${x}`, #{limit: 1}));")
        .success()
        .stdout("[\"0a\", \"1b\"]\n");
    ran("print(parallel(0..3, |n| n)); print(parallel([]));").success().stdout("[0, 1, 2]\n[]\n");
}

// shows: flow
#[test]
fn no_more_than_the_limit_run_at_a_time() {
    let code = "let now = 0; let most = 0;\n\
        parallel(0..12, |n| { now += 1; if now > most { most = now } sleep(\"20ms\"); now -= 1; }, #{limit: 3});\n\
        print(most <= 3); print(now);";
    ran(code).success().stdout("true\n0\n");
}

#[test]
fn what_is_changed_is_shared_and_what_is_only_read_hinders_nobody() {
    ran("let all = []; let sum = 0; parallel(0..200, |n| { all.push(n); sum += n; }); print(all.len()); print(sum);")
        .success()
        .stdout("200\n19900\n");
    // A method of a captured list runs for long in each: its lock would make the others fail.
    let code = "let hosts = [\"a\", \"b\", \"c\"];\n\
        let all = parallel(hosts, |one| hosts.map(|other| { sleep(\"40ms\"); one + other }));\nprint(all[2]);";
    ran(code).success().stdout("[\"ca\", \"cb\", \"cc\"]\n");
    let within = "let made = []; parallel([1, 2], |n| retry(#{delay: 0}, || made.push(n))); print(made.len());";
    ran(within).success().stdout("2\n");
}

#[test]
fn calls_within_calls_neither_wait_for_each_other_nor_take_all_threads() {
    let code = "fn deep(n) { if n == 0 { 1 } else { parallel([|| deep(n - 1), || deep(n - 1)]).reduce(|a, b| a + b, 0) } }\n\
        print(deep(9));\nprint(parallel(0..40, |a| parallel(0..40, |b| 1).len()).reduce(|a, b| a + b, 0));";
    ran(code).success().stdout("512\n1600\n");
}

// shows: flow
#[test]
fn the_first_error_has_its_place_and_keeps_the_rest_from_beginning() {
    let code = "parallel([1, 2, 3], |n| {\n    print(n);\n    throw \"no \" + n\n}, #{limit: 1});";
    let outcome = ran(code);
    outcome
        .code(1)
        .stdout("1\n")
        .stderr_has("no 1")
        .stderr_has("main.rhai:3:5")
        .stderr_has("called from a closure here");
    let outcome = ran("parallel([1, 2, 3], |n| { print(n); throw \"no \" + n }, #{limit: 1, fail_fast: false});");
    outcome.code(1).stdout("1\n2\n3\n").stderr_has("error: no 1");
    outcome.stderr_has("parallel: element 1 failed too: no 2").stderr_has("element 2 failed too: no 3");
    ran("try { parallel([|| throw #{kind: \"own\", message: \"x\"}]) } catch (e) { print(e.kind) }")
        .success()
        .stdout("own\n");
    ran("parallel([1], |n| exit(7)); print(\"on\");").code(7).stdout("");
}

#[test]
fn what_cannot_be_called_or_is_misspelt_is_told() {
    ran("parallel([|| 1, 2]);").code(2).stderr_has("element 1 is an int, and no function");
    ran("parallel(5, |x| x);").code(2).stderr_has("expected a list, found an int");
    ran("parallel([1], |x| x, #{limt: 2});").code(2).stderr_has("unknown option `limt`").stderr_has("`limit`");
    ran("parallel([1], |x| x, #{limit: 0});").code(2).stderr_has("`limit`");
    ran("parallel([1], |a, b, c| 1);").code(2).stderr_has("at most 2 parameters");
    ran("retry(#{tims: 2}, || 1);").code(2).stderr_has("`times`");
    ran("retry(#{backoff: 0.5}, || 1);").code(2).stderr_has("a factor from 1 to 100");
    ran("retry(#{when: 3}, || 1);").code(2).stderr_has("`when`: expected a function, found int");
    ran("wait_for(#{timout: 1}, || true);").code(2).stderr_has("`timeout`");
    ran("wait_for(#{}, || 3);").code(2).stderr_has("the function answered 3").stderr_has("hint: it answers true");
}

// shows: flow
#[test]
fn retry_tries_again_and_gives_the_value() {
    let code = "let got = retry(#{times: 5, delay: \"1ms\", backoff: \"exponential\", max_delay: \"2ms\"}, |n| {\n\
        print(n); if n < 3 { throw \"not yet\" } n * 10 });\nprint(got);";
    ran(code).success().stdout("1\n2\n3\n30\n");
    let failing =
        ran("retry(#{times: 2, delay: 0}, || {\n    throw #{kind: \"refused\", message: \"no\", status: 403}\n});");
    failing.code(1).stderr_has("no (tried 2 times)").stderr_has("main.rhai:2:");
    let kept = "try { retry(#{times: 2, delay: 0}, || throw #{kind: \"refused\", message: \"no\"}) } catch (e) { print(e.kind) }";
    ran(kept).success().stdout("refused\n");
}

// shows: flow
#[test]
fn retry_asks_whether_to_and_does_not_repeat_a_mistake() {
    let code = "retry(#{times: 5, delay: 0, when: |e, n| { print(n); e == \"again\" }}, |n| { if n == 1 { throw \"again\" } throw \"end\" });";
    ran(code).code(1).stdout("1\n2\n").stderr_has("error: end").stderr_lacks("tried");
    for mistake in ["nobody(1)", "docker.run(\"x\", #{nmae: 1})"] {
        let code = format!("retry(#{{times: 3, delay: 0}}, |n| {{ print(n); {mistake} }});");
        ran(&code).code(2).stdout("1\n");
    }
}

// shows: flow
#[test]
fn wait_for_ends_when_it_is_so_or_tells_what_was_so_last() {
    ran("print(wait_for(#{every: \"1ms\"}, |n| n == 3)); print(wait_for(#{}, || #{ok: true, at: 5}).at);")
        .success()
        .stdout("true\n5\n");
    ran("wait_for(#{timeout: \"50ms\", every: \"5ms\"}, || #{ok: false, cause: \"refused\"});")
        .code(5)
        .stderr_has("not so within 50 ms, asked")
        .stderr_has("the last answer was {\"cause\":\"refused\",\"ok\":false}")
        .stderr_has("main.rhai:1:");
    ran("wait_for(#{timeout: \"50ms\", every: \"5ms\"}, || throw \"gone\");")
        .code(5)
        .stderr_has("the last error was: gone");
    // A call that hangs is ended with the time, and only that: the script goes on.
    ran("try { wait_for(#{timeout: \"50ms\"}, || sleep(600)) } catch (e) { print(e.kind) } sleep(\"1ms\"); print(\"on\");")
        .success()
        .stdout("timeout\non\n");
    ran("wait_for(#{every: \"1ms\"}, |n| n > 2 && nobody);").code(2).stderr_has("nobody");
}

// shows: flow
#[test]
fn deferred_work_runs_last_first_on_success_and_on_error() {
    let code = "let n = 1;\ndefer(|| print(\"first \" + n));\ndefer(|| { defer(|| print(\"within\")); print(\"second\") });\nn = 2;\nprint(\"body\");\n";
    ran(code).success().stdout("body\nsecond\nwithin\nfirst 2\n");
    ran(&format!("{code}throw \"sorry\";"))
        .code(1)
        .stdout("body\nsecond\nwithin\nfirst 2\n")
        .stderr_has("error: sorry");
    ran(&format!("{code}exit(3);")).code(3).stdout("body\nsecond\nwithin\nfirst 2\n");
    ran("fn f() { defer(|| print(\"late\")); } f(); print(\"now\");").success().stdout("now\nlate\n");
}

// shows: flow
#[test]
fn an_error_of_deferred_work_is_told_and_hides_no_other() {
    let outcome = ran("defer(|| print(\"done\"));\ndefer(|| {\n    throw \"late\"\n});\nprint(\"ok\");");
    outcome
        .code(1)
        .stdout("ok\ndone\n")
        .stderr_has("error: late")
        .stderr_has("main.rhai:3:5")
        .stderr_has("in deferred work");
    let outcome = ran("defer(|| throw \"late\");\nthrow \"early\";");
    outcome.code(1).stderr_has("error: late").stderr_has("error: early");
    let text = outcome.err_text();
    outcome.check(text.rfind("early") > text.rfind("late"), "the first error last, where it is read");
    ran("defer(|| nobody(1)); exit(0);").code(2).stderr_has("nobody");
}

// shows: flow
#[test]
fn ctrl_c_runs_deferred_work_and_a_second_one_stops_it() {
    let mut running = Test::new().script("defer(|| print(\"tidy\"));\nprint(\"ready\");\nsleep(600);").start();
    running.until("ready").interrupt();
    running.finish().code(130).stdout("ready\ntidy\n");
    let code =
        "defer(|| print(\"never\"));\ndefer(|| { print(\"tidying\"); sleep(600) });\nprint(\"ready\");\nsleep(600);";
    let mut running = Test::new().script(code).start();
    running.until("ready").interrupt();
    running.until("tidying").interrupt();
    running.finish().code(130).stdout("ready\ntidying\n").stderr_has("1 deferred function did not run");
}

#[test]
fn ctrl_c_while_only_deferred_work_is_left_is_no_success() {
    let mut running =
        Test::new().script("defer(|| { print(\"tidying\"); sleep(\"300ms\"); print(\"tidy\") });").start();
    running.until("tidying").interrupt();
    running.finish().code(130).stdout("tidying\ntidy\n");
}

// shows: flow
#[test]
fn ctrl_c_ends_what_runs_in_parallel_and_waits() {
    for busy in [
        "parallel([1, 2], |x| sleep(600))",
        "parallel([1, 2], |x| parallel([1, 2], |y| loop {}))",
        "retry(#{delay: 600}, || throw 1)",
        "wait_for(#{timeout: 600}, || false)",
    ] {
        let mut running = Test::new().script(&format!("print(\"ready\");\n{busy};\nprint(\"on\");")).start();
        running.until("ready").interrupt();
        running.finish().code(130).stdout("ready\n");
    }
}

#[test]
fn deferred_work_of_a_step_runs_before_what_a_task_does_finally() {
    let yaml = "tasks:\n  t:\n    steps:\n      - script: defer(|| print(\"deferred\")); print(\"step\"); throw \"no\";\n    finally:\n      - script: print(\"finally\")\n";
    Test::new().project(yaml).args(["run", "t"]).run().code(1).stdout("step\ndeferred\nfinally\n");
}

#[test]
fn the_session_of_the_repl_does_deferred_work_at_its_end() {
    let outcome = Test::new().args(["repl"]).stdin("defer(|| print(\"late\"));\nprint(\"now\");\n").run();
    outcome.success().stdout("now\nlate\n");
    Test::new().args(["repl"]).stdin("defer(|| print(\"late\"));\nthrow 1;\n").run().code(1).stdout("late\n");
}

#[test]
fn a_module_s_functions_can_be_handed_over() {
    let module = "fn double(n) { n * 2 }\nfn all(list) { parallel(list, |n| double(n)) }\nfn later() { defer(|| print(double(21))) }";
    let test = Test::new().file("lib.rhai", module);
    let code =
        "import \"lib\" as lib;\nlib::later();\nprint(lib::all([1, 2]));\nprint(parallel([1, 2], |n| lib::double(n)));";
    test.script(code).run().success().stdout("[2, 4]\n[2, 4]\n42\n");
}
