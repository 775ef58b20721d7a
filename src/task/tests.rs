//! Tasks from YAML to their end, without an engine.

use std::path::Path;
use std::sync::Arc;

use super::catalogue::Origin;
use super::*;
use crate::engine::Target;
use crate::runtime::{Cancel, Reason};
use crate::script;
use crate::view::{Printer, Settings};

fn catalogue(yaml: &str) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let file = text::File { name: "t.yaml".into(), text: yaml.into(), folder: None, workdir: None };
    catalogue.add(&Arc::new(file), Origin::Project, false);
    catalogue
}

fn run_with(yaml: &str, task: &str, words: &[&str], cancel: &Cancel) -> Result<Outcome, Error> {
    let catalogue = catalogue(yaml);
    let task = catalogue.get(task)?;
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let given = parse(task, &words)?;
    let script = script::Context {
        target: Target::default(),
        ownership: crate::engine::Ownership { project: "test".into(), run: "1".into() },
        printer: Printer::new(Settings { quiet: true, ..Settings::default() }, cancel.clone()),
        cancel: cancel.clone(),
        project: None,
        limits: script::Limits::default(),
        probers: crate::probe::Probers::default(),
        folder: None,
        env: Vec::new(),
    };
    let sink = Arc::new(sink::Plain::new(script.printer.clone()));
    let options = Options { yes: true, ..Options::default() };
    run(task, &given, &RunContext { catalogue: &catalogue, script, sink, options })
}

fn run_task(yaml: &str, words: &[&str]) -> Result<Outcome, Error> {
    run_with(yaml, "t", words, &Cancel::new())
}

fn error(yaml: &str, words: &[&str]) -> String {
    run_task(yaml, words).unwrap_err().diagnostic().render(false)
}

/// Runs steps that write to `$OUT`, and answers what they wrote.
fn written(yaml: &str, words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let yaml = yaml.replace("$OUT", out.to_str().unwrap());
    run_task(&yaml, words).unwrap_or_else(|error| panic!("{}", error.diagnostic().render(false)));
    std::fs::read_to_string(out).unwrap()
}

#[test]
fn parameters_reach_commands_in_both_ways() {
    let yaml = "tasks:\n  t:\n    params: [{name: my-x}]\n    env: {GREETING: 'hi ${params.my-x}'}\n    \
                command: printf '%s|%s|%s' ${params.my-x} \"$XNET_PARAM_MY_X\" \"$GREETING\" >$OUT\n";
    assert_eq!(written(yaml, &["my-x=$(id) '"]), "$(id) '|$(id) '|hi $(id) '");
    assert_eq!(written(yaml, &["--my-x", "a"]), "a|a|hi a");
    assert_eq!(written(yaml, &["--my-x=a=b"]), "a=b|a=b|hi a=b");
}

#[test]
fn results_reach_later_steps() {
    let yaml = "tasks:\n  t:\n    steps:\n      - {command: 'echo one; echo two', register: out}\n      \
                - {script: 'out.lines.len() + 40', name: count}\n      \
                - {command: 'false', when: 'out.stdout == \"x\"'}\n      \
                - command: printf '%s %s %s' ${out.stdout} ${steps.count.value} ${out.exit_code} >$OUT\n        \
                  when: steps.count.value == 42 && steps.out.ok\n";
    assert_eq!(written(yaml, &[]), "one\ntwo 42 0");
}

#[test]
fn called_tasks_get_values_of_their_own() {
    let yaml = "tasks:\n  t:\n    params: [{name: v, type: int, default: 7}]\n    steps:\n      \
                - {task: u, with: {x: 'a ${params.v}'}, env: {E: e}}\n  \
                u:\n    params: [{name: x}, {name: y, required: false}]\n    steps:\n      \
                - {command: 'printf \"%s-%s-%s\" ${params.x} ${params.y:-none} ${env.E} >$OUT'}\n";
    assert_eq!(written(yaml, &[]), "a 7-none-e");
}

