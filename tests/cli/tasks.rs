//! `xnet tasks` and `xnet run TASK --help`.

use serde_json::{Value, json};

use crate::support::Test;

const PROJECT: &str = r"
tasks:
  deploy:
    description: Puts it in place
    params:
      - name: target
        description: Where to
        required: true
      - name: count
        type: int
        default: 2
    steps:
      - command: echo ${params.target} ${params.count}
  hello:
    command: echo hello
";

fn named<'a>(tasks: &'a Value, name: &str) -> &'a Value {
    let all = tasks.as_array().expect("a list of tasks");
    all.iter().find(|task| task["name"] == name).unwrap_or_else(|| panic!("{name} in {tasks:#}"))
}

#[test]
fn the_list_shows_own_and_shipped_tasks_with_what_they_do() {
    let outcome = Test::new().project(PROJECT).args(["tasks"]).run();
    outcome.success().stdout_has("deploy").stdout_has("Puts it in place").stdout_has("hello");
    for shipped in ["setup-network", "connect-all", "network-debug", "teardown-network"] {
        outcome.stdout_has(shipped);
    }
}

#[test]
fn the_list_for_programs_has_names_descriptions_params_and_files() {
    let outcome = Test::new().project(PROJECT).args(["tasks", "--json"]).run();
    let tasks = outcome.success().json();
    let deploy = named(&tasks, "deploy");
    assert_eq!(deploy["description"], "Puts it in place");
    assert_eq!(deploy["params"][0]["name"], "target");
    assert_eq!(deploy["params"][0]["required"], true);
    assert_eq!(deploy["params"][1]["type"], "int");
    assert_eq!(deploy["params"][1]["default"], json!(2));
    assert!(deploy["file"].as_str().is_some_and(|path| path.ends_with(".xnet/config.yaml")), "{deploy}");
    assert!(named(&tasks, "setup-network")["file"].is_string());
}

#[test]
fn a_task_explains_its_own_params() {
    let outcome = Test::new().project(PROJECT).args(["run", "deploy", "--help"]).run();
    outcome.success().stdout_has("Puts it in place").stdout_has("target").stdout_has("Where to").stdout_has("count");
    outcome.stdout_has("required").stdout_has("2");
}

#[test]
fn shipped_tasks_explain_themselves() {
    for (task, param) in
        [("connect-all", "network"), ("network-debug", "container"), ("setup-network", ""), ("teardown-network", "")]
    {
        Test::new().args(["run", task, "--help"]).run().success().stdout_has(task).stdout_has(param);
    }
}

#[test]
fn tasks_are_found_upwards_beside_and_at_home() {
    let test = || {
        Test::new()
            .project("tasks:\n  from-config:\n    command: echo config\n  both:\n    command: echo config\n")
            .file("tasks/extra.yaml", "tasks:\n  from-folder:\n    command: echo folder\n")
            .file(
                "~/.config/xnet/config.yaml",
                "tasks:\n  from-home:\n    command: echo home\n  both:\n    command: echo home\n",
            )
            .within("deep/er")
    };
    for (task, words) in
        [("from-config", "config"), ("from-folder", "folder"), ("from-home", "home"), ("both", "config")]
    {
        test().args(["run", task]).run().success().stdout(&format!("{words}\n"));
    }
}

#[test]
fn a_project_replaces_a_shipped_task_of_the_same_name() {
    let test = Test::new().project("tasks:\n  setup-network:\n    command: echo mine\n");
    test.args(["run", "setup-network"]).run().success().stdout("mine\n");
}

#[test]
fn any_config_file_can_be_given() {
    let test = Test::new().file("other.yaml", "tasks:\n  x:\n    command: echo other\n");
    test.args(["--config", "other.yaml", "run", "x"]).run().success().stdout("other\n");
    Test::new().args(["--config", "none.yaml", "tasks"]).run().code(2).stderr_has("none.yaml");
}

#[test]
fn no_tasks_of_ones_own_is_no_error() {
    Test::new().args(["tasks"]).run().success().stdout_has("setup-network");
}

#[test]
fn a_fault_in_one_task_spoils_only_that_task() {
    let project = "tasks:\n  bad:\n    comand: echo bad\n  good:\n    command: echo good\n";
    let outcome = Test::new().project(project).args(["run", "good"]).run();
    outcome.success().stdout("good\n");
    let outcome = Test::new().project(project).args(["run", "bad"]).run();
    outcome.code(2).stdout("").stderr_has("config.yaml:3:").stderr_has("comand").stderr_has("`command`");
    let outcome = Test::new().project(project).args(["tasks"]).run();
    outcome.stdout_has("good").stderr_has("comand");
}
