//! What the papers around the code say is so.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::source::root;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn ci_runs_the_test_command_that_the_readme_gives() {
    const COMMAND: &str = "cargo test --locked";
    assert!(read("README.md").lines().any(|line| line.trim() == COMMAND), "README.md does not say `{COMMAND}`");
    assert!(read(".ci/run").lines().any(|line| line.trim() == COMMAND), ".ci/run does not run `{COMMAND}`");
}

#[test]
fn both_licences_are_there_whole() {
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    let apache = read("LICENSE-APACHE");
    assert!(apache.contains("Version 2.0, January 2004") && apache.contains("END OF TERMS AND CONDITIONS"));
}

/// What cargo-deny checks in full, checked here as far as cargo itself knows it, so that it holds without that tool.
#[test]
fn every_dependency_has_a_licence_that_deny_toml_allows() {
    let deny = read("deny.toml");
    let allowed: Vec<&str> = deny
        .lines()
        .skip_while(|line| !line.starts_with("allow = ["))
        .skip(1)
        .take_while(|line| !line.starts_with(']'))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    // What other systems need is not downloaded here.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &platform])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("its answer is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !permits(package["license"].as_str().unwrap_or("none"), &allowed))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow:\n{}", refused.join("\n"));
}

/// Whether an SPDX expression can be met: one side of each OR, every side of each AND.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // AND binds closer in SPDX; the expressions with parentheses here put ORs inside ANDs, which this reads the stricter way.
    let met = |term: &str| allowed.contains(&term.trim());
    if expression.contains('(') {
        return plain.split(" AND ").all(|part| part.split(" OR ").any(met));
    }
    plain.split(" OR ").any(|part| part.split(" AND ").all(met))
}

#[test]
fn the_tree_is_described_where_the_readme_says() {
    let readme = read("README.md");
    for folder in ["stdlib", "tasks", "examples", "tests", "docs", "benches"] {
        assert!(root().join(folder).is_dir(), "{folder}/ is missing");
        assert!(readme.contains(&format!("`{folder}/`")), "README.md does not speak of {folder}/");
    }
}
