//! Parameters: declared, coerced, given, asked for.

use crate::support::{Outcome, Test};

fn project(param: &str) -> Test {
    let project = format!(
        "tasks:\n  t:\n    params:\n      - {param}\n    steps:\n      - command: printf '%s' \"${{params.p}}\"\n"
    );
    Test::new().project(&project).args(["run", "t"])
}

fn with(param: &str, words: &[&str]) -> Outcome {
    words.iter().fold(project(param), |test, word| test.raw_arg(*word)).run()
}

/// As scripts see it.
fn seen(param: &str, words: &[&str]) -> Outcome {
    let project = format!(
        "tasks:\n  t:\n    params:\n      - {param}\n    script: print(type_of(params.p) + \" \" + params.p)\n"
    );
    let test = Test::new().project(&project).args(["run", "t"]);
    words.iter().fold(test, |test, word| test.raw_arg(*word)).run()
}

#[test]
fn a_value_is_given_defaulted_or_missing() {
    with("name: p", &["p=x y"]).success().stdout("x y");
    with("{name: p, default: d}", &[]).success().stdout("d");
    with("{name: p, default: d}", &["p=own"]).success().stdout("own");
    with("{name: p, default: d}", &["p="]).success().stdout("");
    with("{name: p, required: true}", &[]).code(2).stdout("").stderr_has("p=").stderr_has("run t");
    with("{name: p, required: false}", &[]).success().stdout("");
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
    with("{name: p, type: port}", &["p=8080"]).success().stdout("8080");
    with("{name: p, type: port}", &["p=65536"]).code(2).stderr_has("a port from 1 to 65535");
    with("{name: p, type: cidr}", &["p=10.213.0.0/16"]).success().stdout("10.213.0.0/16");
    with("{name: p, type: cidr}", &["p=10.213.0.7/24"]).code(2).stderr_has("10.213.0.0/24");
    with("{name: p, type: cidr}", &["p=here"]).code(2).stderr_has("a subnet such as");
}

#[test]
fn scripts_see_values_as_declared() {
    seen("{name: p, type: port}", &["p=80"]).success().stdout("i64 80\n");
    seen("{name: p, type: float}", &["p=80"]).success().stdout("f64 80.0\n");
    seen("{name: p, type: bool}", &["--p"]).success().stdout("bool true\n");
    seen("{name: p}", &["p=80"]).success().stdout("string 80\n");
    seen("{name: p, type: list}", &["p=a,b"]).success().stdout("array [\"a\", \"b\"]\n");
    seen("{name: p, type: list}", &["p="]).success().stdout("array []\n");
}

#[test]
fn an_enum_is_one_of_its_values() {
    let stage = "{name: p, type: enum, values: [dev, prod]}";
    with(stage, &["p=prod"]).success().stdout("prod");
    with(stage, &["p=porduction"]).code(2).stdout("").stderr_has("one of `dev`, `prod`");
    with(stage, &["p=porod"]).code(2).stderr_has("did you mean `prod`?");
    with("{name: p, type: int, values: [1, 2]}", &["p=3"]).code(2).stderr_has("one of `1`, `2`");
    with("{name: p, type: enum, values: [1.0, 1.10]}", &["p=1.10"]).success().stdout("1.10");
    with("{name: p, type: enum, values: [1.0, 1.10]}", &["p=1.1"]).code(2);
}

#[test]
fn a_list_is_typed_with_commas_or_given_more_than_once() {
    let list = "{name: p, type: list}";
    with(list, &["p=a,b"]).success().stdout("a,b");
    with(list, &["p=a", "--p", "b", "--p=c"]).success().stdout("a,b,c");
    with(list, &["p=a\\,b"]).success().stdout("a\\,b");
    seen(list, &["p=a\\,b", "p=c"]).success().stdout("array [\"a,b\", \"c\"]\n");
    seen("{name: p, type: list, default: [x, 1.10, \"a,b\"]}", &[])
        .success()
        .stdout("array [\"x\", \"1.10\", \"a,b\"]\n");
    let some = "{name: p, type: list, values: [a, b], min: 1, max: 2}";
    with(some, &["p=a,c"]).code(2).stderr_has("one of `a`, `b`").stderr_has("\"c\"");
    with(some, &["p="]).code(2).stderr_has("a list of 1 to 2 elements");
    with(some, &["p=a,b,a"]).code(2).stderr_has("a list of 1 to 2 elements");
    with("name: p", &["p=a", "p=b"]).code(2).stderr_has("given twice");
}

