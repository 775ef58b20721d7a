//! Files that include files; tasks that are private, have other names, belong to a group, or ask first.

use crate::support::{Outcome, Test};

fn included() -> Test {
    Test::new()
        .project("include: [ops/net.yaml, {file: ops/db.yaml, as: db}]\ntasks:\n  up:\n    steps:\n      - task: db:migrate\n      - task: net:up\n")
        .file("ops/net.yaml", "tasks:\n  up: {command: echo net up}\n")
        .file(
            "ops/db.yaml",
            "include: [{file: ops/deeper/dump.yaml, as: dump}]\nvars: {what: db}\ntasks:\n  migrate:\n    aliases: [mig]\n    steps:\n      - task: check\n      - task: dump:all\n      - command: echo migrated ${vars.what}; cat here\n  check: {private: true, command: echo checked}\n",
        )
        .file("ops/deeper/dump.yaml", "tasks:\n  all: {command: echo dumped}\n")
        .file("here", "in the project\n")
}

#[test]
fn included_tasks_are_called_by_the_name_of_their_file() {
    let migrated = "checked\ndumped\nmigrated db\nin the project\n";
    included().args(["run", "up"]).run().success().stdout(&format!("{migrated}net up\n"));
    included().args(["run", "db:mig"]).run().success().stdout(migrated);
    included().args(["run", "db:dump:all"]).run().success().stdout("dumped\n");
    included().args(["run", "migrate"]).run().code(2).stderr_has("no task is called `migrate`");
    let outcome = included().args(["tasks"]).run();
    outcome.success().stdout_has("db:migrate (db:mig)").stdout_has("net:up").stdout_lacks("check ");
}

#[test]
fn an_included_task_needs_and_ends_with_tasks_by_their_short_names() {
    let test = Test::new().project("include: [db.yaml]\n").file(
        "db.yaml",
        "tasks:\n  a: {needs: [b, {task: c, with: {x: 1}}], finally: [{task: b}], command: echo a}\n  b: {command: echo b}\n  c: {params: [{name: x}], steps: [{command: 'exit 1', on_failure: {task: b}}]}\n  d: {needs: b, finally: [{task: b}], command: echo d}\n",
    );
    test.args(["run", "db:d"]).run().success().stdout("b\nd\nb\n");
}

#[test]
fn an_error_in_an_included_file_points_there() {
    let test = Test::new()
        .project("include: [ops/db.yaml]\ntasks:\n  t: {command: echo fine}\n")
        .file("ops/db.yaml", "tasks:\n  a:\n    comand: echo\n  b: {command: 'echo ${params.x}'}\n");
    test.args(["run", "db:a"]).run().code(2).stderr_has("ops/db.yaml:3:5").stderr_has("`command`");
    let test = Test::new()
        .project("include: [ops/db.yaml]\n")
        .file("ops/db.yaml", "tasks:\n  b: {command: 'echo ${params.x}'}\n");
    test.args(["run", "db:b"]).run().code(2).stderr_has("ops/db.yaml:2:").stderr_has("task `db:b` has no parameter");
}

#[test]
fn a_missing_included_file_is_told_with_its_place_and_spoils_nothing_else() {
    let test = || Test::new().project("include:\n  - none.yaml\ntasks:\n  t: {command: echo fine}\n");
    test().args(["run", "t"]).run().success().stdout("fine\n");
    let outcome = test().args(["run", "none:x"]).run();
    outcome.code(2).stderr_has("config.yaml:2:5").stderr_has("none.yaml could not be read");
    test().args(["tasks"]).run().code(2).stderr_has("none.yaml could not be read").stdout_has("t ");
}

#[test]
fn files_that_include_each_other_are_refused_with_the_circle() {
    let test = Test::new()
        .project("include: [a.yaml]\n")
        .file("a.yaml", "include: [b.yaml]\ntasks:\n  x: {command: echo a}\n")
        .file("b.yaml", "include: [a.yaml]\n");
    let outcome = test.args(["tasks"]).run();
    outcome.code(2).stderr_has("a.yaml → b.yaml → a.yaml").stderr_has("b.yaml:1:").stdout_has("a:x");
}

#[test]
fn files_that_include_two_others_each_come_to_an_end() {
    let mut test = Test::new().project("include: [f0.yaml]\n");
    for level in 0..12 {
        let next = level + 1;
        let yaml = format!("include: [{{file: f{next}.yaml, as: a}}, {{file: f{next}.yaml, as: b}}]\ntasks: {{}}\n");
        test = test.file(&format!("f{level}.yaml"), &yaml);
    }
    test.file("f12.yaml", "tasks: {}\n").args(["tasks"]).run().code(2).stderr_has("more than 256 files");
}

