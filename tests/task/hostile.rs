//! A value is a value: nothing that is typed as a parameter ever becomes shell code, and each arrives byte for byte.
//!
//! Every value goes through every context; a context is one run, in which each value is a parameter of its own.

use crate::support::Test;

const VALUES: &[&str] = &[
    "plain",
    "",
    " ",
    "x; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "\" ; touch owned ; \"",
    "' ; touch owned ; '",
    "'\"'\"' ; touch owned ; '\"'\"'",
    "\\\"; touch owned; \\\"",
    "\\'; touch owned; \\'",
    "a\nb; touch owned",
    "\ntouch owned\n",
    "trailing newlines\n\n",
    "&& touch owned",
    "& touch owned &",
    "|| touch owned",
    "| touch owned",
    "> owned",
    ">> owned",
    "2>&1 > owned",
    "< /etc/passwd",
    "<<END\ntouch owned\nEND",
    "END",
    "END\ntouch owned\n",
    "EOF\ntouch owned\nEOF",
    ")",
    "); touch owned; (",
    "))",
    "(touch owned)",
    "{ touch owned; }",
    "}",
    "}; touch owned",
    ";;",
    ") touch owned ;; esac; touch owned; case x in x",
    "esac",
    "done; touch owned",
    "fi",
    "*",
    "?[a-z]*",
    "[!a]",
    "~",
    "~root",
    "{a,b}",
    "${HOME}",
    "$HOME",
    "${params.other}",
    "${XNET_VALUE_1}",
    "${x:-$(touch owned)}",
    "${x:=`touch owned`}",
    "$((1+1))",
    "$[1+1]",
    "$",
    "$$ $! $? $# $- $*",
    "\\",
    "\\\\",
    "a\\",
    "\\n\\t\\0\\x41",
    "\\$(touch owned)",
    "!!",
    "!touch",
    "#comment",
    "a #comment",
    "-n",
    "-e",
    "--",
    "--help",
    "a=b",
    "PATH=/nowhere",
    "%s%n%d",
    "%",
    " leading and trailing ",
    "two  spaces\tand tabs\t",
    "\r",
    "\r\n",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{7}\u{8}\u{7f}",
    "é ü 世界 🦀",
    "\u{feff}bom\u{200b}",
    "e\u{301}\u{202e}abc",
    "'",
    "\"",
    "`",
    "''",
    "\"\"",
    "'\"`",
    "=",
    "(",
    "!",
    "]",
    ",",
    ".",
    "null",
    "true",
    "1.10",
    "0x1f",
    "- item",
    "key: value",
    "*alias",
    "!!python/object",
    "a[$(touch owned)]",
    "x[$(touch owned)]=1",
];

/// A piece of a shell text with a value in it, and what it prints; `@@` is the value.
type Context = (&'static str, &'static str);

/// Runs one context with every value. The folder of the test is gone afterwards, so the run itself looks for what must
/// not be there.
#[track_caller]
fn stays(context: Context) {
    stays_in("sh -c", context);
    stays_in("bash -c", context);
}

#[track_caller]
fn stays_in(shell: &str, (context, printed): Context) {
    let mut project = String::from("tasks:\n  t:\n    params:\n");
    let mut command = String::new();
    for number in 0..VALUES.len() {
        project.extend([format!("      - name: p{number}\n")]);
        let reference = format!("${{params.p{number}}}");
        command.extend([format!("{}\nprintf '\\036'\n", context.replace("@@", &reference))]);
    }
    project.extend([format!("    steps:\n      - shell: {shell}\n        command: |\n")]);
    for line in command.lines() {
        project.extend([format!("          {line}\n")]);
    }
    project += "      - command: test ! -e owned\n";
    let test = Test::new().bytes(".xnet/config.yaml", project.as_bytes()).args(["-q", "run", "t"]);
    let values = VALUES.iter().enumerate();
    let outcome = values.fold(test, |test, (number, value)| test.raw_arg(format!("p{number}={value}"))).run();
    assert!(outcome.err.is_empty(), "{context}\n{}", outcome.err_text());
    outcome.success();
    let printed_all = String::from_utf8(outcome.out.clone()).unwrap();
    let found: Vec<&str> = printed_all.split('\u{1e}').collect();
    assert_eq!(found.len(), VALUES.len() + 1, "{context}");
    for (value, found) in VALUES.iter().zip(found) {
        assert_eq!(found, printed.replace("@@", value), "{value:?} in {context}");
    }
}

