//! The reference of the script language, made from the entries beside the functions.

use std::fmt::Write;

use super::bind::{self, Entry};

/// The entries of a name: one function, all members of an object, or everything for an empty name.
pub fn find(name: &str) -> Vec<&'static Entry> {
    let exact: Vec<&Entry> = bind::entries().filter(|entry| entry.path() == name).collect();
    // A property that is an object itself, such as docker.network, is asked for its members.
    let members: Vec<&Entry> = bind::entries().filter(|entry| name.is_empty() || entry.owner == name).collect();
    if members.is_empty() { exact } else { members }
}

/// One entry for people: usage, words, example.
pub fn explain(entry: &Entry) -> String {
    let mut text = format!("{}\n\n{}", entry.usage(), entry.doc);
    if !entry.example.is_empty() {
        let example = entry.example.replace("$image", "busybox");
        let indented: Vec<String> = example.lines().map(|line| format!("  {line}")).collect();
        text.extend(["\n\nExample:\n", &indented.join("\n")]);
    }
    text
}

pub fn first_sentence(doc: &str) -> &str {
    doc.split_inclusive(". ").next().unwrap_or(doc).trim_end()
}

/// The whole reference as Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# What scripts can use\n\nMade by `xnet doc --markdown`. Besides these there is all of the [Rhai](https://rhai.rs/book) language.\n",
    );
    let mut owners: Vec<&str> = Vec::new();
    for entry in bind::entries().filter(|entry| !entry.owner.is_empty()) {
        if !owners.contains(&entry.owner) {
            owners.push(entry.owner);
        }
    }
    for owner in owners.into_iter().chain([""]) {
        let title = if owner.is_empty() { "Global functions" } else { owner };
        let _ = write!(text, "\n## {title}\n");
        for entry in bind::entries().filter(|entry| entry.owner == owner) {
            let _ = write!(text, "\n### `{}`\n\n{}\n", entry.usage(), entry.doc);
            if !entry.example.is_empty() {
                let _ = write!(text, "\n```rhai\n{}\n```\n", entry.example.replace("$image", "busybox"));
            }
        }
    }
    text
}
