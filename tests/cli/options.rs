//! Options of xnet before and after the task, and what is said of a word that is no option, no task and no parameter.

use crate::support::{Outcome, Test};

const PROJECT: &str = "tasks:\n  show:\n    params:\n      - {name: json, default: none}\n      - {name: who, default: you}\n      - {name: loud, type: bool, default: false}\n    command: echo ${params.json} ${params.who} ${params.loud}\n  ask: {confirm: Sure?, command: echo done}\n  where: {command: pwd}\n  leak:\n    params: [{name: token, secret: true}, {name: level, type: int, default: 1}]\n    command: echo\n";

fn run(words: &str) -> Outcome {
    let words = words.split(' ').filter(|word| !word.is_empty());
    words.fold(Test::new().project(PROJECT).args(["run"]), Test::raw_arg).run()
}

#[test]
fn options_work_before_and_after_the_task() {
    for words in ["--dry-run show", "show --dry-run", "show who=me --dry-run", "show --who me --dry-run loud=true"] {
        run(words).success().stdout_has("command: echo none");
    }
    for words in ["--json show", "show --json", "show who=me --json --loud"] {
        run(words).success().stdout_has("\"finished\"");
    }
    for words in ["-q show", "show -q", "show --quiet", "show --loud -q"] {
        run(words).success().stderr_lacks("show ›");
    }
    run("show").stderr_has("show ›");
    for words in ["ask -y", "ask --yes", "-y ask", "ask -qy"] {
        run(words).success().stdout("done\n");
    }
    for words in ["show --color never", "show --color=never", "--color never show"] {
        run(words).success().stdout("none you false\n");
    }
    run("show --color sometimes").code(2).stdout("").stderr_has("sometimes");
    run("show -j2 -v").success().stdout("none you false\n");
    run("show --jobs none").code(2).stderr_has("--jobs");
    run("show --output prefixed").success().stdout_has("| none you false");
    run("show --output github who=me").success().stdout_has("::group::");
    run("show --report out.xml").success();
    run("show --host tcp://127.0.0.1:1").success().stdout("none you false\n");
    run("show --host tcp://127.0.0.1:1 --context x").code(2).stderr_has("cannot be used with");
    run("show --help").success().stdout_has("Usage: xnet run show");
    run("show -h").success().stdout_has("Usage: xnet run show");
}

#[test]
fn the_place_of_a_folder_or_a_file_does_not_matter() {
    let test = |words: &[&str]| {
        let test = Test::new().file("there/.xnet/config.yaml", "tasks:\n  where: {command: pwd}\n");
        words.iter().fold(test, |test, word| test.raw_arg(*word)).run()
    };
    for words in [&["-C", "there", "run", "where"][..], &["run", "where", "-C", "there"], &["run", "where", "-Cthere"]]
    {
        test(words).success().stdout_has("/there\n");
    }
    for words in [
        &["run", "--config", "there/.xnet/config.yaml", "where"][..],
        &["run", "where", "--config=there/.xnet/config.yaml"],
    ] {
        test(words).success();
    }
    test(&["run", "where", "-C"]).code(2).stderr_has("-C <DIR>");
    test(&["run", "where", "-C", "nowhere"]).code(2).stderr_has("nowhere");
}

#[test]
fn a_parameter_called_like_an_option_is_given_by_its_name_or_after_two_dashes() {
    run("show json=x").success().stdout("x you false\n");
    run("show -- --json x").success().stdout("x you false\n");
    run("show -- --json=x --loud").success().stdout("x you true\n");
    run("show who=me -- json=x").success().stdout("x me false\n");
    run("-- show --json x").success().stdout("x you false\n");
    run("show -- --dry-run").code(2).stdout("").stderr_has("`--dry-run`").stderr_has("before a `--`");
    let outcome = Test::new().project(PROJECT).args(["check"]).run();
    outcome.success().stderr_has("`--json` is an option of xnet").stderr_has("config.yaml:4:").stderr_has("json=VALUE");
    run("show --help").success().stdout_has("given as json=VALUE");
}

#[test]
fn an_option_is_never_taken_for_the_value_of_a_parameter() {
    run("show --who -q loud=true").code(2).stdout("").stderr_has("`--who` needs a value");
    run("show --who --loud").code(2).stdout("").stderr_has("`--who` needs a value").stderr_has("who=VALUE");
    run("show --who=-q").success().stdout("none -q false\n");
    run("show --who -3").success().stdout("none -3 false\n");
    run("show --loud -q true").code(2).stdout("").stderr_has("`true` gives no parameter a value");
    run("show --output").code(2).stdout("").stderr_has("a value is required for '--output");
}

#[test]
fn the_help_tells_the_rule() {
    let outcome = Test::new().args(["run", "--help"]).run();
    outcome.success().stdout_has("before the task and after it").stdout_has("NAME=VALUE").stdout_has("--dry-run");
    outcome.stdout_has("--host").stdout_has("--yes").stdout_has("Usage: xnet run [OPTIONS] TASK");
}