fn all_stay(contexts: &[Context]) {
    assert!(VALUES.len() >= 60);
    contexts.iter().for_each(|context| stays(*context));
}

#[test]
fn without_quotes() {
    all_stay(&[
        ("printf '[%s]' @@", "[@@]"),
        ("printf '[%s]' a-@@-b", "[a-@@-b]"),
        ("printf '[%s][%s]' @@@@ @@", "[@@@@][@@]"),
        ("v=@@; printf '[%s]' \"$v\"", "[@@]"),
        ("printf '[%s]' \\\n  @@", "[@@]"),
        ("printf '[%s]' \\\\@@ a\\\"@@", "[\\@@][a\"@@]"),
        ("set -- @@ two; printf '[%s]' \"$1\" \"$#\"", "[@@][2]"),
    ]);
}

#[test]
fn in_double_quotes() {
    all_stay(&[
        ("printf '[%s]' \"@@\"", "[@@]"),
        ("printf '%s' \"[@@]\"", "[@@]"),
        ("printf '%s' \"it's '@@' \\\"@@\\\"\"", "it's '@@' \"@@\""),
    ]);
}

#[test]
fn in_single_quotes() {
    all_stay(&[
        ("printf '[%s]' '@@'", "[@@]"),
        ("printf '%s' '[\"@@\" @@]'", "[\"@@\" @@]"),
        ("v='@@'; printf '[%s]' \"$v\"", "[@@]"),
    ]);
}

#[test]
fn in_substitutions() {
    all_stay(&[
        ("v=$(printf %s @@; printf .); printf '[%s]' \"${v%.}\"", "[@@]"),
        ("v=\"$(printf %s \"@@\"; printf .)\"; printf '[%s]' \"${v%.}\"", "[@@]"),
        ("v=\"$(printf %s '@@'; printf .)\"; printf '[%s]' \"${v%.}\"", "[@@]"),
        ("v=$(printf %s \"$(printf %s @@; printf .)\"); printf '[%s]' \"${v%.}\"", "[@@]"),
        ("v=$(case x in (y) ;; x) printf %s @@;; esac; printf .); printf '[%s]' \"${v%.}\"", "[@@]"),
    ]);
}

#[test]
fn in_backticks() {
    all_stay(&[
        ("v=`printf %s @@; printf .`; printf '[%s]' \"${v%.}\"", "[@@]"),
        ("v=\"`printf %s \\\"@@\\\"; printf .`\"; printf '[%s]' \"${v%.}\"", "[@@]"),
        ("v=`printf %s '@@'; printf .`; printf '[%s]' \"${v%.}\"", "[@@]"),
    ]);
}

#[test]
fn in_here_documents() {
    all_stay(&[
        ("cat <<LIMIT\n[@@]\nLIMIT", "[@@]\n"),
        ("cat <<LIMIT\n'@@' \"@@\" \\\\\nLIMIT", "'@@' \"@@\" \\\n"),
        ("cat <<-LIMIT\n\t[@@]\n\tLIMIT", "[@@]\n"),
        ("cat <<A - <<B\n@@\nA\n[@@]\nB", "[@@]\n"),
        ("cat <<LIMIT\n$(printf '[%s]' @@)\nLIMIT", "[@@]\n"),
        ("cat <<'LIMIT' >/dev/null\n' \" ` $( \\${params.p0}\nLIMIT\nprintf '[%s]' @@", "[@@]"),
    ]);
}

#[test]
fn in_the_shells_own_braces() {
    all_stay(&[
        ("printf '[%s]' \"${UNSET_HERE:-@@}\"", "[@@]"),
        ("printf '[%s]' ${UNSET_HERE:-@@}", "[@@]"),
        ("printf '[%s]' \"${UNSET_HERE:-a\"@@\"}\"", "[a@@]"),
        ("unset U; : \"${U:=@@}\"; printf '[%s]' \"$U\"", "[@@]"),
        ("v=pre@@; printf '[%s]' \"${v%@@}\"", "[pre]"),
        ("v=@@post; printf '[%s]' \"${v#\"@@\"}\"", "[post]"),
    ]);
}

