//! Secrets: where they come from, and that nothing that is printed shows them.

use crate::support::Test;

const FILE: &str = r"
secrets:
  db: {env: XT_DB}
  token: {file: secret/token}
  key: {dotenv: secret/.env, name: API_KEY}
tasks:
  t:
    steps:
";

fn steps(steps: &str) -> Test {
    let indented = steps.trim_matches('\n').replace('\n', "\n      ");
    Test::new()
        .project(&format!("{}      {indented}\n", &FILE[1..]))
        .file("secret/token", "s3cr3t-token\n")
        .file("secret/.env", "OTHER=x\nexport API_KEY='k3y value'\n")
        .env("XT_DB", "hunter2")
        .args(["run", "t"])
}

#[test]
fn secrets_come_from_a_variable_a_file_and_a_dotenv_file() {
    let command =
        r#"- command: test "${secrets.db}|${secrets.token}|${secrets.key}" = "hunter2|s3cr3t-token|k3y value""#;
    steps(command).run().success();
    steps("- script: print(secrets.db == \"hunter2\" && secrets.key == \"k3y value\")")
        .run()
        .success()
        .stdout("true\n");
    steps("- command: test \"$K\" = 'k3y value'\n  env: {K: \"${secrets.key}\"}").run().success();
}

#[test]
fn nothing_that_is_printed_shows_a_secret() {
    let test = steps(
        r#"
- name: shows hunter2
  command: echo "<${secrets.db}>"; echo "[$XT_DB]" >&2; cat secret/token
- script: print(secrets.key); print(`${secrets}`)
- script: throw "thrown " + secrets.token
  on_failure: continue
- command: echo "last ${secrets.db}" >&2; exit 3
"#,
    );
    let outcome = test.args([]).run();
    outcome.code(3).stdout_has("<***>").stderr_has("[***]").stderr_has("last ***").stderr_has("shows ***");
    outcome.stderr_has("thrown ***");
    for secret in ["hunter2", "s3cr3t-token", "k3y value"] {
        outcome.stdout_lacks(secret).stderr_lacks(secret);
    }
}

#[test]
fn a_secret_of_strange_characters_is_masked_in_errors_too() {
    let project = "secrets: {odd: {env: XT_ODD}}\ntasks:\n  t: {script: 'throw \"it is \" + secrets.odd'}\n  u: {command: 'printf %s \"${secrets.odd}\" >&2; exit 1'}\n  v:\n    steps: [{task: w, with: {n: '${secrets.odd}'}}]\n  w: {params: [{name: n, type: int}], command: echo}\n";
    for (task, code) in [("t", 1), ("u", 1), ("v", 2)] {
        let outcome = Test::new().project(project).env("XT_ODD", "pa\tss \"wo\u{1b}rd\\").args(["run", task]).run();
        outcome.code(code).stderr_has("***");
        outcome.stderr_lacks("ss \"wo").stderr_lacks("ss \\\"wo");
    }
}

#[test]
fn a_secret_written_in_two_pieces_is_masked() {
    let outcome = steps("- command: printf 'a hun'; sleep 0.3; printf 'ter2 b'; printf 'hunt'").run();
    outcome.success().stdout("a *** bhunt");
    let outcome = steps("- script: sh(\"printf hun; sleep 0.3; printf ter2\")").run();
    outcome.success().stdout("***");
}

#[test]
fn what_is_registered_keeps_the_value_and_shows_the_mask() {
    let outcome =
        steps("- command: echo \"${secrets.db}\"\n  register: told\n- command: test ${told.stdout} = hunter2 && echo \"<${told.stdout}>\"").run();
    outcome.success().stdout("***\n<***>\n");
}

#[test]
fn a_secret_of_lines_is_masked_line_by_line() {
    let project = "secrets: {key: {file: key.pem}}\ntasks:\n  t:\n    command: |\n      echo \"${secrets.key}\" | sed 's/^/> /'\n";
    let test = Test::new().project(project).file("key.pem", "-----BEGIN KEY-----\nMIIEabcdef\n-----END KEY-----\n");
    test.args(["run", "t"]).run().success().stdout("> ***\n> ***\n> ***\n");
}