#[test]
fn an_include_that_is_wrong_is_told() {
    for (include, words) in [
        ("[{file: a.yaml, as: x}, {file: b.yaml, as: x}]", "two included files are called `x`"),
        ("[{fil: a.yaml}]", "did you mean `file`?"),
        ("a.yaml", "expected a list"),
        ("[{file: a.yaml, as: 'x y'}]", "tasks cannot be called by `x y:`"),
        ("[.xnet]", "could not be read"),
    ] {
        let project = format!("include: {include}\ntasks:\n  t: {{command: echo fine}}\n");
        Test::new().project(&project).args(["tasks"]).run().code(2).stderr_has("config.yaml:1:").stderr_has(words);
    }
}

#[test]
fn a_private_task_is_for_other_tasks_only() {
    let project = "tasks:\n  t:\n    steps: [{task: hidden}]\n  hidden: {private: true, command: echo hidden ran}\n";
    Test::new().project(project).args(["run", "t"]).run().success().stdout("hidden ran\n");
    Test::new().project(project).args(["run", "hidden"]).run().code(2).stdout("").stderr_has("is private");
    Test::new().project(project).args(["tasks"]).run().success().stdout_lacks("hidden");
    let outcome = Test::new().project(project).args(["tasks", "--json"]).run();
    outcome.success().stdout_lacks("hidden");
    Test::new().project(project).args(["run", "hiden"]).run().code(2).stderr_lacks("hidden");
}

#[test]
fn a_task_has_other_names() {
    let project = "tasks:\n  deploy: {aliases: [d, ship], command: echo deployed}\n  t:\n    steps: [{task: ship}]\n";
    for name in ["deploy", "d", "ship", "t"] {
        Test::new().project(project).args(["run", name]).run().success().stdout("deployed\n");
    }
    Test::new().project(project).args(["run", "shpi"]).run().code(2).stderr_has("`ship`");
    for (tasks, words) in [
        ("a: {aliases: [b], command: x}\n  b: {command: x}", "`b` is a name of two tasks"),
        ("a: {aliases: [c], command: x}\n  b: {aliases: [c], command: x}", "`c` is a name of two tasks"),
        ("a: {aliases: [a], command: x}", "cannot be another name"),
        ("a: {aliases: ['-x'], command: x}", "cannot be another name"),
        ("a: {aliases: x, command: x}", "expected a list"),
    ] {
        Test::new().project(&format!("tasks:\n  {tasks}\n")).args(["run", "a"]).run().code(2).stderr_has(words);
    }
}

#[test]
fn the_listing_is_in_groups() {
    let project = "tasks:\n  a: {group: database, command: x}\n  b: {command: x}\n  c: {group: web, command: x}\n  d: {group: database, command: x}\n";
    let outcome = Test::new().project(project).args(["tasks"]).run();
    outcome.success();
    let names: Vec<String> =
        outcome.out_text().lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    assert!(at("b") < at("[database]") && at("[database]") < at("a") && at("a") < at("d"), "{names:?}");
    assert!(at("d") < at("[web]") && at("[web]") < at("c"), "{names:?}");
}

#[test]
fn a_wrong_way_to_say_how_a_task_is_found_is_told() {
    for (key, words) in [
        ("group: ''", "`group` is empty"),
        ("group: [a]", "expected a string"),
        ("private: maybe", "expected true or false"),
        ("alises: [x]", "did you mean `aliases`?"),
    ] {
        let project = format!("tasks:\n  t: {{{key}, command: echo ran}}\n");
        let outcome = Test::new().project(&project).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has("config.yaml:2:").stderr_has(words);
    }
}

#[test]
fn one_task_is_told_by_name() {
    let project = "tasks:\n  deploy:\n    description: Ships it\n    aliases: [d]\n    group: web\n    confirm: Really?\n    params: [{name: stage, type: enum, values: [dev, prod], secret: false}]\n    command: x\n";
    let outcome = Test::new().project(project).args(["tasks", "d"]).run();
    outcome.success().stdout_has("Ships it").stdout_has("Also called: d").stdout_has("Asks before it runs: Really?");
    let told = Test::new().project(project).args(["tasks", "d", "--json"]).run().json();
    assert_eq!(told["name"], "deploy");
    assert_eq!(
        (told["aliases"][0].as_str(), told["group"].as_str(), told["line"].as_u64()),
        (Some("d"), Some("web"), Some(2))
    );
    assert_eq!(told["params"][0]["values"], serde_json::json!(["dev", "prod"]));
    assert_eq!(told["confirm"], "Really?");
    Test::new().project(project).args(["tasks", "x"]).run().code(2).stderr_has("no task is called `x`");
}

fn confirmed() -> Test {
    Test::new().project("tasks:\n  t:\n    params: [{name: p, default: all}]\n    confirm: Remove ${params.p}?\n    command: echo removed\n  u:\n    steps: [{command: echo first}, {task: t}]\n")
}