#[test]
fn the_exit_code_of_a_failing_command_passes_through() {
    let yaml = "tasks:\n  t:\n    steps:\n      - {name: boom, command: 'echo why >&2; exit 3'}\n";
    let failed = run_task(yaml, &[]).unwrap_err();
    assert_eq!(failed.exit_code(), 3);
    let text = failed.diagnostic().render(false);
    for part in ["task `t`, step `boom`: the command ended with exit code 3", "t.yaml:4:32", "why"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn on_failure_continues_or_runs_something_and_still_fails() {
    let steps = |handler: &str| {
        format!(
            "tasks:\n  t:\n    steps:\n      - {{name: a, command: exit 4, on_failure: {handler}}}\n      \
             - {{command: 'echo later >>$OUT'}}\n  u: {{command: 'echo u >>$OUT'}}\n"
        )
    };
    assert_eq!(written(&steps("continue"), &[]), "later\n");
    for handler in ["{command: 'echo ${steps.a.exit_code} >>$OUT'}", "{task: u}"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let failed = run_task(&steps(handler).replace("$OUT", out.to_str().unwrap()), &[]).unwrap_err();
        assert_eq!(failed.exit_code(), 4, "{}", failed.diagnostic().render(false));
        assert!(["4\n", "u\n"].contains(&std::fs::read_to_string(out).unwrap().as_str()));
    }
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let head = "tasks:\n  t:\n    params: [{name: network}, {name: n, type: int, default: 1}]\n    steps:\n      - command: touch /tmp/xnet-ran\n";
    let cases = [
        ("      - command: echo ${params.netwrk}\n", "has no parameter `netwrk`", "did you mean `network`?"),
        (
            "      - command: |\n          echo\n          x ${steps.nope.stdout}\n",
            "no step is called `nope`",
            "t.yaml:8:13",
        ),
        ("      - {command: 'echo ${later.stdout}'}\n      - {command: x, register: later}\n", "has not run yet", ""),
        ("      - {script: '1', register: s}\n      - {command: 'echo ${s.stdout}'}\n", "has no `stdout`", "value"),
        ("      - command: echo ${env.XNET_NOT_SET}\n", "`XNET_NOT_SET` is not set", "default"),
        ("      - {command: x, when: 'params.n =='}\n", "", "t.yaml:6:"),
        ("      - {command: x, when: '${params.n} == 1'}\n", "", "write `params.x`"),
        ("      - task: v\n", "no task is called `v`", "t.yaml:6:15"),
        ("      - {task: u, with: {q: 1}}\n  u: {command: x}\n", "has no parameter `q`", "t.yaml:6:"),
        ("      - task: u\n  u: {params: [{name: p}], command: x}\n", "needs a value for `p`", "with:"),
        ("      - task: u\n  u: {steps: [{task: w}]}\n  w: {steps: [{task: t}]}\n", "t → u → w → t", "t.yaml:8:"),
        ("      - command: echo $((${params.network} + 1))\n", "evaluate this value", "type: int"),
        ("      - script: nope.rhai\n", "nope.rhai", ""),
    ];
    for (tail, message, more) in cases {
        let text = error(&format!("{head}{tail}"), &["network=x"]);
        assert!(text.contains(message) && text.contains(more), "{tail}\n{text}");
    }
    assert!(!Path::new("/tmp/xnet-ran").exists());
}

#[test]
fn what_a_task_cannot_be_is_said_with_its_place() {
    let cases = [
        ("{description: x}", "one of `steps`, `command` and `script` is needed"),
        ("{steps: []}", "there are no steps"),
        ("{steps: [{command: x, script: y}]}", "exactly one of"),
        ("{steps: [{name: x}]}", "exactly one of"),
        ("{steps: [{command: x, with: {a: 1}}]}", "`with` gives values to a `task`"),
        ("{steps: [{command: x, register: docker}]}", "cannot be a name"),
        ("{steps: [{command: x, on_failure: abrot}]}", "did you mean `abort`?"),
        ("{steps: [{command: x, on_failure: {comand: y}}]}", "did you mean `command`?"),
        ("{steps: [{command: x, name: a}, {command: x, name: a}]}", "two steps are called `a`"),
        ("{command: x, params: [{name: a, type: integer}]}", "\"integer\" is not known here"),
        ("{command: x, params: [{name: a, type: int, default: b}]}", "expected a whole number"),
        ("{command: x, params: [{name: a-b}, {name: a_b}]}", "have one variable"),
        ("{command: x, params: [{nam: a}]}", "did you mean `name`?"),
        ("{command: [a, b]}", "expected a string, found a list"),
        ("{command: x, timout: 5s}", "did you mean `timeout`?"),
        ("{command: x, env: {'a b': c}}", "cannot be the name of an environment variable"),
    ];
    for (task, message) in cases {
        let text = error(&format!("tasks:\n  t: {task}\n"), &[]);
        assert!(text.contains(message) && text.contains("t.yaml:2:"), "{task}\n{text}");
    }
}

#[test]
fn missing_unknown_and_ill_typed_values_are_refused() {
    let yaml =
        "tasks:\n  t:\n    params: [{name: network}, {name: all, type: bool, default: false}]\n    command: 'true'\n";
    assert!(error(yaml, &[]).contains("xnet run t network=VALUE"));
    assert!(error(yaml, &["netwrk=x"]).contains("did you mean `network`?"));
    assert!(error(yaml, &["network=x", "all=yes"]).contains("expected true or false"));
    assert!(error(yaml, &["x"]).contains("`x` gives no parameter a value"));
    assert!(error(yaml, &["network=x", "network=y"]).contains("given twice"));
    assert!(run_task(yaml, &["--all", "--network", "x"]).is_ok());
    assert!(help(catalogue(yaml).get("t").unwrap()).contains("Usage: xnet run t network=VALUE [all=VALUE]"));
}

#[test]
fn a_condition_must_be_true_or_false() {
    let yaml =
        "tasks:\n  t:\n    params: [{name: p, required: false}]\n    steps:\n      - {command: 'exit 9', when: WHEN}\n";
    assert!(error(&yaml.replace("WHEN", "1 + 1"), &[]).contains("`when` must be true or false, and this is a number"));
    assert!(error(&yaml.replace("WHEN", "params.nope"), &[]).contains("t.yaml:5:"));
    assert_eq!(run_task(&yaml.replace("WHEN", "params.p != ()"), &[]).unwrap().skipped, 1);
    assert_eq!(run_task(&yaml.replace("WHEN", "false"), &[]).unwrap().skipped, 1);
}

#[test]
fn an_interrupted_command_ends_with_all_it_started() {
    let cancel = Cancel::new();
    let token = cancel.clone();
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        token.cancel(Reason::Interrupted);
    });
    // What would be there if it were not ended.
    let folder = tempfile::tempdir().unwrap();
    let late = folder.path().join("late");
    let yaml = format!("tasks:\n  t: {{command: '(sleep 20; touch {}) & wait; true'}}\n", late.display());
    let stopped = run_with(&yaml, "t", &[], &cancel).unwrap_err();
    other.join().unwrap();
    assert_eq!(stopped.exit_code(), 130);
    assert!(!late.exists(), "it was waited for");
}