#[test]
fn in_statements_of_every_kind() {
    all_stay(&[
        ("case @@ in @@) printf '[%s]' @@;; *) printf other;; esac", "[@@]"),
        ("case x in x) printf '[%s]' @@;; esac", "[@@]"),
        ("for i in @@; do printf '[%s]' \"$i\"; done", "[@@]"),
        ("for x in one; do printf '[%s]' \"@@\" || true; done", "[@@]"),
        ("while :; do printf '[%s]' @@; break; done", "[@@]"),
        ("if test -z x; then :; else printf '[%s]' @@; fi", "[@@]"),
        ("f() { printf '[%s]' \"$1\" @@; }; f @@", "[@@][@@]"),
        ("(printf '[%s]' @@) # a comment with ' and @@", "[@@]"),
        ("{ printf '[%s]' @@; } 2>&1", "[@@]"),
        ("true \\\n# it's @@\nprintf '[%s]' @@", "[@@]"),
        ("( (printf '[%s]' @@) )", "[@@]"),
        ("v=@@; export W=@@ X=\"@@\"; printf '[%s]' \"$W$X\"", "[@@@@]"),
        ("test 3 -gt 2 && printf '[%s]' @@", "[@@]"),
        ("test @@ = @@ && printf '[%s]' @@", "[@@]"),
        ("V=@@ sh -c 'printf \"[%s]\" \"$V\" \"$1\"' sh @@", "[@@][@@]"),
        ("printf '[%s]' @@ | cat", "[@@]"),
        ("echo \"$((1 + (2)))\" >/dev/null; printf '[%s]' @@", "[@@]"),
        ("printf '[%s]' \"$XNET_PARAM_P0\" @@", "[plain][@@]"),
    ]);
}

/// What only bash reads.
#[test]
fn in_the_statements_of_bash() {
    for context in [
        ("[[ @@ == @@* ]]; printf '[%s]' @@", "[@@]"),
        ("[[ x == \"@@\" ]] || printf '[%s]' \"@@\"", "[@@]"),
        ("(( n = 1 << 3 )); printf '[%s]' @@", "[@@]"),
        ("for ((i = 0; i < 1; i++)); do printf '[%s]' '@@'; done", "[@@]"),
        ("a=(x @@); printf '[%s]' \"${a[1]}\"", "[@@]"),
        ("read -r -d '' v <<< @@ || :; printf '[%s]' \"${#v}\" >/dev/null; printf '[%s]' @@", "[@@]"),
        ("printf -v v %s @@; printf '[%s]' \"$v\"", "[@@]"),
        ("declare v=@@; printf '[%s]' \"$v\"", "[@@]"),
        ("cat < <(printf '[%s]' @@)", "[@@]"),
    ] {
        stays_in("bash -c", context);
    }
}

#[test]
fn a_here_document_that_expands_nothing_is_refused() {
    for limit in ["'END'", "\"END\"", "\\END"] {
        let project = format!(
            "tasks:\n  t:\n    params: [name: p]\n    command: |\n      touch ran; cat <<{limit}\n      ${{params.p}}\n      END\n"
        )
        .replace("[name: p]", "[{name: p}]");
        let outcome = Test::new().project(&project).args(["run", "t", "p=x"]).run();
        outcome.code(2).stdout("").stderr_has("config.yaml:6:").stderr_has("no value can arrive");
    }
}

/// A project whose parameters are all values, and the run of one of its tasks with them.
fn with_all(steps: impl Fn(usize) -> String, more: &str) -> Vec<String> {
    let mut project = String::from("tasks:\n  t:\n    params:\n");
    let mut all = String::new();
    for number in 0..VALUES.len() {
        project.extend([format!("      - name: p{number}\n")]);
        all += &steps(number);
    }
    project.extend([format!("    steps:\n{all}      - command: test ! -e owned\n{more}")]);
    let test = Test::new().bytes(".xnet/config.yaml", project.as_bytes()).args(["-q", "run", "t"]);
    let values = VALUES.iter().enumerate();
    let outcome = values.fold(test, |test, (number, value)| test.raw_arg(format!("p{number}={value}"))).run();
    outcome.success();
    let mut found: Vec<String> = outcome.out_text().split('\u{1e}').map(str::to_owned).collect();
    assert_eq!(found.pop().as_deref(), Some(""));
    found
}