#[test]
fn a_secret_that_cannot_be_had_is_an_error_only_where_it_is_needed() {
    steps("- command: echo fine").env("XT_DB", "").run().success().stdout("fine\n");
    steps("- command: echo ran\n- command: echo ${secrets.db}")
        .env("XT_DB", "")
        .run()
        .code(2)
        .stdout("")
        .stderr_has("secret `db`: the environment variable `XT_DB` is not set");
    steps("- script: print(secrets.db)")
        .env("XT_DB", "")
        .run()
        .code(2)
        .stderr_has("secret `db`: the environment variable `XT_DB` is not set");
    steps("- command: echo ${secrets.db:-none}").env("XT_DB", "").run().success().stdout("none\n");
    let project = "secrets:\n  a: {file: none}\n  b: {dotenv: .env}\ntasks:\n  a: {command: 'echo ${secrets.a}'}\n  b: {command: 'echo ${secrets.b}'}\n";
    let test = || Test::new().project(project).file(".env", "c=1\n");
    test().args(["run", "a"]).run().code(2).stderr_has("secret `a`: none could not be read");
    test().args(["run", "b"]).run().code(2).stderr_has("secret `b`: .env has no `b`");
}

#[test]
fn an_unknown_secret_is_refused_with_the_nearest() {
    steps("- command: echo ran\n- command: echo ${secrets.tokn}")
        .run()
        .code(2)
        .stdout("")
        .stderr_has("there is no secret `tokn`")
        .stderr_has("did you mean `token`?");
}

#[test]
fn where_a_secret_is_must_be_said_once() {
    for (spec, words) in [
        ("{}", "exactly one of"),
        ("{env: A, file: b}", "exactly one of"),
        ("{env: A, name: b}", "exactly one of"),
        ("{evn: A}", "did you mean `env`?"),
        ("hunter2", "expected a map"),
    ] {
        let project = format!("secrets:\n  s: {spec}\ntasks:\n  t: {{command: echo ran}}\n");
        let outcome = Test::new().project(&project).args(["run", "t"]).run();
        outcome.code(2).stdout("").stderr_has("config.yaml:2:").stderr_has(words);
    }
}

#[test]
fn a_secret_parameter_is_masked_everywhere() {
    let project = "tasks:\n  t:\n    params:\n      - {name: token, secret: true, min: 3}\n    steps:\n      - {command: 'echo \"${params.token} $XNET_PARAM_TOKEN\"'}\n      - {task: u, with: {x: '${params.token}'}}\n  u:\n    params: [{name: x, type: int}]\n    command: echo\n";
    let outcome = Test::new().project(project).args(["run", "t", "token=pass\"wörd"]).run();
    outcome.code(2).stdout("*** ***\n").stderr_has("***").stderr_lacks("wörd");
    let outcome = Test::new().project(project).args(["run", "t", "token=xy"]).run();
    outcome.code(2).stderr_has("at least 3 characters, found ***").stderr_lacks("xy\"");
}

#[test]
fn a_short_secret_is_masked_with_a_warning() {
    let project = "secrets: {pin: {env: XT_PIN}}\ntasks:\n  t: {command: 'echo \"${secrets.pin} 4\"'}\n";
    let outcome = Test::new().project(project).env("XT_PIN", "42").args(["run", "t"]).run();
    outcome.success().stdout("*** 4\n").stderr_has("secret `pin` has fewer than 4 characters");
}

#[test]
fn much_output_is_masked_as_it_flows() {
    let outcome = steps("- command: yes hunter2 | head -n 200000").run();
    outcome.success();
    assert_eq!(outcome.out.len(), 200_000 * 4);
}

#[test]
fn json_lines_and_steps_at_the_same_time_are_masked() {
    let project = "secrets: {db: {env: XT_DB}}\ntasks:\n  t:\n    parallel: true\n    steps:\n      - {name: a hunter2, command: 'printf hun; sleep 0.2; printf ter2; sleep 0.2; echo \" ${secrets.db}\"'}\n      - {name: b, command: 'for i in 1 2 3 4 5 6; do echo hunter2; sleep 0.1; done'}\n";
    let test = || Test::new().project(project).env("XT_DB", "hunter2");
    let outcome = test().args(["--json", "run", "t"]).run();
    outcome.success().stdout_has("a ***").stdout_has("\"*** ***\"").stdout_lacks("hunter2").stderr_lacks("hunter2");
    for line in outcome.out_text().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    let outcome = test().args(["run", "t"]).run();
    outcome.success().stdout_has("*** ***").stdout_lacks("hunter2").stderr_lacks("hunter2");
}

