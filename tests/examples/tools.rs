//! What docs/tasks.md and the README show of `check`, `init`, `schema` and `completions`.

use std::fs;

use super::folder;
use crate::support::Test;

/// What a page shows that a command prints: the block that begins with it.
fn shown(page: &str, command: &str) -> String {
    let text = fs::read_to_string(folder(page)).unwrap();
    let fence = format!("```console\n$ {command}\n");
    let rest = text.split(&fence).nth(1).unwrap_or_else(|| panic!("{page} does not show `{command}`"));
    rest.split("```").next().unwrap().to_owned()
}

#[test]
fn the_slips_of_the_page_are_told_as_it_says() {
    let text = fs::read_to_string(folder("docs/tasks.md")).unwrap();
    let section = text.split("## Checking without running").nth(1).unwrap();
    let yaml = section.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let outcome = Test::new().project(yaml).args(["check"]).run();
    assert_eq!(outcome.code(2).err_text(), shown("docs/tasks.md", "xnet check"));
}

/// Runs the lines of a console in one shell, and compares all that they print.
#[track_caller]
fn console(first: &str, rest: &str) {
    let mut commands = vec![first.to_owned()];
    let mut printed = String::new();
    for line in rest.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push(command.to_owned()),
            None => printed.extend([line, "\n"]),
        }
    }
    Test::new().run_by("/bin/sh").args(["-ec", &commands.join("\n")]).run().success().stdout(&printed);
}

#[test]
fn the_project_to_begin_with_is_as_the_pages_say() {
    for page in ["docs/tasks.md", "README.md"] {
        console("xnet init shop", &shown(page, "xnet init shop"));
    }
}

#[test]
fn the_schema_is_written_as_the_page_says() {
    console("mkdir .xnet; xnet schema > .xnet/schema.json", &shown("docs/tasks.md", "xnet schema > .xnet/schema.json"));
}

#[test]
fn the_line_for_each_shell_is_one_that_works() {
    let text = fs::read_to_string(folder("docs/tasks.md")).unwrap();
    for shell in ["bash", "zsh", "fish"] {
        assert!(text.contains(&format!("xnet completions {shell}")), "{shell}");
    }
    let line = "source <(xnet completions bash); complete -p xnet";
    assert!(text.contains("source <(xnet completions bash)"));
    Test::new().run_by("/bin/bash").args(["--norc", "-c", line]).run().success().stdout("complete -F _xnet xnet\n");
}