#[test]
fn a_daemon_left_running_does_not_hold_the_step() {
    let folder = tempfile::tempdir().unwrap();
    let late = folder.path().join("late");
    let yaml = format!("tasks:\n  t: {{command: '(sleep 20; touch {}) & echo done'}}\n", late.display());
    run_task(&yaml, &[]).unwrap();
    assert!(!late.exists(), "it was waited for");
}

#[test]
fn output_need_not_be_text_and_has_a_bound() {
    let yaml = "tasks:\n  t:\n    steps:\n      - {command: \"printf 'a\\\\377b'\", register: r}\n      \
                - {command: 'test \"$(printf %s ${r.stdout} | wc -c)\" -eq 3'}\n";
    run_task(yaml, &[]).unwrap_or_else(|error| panic!("{}", error.diagnostic().render(false)));
}

#[test]
fn the_example_that_people_already_have_is_read() {
    let yaml = "tasks:\n  connect-all:\n    description: Connect all containers to network\n    params:\n      - name: network\n    steps:\n      - command: |\n          for container in $(docker ps -q); do\n            docker network connect ${params.network} $container || true\n          done\n";
    let catalogue = catalogue(yaml);
    assert!(catalogue.get("connect-all").unwrap().param("network").unwrap().required);
}

#[test]
fn what_is_shipped_passes_every_check() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = find(folder.path(), None).unwrap();
    let script = script::Context {
        target: Target::default(),
        ownership: crate::engine::Ownership::default(),
        printer: Printer::new(Settings::default(), Cancel::new()),
        cancel: Cancel::new(),
        project: None,
        limits: script::Limits::default(),
        probers: crate::probe::Probers::default(),
        folder: None,
        env: Vec::new(),
    };
    let interpreter = script::Interpreter::new(script);
    for (task, _) in catalogue.tasks() {
        let checked = check::check(task, &[], &catalogue, &interpreter, true);
        checked.unwrap_or_else(|error| panic!("{}", error.diagnostic().render(false)));
    }
}
