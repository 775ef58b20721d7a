//! The names of the tasks of a file that is written in the plainest way, without reading it as YAML.

/// The name of a task, its other names, what it is for, and whether only other tasks may call it.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) private: bool,
}

/// The tasks of a file in which each begins on a line of its own, under a `tasks:` of its own. `None` for any other: what
/// spans lines, refers to other places or is put in quotes is left to the reader.
pub(super) fn skim(text: &str) -> Option<Vec<Head>> {
    if text.contains(['\t', '\r', '\0', '\u{feff}']) {
        return None;
    }
    let mut skimmed = Skimmed::default();
    let written = text.lines().map(|line| (line.len() - line.trim_start_matches(' ').len(), line.trim()));
    for (indent, line) in written.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        skimmed.line(indent, line)?;
    }
    (skimmed.seen && !skimmed.open).then_some(skimmed.heads)
}

#[derive(Default)]
struct Skimmed {
    heads: Vec<Head>,
    /// Whether there was a `tasks:`, and whether the line is under it.
    seen: bool,
    within: bool,
    /// How far the names of tasks are indented, and the keys of the last one.
    names: usize,
    keys: usize,
    /// Whether the next line may go on with what the last one said.
    open: bool,
}

impl Skimmed {
    fn line(&mut self, indent: usize, line: &str) -> Option<()> {
        if indent == 0 {
            (self.within, self.open) = (line == "tasks:", false);
            let (again, key) = (self.within && self.seen, plain_key(line)?.0);
            self.seen |= self.within;
            return (!again && key != "include").then_some(());
        }
        if !self.within {
            return Some(());
        }
        if self.names == 0 {
            self.names = indent;
        }
        if indent == self.names {
            return self.name(line);
        }
        if indent < self.names || self.heads.is_empty() {
            return None;
        }
        if self.keys == 0 {
            self.keys = indent;
        }
        if indent < self.keys || indent > self.keys && self.open {
            return None;
        }
        if indent == self.keys { self.key(line) } else { Some(()) }
    }

    fn name(&mut self, line: &str) -> Option<()> {
        let (name, value) = plain_key(line)?;
        // Its keys may stand in the same line.
        let simple = value.is_empty() || value.starts_with('{') && value.ends_with('}');
        if !simple || ["description", "private", "aliases", "<<", "*"].iter().any(|word| value.contains(word)) {
            return None;
        }
        (self.keys, self.open) = (0, false);
        self.heads.push(Head { name: name.to_owned(), aliases: Vec::new(), description: None, private: false });
        Some(())
    }

    fn key(&mut self, line: &str) -> Option<()> {
        self.open = false;
        // An element of a list may stand as far as the key it belongs to.
        if line.starts_with("- ") || line == "-" {
            return Some(());
        }
        let (key, value) = plain_key(line)?;
        let head = self.heads.last_mut()?;
        match key {
            "description" if is_plain(value) => {
                head.description = Some(value.to_owned());
                self.open = true;
            }
            "private" if value == "true" => head.private = true,
            "private" if value == "false" => {}
            "description" | "private" | "aliases" => return None,
            _ => {}
        }
        Some(())
    }
}

/// The key of a line, where it needs no quotes, and what stands after it.
fn plain_key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    (!key.is_empty() && !key.starts_with('-') && key.chars().all(named)).then_some((key, value.trim()))
}

/// Whether a text is itself, and neither a number nor anything else.
fn is_plain(text: &str) -> bool {
    let whole = !text.contains(" #") && !text.contains(": ") && !text.ends_with(':');
    whole && text.starts_with(char::is_alphabetic) && text.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::skim;

    #[test]
    fn plain_files_are_skimmed() {
        let text = "# all\nvars: {a: 1}\ntasks:\n  a:\n    description: What it does\n    steps:\n      - command: |\n          tasks:\n            b: 1\n    params:\n    - name: x\n  b:\n    private: true\n    command: x\n\n  c: {command: echo}\nsecrets:\n  d:\n    env: X\n";
        let heads = skim(text).unwrap();
        let seen: Vec<_> = heads.iter().map(|head| (head.name.as_str(), head.private)).collect();
        assert_eq!(seen, [("a", false), ("b", true), ("c", false)]);
        assert_eq!(heads[0].description.as_deref(), Some("What it does"));
    }

    #[test]
    fn all_else_is_left_to_the_reader() {
        for text in [
            "",
            "vars: {}\n",
            "tasks: {a: {}}\n",
            "tasks:\n\ta: {}\n",
            "include: [x.yaml]\ntasks:\n  a: {}\n",
            "tasks:\n  a: {private: true}\n",
            "tasks:\n  a: {command: x,\n  b: y}\n",
            "tasks:\n  \"a\": {}\n",
            "tasks:\n  a: &x {}\n",
            "tasks:\n  a:\n    <<: *x\n",
            "tasks:\n  a:\n    description: one\n      and two\n",
            "tasks:\n  a:\n    description: \"one two\"\n",
            "tasks:\n  a:\n    description: |\n      one\n",
            "tasks:\n  a:\n    description: one two # three\n",
            "tasks:\n  a:\n    description: 12\n",
            "tasks:\n  a:\n    private: yes\n",
            "tasks:\n  a: {}\ntasks:\n  b: {}\n",
            "tasks:\n  a: {}\n b: {}\n",
            "---\ntasks:\n  a: {}\n",
        ] {
            assert!(skim(text).is_none(), "{text}");
        }
    }
}