#[test]
fn a_pattern_is_of_the_whole_value() {
    let tag = "{name: p, pattern: 'v[0-9]+'}";
    with(tag, &["p=v12"]).success().stdout("v12");
    for bad in ["p=v", "p=xv1", "p=v1x", "p=v1\n", "p="] {
        with(tag, &[bad]).code(2).stdout("").stderr_has("matches `v[0-9]+`");
    }
    with("{name: p, type: list, pattern: '[a-z]+'}", &["p=ab,C"]).code(2).stderr_has("\"C\"");
}

#[test]
fn bounds_are_of_numbers_and_of_lengths() {
    let count = "{name: p, type: int, min: 1, max: 10}";
    with(count, &["p=10"]).success();
    with(count, &["p=0"]).code(2).stderr_has("a whole number from 1 to 10");
    with(count, &["p=11"]).code(2);
    with("{name: p, type: float, max: 0.5}", &["p=0.75"]).code(2).stderr_has("a number of at most 0.5");
    with("{name: p, type: port, min: 1024}", &["p=80"]).code(2).stderr_has("a port of at least 1024");
    with("{name: p, min: 2, max: 3}", &["p=äöü"]).success().stdout("äöü");
    with("{name: p, min: 2}", &["p=x"]).code(2).stderr_has("a string of at least 2 characters");
}

#[test]
fn a_path_begins_where_the_user_stands() {
    let test = Test::new().project(
        "tasks:\n  t:\n    params:\n      - {name: p, type: path, default: conf/x}\n    command: printf '%s' ${params.p}\n",
    );
    let root = test.path("").canonicalize().unwrap();
    let outcome = test.within("deep/er").args(["run", "t", "p=../file name"]).run();
    outcome.success();
    assert_eq!(outcome.out_text(), root.join("deep/er/../file name").display().to_string());
    let test = Test::new().project(
        "tasks:\n  t:\n    params:\n      - {name: p, type: path, default: conf/x}\n    command: printf '%s' ${params.p}\n",
    );
    let root = test.path("");
    let outcome = test.within("deep/er").args(["run", "t"]).run();
    outcome.success();
    assert_eq!(outcome.out_text(), root.join("conf/x").display().to_string(), "{}", outcome.report());
}

#[test]
fn a_variable_gives_the_value_when_nothing_else_does() {
    let param = "{name: p, type: int, env: XT_P, default: 3}";
    project(param).env("XT_P", "7").run().success().stdout("7");
    project(param).env("XT_P", "7").args(["p=8"]).run().success().stdout("8");
    project(param).env("XT_P", "").run().success().stdout("3");
    project(param).env("XT_P", "many").run().code(2).stderr_has("(from $XT_P)").stderr_has("\"many\"");
    project("{name: p, env: XT_P}").run().code(2).stderr_has("p=VALUE, or set $XT_P");
    let dotenv =
        "tasks:\n  t:\n    dotenv: [.env]\n    params:\n      - {name: p, env: XT_P}\n    command: echo ${params.p}\n";
    Test::new().project(dotenv).file(".env", "XT_P=filed\n").args(["run", "t"]).run().success().stdout("filed\n");
}

#[test]
fn an_unknown_type_or_key_of_a_param_is_refused() {
    with("{name: p, type: integr}", &["p=1"]).code(2).stderr_has("integr").stderr_has("int");
    with("{name: p, requird: true}", &["p=1"]).code(2).stderr_has("requird").stderr_has("`required`");
    with("{nmae: p}", &["p=1"]).code(2).stderr_has("nmae");
}

