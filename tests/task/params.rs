//! Parameters: declared, coerced, asked for.

use crate::support::Test;

fn with(param: &str, value: &[&str]) -> crate::support::Outcome {
    let project = format!(
        "tasks:\n  t:\n    params:\n      - {param}\n    steps:\n      - command: printf '%s' \"${{params.p}}\"\n"
    );
    let mut test = Test::new().project(&project).args(["run", "t"]);
    for word in value {
        test = test.args([word]);
    }
    test.run()
}

#[test]
fn a_value_is_given_defaulted_or_missing() {
    with("name: p", &["p=x y"]).success().stdout("x y");
    with("{name: p, default: d}", &[]).success().stdout("d");
    with("{name: p, default: d}", &["p=own"]).success().stdout("own");
    with("{name: p, default: d}", &["p="]).success().stdout("");
    with("{name: p, required: true}", &[]).code(2).stdout("").stderr_has("p=").stderr_has("run t");
}

#[test]
fn types_are_kept_to() {
    with("{name: p, type: int}", &["p=12"]).success().stdout("12");
    with("{name: p, type: int}", &["p=twelve"]).code(2).stderr_has("twelve").stderr_has("p");
    with("{name: p, type: int}", &["p=1.5"]).code(2).stderr_has("1.5");
    with("{name: p, type: float}", &["p=1.5"]).success().stdout("1.5");
    with("{name: p, type: bool}", &["p=true"]).success().stdout("true");
    with("{name: p, type: bool}", &["p=maybe"]).code(2).stderr_has("maybe");
    with("{name: p, type: string}", &["p=1.10"]).success().stdout("1.10");
    with("{name: p, default: 1.10}", &[]).success().stdout("1.10");
    with("{name: p, type: port}", &["p=70000"]).code(2).stderr_has("70000");
}

#[test]
fn an_unknown_type_or_key_of_a_param_is_refused() {
    with("{name: p, type: integr}", &["p=1"]).code(2).stderr_has("integr").stderr_has("int");
    with("{name: p, requird: true}", &["p=1"]).code(2).stderr_has("requird").stderr_has("`required`");
    with("{nmae: p}", &["p=1"]).code(2).stderr_has("nmae");
}

#[test]
fn a_default_must_be_of_its_type() {
    with("{name: p, type: int, default: many}", &[]).code(2).stderr_has("many");
}

#[test]
fn an_undeclared_value_is_refused_with_the_nearest_name() {
    let outcome = with("{name: p, default: d}", &["pp=1"]);
    outcome.code(2).stdout("").stderr_has("pp").stderr_has("`p`");
    with("{name: p, default: d}", &["loose"]).code(2).stderr_has("loose");
}

#[test]
fn params_can_be_used_by_scripts_with_their_type() {
    let project = r"
tasks:
  t:
    params:
      - {name: n, type: int, default: 4}
      - {name: on, type: bool, default: true}
    steps:
      - script: print(params.n * 2); print(params.on == true);
";
    Test::new().project(project).args(["run", "t", "n=21"]).run().success().stdout("42\ntrue\n");
}

#[test]
fn a_missing_value_is_asked_for_at_a_terminal() {
    let project = "tasks:\n  t:\n    params:\n      - {name: p, description: The place, required: true}\n    command: echo got-${params.p}\n";
    let mut terminal = Test::new().project(project).args(["run", "t"]).at_terminal();
    terminal.until("p").line("here").until("got-here");
    assert!(terminal.finish().success());
}

#[test]
fn a_task_given_as_its_bare_command_takes_params_too() {
    let project = "tasks:\n  t:\n    params:\n      - name: p\n    command: echo ${params.p}\n";
    Test::new().project(project).args(["run", "t", "p=x"]).run().success().stdout("x\n");
}
