//! The sources of xnet as text, and the modules that their `use` lines name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of `src`, with its module path: `["engine", "network"]` for both src/engine/network.rs and …/network/mod.rs.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) module: Vec<String>,
    /// Without comments, string literals and the tests at its end.
    pub(super) code: String,
    pub(super) lines: usize,
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn sources() -> Vec<Source> {
    let folder = root().join("src");
    let mut files = Vec::new();
    walk(&folder, &mut files);
    files.sort();
    files.iter().map(|path| read(&folder, path)).collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(folder: &Path, path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a source");
    let inside = path.strip_prefix(folder).expect("a path below src").with_extension("");
    let mut module: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    Source {
        path: format!("src/{}", path.strip_prefix(folder).expect("below src").display()),
        module,
        code: bare(&text[..tests]),
        lines: text.lines().count(),
    }
}

/// The code without line comments and without what stands in quotes.
fn bare(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                code.push('\n');
            }
            '"' if last != '\'' => {
                while let Some(inside) = chars.next() {
                    match inside {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            c => code.push(c),
        }
        last = c;
    }
    code
}

impl Source {
    pub(super) fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str).filter(|room| *room != "main")
    }

    /// Every module path of this crate that the code names, from the root: `["model", "network", "NetworkSpec"]`.
    pub(super) fn named(&self) -> BTreeSet<Vec<String>> {
        self.roots(&self.code)
    }

    /// The same, of the `use` declarations only.
    pub(super) fn used(&self) -> BTreeSet<Vec<String>> {
        let declarations = self.code.split("use ").skip(1).map(|part| part.split(';').next().unwrap_or_default());
        self.roots(&declarations.collect::<Vec<_>>().join(";"))
    }

    fn roots(&self, code: &str) -> BTreeSet<Vec<String>> {
        let mut paths = BTreeSet::new();
        for root in ["crate::", "xnet::"] {
            for at in starts(code, root) {
                expand(&code[at + root.len()..], &[], &mut paths);
            }
        }
        for at in starts(code, "super::") {
            let rest = &code[at..];
            let ups = rest.split("::").take_while(|part| *part == "super").count();
            // Reached as a later part of `super::super::`, which was counted from its first.
            if code[..at].ends_with("super::") || ups > self.module.len() {
                continue;
            }
            expand(&rest[ups * "super::".len()..], &self.module[..self.module.len() - ups], &mut paths);
        }
        paths
    }
}

/// Where `word` begins, unless it ends a longer one.
fn starts<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let joined = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |at| !code[..*at].ends_with(joined))
}

/// Adds each path that begins here: `a::{b, c::d}` below `base` is `base::a::b` and `base::a::c::d`.
fn expand(code: &str, base: &[String], paths: &mut BTreeSet<Vec<String>>) {
    let name: String = code.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut path = base.to_vec();
    if name.is_empty() {
        if let Some(group) = code.strip_prefix('{') {
            for item in items(group) {
                expand(item.trim_start(), base, paths);
            }
        } else {
            paths.insert(path);
        }
        return;
    }
    let rest = &code[name.len()..];
    if name != "self" {
        path.push(name);
    }
    match rest.strip_prefix("::") {
        Some(rest) => expand(rest, &path, paths),
        None => drop(paths.insert(path)),
    }
}

/// The items of a `{…}` group, up to its closing brace.
fn items(group: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[begin..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found
}