#[test]
fn a_dry_run_shows_masks_asks_nothing_and_calls_nothing() {
    let project = "secrets: {db: {env: XT_DB}}\nvars: {image: web}\ntasks:\n  t:\n    confirm: Remove ${vars.image}?\n    params: [{name: c, type: container, default: none-such}, {name: k, secret: true}]\n    steps:\n      - {command: 'echo ${secrets.db} ${vars.image} ${params.k}; touch ran', env: {A: '${secrets.db}'}}\n";
    let outcome = Test::new()
        .project(project)
        .env("XT_DB", "hunter2")
        .env("DOCKER_HOST", "unix:///nowhere.sock")
        .args(["run", "t", "k=s3cret", "--dry-run"])
        .run();
    outcome.success().stdout_has("echo *** web ***").stdout_has("A=***").stdout_has("asks: Remove web?");
    outcome.stdout_lacks("hunter2").stdout_lacks("s3cret");
}

#[test]
fn a_report_in_a_file_is_masked() {
    let project = "secrets: {db: {env: XT_DB}}\ntasks:\n  t:\n    steps:\n      - {name: says pa'ss, command: 'true'}\n      - {command: 'true', foreach: ['${secrets.db}']}\n      - {name: last, command: 'echo \"${secrets.db}\"; exit 1', on_failure: continue}\n      - {script: 'throw secrets.db', on_failure: continue}\n";
    let test = Test::new().project(project).env("XT_DB", "pa'ss<w\"rd").run_by("sh");
    let outcome = test.args(["-c", "xnet run --report report.xml t; cat report.xml"]).run();
    outcome.success().stdout_has("<testcase").stdout_has("***").stdout_lacks("ss<w").stdout_lacks("ss&lt;w");
    outcome.stderr_lacks("ss<w");
}

#[test]
fn a_long_secret_in_a_loop_is_masked_before_it_is_cut() {
    let secret = "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMNOP";
    let project = "secrets: {long: {env: XT_LONG}}\ntasks:\n  t:\n    steps:\n      - {command: exit 3, foreach: ['${secrets.long}', b], parallel: true}\n";
    let outcome = Test::new().project(project).env("XT_LONG", secret).args(["run", "t"]).run();
    outcome.code(3).stderr_lacks("abcdefgh").stdout_lacks("abcdefgh");
}

#[test]
fn a_dry_run_masks_a_secret_whatever_quotes_it_needs() {
    let project = "secrets: {odd: {env: XT_ODD}}\ntasks:\n  t:\n    steps:\n      - {command: 'echo ${secrets.odd} \"${secrets.odd}\" ''${secrets.odd}'''}\n      - exec: {container: c, command: [echo, '${secrets.odd}']}\n";
    let secret = "it's \"$5\" `now`\\";
    let outcome = Test::new().project(project).env("XT_ODD", secret).args(["run", "t", "--dry-run"]).run();
    outcome
        .success()
        .stdout_has("echo *** \"***\" '***'")
        .stdout_has("echo ***")
        .stdout_lacks("now")
        .stdout_lacks("$5");
}

#[test]
fn the_end_of_a_secret_that_the_kept_output_cuts_is_not_shown() {
    // 65536 bytes are kept: the secret lies across the edge.
    let project = "secrets: {s: {env: XT_S}}\ntasks:\n  t:\n    steps:\n      - name: s\n        command: printf '%s\\n' \"${secrets.s}\" >&2; head -c 65530 /dev/zero | tr '\\0' '\\n' >&2; exit 3\n        on_failure: continue\n      - command: echo \"<${steps.s.stderr}>\"\n      - command: printf '%s\\n' \"${secrets.s}\" >&2; head -c 65530 /dev/zero | tr '\\0' ' ' >&2; exit 3\n";
    let outcome = Test::new().project(project).env("XT_S", "quartzbison").args(["-q", "run", "t"]).run();
    outcome.code(3).stdout("<>\n").stderr_lacks("bison");
}