#[test]
fn a_declaration_that_contradicts_itself_is_refused_with_its_place() {
    for (keys, words) in [
        ("type: int, default: many", "expected a whole number"),
        ("type: int, default: 0, min: 1", "a whole number of at least 1"),
        ("default: x, pattern: '[0-9]'", "matches `[0-9]`"),
        ("type: enum", "`values` must say"),
        ("type: enum, values: []", "no value is allowed"),
        ("type: enum, values: [a, a]", "`a` twice"),
        ("type: enum, values: [a, b], default: c", "one of `a`, `b`"),
        ("type: int, values: [1, x]", "expected a whole number"),
        ("type: int, values: [1, 5], max: 4", "at most 4"),
        ("type: bool, values: [true]", "`values` says nothing of type bool"),
        ("type: bool, min: 1", "`min` says nothing of type bool"),
        ("type: int, pattern: x", "`pattern` says nothing of type int"),
        ("type: int, min: 5, max: 4", "no value is between them"),
        ("type: int, min: few", "`min`: expected a whole number"),
        ("min: -1", "`min`: expected a length"),
        ("pattern: '('", "no regular expression"),
        ("env: 'a b'", "cannot be the name of an environment variable"),
        ("default: [a]", "`default`: expected a string, found a list"),
        ("required: true, default: x", "is never missing"),
    ] {
        let outcome = with(&format!("{{name: p, {keys}}}"), &["p=1"]);
        outcome.code(2).stdout("").stderr_has("config.yaml:4:").stderr_has(words);
    }
}

#[test]
fn an_undeclared_value_is_refused_with_the_nearest_name() {
    let project = "tasks:\n  t:\n    params:\n      - {name: place, default: d}\n    command: echo\n";
    let outcome = Test::new().project(project).args(["run", "t", "palce=1"]).run();
    outcome.code(2).stdout("").stderr_has("palce").stderr_has("`place`");
    with("{name: p, default: d}", &["loose"]).code(2).stderr_has("loose");
}

