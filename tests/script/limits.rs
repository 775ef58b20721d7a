//! A script cannot take the machine with it.

use crate::support::Test;

#[test]
fn endless_recursion_is_an_error_and_no_crash() {
    let outcome = Test::new().script("fn f(n) { f(n + 1) }\nf(0);").run();
    outcome.code(2).stderr_has("main.rhai:2:").stderr_lacks("overflowed its stack").stderr_lacks("panicked");
}

#[test]
fn deep_but_bounded_recursion_works() {
    Test::new()
        .script("fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } }\nprint(f(200));")
        .run()
        .success()
        .stdout("200\n");
}

#[test]
fn an_array_or_a_string_without_end_is_an_error() {
    Test::new().script("let s = \"x\"; loop { s += s; }").run().code(2).stderr_has("main.rhai:1:");
    Test::new().script("let a = [0]; loop { a += a; }").run().code(2).stderr_has("main.rhai:1:");
}

#[test]
fn the_number_of_operations_is_unlimited_unless_set() {
    let code = "let i = 0; while i < 300000 { i += 1; } print(i);";
    Test::new().script(code).run().success().stdout("300000\n");
    let outcome = Test::new().args(["--max-operations", "10000"]).script("loop {}").run();
    outcome.code(2).stderr_has("main.rhai:1:").stderr_has("--max-operations");
}

#[test]
fn an_expression_nested_without_reason_is_an_error_and_no_crash() {
    let code = format!("let x = {}1{};", "(".repeat(5000), ")".repeat(5000));
    Test::new().script(&code).run().code(2).stderr_lacks("panicked");
}

#[test]
fn ctrl_c_ends_a_loop_a_sleep_and_a_command() {
    for busy in ["loop {}", "sleep(600);", "sh(\"sleep 600\");", "while true { try { sleep(600) } catch (e) { } }"] {
        let mut running = Test::new().script(&format!("print(\"ready\");\n{busy}")).start();
        running.until("ready").interrupt();
        running.finish().code(130);
    }
}

#[test]
fn being_told_to_end_ends_a_script_too() {
    let mut running = Test::new().script("print(\"ready\");\nsleep(600);").start();
    running.until("ready").terminate();
    running.finish().code(130);
}