#[track_caller]
fn are_values(found: &[String]) {
    assert_eq!(found.len(), VALUES.len());
    for (found, value) in found.iter().zip(VALUES) {
        assert_eq!(found, value);
    }
}

#[test]
fn in_a_script_step() {
    let step = |number| format!("      - script: sh([\"printf\", \"%s\\\\036\", params.p{number}])\n");
    are_values(&with_all(step, ""));
}

#[test]
fn through_env_and_with_and_vars() {
    let step = |number| format!("      - {{task: inner, with: {{q: \"${{params.p{number}}}\"}}}}\n");
    let inner = "  inner:\n    params: [{name: q}]\n    vars: {v: \"${params.q}\"}\n    steps:\n      - command: printf '%s\\036' \"$CARRIED\"\n        env: {CARRIED: \"${vars.v}\"}\n";
    are_values(&with_all(step, inner));
}

#[test]
fn through_a_registered_output() {
    let step = |number| {
        format!(
            "      - {{command: 'printf %s \"${{params.p{number}}}x\"', register: r{number}}}\n      - {{command: 'printf \"\\035%s\\036\" ${{r{number}.stdout}}'}}\n"
        )
    };
    let found = with_all(step, "");
    let told: Vec<String> = found.iter().map(|text| text.split_once('\u{1d}').unwrap().1.to_owned()).collect();
    for (told, value) in told.iter().zip(VALUES) {
        assert_eq!(*told, format!("{value}x"));
    }
}

#[test]
fn as_elements_of_a_list() {
    let project = "tasks:\n  t:\n    params: [{name: l, type: list}]\n    script: for x in params.l { sh([\"printf\", \"%s\\\\036\", x]); }\n";
    // A list of one empty text is typed as the empty list is, so the first is not empty.
    let words = VALUES.iter().map(|value| format!("l={}", value.replace('\\', "\\\\").replace(',', "\\,")));
    let test = Test::new().project(project).args(["-q", "run", "t"]);
    let outcome = words.fold(test, Test::raw_arg).run();
    let mut found: Vec<String> = outcome.success().out_text().split('\u{1e}').map(str::to_owned).collect();
    found.pop();
    are_values(&found);
}

#[test]
fn as_secrets_they_arrive_too() {
    let project = "secrets: {s: {file: secret}}\ntasks:\n  t: {command: 'printf %s \"${secrets.s}\" | od -An -c | tr -d \" \\n\"'}\n";
    let outcome = Test::new().project(project).file("secret", "$(touch owned) ' \"\n").args(["run", "t"]).run();
    outcome.success().stdout("$(touchowned)'\"");
}

#[test]
fn a_nul_byte_cannot_be_smuggled_in() {
    let project =
        "tasks:\n  t:\n    params:\n      - {name: p, default: \"a\\0b\"}\n    command: echo \"${params.p}\"\n";
    Test::new().project(project).args(["run", "t"]).run().code(2).stderr_lacks("panicked");
}

/// A task whose one command has the parameter `x` in it.
fn one(shell: &str, command: &str, kind: &str) -> Test {
    let indented = command.replace("@@", "${params.x}").replace('\n', "\n          ");
    let steps =
        format!("    steps:\n      - shell: {shell}\n        command: |\n          touch ran\n          {indented}\n");
    Test::new().project(&format!("tasks:\n  t:\n    params: [{{name: x, type: {kind}}}]\n{steps}"))
}

