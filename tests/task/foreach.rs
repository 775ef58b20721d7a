//! `foreach`: a step for each element of a list, a map, a range.

use crate::support::{Outcome, Test};

#[track_caller]
fn run(steps: &str) -> Outcome {
    let indented = steps.trim_matches('\n').replace('\n', "\n      ");
    let project = format!(
        "tasks:\n  t:\n    params: [{{name: n, type: int, default: 3}}]\n    steps:\n      {indented}\n  say:\n    params: [{{name: what}}]\n    command: echo said ${{params.what}}\n"
    );
    Test::new().project(&project).args(["run", "t"]).run()
}

#[test]
fn a_list_a_range_and_a_map_are_gone_over() {
    run("- command: echo ${index} ${item}\n  foreach: [a, 'b c', 1.10]").success().stdout("0 a\n1 b c\n2 1.10\n");
    run("- command: echo ${item}\n  foreach: 1..=params.n").success().stdout("1\n2\n3\n");
    run("- command: echo ${item}\n  foreach: 1..params.n").success().stdout("1\n2\n");
    run("- command: echo ${pair.key}=${pair.value}\n  foreach: '#{a: 1, b: \"two\"}'\n  as: pair")
        .success()
        .stdout("a=1\nb=two\n");
    run("- script: 'print(`${index}: ${item.x}`)'\n  foreach: '[#{x: 5}]'").success().stdout("0: 5\n");
    run("- command: echo never\n  foreach: []\n- command: echo after").success().stdout("after\n");
}

#[test]
fn a_value_of_a_loop_is_a_value_and_never_code() {
    let steps = "- command: printf '[%s]' ${item} \"${item}\" '${item}'; test ! -e owned\n  foreach: ['$(touch owned)', \"; touch owned '\", '*']";
    run(steps).success().stdout(
        "[$(touch owned)][$(touch owned)][$(touch owned)][; touch owned '][; touch owned '][; touch owned '][*][*][*]",
    );
    run("- command: echo \"$E\"\n  env: {E: 'e-${item}'}\n  foreach: [1]").success().stdout("e-1\n");
    run("- task: say\n  with: {what: '${item}'}\n  foreach: [1, 2]").success().stdout("said 1\nsaid 2\n");
    run("- command: echo ${item:-none}\n  foreach: ['']").success().stdout("none\n");
}

#[test]
fn each_element_has_its_condition_and_its_failure() {
    run("- command: echo ${item}\n  foreach: [1, 2, 3]\n  when: item != \"2\"").success().stdout("1\n3\n");
    run("- command: echo ${item}; test ${item} != 2\n  foreach: [1, 2, 3]")
        .code(1)
        .stdout("1\n2\n")
        .stderr_has("for element 1: 2");
    run("- command: test ${item} != 2 && echo ${item}\n  foreach: [1, 2, 3]\n  on_failure: continue")
        .success()
        .stdout("1\n3\n");
}

#[test]
fn the_results_of_all_are_registered() {
    let steps = "- command: echo ${item}\n  foreach: [a, b]\n  register: all\n- script: 'print(all.items.len()); print(all.items[1].stdout); print(all.ok)'\n- command: echo ${all.stdout}";
    run(steps).success().stdout("a\nb\n2\nb\ntrue\na\nb\n");
}

#[test]
fn elements_run_at_the_same_time() {
    // Each waits for the other.
    let steps = "- command: touch here-${item}; until test -e here-${other.x}; do sleep 0.01; done; echo met\n  foreach: '[1, 2]'\n  parallel: 2";
    let steps = steps.replace("${other.x}", "$((3 - ${index} - 1))");
    let outcome = run(&steps);
    outcome.success().stdout_has("1 | met\n").stdout_has("2 | met\n");
}

#[test]
fn what_is_no_list_is_an_error_and_not_one_element() {
    run("- command: echo never\n  foreach: params.n").code(2).stdout("").stderr_has("a list, a map or a range");
    run("- command: echo never\n  foreach: '[1,'").code(2).stdout("");
    run("- command: echo never\n  foreach: [[1]]").code(2).stdout("").stderr_has("one value");
    run("- command: echo never\n  foreach: {a: 1}").code(2).stdout("").stderr_has("a list, or an expression");
    run("- command: echo never\n  foreach:").code(2).stdout("");
    run("- command: echo never\n  as: x").code(2).stderr_has("`foreach`");
    run("- command: echo never\n  foreach: [1]\n  as: docker").code(2).stderr_has("cannot be a name");
    run("- command: echo never\n  foreach: [1]\n  parallel: 0").code(2).stderr_has("at least 1");
}

#[test]
fn outside_its_loop_the_shell_s_item_is_the_shell_s() {
    run("- command: item=own; echo ${item}").success().stdout("own\n");
}

#[test]
fn hostile_elements_arrive_byte_for_byte() {
    let values = [
        "x; touch owned",
        "$(touch owned)",
        "`touch owned`",
        "\"; touch owned; \"",
        "'; touch owned; '",
        "a\nb; touch owned",
        "*",
        "~",
        "${HOME}",
        "${item}",
        "\\",
        "é ü 世界",
        " two  words ",
        "-n",
        "a=b",
        "| touch owned",
        "%s%n",
        "}",
    ];
    let list = values.map(|value| serde_json::to_string(value).unwrap()).join(", ");
    let steps = format!(
        "- command: printf '[%s]' ${{item}} '${{item}}' \"${{item}}\"; test ! -e owned\n  foreach: [{list}]\n- command: test ! -e owned"
    );
    let expected: String = values.iter().map(|value| format!("[{value}]").repeat(3)).collect();
    run(&steps).success().stdout(&expected);
    // The same from an expression.
    let steps = format!(
        "- command: printf '[%s]' ${{item}} '${{item}}' \"${{item}}\"; test ! -e owned\n  foreach: |\n    [{list}]"
    );
    run(&steps).success().stdout(&expected);
}
