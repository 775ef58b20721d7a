//! A value is a value: nothing that is typed as a parameter ever becomes shell code.

use crate::support::Test;

const HOSTILE: &[&str] = &[
    "x; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "\" ; touch owned ; \"",
    "' ; touch owned ; '",
    "a\nb; touch owned",
    "*",
    "~",
    "${HOME}",
    "${params.other}",
    "$params_p",
    "\\",
    "é ü 世界",
    " leading and trailing ",
    "-n",
    "a=b",
    "&& touch owned",
    "| touch owned",
    "> owned",
    "%s%n",
];

#[track_caller]
fn stays(command: &str, printed: impl Fn(&str) -> String) {
    for value in HOSTILE {
        let project = format!(
            "tasks:\n  t:\n    params:\n      - name: p\n    steps:\n      - command: |\n          {command}\n"
        );
        // The folder of the test is gone after the run, so the run itself looks for what must not be there.
        let project = project + "      - command: test ! -e owned\n";
        let outcome = Test::new().project(&project).args(["run", "t"]).raw_arg(format!("p={value}")).run();
        outcome.success();
        assert_eq!(outcome.out_text(), printed(value), "{}", outcome.report());
    }
}

#[test]
fn in_double_quotes() {
    stays(r#"printf '%s\n' "${params.p}""#, |value| format!("{value}\n"));
}

#[test]
fn without_quotes() {
    stays(r"printf '[%s]\n' ${params.p}", |value| format!("[{value}]\n"));
}

#[test]
fn in_the_middle_of_a_word() {
    stays(r"printf '[%s]\n' a-${params.p}-b", |value| format!("[a-{value}-b]\n"));
}

#[test]
fn in_single_quotes() {
    stays(r"printf '%s\n' '${params.p}'", |value| format!("{value}\n"));
}

#[test]
fn in_a_loop_as_people_write_it() {
    stays(r#"for x in one; do printf '%s\n' "${params.p}" || true; done"#, |value| format!("{value}\n"));
}

#[test]
fn in_a_here_document() {
    let command = "cat <<END\n          ${params.p}\n          END";
    stays(command, |value| format!("{value}\n"));
}

#[test]
fn in_a_script_step() {
    for value in HOSTILE {
        let project = "tasks:\n  t:\n    params:\n      - name: p\n    steps:\n      - script: print(params.p);\n";
        let outcome = Test::new().project(project).args(["run", "t"]).raw_arg(format!("p={value}")).run();
        outcome.success();
        assert_eq!(outcome.out_text(), format!("{value}\n"), "{}", outcome.report());
    }
}

#[test]
fn through_a_registered_output() {
    let project = r#"
tasks:
  t:
    params:
      - name: p
    steps:
      - command: printf '%s' "${params.p}"
        register: told
        quiet: true
      - command: printf '<%s>' "${steps.told.stdout}"
"#;
    for value in HOSTILE {
        let project = project.replace("        quiet: true\n", "");
        let outcome = Test::new().project(&project).args(["run", "t"]).raw_arg(format!("p={value}")).run();
        outcome.success();
        let text = outcome.out_text();
        assert!(text.ends_with(&format!("<{value}>")) || text.ends_with(&format!("<{}>", value.trim_end())), "{text}");
    }
}

#[test]
fn through_env_and_with() {
    let project = r#"
tasks:
  outer:
    params:
      - name: p
    steps:
      - task: inner
        with: {q: "${params.p}"}
  inner:
    params:
      - name: q
    steps:
      - command: printf '%s\n' "$CARRIED"
        env: {CARRIED: "${params.q}"}
"#;
    for value in HOSTILE {
        let test = Test::new().project(project).args(["run", "outer"]).raw_arg(format!("p={value}"));
        let outcome = test.run();
        outcome.success();
        assert_eq!(outcome.out_text(), format!("{value}\n"), "{}", outcome.report());
    }
}

#[test]
fn a_nul_byte_cannot_be_smuggled_in() {
    let project =
        "tasks:\n  t:\n    params:\n      - {name: p, default: \"a\\0b\"}\n    command: echo \"${params.p}\"\n";
    Test::new().project(project).args(["run", "t"]).run().code(2).stderr_lacks("panicked");
}