#[test]
fn where_a_shell_would_evaluate_a_value_only_numbers_are_let_through() {
    for command in [
        "[[ @@ -gt 1 ]]",
        "[[ \"@@\" -eq 1 ]]",
        "[[ -v @@ ]]",
        "[ -v @@ ]",
        "((@@ > 1))",
        "(( n = 1 << @@ ))",
        "v=abc; echo ${v:@@}",
        "v=abc; echo \"${v:0:@@}\"",
        "a=(1 2 3); echo \"${a[@@]}\"",
        "a[@@]=1",
        "let n=@@",
        "unset @@",
        "printf -v @@ hello",
        "declare -i n; n=@@",
        "echo $(( $(echo @@) ))",
    ] {
        let outcome = one("bash -c", command, "string").args(["run", "t"]).raw_arg("x=a[$(touch owned)]").run();
        outcome.code(2).stdout("").stderr_has("would evaluate this value").stderr_has("config.yaml:");
    }
    for command in ["[[ @@ -gt 1 ]] && echo [@@]", "((@@ > 1)) && echo [@@]", "v=abc; echo \"${v:@@}[$((@@))]\""] {
        one("bash -c", command, "int").args(["run", "t", "x=2"]).run().success().stdout_has("[2]\n");
    }
    one("zsh -c", "[ @@ -gt 1 ]", "string").args(["run", "t", "x=2"]).run().code(2).stderr_has("would evaluate");
    one("bash -c", "echo $'it\\'s' '@@'", "string").args(["run", "t", "x=2"]).run().code(2).stderr_has("two ways");
}

#[test]
fn a_name_that_a_loop_binds_is_no_number_whatever_its_field() {
    let project = "tasks:\n  t:\n    matrix: {exit_code: ['a[$(touch owned)]']}\n    steps:\n      - {command: 'echo $((${matrix.exit_code}))', shell: bash}\n  u:\n    steps:\n      - {foreach: '[#{exit_code: 1}]', command: 'echo $((${item.exit_code}))'}\n  v:\n    steps:\n      - {command: exit 3, name: s, on_failure: continue}\n      - command: echo $((${steps.s.exit_code} + 1)) \n";
    for task in ["t", "u"] {
        Test::new().project(project).args(["run", task]).run().code(2).stdout("").stderr_has("would evaluate");
    }
    Test::new().project(project).args(["run", "v"]).run().success().stdout("4\n");
}

#[test]
fn a_value_in_the_text_of_a_shell_in_a_list_is_refused() {
    for list in ["[sh, -c, 'echo ${params.x}']", "[/bin/bash, -euo, pipefail, -ec, 'echo ${params.x}']"] {
        let project = format!(
            "tasks:\n  t:\n    params: [{{name: x}}]\n    steps: [{{exec: {{container: c, command: {list}}}}}]\n"
        );
        let outcome =
            Test::new().project(&project).env("DOCKER_HOST", "tcp://127.0.0.1:1").args(["run", "t", "x=1"]).run();
        outcome.code(2).stderr_has("would read this value as code").stderr_has("sh, '${params.x}'");
    }
    let project = "tasks:\n  t:\n    params: [{name: x}]\n    steps: [{exec: {container: c, command: [sh, -c, 'echo \"$1\"', sh, '${params.x}']}}]\n";
    Test::new().project(project).args(["run", "t", "x=1", "--dry-run"]).run().success();
}

#[test]
fn a_value_chooses_no_script() {
    let project = "tasks:\n  t:\n    params: [{name: x}]\n    script: lib/${params.x}.rhai\n";
    let outcome = Test::new().project(project).args(["run", "t", "x=../../evil"]).run();
    outcome.code(2).stderr_has("the path of a script cannot hold a value");
}

#[test]
fn an_element_that_is_cut_as_the_shell_cuts_is_refused() {
    for text in ["${item%.txt}", "${#item}", "${item:-$HOME}"] {
        let project = format!("tasks:\n  t:\n    steps: [{{foreach: [a.txt], command: 'echo {text}'}}]\n");
        Test::new().project(&project).args(["run", "t"]).run().code(2).stdout("").stderr_has("is not understood");
    }
}