#[test]
fn a_task_asks_before_it_runs() {
    let mut terminal = confirmed().args(["run", "t"]).at_terminal();
    terminal.until("Remove all? [y/N] ").line("y").until("removed");
    assert!(terminal.finish().success());
    let mut terminal = confirmed().args(["run", "t"]).at_terminal();
    terminal.until("[y/N] ").line("").until("was not confirmed");
    assert_eq!(terminal.finish().code(), Some(1));
    assert!(!terminal.shown().contains("removed"));
    confirmed().args(["--yes", "run", "t"]).run().success().stdout("removed\n");
}

#[test]
fn where_nobody_can_be_asked_nothing_runs() {
    let refused = |outcome: Outcome| {
        outcome.code(2).stdout("").stderr_has("task `t` must be confirmed").stderr_has("--yes");
    };
    refused(confirmed().args(["run", "t"]).run());
    refused(confirmed().args(["run", "u"]).run());
    confirmed().args(["--yes", "run", "u"]).run().success().stdout("first\nremoved\n");
    Test::new()
        .project("tasks:\n  t: {confirm: '', command: x}\n")
        .args(["run", "t"])
        .run()
        .code(2)
        .stderr_has("`confirm` is empty");
}

#[test]
fn what_spoils_a_file_is_told_when_another_task_runs_too() {
    let project = "bogus: 1\ntasks:\n  show: {command: echo shown}\n";
    let outcome = Test::new().project(project).args(["run", "show"]).run();
    outcome.success().stdout("shown\n").stderr_has("warning: .xnet/config.yaml:1:1: unknown key `bogus`");
}

#[test]
fn a_config_file_may_end_in_yml() {
    let yaml = "tasks:\n  t: {command: echo fine}\n";
    let test = || Test::new().file(".xnet/config.yml", yaml);
    test().args(["run", "t"]).run().success().stdout("fine\n");
    test().within("deep/er").args(["run", "t"]).run().success().stdout("fine\n");
    let both = test().project("tasks:\n  t: {command: echo other}\n");
    both.args(["run", "t"])
        .run()
        .code(2)
        .stdout("")
        .stderr_has("both")
        .stderr_has("config.yml")
        .stderr_has("config.yaml");
    let user = Test::new().file("~/.config/xnet/config.yml", yaml);
    user.args(["run", "t"]).run().success().stdout("fine\n");
}

#[test]
fn files_that_are_not_read_are_told() {
    let yaml = "tasks:\n  t: {command: echo fine}\n";
    for name in ["xnet.yaml", ".xnet.yml", "tasks.yml", ".xnet/tasks.yaml"] {
        let words = format!("not read: {name}; tasks are looked for in .xnet/config.yaml and tasks/*.yaml");
        Test::new().file(name, yaml).args(["run", "t"]).run().code(2).stderr_has(&words);
        Test::new().file(name, yaml).args(["tasks"]).run().success().stderr_has(&words);
        Test::new().file(name, yaml).args(["check"]).run().success().stderr_has(&words);
        let project = Test::new().file(name, yaml).project(yaml);
        project.args(["tasks"]).run().success().stderr_lacks("not read");
        Test::new().file(name, yaml).args(["--config", name, "run", "t"]).run().success().stdout("fine\n");
    }
}

#[test]
fn every_path_of_a_task_file_begins_in_the_projects_folder() {
    let tasks = "dotenv: [conf/own.env]\nsecrets: {s: {file: conf/secret}, d: {dotenv: conf/own.env, name: A}}\ntasks:\n  t:\n    params: [{name: p, type: path, default: conf}]\n    steps:\n      - {command: 'test \"$A\" = 1 && test ${secrets.s} = hidden && test ${secrets.d} = 1 && ls ${params.p}'}\n      - {script: conf/say.rhai}\n      - {command: ls, workdir: conf}\n";
    let files = |test: Test| {
        test.file("conf/own.env", "A=1\n").file("conf/secret", "hidden\n").file("conf/say.rhai", "print(\"said\")")
    };
    let listed = "own.env\nsay.rhai\nsecret\n";
    let wanted = format!("{listed}said\n{listed}");
    for (file, include, task) in [
        (".xnet/config.yaml", None, "t"),
        ("tasks/a.yaml", None, "t"),
        ("ops/deep/a.yaml", Some("include: [{file: ops/deep/a.yaml, as: a}]\n"), "a:t"),
    ] {
        let test = files(Test::new());
        let test = test.file(include.map_or("README", |_| ".xnet/config.yaml"), include.unwrap_or_default());
        let test = test.file(file, tasks);
        test.within("else/where").args(["run", task]).run().success().stdout(&wanted);
    }
    let beside = Test::new().project("include: [a.yaml]\n").file(".xnet/a.yaml", "tasks: {}\n");
    beside.args(["tasks"]).run().code(2).stderr_has("paths begin in the project's folder");
}
