//! `xnet doc`: names by their ends, the shipped modules, and what is said of names that are none.

use crate::support::{Outcome, Test};

fn doc(name: &str) -> Outcome {
    Test::new().args(["doc", name]).run()
}

#[test]
fn the_end_of_a_name_is_enough() {
    doc("network.create").success().stdout_has("docker.network.create(name, options?)").stdout_has("Example:");
    doc("create").success().stdout_has("docker.network.create(").stdout_has("docker.service.create(");
    doc("run").success().stdout_has("docker.run(");
    doc("network").success().stdout_has("docker.network.list(");
}

#[test]
fn the_shipped_modules_are_explained() {
    let outcome = doc("std/debug");
    outcome.success().stdout_has("std/debug::check_port(container, port)").stdout_has("std/debug::debug_network(");
    doc("check_port").success().stdout_has("Whether something listens");
    Test::new().args(["doc", "--markdown"]).run().success().stdout_has("import \"std/debug\" as debug;");
}

#[test]
fn an_unknown_name_is_told_with_the_nearest() {
    doc("network.creat").code(2).stderr_has("`docker.network.create`");
    doc("nothing-like-it").code(2).stderr_has("without a name");
}

#[test]
fn examples_in_json_hold_an_image_that_is_there() {
    let outcome = Test::new().args(["--json", "doc", "docker.run"]).run();
    outcome.success().stdout_lacks("$image").stdout_has("busybox");
}

#[test]
fn a_wrong_address_is_shown_with_the_form_that_is_wanted() {
    let outcome = Test::new().args(["network", "create", "n", "--subnet", "10.214.9.0"]).run();
    outcome.code(2).stderr_has("10.214.9.0").stderr_has("write an address and a prefix, such as 10.0.0.0/24");
    let outcome = Test::new().args(["network", "connect", "n", "c", "--ip", "10.214.80.999"]).run();
    outcome.code(2).stderr_has("\"10.214.80.999\" is not an IPv4 address");
}

#[test]
fn the_prompt_knows_what_leaves_it() {
    let mut terminal = Test::new().args(["repl"]).at_terminal();
    terminal.enter("help").until("write :help").enter("exit").until("write :quit").enter("quit").until("Ctrl-D");
    terminal.enter("let help = 700;").enter("help + 7").until("707");
    terminal.enter(":quit").finish();
}
