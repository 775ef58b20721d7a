//! What is being completed where the cursor stands. Pure: it knows no names, only the forms that names stand in.

use super::words::{self, Kind, Word};

/// A step of a chain such as `docker.network.list()[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    /// The result of calling what stands before it.
    Call,
    /// An element of what stands before it.
    Element,
}

/// What the cursor asks for; `start` is the byte where the typed part begins, which the candidate replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) start: usize,
    pub(super) typed: String,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Nothing,
    /// `:lo`
    Meta,
    /// What follows `:load ` and `:save `.
    File,
    /// What follows `:doc `.
    Topic,
    /// A variable, function or keyword.
    Name,
    /// What follows a dot.
    Member(Vec<Step>),
    /// What follows `alias::`.
    ModuleMember(String),
    /// The path in `import "…`.
    ModulePath,
    /// A string that is an argument of a call, counted from 0.
    Argument {
        call: Vec<Step>,
        index: usize,
    },
    /// A string under a key of a map literal.
    Value {
        key: String,
    },
}

/// Reads the line up to the cursor.
pub(super) fn asked(line: &str, cursor: usize) -> Asked {
    let line = line.get(..cursor).unwrap_or(line);
    if line.trim_start().starts_with(':') {
        return meta(line);
    }
    let words = words::cut(line);
    let Some(last) = words.last() else { return Asked { start: 0, typed: String::new(), what: What::Name } };
    let of = |word: &Word| line[word.range.clone()].to_owned();
    let here = |start: usize, what| Asked { start, typed: line[start..].to_owned(), what };
    match last.kind {
        Kind::Text { closed: false } => {
            let before: Vec<&Word> = words[..words.len() - 1].iter().filter(|word| means(word)).collect();
            here(last.range.start + 1, text(line, &before))
        }
        Kind::Name | Kind::Keyword => {
            let before: Vec<&Word> = words[..words.len() - 1].iter().filter(|word| means(word)).collect();
            here(last.range.start, after(line, &before))
        }
        Kind::Comment { .. } if !of(last).ends_with("*/") => here(line.len(), What::Nothing),
        Kind::Number | Kind::Text { .. } => here(line.len(), What::Nothing),
        _ => {
            let before: Vec<&Word> = words.iter().filter(|word| means(word)).collect();
            here(line.len(), after(line, &before))
        }
    }
}

fn means(word: &Word) -> bool {
    !matches!(word.kind, Kind::Space | Kind::Comment { .. })
}

fn meta(line: &str) -> Asked {
    let indent = line.len() - line.trim_start().len();
    let here = |start: usize, what| Asked { start, typed: line[start..].to_owned(), what };
    let Some(space) = line[indent..].find(char::is_whitespace) else { return here(indent, What::Meta) };
    let command = &line[indent..indent + space];
    let rest = &line[indent + space..];
    let start = line.len() - rest.trim_start().len();
    match command {
        ":load" | ":save" => here(start, What::File),
        ":doc" => here(start, What::Topic),
        _ => here(line.len(), What::Nothing),
    }
}

/// What a name means after these words.
fn after(line: &str, before: &[&Word]) -> What {
    let sign = |nth: usize| before.len().checked_sub(nth).map(|at| &line[before[at].range.clone()]);
    match sign(1) {
        Some(".") if sign(2) == Some(".") => What::Name,
        Some(".") => What::Member(chain(line, &before[..before.len() - 1])),
        Some("::") => match before.len().checked_sub(2).map(|at| before[at]) {
            Some(word) if word.kind == Kind::Name => What::ModuleMember(line[word.range.clone()].to_owned()),
            _ => What::Nothing,
        },
        Some("let" | "const" | "fn" | "as" | "for") => What::Nothing,
        _ => What::Name,
    }
}

/// The chain that these words end with; empty when its beginning is not a name.
fn chain(line: &str, words: &[&Word]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = words.len();
    while let Some(word) = at.checked_sub(1).map(|last| words[last]) {
        match &line[word.range.clone()] {
            closing @ (")" | "]") => {
                let Some(open) = opening(line, &words[..at]) else { return Vec::new() };
                // A bracket that follows nothing is a value of its own, not a call or an index.
                let follows = open.checked_sub(1).map(|last| words[last]);
                let called = follows
                    .is_some_and(|word| word.kind == Kind::Name || matches!(&line[word.range.clone()], ")" | "]"));
                if !called {
                    return Vec::new();
                }
                steps.push(if closing == ")" { Step::Call } else { Step::Element });
                at = open;
            }
            name if word.kind == Kind::Name => {
                steps.push(Step::Name(name.to_owned()));
                let dot = at.checked_sub(2).is_some_and(|dot| &line[words[dot].range.clone()] == ".");
                if !dot {
                    break;
                }
                at -= 2;
            }
            _ => return Vec::new(),
        }
    }
    steps.reverse();
    if matches!(steps.first(), Some(Step::Name(_))) { steps } else { Vec::new() }
}

