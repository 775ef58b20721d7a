//! docs/coverage.md: each promise of the scripting surface, with the tests that show it.
//!
//! A test says what it shows in a line `// shows: network.create, network.ipam` right above its `#[test]`. The table below
//! lists the promises; one that no test shows, without a reason, fails here, and so does a line that names no promise.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::promises::{PROMISES, Promise};
use super::source::root;

/// Which tests show a promise, by its id.
type Shown = BTreeMap<String, Vec<String>>;

#[test]
fn every_promise_is_shown_by_a_test_or_says_why_not() {
    let shown = shown();
    let mut faults = Vec::new();
    for id in shown.keys() {
        if !PROMISES.iter().any(|promise| promise.id == id) {
            faults.push(format!("`shows: {id}` above {} names no promise", shown[id].join(", ")));
        }
    }
    for promise in PROMISES {
        match (shown.contains_key(promise.id), promise.why_not) {
            (false, "") => faults.push(format!("nothing shows `{}`: {}", promise.id, promise.typed)),
            (true, why) if !why.is_empty() => {
                faults.push(format!("`{}` is shown, and said not to be: {why}", promise.id));
            }
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_coverage_page_is_up_to_date() {
    let path = root().join("docs/coverage.md");
    let page = page(&shown());
    if std::env::var_os("XNET_BLESS").is_some() {
        fs::write(&path, &page).expect("docs/coverage.md can be written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "docs/coverage.md is old: XNET_BLESS=1 cargo test --test suite -- coverage");
}

fn page(shown: &Shown) -> String {
    let mut page = String::from(
        "# What is shown, and by which test\n\nMade by the tests from the lines `// shows: …` above them \
         (`XNET_BLESS=1 cargo test --test suite -- coverage`). A test that fails or is ignored shows nothing: the whole suite \
         runs before a change lands.\n",
    );
    let mut room = "";
    for promise in PROMISES {
        if promise.room != room {
            room = promise.room;
            let _ = write!(page, "\n## {room}\n\n| what is typed | shown by |\n|---|---|\n");
        }
        let _ = writeln!(page, "| {} | {} |", promise.typed.replace('|', "\\|"), evidence(promise, shown));
    }
    page
}

fn evidence(promise: &Promise, shown: &Shown) -> String {
    match shown.get(promise.id) {
        Some(tests) => tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>"),
        None => format!("not yet: {}", promise.why_not),
    }
}

/// Reads the `shows` lines of all suites.
fn shown() -> Shown {
    let mut shown = Shown::new();
    walk(&root().join("tests"), &mut shown);
    for tests in shown.values_mut() {
        tests.sort();
        tests.dedup();
    }
    shown
}

fn walk(folder: &Path, shown: &mut Shown) {
    for entry in fs::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, shown);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read(&path, shown);
        }
    }
}

fn read(path: &Path, shown: &mut Shown) {
    let text = fs::read_to_string(path).expect("a test file");
    let inside = path.strip_prefix(root().join("tests")).expect("below tests").with_extension("");
    let module: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).filter(|part| part != "mod").collect();
    let faults = scan(&text, &module.join("::"), shown);
    assert!(faults.is_empty(), "{}: {}", path.display(), faults.join("\n"));
}

/// Reads the lines of one file, and says which of them show nothing.
fn scan(text: &str, module: &str, shown: &mut Shown) -> Vec<String> {
    let mut faults = Vec::new();
    let mut claims: Vec<String> = Vec::new();
    let (mut tested, mut ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if let Some(ids) = line.strip_prefix("// shows: ") {
            claims.extend(ids.split(',').map(|id| id.trim().to_owned()));
        } else if line.starts_with("#[ignore") {
            ignored = true;
        } else if line == "#[test]" {
            tested = true;
        } else if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
            if !claims.is_empty() && (ignored || !tested) {
                let why = if ignored { "is ignored" } else { "is no #[test]" };
                faults.push(format!("{name} {why}: it shows nothing"));
                claims.clear();
            }
            for id in claims.drain(..) {
                shown.entry(id).or_default().push(format!("{module}::{name}"));
            }
            (tested, ignored) = (false, false);
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            if !claims.is_empty() {
                faults.push(format!("a `shows` line belongs right above the #[test] it speaks of: {line}"));
                claims.clear();
            }
            (tested, ignored) = (false, false);
        }
    }
    if !claims.is_empty() {
        faults.push("a `shows` line without a test".into());
    }
    faults
}

#[test]
fn only_a_test_that_runs_shows_something() {
    let scanned = |text: &str| {
        let mut shown = Shown::new();
        let faults = scan(text, "m", &mut shown);
        (shown.into_values().flatten().collect::<Vec<_>>().join(" "), faults.join(" "))
    };
    let (test, shows) = ("#[test]\n", "// shows: x.y\n");
    assert_eq!(scanned(&format!("{shows}{test}fn a() {{\n}}\n")), ("m::a".into(), String::new()));
    for (text, words) in [
        (format!("{shows}fn a() {{\n}}\n"), "a is no #[test]"),
        (format!("{test}fn b() {{\n}}\n{shows}fn a() {{\n}}\n"), "a is no #[test]"),
        (format!("{shows}{test}#[ignore = \"x\"]\nfn a() {{\n}}\n"), "a is ignored"),
        (format!("{shows}\n{test}fn a() {{\n}}\n"), "right above"),
        (shows.to_owned(), "without a test"),
    ] {
        let (found, faults) = scanned(&text);
        assert!(found.is_empty() && faults.contains(words), "{text}: {found} {faults}");
    }
}
