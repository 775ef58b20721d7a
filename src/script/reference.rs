//! The reference of the script language, made from the entries beside the functions.

use std::fmt::Write;

use super::bind::{self, Entry};
use super::modules;
use crate::model::names;

/// The entries of a name: one function, all members of an object, or everything for an empty name.
///
/// A name that is only the end of others, such as `network.create` or `run`, finds all of those.
pub fn find(name: &str) -> Vec<&'static Entry> {
    let all = || bind::entries().chain(modules::members());
    // A property that is an object itself, such as docker.network, is asked for its members.
    let members: Vec<&Entry> = all().filter(|entry| name.is_empty() || entry.owner == name).collect();
    if !members.is_empty() {
        return members;
    }
    let exact: Vec<&Entry> = all().filter(|entry| entry.path() == name).collect();
    if !exact.is_empty() {
        return exact;
    }
    // `network` is an object of docker's before it is a property of others.
    let docker = format!("docker.{name}");
    let of_docker: Vec<&Entry> = all().filter(|entry| entry.owner == docker).collect();
    if of_docker.is_empty() { all().filter(|entry| ends_with(entry, name)).collect() } else { of_docker }
}

/// Whether it is called so behind a dot or a colon of its whole name.
fn ends_with(entry: &Entry, name: &str) -> bool {
    entry.path().strip_suffix(name).is_some_and(|before| before.ends_with(['.', ':', '/']))
        || entry.owner.strip_prefix("std/").is_some_and(|module| module == name)
}

/// The name that a mistyped one most likely meant.
pub fn nearest(name: &str) -> Option<String> {
    let all: Vec<String> = find("").iter().map(|entry| entry.path()).collect();
    let among = |name: &str| names::nearest(name, all.iter().map(String::as_str)).map(str::to_owned);
    let of_docker = name.contains('.').then(|| among(&format!("docker.{name}"))).flatten();
    // `create` of `docker.network.create`: the end alone may be mistyped too.
    let last = || all.iter().find(|path| names::nearest(name, path.rsplit(['.', ':']).next()).is_some());
    of_docker.or_else(|| among(name)).or_else(|| last().cloned())
}

/// The example with an image that anybody has.
pub fn example(entry: &Entry) -> String {
    entry.example.replace("$image", "busybox")
}

/// One entry for people: usage, words, example.
pub fn explain(entry: &Entry) -> String {
    let mut text = format!("{}\n\n{}", entry.usage(), entry.doc);
    if !entry.example.is_empty() {
        let example = example(entry);
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
            text += &section(entry);
        }
    }
    for (module, _) in modules::EMBEDDED {
        let _ = write!(text, "\n## {module}\n\n`import \"{module}\" as {};`\n", module.trim_start_matches("std/"));
        for entry in modules::members().filter(|entry| entry.owner == *module) {
            text += &section(entry);
        }
    }
    text
}

fn section(entry: &Entry) -> String {
    let mut text = format!("\n### `{}`\n\n{}\n", entry.usage(), entry.doc);
    if !entry.example.is_empty() {
        let _ = write!(text, "\n```rhai\n{}\n```\n", example(entry));
    }
    text
}
