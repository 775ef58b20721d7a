//! Words that may stand at the cursor, and what each means.

#[derive(Debug, Default)]
pub(super) struct Offers {
    pub(super) words: Vec<(String, String)>,
    pub(super) files: bool,
    pub(super) folders: bool,
}

impl Offers {
    pub(super) fn add(&mut self, word: impl Into<String>, help: &str) {
        self.words.push((word.into(), help.lines().next().unwrap_or_default().replace('\t', " ")));
    }

    pub(super) fn all<T: Into<String>>(&mut self, words: impl IntoIterator<Item = T>) {
        words.into_iter().for_each(|word| self.add(word, ""));
    }

    /// The same words with something before each.
    pub(super) fn after(mut self, prefix: &str) -> Self {
        self.words.iter_mut().for_each(|(word, _)| word.insert_str(0, prefix));
        self
    }

    /// Those that go on from what is typed, as the shells' scripts read them: the first line says whether files or folders
    /// may stand there too; each further one is a word and, after a tab, what it means.
    pub(super) fn lines(&self, typed: &str) -> String {
        let kind = match (self.files, self.folders) {
            (true, _) => "files",
            (_, true) => "folders",
            _ => "none",
        };
        // A word of two lines would be two to a shell.
        let fitting = self.words.iter().filter(|(word, _)| word.starts_with(typed) && !word.contains(['\n', '\t']));
        let shown = fitting.map(|(word, help)| if help.is_empty() { word.clone() } else { format!("{word}\t{help}") });
        std::iter::once(kind.to_owned()).chain(shown).collect::<Vec<_>>().join("\n")
    }
}