#[test]
fn a_mistaken_word_is_told_with_what_was_meant() {
    for (words, message, hint) in [
        ("shwo", "no task is called `shwo`", "did you mean `show`?"),
        ("show --jsn", "neither xnet nor task `show` has `--jsn`", "did you mean `--json`?"),
        ("show --dryrun", "`--dryrun`", "did you mean `--dry-run`?"),
        ("show --wo me", "`--wo`", "did you mean `--who`?"),
        ("show wo=me", "no parameter `wo`", "did you mean `who`?"),
        ("show nothing=me", "no parameter `nothing`", "xnet run show [json=VALUE] [who=VALUE]"),
        ("show who", "`who` gives no parameter a value", "did you mean `who=VALUE`?"),
        ("show me", "`me` gives no parameter a value", "name=value"),
        ("show -x", "`-x` is no option of xnet", "xnet run --help"),
        ("show --no-lod", "`--no-lod`", "did you mean `--no-loud`?"),
        ("where me", "`me` gives no parameter a value", "the task takes no parameters"),
        ("where --loud", "neither xnet nor task `where` has `--loud`", "takes no parameters"),
        ("leak level", "gives no parameter a value", "`level=VALUE`"),
        ("--jsn show", "--jsn", "--json"),
        ("", "which task is to run?", "`xnet tasks` lists the tasks"),
    ] {
        run(words).code(2).stdout("").stderr_has(message).stderr_has(hint);
    }
    let one = Test::new().project("tasks:\n  greet:\n    params: [{name: who}]\n    command: echo ${params.who}\n");
    one.args(["run", "greet", "Ada Byron"]).run().code(2).stderr_has("did you mean `who='Ada Byron'`?");
    let config = || Test::new().project(PROJECT).args(["run", "show", "--config"]);
    config().args(["nothere.yaml"]).run().code(2).stdout("").stderr_has("nothere.yaml").stderr_has("No such file");
}

#[test]
fn what_is_typed_beside_a_secret_is_not_shown() {
    for words in [
        "leak hunter2",
        "leak token=x hunter2",
        "leak --token x hunter2",
        "leak hunter2=",
        "leak --hunter2",
        "leak --hunter2=x",
        "leak --wrong=hunter2",
        "leak wrong=hunter2",
        "leak tokn=hunter2",
        "leak --tokn hunter2",
        "leak -hunter2",
        "leak level=x token=hunter2",
        "leak token=hunter2 token=hunter2",
        "leak token:hunter2",
        "leak --no-token=hunter2",
        "leak token=x -- hunter2",
    ] {
        run(words).code(2).stdout("").stderr_lacks("hunter2").stderr_has("error: ");
    }
    run("leak tokn=x").stderr_has("did you mean `token`?");
    for param in [
        "type: int",
        "type: port",
        "type: cidr",
        "pattern: '[0-9]+'",
        "values: [hunter3, hunter4]",
        "type: enum, values: [hunter3, hunter4]",
        "min: 20",
        "type: list, max: 0",
        "type: list, values: [hunter3]",
        "type: bool",
        "type: container",
    ] {
        let project = format!("tasks:\n  t:\n    params: [{{name: p, secret: true, {param}}}]\n    command: echo\n");
        let test = Test::new().project(&project).env("DOCKER_HOST", "unix:///nonexistent.sock");
        let code = if param.contains("container") { 3 } else { 2 };
        test.args(["run", "t", "p=hunter2"]).run().code(code).stdout("").stderr_lacks("hunter");
        for words in [&["run", "t", "--help"][..], &["run", "t", "--help", "--json"]] {
            let test = words.iter().fold(Test::new().project(&project), |test, word| test.raw_arg(*word));
            test.run().success().stdout_lacks("hunter");
        }
    }
}

#[test]
fn the_mistakes_of_a_beginner_have_their_own_hints() {
    for (words, message, hint) in [
        ("show who: me", "`who:` gives no parameter a value", "did you mean `who=VALUE`?"),
        ("show who:me", "`who:me` gives no parameter a value", "did you mean `who=VALUE`?"),
        ("show who = me", "`who` gives no parameter a value", "No space stands beside the `=`"),
        ("show -who=me", "`-who` is no option of xnet", "did you mean `--who`?"),
        ("--who=me show", "xnet run has no option `--who`", "A parameter stands after its task"),
        ("--dryrun show", "xnet run has no option `--dryrun`", "did you mean `--dry-run`?"),
        ("show --jobs 0", "--jobs", "a whole number from 1 to 65535"),
        ("show --report /nonexistent/x.xml", "cannot be written", "nothing has run"),
        (".xnet/config.yaml", "no task is called", "xnet run --config .xnet/config.yaml TASK"),
    ] {
        run(words).code(2).stdout("").stderr_has(message).stderr_has(hint);
    }
    let test = || Test::new().project(PROJECT).file("a.rhai", "print(1);");
    test().args(["run", "a.rhai"]).run().code(2).stderr_has("xnet a.rhai");
    test().args(["run", "show who=me"]).run().code(2).stderr_has("xnet run show NAME=VALUE");
    test().args(["show", "who=me"]).run().code(2).stdout("").stderr_has("it is a task: xnet run show");
    test().args(["rnu", "show"]).run().code(2).stderr_has("did you mean `xnet run`?");
    test().args(["tasks", "shwo"]).run().code(2).stderr_has("did you mean `show`?");
}
