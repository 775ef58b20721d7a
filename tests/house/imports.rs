//! No import against the order of the rooms, no cycle between files, one room that speaks to the engine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::source::{Source, sources};

/// The rooms from the ground up. A room may import those of the levels below its own.
const LEVELS: [&[&str]; 6] = [
    &["model", "runtime"],
    &["view", "config", "engine", "audit", "sim"],
    &["probe"],
    &["forward", "topology", "diagnose"],
    &["script", "task", "suite"],
    &["repl", "cli"],
];
/// Rooms of one level that may be imported by another of it: a task's steps are scripts, and so are files of tests;
/// `xnet repl` is a command.
const SIBLINGS: [(&str, &str); 3] = [("task", "script"), ("suite", "script"), ("cli", "repl")];
/// A reader sees a file in a few screens.
const LONGEST: usize = 500;

fn level(room: &str) -> usize {
    let found = LEVELS.iter().position(|rooms| rooms.contains(&room));
    found.unwrap_or_else(|| panic!("src/{room} has no place in the order of the rooms: add it to LEVELS"))
}

#[test]
fn no_room_imports_upwards() {
    let sources = sources();
    let rooms: BTreeSet<&str> = sources.iter().filter_map(Source::room).collect();
    let mut faults = Vec::new();
    for source in &sources {
        let Some(room) = source.room() else { continue };
        for path in source.named() {
            let Some(other) = path.first().map(String::as_str).filter(|other| rooms.contains(other)) else { continue };
            if other != room && level(other) >= level(room) && !SIBLINGS.contains(&(room, other)) {
                faults.push(format!("{} names {}", source.path, path.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "imports against the order of the rooms:\n{}", faults.join("\n"));
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let sources = sources();
    let files: BTreeMap<&[String], &str> = sources.iter().map(|one| (&one.module[..], one.path.as_str())).collect();
    let file_of = |path: &[String]| (0..=path.len()).rev().find_map(|end| files.get(&path[..end]).copied());
    let imports: BTreeMap<&str, BTreeSet<&str>> = sources
        .iter()
        .map(|source| {
            let used = source.used();
            let others = used.iter().filter_map(|path| file_of(path)).filter(|other| *other != source.path);
            (source.path.as_str(), others.collect())
        })
        .collect();
    let circles: BTreeSet<String> =
        imports.keys().filter_map(|start| shortest_circle(start, &imports)).map(|way| way.join(" → ")).collect();
    let list: Vec<String> = circles.into_iter().collect();
    assert!(list.is_empty(), "files that import each other:\n{}", list.join("\n"));
}

/// The shortest way from `start` back to itself, told by its first file only.
fn shortest_circle<'a>(start: &'a str, imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().and_then(|last| imports.get(last)).into_iter().flatten() {
            let longer = [way.as_slice(), &[*next]].concat();
            if *next == start {
                return (longer.iter().min() == Some(&start)).then_some(longer);
            }
            if seen.insert(*next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

#[test]
fn only_the_engine_room_speaks_to_the_engine() {
    for source in sources() {
        assert!(
            source.room() == Some("engine") || !source.code.contains("bollard"),
            "{} speaks to the engine past src/engine",
            source.path
        );
    }
}

#[test]
fn the_model_is_pure() {
    for source in sources().iter().filter(|source| source.room() == Some("model")) {
        for effect in
            ["std::fs", "std::env", "std::process", "std::thread", "tokio", "SystemTime", "Instant", "TcpStream"]
        {
            assert!(!source.code.contains(effect), "{} uses {effect}", source.path);
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long: Vec<_> = sources().into_iter().filter(|source| source.lines > LONGEST).collect();
    let list: Vec<_> = long.iter().map(|source| format!("{}: {} lines", source.path, source.lines)).collect();
    assert!(list.is_empty(), "files of more than {LONGEST} lines:\n{}", list.join("\n"));
}

#[test]
fn an_import_is_read_in_every_form_it_is_written_in() {
    let source = Source {
        path: "src/engine/network.rs".into(),
        module: vec!["engine".into(), "network".into()],
        code: "use crate::{model::{network::NetworkSpec, names}, view}; use super::error::Error; fn f() { super::super::cli::x() }"
            .into(),
        lines: 1,
    };
    let named: Vec<String> = source.named().iter().map(|path| path.join("::")).collect();
    assert_eq!(named, ["cli::x", "engine::error::Error", "model::names", "model::network::NetworkSpec", "view"]);
    assert_eq!(source.used().len(), 4);
}
