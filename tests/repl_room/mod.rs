//! The REPL as its users meet it: on a terminal, and from a pipe.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod engine;
mod terminal;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use tempfile::tempdir;

use terminal::{Person, command};

fn piped(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = command(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn piped_lines_print_their_results_and_nothing_else() {
    let folder = tempdir().unwrap();
    let input = "let x = 20;\nfn twice(n) {\n  n * 2\n}\ntwice(x)\n\"text\"\n[1, x]\n";
    let (out, err, code) = said(&piped(folder.path(), &[], input));
    assert_eq!(out, "40\ntext\n[\n  1,\n  20\n]\n");
    assert_eq!((err.as_str(), code), ("", Some(0)));
    assert!(!folder.path().join("state").exists());
    let (out, ..) = said(&piped(folder.path(), &["--json"], "\"80\"\n#{a: ()}\n()"));
    assert_eq!(out, "\"80\"\n{\n  \"a\": null\n}\n");
}

#[test]
fn a_piped_error_ends_the_run_with_its_code_and_its_line() {
    let folder = tempdir().unwrap();
    let (out, err, code) = said(&piped(folder.path(), &[], "1\n\nnope()\n2\n"));
    assert_eq!((out.as_str(), code), ("1\n", Some(2)));
    assert!(err.contains("stdin:3:1") && err.contains("unknown function `nope()`"), "{err}");
    assert_eq!(said(&piped(folder.path(), &[], "exit(7)\n1")).2, Some(7));
    assert_eq!(said(&piped(folder.path(), &[], ":hlp")).2, Some(2));
    let (_, err, code) = said(&piped(folder.path(), &[], "let x = [1,\n"));
    assert_eq!(code, Some(2));
    assert!(err.contains("stdin:"), "{err}");
}

#[test]
fn imports_stay_and_files_are_loaded_and_saved() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("lib.rhai"), "fn add(a, b) { a + b }\nlet base = 40;").unwrap();
    let input = "import \"lib\" as lib;\nlib::add(1, 2)\n:load lib.rhai\nadd(base, 2) // why\nnot_there\n";
    let (out, err, _) = said(&piped(folder.path(), &[], input));
    assert_eq!(out, "3\n42\n", "{err}");
    let (out, err, code) =
        said(&piped(folder.path(), &[], ":load lib.rhai\nadd(base, 2) // why\nlet y = 1\n:save out.rhai\n"));
    assert_eq!((out.as_str(), code), ("42\n", Some(0)), "{err}");
    let saved = fs::read_to_string(folder.path().join("out.rhai")).unwrap();
    assert!(saved.ends_with("add(base, 2); // why\nlet y = 1;\n"), "{saved}");
    let (out, err, code) = said(&piped(folder.path(), &[], ":load out.rhai\nbase + y\n:save lib.rhai\n"));
    assert_eq!((out.as_str(), code), ("41\n", Some(2)));
    assert!(err.contains("lib.rhai is there already"), "{err}");
}

#[test]
fn an_error_in_a_loaded_file_shows_the_file() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("bad.rhai"), "// one\nfn bad() {\n  gone()\n}\n").unwrap();
    let (_, err, _) = said(&piped(folder.path(), &[], "fn f() { 1 }\n:load bad.rhai\nbad()\n"));
    assert!(err.contains("bad.rhai:3:3") && err.contains("gone()") && err.contains("stdin:3:1"), "{err}");
}

#[test]
fn a_session_on_a_terminal() {
    let folder = tempdir().unwrap();
    let mut person = Person::sits_at(&command(folder.path()));
    person.types("let x = 41;").sees("xnet>");
    person.types("x + 1").sees("42").sees("xnet>");
    person.types("\"80\"").sees("\n\"80\"").sees("xnet>");
    // A definition over several lines is one input.
    person.types("fn thrice(n) {").types("n * 3").types("}").sees("xnet>");
    person.types("thrice(x)").sees("123").sees("xnet>");
    // An error keeps what there was.
    person.types("let y = 7; nope()").sees("unknown function `nope()`").sees("xnet>");
    person.types("x + y").sees("48").sees("xnet>");
    // Ctrl-C clears the line.
    person.presses("let z = 1").sees("let z = 1").presses("\u{3}").sees("xnet>");
    person.types("cidr(\"10.0.0.0/8\")").sees("\nsubnet 10.0.0.0/8").sees("xnet>");
    person.types(":vars").sees("thrice(n)").sees("xnet>");
    person.types(":doc docker.network.creat").sees("did you mean `docker.network.create`?").sees("xnet>");
    person.presses("\u{4}");
    assert_eq!(person.leaves().code(), Some(0));
    assert!(person.raw().contains("\u{1b}[35mlet\u{1b}[0m"), "no colours: {:?}", person.raw());
    let history = folder.path().join("state/xnet/history");
    let kept = fs::read_to_string(&history).unwrap();
    assert!(kept.contains("let x = 41;") && kept.contains("thrice(x)"), "{kept}");
    assert_eq!(fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn ctrl_c_interrupts_the_call_and_keeps_the_session() {
    let folder = tempdir().unwrap();
    let mut person = Person::sits_at(&command(folder.path()));
    person.types("let kept = 11;").sees("xnet>");
    for call in ["print(\"be\" + \"gin\"); sleep(60)", "print(\"be\" + \"gin\"); loop {}"] {
        person.types(call).sees("begin\n").presses("\u{3}").sees("interrupted").sees("xnet>");
        person.types("kept + 1").sees("\n12").sees("xnet>");
    }
    person.types(":quit");
    assert_eq!(person.leaves().code(), Some(0));
}

#[test]
fn tab_completes_names_members_and_files() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("script.rhai"), "let loaded = 5;").unwrap();
    let mut person = Person::sits_at(&command(folder.path()));
    person.types("let net = cidr(\"10.0.0.0/8\");").sees("xnet>");
    person.presses("net.pre\t").sees("net.prefix").presses("\r").sees("\n8").sees("xnet>");
    person
        .presses("docker.network.ens\t")
        .sees("docker.network.ensure")
        .presses("\t")
        .sees("ensure_connected")
        .presses("\u{15}");
    person.presses(":load scr\t").sees("script.rhai").presses("\r").sees("xnet>");
    person.presses("load\t").sees("loaded").presses("\r").sees("\n5").sees("xnet>");
    person.presses("\u{4}").leaves();
}

#[test]
fn without_a_place_for_history_the_session_goes_on() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("state"), "a file").unwrap();
    let mut person = Person::sits_at(&command(folder.path()));
    person.types("1 + 1").sees("\n2").sees("xnet>");
    person.types("2 + 2").sees("\n4").sees("xnet>").presses("\u{4}").leaves();
    assert_eq!(person.screen().matches("history of this session is not kept").count(), 1, "{}", person.screen());
}

#[test]
fn sigterm_ends_the_session_at_the_prompt() {
    let folder = tempdir().unwrap();
    let mut person = Person::sits_at(&command(folder.path()));
    person.types("1 + 1").sees("\n2").sees("xnet>");
    assert_eq!(person.told_to_end().code(), Some(130));
}