#[test]
fn values_are_given_in_every_form() {
    for words in [&["p=a=b"][..], &["--p=a=b"], &["--p", "a=b"]] {
        with("name: p", words).success().stdout("a=b");
    }
    with("name: p", &["--p", "-x"]).success().stdout("-x");
    with("name: p", &["--p"]).code(2).stderr_has("`--p` needs a value");
    let flag = "{name: p, type: bool, default: false}";
    for (words, printed) in
        [(&["--p"][..], "true"), (&["--no-p"], "false"), (&["--p", "false"], "false"), (&["--p=true"], "true")]
    {
        with(flag, words).success().stdout(printed);
    }
    with(flag, &["--no-p=true"]).code(2).stderr_has("takes no value");
    with(flag, &["--p", "--no-p"]).code(2).stderr_has("given twice");
    with("{name: verbose-all, type: bool, default: false}", &["--no-verbos-all"])
        .code(2)
        .stderr_has("did you mean `--no-verbose-all`?");
    with("name: p", &["--no-p"]).code(2).stderr_has("neither xnet nor task `t` has `--no-p`");
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
fn a_choice_is_offered_and_a_wrong_answer_asked_again() {
    let mut terminal = project("{name: p, type: enum, values: [dev, prod]}").at_terminal();
    terminal.until("1) dev").until("2) prod").until("choose 1-2: ").line("3");
    terminal.until("expected one of `dev`, `prod`").line("2").until("prod");
    assert!(terminal.finish().success());
    let mut terminal = project("{name: p, type: int, min: 3}").at_terminal();
    terminal.until("p: ").line("2").until("at least 3").line("4").until("4");
    assert!(terminal.finish().success());
}

#[test]
fn what_was_given_is_checked_before_anything_is_asked() {
    let params = "[{name: p}, {name: n, type: int, required: false}, {name: v, env: XT_V, type: port, default: 80}]";
    let project =
        format!("tasks:\n  t:\n    params: {params}\n    confirm: Sure?\n    command: echo got-${{params.p}}\n");
    for (word, env, words) in
        [("n=many", "", "\"many\""), ("m=1", "", "no parameter `m`"), ("n=1", "x", "(from $XT_V)")]
    {
        let mut terminal = Test::new().project(&project).env("XT_V", env).args(["run", "t", word]).at_terminal();
        terminal.until(words);
        assert_eq!(terminal.finish().code(), Some(2));
        assert!(!terminal.shown().contains("p: ") && !terminal.shown().contains("Sure?"), "{}", terminal.shown());
    }
    let mut terminal = Test::new().project(&project).args(["run", "t", "n=1"]).at_terminal();
    terminal.until("p: ").line("x").until("Sure? [y/N] ").line("y").until("got-x");
    assert!(terminal.finish().success());
}

#[test]
fn a_confirmation_is_hinted_for_the_task_that_was_typed() {
    let project = "tasks:\n  outer:\n    needs: [middle]\n    command: echo\n  middle: {steps: [{task: inner}]}\n  inner: {confirm: Sure?, command: echo}\n";
    let outcome = Test::new().project(project).args(["run", "outer"]).run();
    outcome.code(2).stdout("").stderr_has("task `inner` must be confirmed").stderr_has("xnet run outer … --yes");
    Test::new().project(project).args(["run", "outer", "--yes"]).run().success();
}

#[test]
fn a_secret_is_asked_for_without_showing_it() {
    let mut terminal = Test::new()
        .project("tasks:\n  t:\n    params:\n      - {name: p, secret: true}\n    command: 'test ${params.p} = hunter2 && echo is <${params.p}>'\n".replace("<${params.p}>", "\"<${params.p}>\"").as_str())
        .args(["run", "t"])
        .at_terminal();
    terminal.until("p: ").line("hunter2").until("is <***>");
    assert!(terminal.finish().success());
    assert!(!terminal.raw().contains("hunter2"), "{}", terminal.raw());
}

#[test]
fn a_question_ends_with_ctrl_c_and_with_the_input() {
    for param in ["name: p", "{name: p, secret: true}"] {
        let mut terminal = project(param).at_terminal();
        terminal.until("p: ").press("\u{3}");
        assert_eq!(terminal.finish().code(), Some(130));
        let mut terminal = project(param).at_terminal();
        terminal.until("p: ").press("\u{4}").until("needs a value for `p`");
        assert_eq!(terminal.finish().code(), Some(2));
    }
}

#[test]
fn a_task_given_as_its_bare_command_takes_params_too() {
    let project = "tasks:\n  t:\n    params:\n      - name: p\n    command: echo ${params.p}\n";
    Test::new().project(project).args(["run", "t", "p=x"]).run().success().stdout("x\n");
}

#[test]
fn help_tells_types_limits_and_where_a_value_comes_from() {
    let project = "tasks:\n  t:\n    params:\n      - {name: n, type: int, min: 1, max: 9, default: 3, description: How many}\n      - {name: stage, type: enum, values: [dev, prod], env: STAGE}\n      - {name: key, secret: true, default: hunter2}\n    command: echo\n";
    let outcome = Test::new().project(project).args(["run", "t", "--help"]).run();
    outcome.success().stdout_has("How many (a whole number from 1 to 9)").stdout_has("(one of dev, prod; or $STAGE)");
    outcome.stdout_has("***").stdout_has("(secret)").stdout_lacks("hunter2");
}

#[test]
fn help_tells_other_names_and_what_runs_first() {
    let project = "tasks:\n  t:\n    aliases: [d, ship]\n    needs: [base, {task: make, with: {how: fast}}]\n    confirm: Really?\n    params: [{name: tag, pattern: 'v[0-9]+'}, {name: force, type: bool, default: false}, {name: to, type: list, required: false}]\n    command: echo\n  base: {command: echo}\n  make: {params: [{name: how}], command: echo}\n";
    let outcome = Test::new().project(project).args(["run", "t", "--help"]).run();
    outcome.success().stdout_has("Usage: xnet run t tag=VALUE [force=VALUE] [to=VALUE]");
    outcome.stdout_has("Also called: d, ship").stdout_has("Runs first: base, make (how=fast)");
    outcome.stdout_has("Asks before it runs: Really?").stdout_has("(matches v[0-9]+)").stdout_has("(required)");
    outcome.stdout_has("bool").stdout_has("false").stdout_has("list").stdout_has("(none)").stdout_has("config.yaml");
}