#[test]
fn what_is_wrong_with_a_secret_parameter_is_told_without_its_value() {
    let project = |param: &str| {
        format!(
            "tasks:\n  t:\n    params: [{{name: token, secret: true, {param}}}]\n    command: echo ran\n  u: {{steps: [{{task: t, with: {{token: 10.9.8.7/8}}}}]}}\n  v: {{steps: [{{command: echo 10.9.8.7/8, register: r, quiet: true}}, {{task: t, with: {{token: '${{r.stdout}}'}}}}]}}\n  w: {{dotenv: [.env], steps: [{{task: t, with: {{token: '${{env.TOKEN}}'}}}}]}}\n"
        )
    };
    for param in [
        "type: int",
        "type: cidr",
        "pattern: '[a-z]+'",
        "values: [10.9.8.6/8, b]",
        "min: 20",
        "max: 3",
        "type: port",
        "type: bool",
    ] {
        let test = |args: [&str; 3]| {
            let test = Test::new().project(&project(param)).file(".env", "TOKEN=10.9.8.7/8\n");
            let outcome = if args[2].is_empty() { test.args([args[0], args[1]]).run() } else { test.args(args).run() };
            outcome
                .code(2)
                .stdout_lacks("10.9.8.7")
                .stderr_lacks("10.9.8.7")
                .stderr_lacks("10.0.0.0/8")
                .stderr_has("token");
        };
        test(["run", "t", "token=10.9.8.7/8"]);
        test(["run", "t", "--token=10.9.8.7/8"]);
        test(["run", "u", ""]);
        test(["run", "w", ""]);
        let outcome = Test::new().project(&project(param)).args(["--json", "check"]).run();
        outcome.code(2).stdout_has("token").stdout_lacks("10.9.8.7").stdout_lacks("10.0.0.0/8");
    }
    let outcome = Test::new()
        .project(&project("type: int, env: XT_TOKEN"))
        .env("XT_TOKEN", "10.9.8.7/8")
        .args(["run", "t"])
        .run();
    outcome.code(2).stderr_has("$XT_TOKEN").stderr_lacks("10.9.8.7");
    let outcome = Test::new().project(&project("type: int, default: 10.9.8.7/8")).args(["run", "t"]).run();
    outcome.code(2).stderr_has("`token`").stderr_has("config.yaml:3:").stderr_lacks("10.9.8.7");
    let outcome = Test::new().project(&project("type: int")).args(["run", "v"]).run();
    outcome.code(2).stderr_has("***");
}

#[test]
fn a_secret_element_of_a_loop_and_a_matrix_is_masked_in_every_form() {
    let project = "secrets: {pw: {env: XT_PW}}\ntasks:\n  t:\n    matrix: {m: ['${secrets.pw}']}\n    steps:\n      - {name: s, command: exit 1, foreach: ['${secrets.pw}'], on_failure: {command: 'echo ${secrets.pw}; exit 2'}}\n";
    for how in ["--json run", "run --output github", "run --output prefixed", "run"] {
        let script = format!("xnet {how} --report r.xml t; cat r.xml");
        let outcome = Test::new().project(project).env("XT_PW", "quartzbison").run_by("sh").args(["-c", &script]).run();
        outcome.stdout_has("***").stdout_lacks("bison").stderr_lacks("bison");
    }
}

#[test]
fn the_elements_of_a_secret_list_and_what_a_secret_becomes_are_masked() {
    let project = "tasks:\n  ls:\n    params: [{name: t, type: list, secret: true}, {name: n, type: float, secret: true}]\n    steps:\n      \
        - {foreach: params.t, command: 'echo one ${item}'}\n      - script: 'for x in params.t { print(x) } print(params.t); print(params.n)'\n";
    let given = ["t=alphasecret,betasecret", "n=12345e3"];
    for options in [&["run", "ls"][..], &["run", "--dry-run", "ls"], &["--json", "run", "ls"]] {
        let test = options.iter().copied().chain(given).fold(Test::new().project(project), Test::raw_arg);
        let outcome = test.run();
        outcome.success();
        for shown in ["alphasecret", "betasecret", "12345e3", "12345000"] {
            outcome.stdout_lacks(shown).stderr_lacks(shown);
        }
    }
}