#[test]
fn a_value_that_a_second_shell_would_read_as_code_is_refused() {
    for command in [
        "sh -c \"echo @@\"",
        "sh -c 'echo @@'",
        "sh -c @@",
        "/bin/sh -ec -- \"echo @@\"",
        "bash -lc \"echo @@\"",
        "bash --norc -o pipefail -c \"echo @@\"",
        "timeout 5 sh -c \"echo @@\"",
        "A=b env -i X=1 sh -c \"echo @@\"",
        "if sh -c \"test @@\"; then :; fi",
        "docker exec c sh -c \"echo @@\"",
        "docker exec c sh -c 'echo @@'",
        "su -c \"echo @@\" nobody",
        "su nobody -lc \"echo @@\"",
        "\"$SHELL\" -c \"echo @@\"",
        "ls | xargs sh -c \"echo @@\"",
        "find . -exec sh -c \"echo @@\" {} \\;",
        "eval echo @@",
        "eval \"echo @@\"",
        "true && builtin eval 'echo @@'",
        "trap \"echo @@\" EXIT",
        "trap -- 'echo @@' EXIT",
        "sh <<END\necho @@\nEND",
        "docker exec -i c sh -s <<-END\n\techo '@@'\n\tEND",
        "cat <<END | sh\necho @@\nEND",
        "sh <<< \"echo @@\"",
        "cat <<< \"echo @@\" | bash",
        "echo \"echo @@\" | sh",
        "echo @@ | sort | sudo bash -s",
        "printf %s @@ |\n  docker exec -i c sh",
        "{ echo @@; } | sh",
        "for i in 1; do echo @@; done | sh",
        "sh -c \"$(echo @@)\"",
        "sh -c \"$(cat <<END\necho @@\nEND\n)\"",
        "x=$(sh -c \"echo @@\")",
        "echo `sh -c 'echo @@'`",
        "echo @@ | xargs -I{} sh -c 'echo {}'",
        ". /dev/stdin <<END\necho @@\nEND",
    ] {
        let outcome = one("bash -c", command, "string").args(["run", "t"]).raw_arg("x=$(touch owned)").run();
        outcome.code(2).stdout("").stderr_has("another shell would read this value as code").stderr_has("config.yaml:");
        let outcome = one("bash -c", command, "string").args(["run", "t", "x=1", "--dry-run"]).run();
        outcome.code(2).stdout("").stderr_has("sh -c 'echo \"$1\"' sh ${params.x}");
        one("bash -c", command, "int").args(["run", "t", "x=1", "--dry-run"]).run().success();
        one("bash -c", command, "bool").args(["run", "t", "x=true", "--dry-run"]).run().success();
    }
}

#[test]
fn a_value_that_a_second_shell_is_given_as_a_word_is_let_through() {
    all_stay(&[
        ("sh -c 'printf \"[%s]\" \"$1\"' sh @@", "[@@]"),
        ("env A=b sh -c 'printf \"[%s]\" \"$1\"' sh \"@@\"", "[@@]"),
        ("V=@@ sh -c 'printf \"[%s]\" \"$V\"'", "[@@]"),
        ("sh -s -- @@ <<'END'\nprintf '[%s]' \"$1\"\nEND", "[@@]"),
        ("printf '[%s]' @@ | sh -c 'cat'", "[@@]"),
        ("printf '[%s]' @@ | grep sh >/dev/null; printf '[%s]' @@", "[@@]"),
        ("eval 'v=1'; printf '[%s]' @@", "[@@]"),
        ("trap : EXIT; printf '[%s]' @@", "[@@]"),
        ("trap : @@ 2>/dev/null || :; printf '[%s]' @@", "[@@]"),
        ("sh -c : @@; printf '[%s]' @@", "[@@]"),
        ("cat <<END | sh -c cat\n[@@]\nEND", "[@@]\n"),
        ("echo 'sh -c' @@ >/dev/null; printf '[%s]' @@", "[@@]"),
    ]);
    for command in [
        "docker exec @@ ip addr",
        "docker exec @@ sh -c 'ip addr'",
        "docker exec -e A=@@ c sh",
        "eval \"$(docker-machine env @@)\"",
        "curl -fsSL @@ | sh",
        "bash build.sh -c @@",
        "docker ps --filter name=@@ | grep -c bash",
        "sh ./script @@ < in > @@.log",
        "case @@ in sh) ;; esac | cat",
    ] {
        one("bash -c", command, "string").args(["run", "t", "x=1", "--dry-run"]).run().success();
    }
}