/// Where the bracket opens that the last of these words closes.
fn opening(line: &str, words: &[&Word]) -> Option<usize> {
    let mut depth = 0usize;
    for (index, word) in words.iter().enumerate().rev() {
        match &line[word.range.clone()] {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" | "#{" => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// What a string means that begins after these words: an argument, a value in a map, a module.
fn text(line: &str, before: &[&Word]) -> What {
    let of = |word: &Word| &line[word.range.clone()];
    if before.last().is_some_and(|word| of(word) == "import") {
        return What::ModulePath;
    }
    let (mut depth, mut index) = (0usize, 0);
    for (at, word) in before.iter().enumerate().rev() {
        match of(word) {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" | "#{" if depth > 0 => depth -= 1,
            "," if depth == 0 => index += 1,
            "(" => {
                let call = chain(line, &before[..at]);
                return if call.is_empty() { What::Nothing } else { What::Argument { call, index } };
            }
            // In a list, as in `networks: ["a", "b`, it is what surrounds the list that counts.
            "[" => return text(line, &before[..at]),
            ":" if depth == 0 && index == 0 => {
                let key = at.checked_sub(1).map(|key| of(before[key]).trim_matches('"').to_owned());
                return key.map_or(What::Nothing, |key| What::Value { key });
            }
            "{" | "#{" | ";" if depth == 0 => return What::Nothing,
            _ => {}
        }
    }
    What::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(line: &str) -> (What, String) {
        let asked = asked(line, line.len());
        (asked.what, asked.typed)
    }

    fn steps(names: &[&str]) -> Vec<Step> {
        let step = |name: &&str| match *name {
            "()" => Step::Call,
            "[]" => Step::Element,
            name => Step::Name(name.to_owned()),
        };
        names.iter().map(step).collect()
    }

    fn member(line: &str) -> Vec<Step> {
        match at_end(line).0 {
            What::Member(steps) => steps,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn names_and_members() {
        assert_eq!(at_end("do"), (What::Name, "do".into()));
        assert_eq!(at_end("let x = dock"), (What::Name, "dock".into()));
        assert_eq!(at_end("let x"), (What::Nothing, "x".into()));
        assert_eq!(at_end("docker.network.cr"), (What::Member(steps(&["docker", "network"])), "cr".into()));
        assert_eq!(member("x = docker.network."), steps(&["docker", "network"]));
        assert_eq!(member("docker.list(#{all: [1]})[0].Na"), steps(&["docker", "list", "()", "[]"]));
        assert_eq!(member("(1 + 2)."), vec![]);
        assert_eq!(at_end("0..n").0, What::Name);
        assert_eq!(at_end("dbg::che"), (What::ModuleMember("dbg".into()), "che".into()));
        assert_eq!(at_end("1 // no"), (What::Nothing, String::new()));
    }

    #[test]
    fn the_part_behind_the_cursor_does_not_count() {
        let asked = asked("foo(doc, 1)", 7);
        assert_eq!((asked.what, asked.typed.as_str(), asked.start), (What::Name, "doc", 4));
    }

    #[test]
    fn strings_know_their_call() {
        let argument = |call: &[&str], index| What::Argument { call: steps(call), index };
        assert_eq!(at_end("exec(\"we"), (argument(&["exec"], 0), "we".into()));
        assert_eq!(at_end("docker.network.connect(f(1, 2), \"w").0, argument(&["docker", "network", "connect"], 1));
        assert_eq!(at_end("net.connect(\"").0, argument(&["net", "connect"], 0));
        assert_eq!(at_end("docker.run(\"i\", #{network: \"a").0, What::Value { key: "network".into() });
        assert_eq!(
            at_end("docker.run(\"i\", #{name: 1, networks: [\"a\", \"b").0,
            What::Value { key: "networks".into() }
        );
        assert_eq!(at_end("import \"std/"), (What::ModulePath, "std/".into()));
        assert_eq!(at_end("(\"x").0, What::Nothing);
    }

    #[test]
    fn meta_commands_and_what_follows_them() {
        assert_eq!(at_end(":lo"), (What::Meta, ":lo".into()));
        assert_eq!(at_end(":load exa/mp"), (What::File, "exa/mp".into()));
        assert_eq!(at_end(":doc docker.ne"), (What::Topic, "docker.ne".into()));
        assert_eq!(at_end(":vars x").0, What::Nothing);
    }
}
