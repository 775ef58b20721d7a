//! All tasks that can be called by name, and what is wrong with the others.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::error::Error;
use super::model::Task;
use super::text::File;
use crate::model::names;
use crate::view::Diagnostic;

/// Where a task comes from; the earlier hides the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// `.xnet/config.yaml`, or the file given with `--config`.
    Config,
    /// `tasks/` of the project.
    Project,
    /// The user's config folder.
    User,
    /// Shipped within xnet.
    Embedded,
}

/// Tasks by name. Broken ones are kept: they hide others like sound ones, and say what is wrong when called.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub(super) entries: Vec<Entry>,
    /// Where in `entries` a name stands, and the first task that has it as another name.
    pub(super) by_name: HashMap<String, usize>,
    pub(super) by_alias: HashMap<String, usize>,
    /// Files that could not be read, or not whole.
    pub(super) faults: Vec<Spoilt>,
    pub(super) warnings: Vec<String>,
    /// Files that look like files of tasks, and are not where those are read from.
    pub(super) overlooked: Vec<String>,
    /// How many files were included.
    pub(super) includes: usize,
    /// How many files were read, those that are built in left out.
    pub(super) files: usize,
    /// Whether nothing but the names of tasks is asked for.
    pub(super) only_names: bool,
    /// Containers that the config file declares under `targets`: their names there, and their own.
    pub(super) containers: BTreeMap<String, String>,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Spoilt {
    pub(super) origin: Origin,
    /// Before the names of the tasks that the file may hold.
    pub(super) prefix: String,
    /// Whether it may hold tasks that are not known.
    pub(super) hides: bool,
    pub(super) fault: Diagnostic,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) file: Arc<File>,
    pub(super) task: Result<Task, Box<Diagnostic>>,
}

impl Catalogue {
    /// The task of this name, for another task.
    pub fn get(&self, name: &str) -> Result<&Task, Error> {
        let found = self.entry(name);
        // A file that could not be read may hold the task, and would hide one that comes later.
        let hidden = |entry: &Entry| self.spoiler(name).filter(|spoilt| spoilt.origin < entry.origin);
        if let Some((entry, spoilt)) = found.and_then(|entry| Some((entry, hidden(entry)?))) {
            let note =
                format!("task `{name}` of {} is not run: this file may hold another of that name", entry.file.name);
            return Err(Error::Invalid(Box::new(spoilt.fault.clone().note(note))));
        }
        match found {
            Some(Entry { task: Ok(task), .. }) => Ok(task),
            Some(Entry { task: Err(diagnostic), .. }) => Err(Error::Invalid(diagnostic.clone())),
            None => {
                // A file that could not be read may be the one that holds it, and is the better thing to tell.
                let diagnostic = if let Some(Spoilt { fault, .. }) = self.spoiler(name) {
                    let hint = fault.hint.clone().or_else(|| self.nearest(name));
                    fault.clone().note(format!("task `{name}` may stand in this file")).hint(hint)
                } else {
                    let diagnostic = Diagnostic::new(format!("no task is called `{name}`")).hint(self.suggest(name));
                    self.unread().into_iter().fold(diagnostic, Diagnostic::note)
                };
                Err(Error::Invalid(Box::new(diagnostic)))
            }
        }
    }

    /// What is wrong with the file that holds a task of this name, as far as that can be told: one in whose text the name
    /// stands as a key, else the first that may hold it.
    fn spoiler(&self, name: &str) -> Option<&Spoilt> {
        let may = || self.faults.iter().filter(|spoilt| spoilt.hides && name.starts_with(&spoilt.prefix));
        let has = |spoilt: &&Spoilt| {
            let key = format!("{}:", name.strip_prefix(&spoilt.prefix).unwrap_or(name));
            let text = spoilt.fault.place.as_ref().map(|place| place.source.clone());
            text.is_some_and(|text| {
                text.lines().any(|line| line.trim_start().trim_matches(['"', '\'']).starts_with(&key))
            })
        };
        may().find(has).or_else(|| may().next())
    }

    /// The task of this name, for a person: a private one is not for them.
    pub fn public(&self, name: &str) -> Result<&Task, Error> {
        let task = self.get(name)?;
        if !task.about.private {
            return Ok(task);
        }
        let diagnostic = Diagnostic::new(format!("task `{}` is private: only other tasks may call it", task.name));
        Err(Error::Invalid(Box::new(diagnostic.hint(Some(String::from("`xnet tasks` lists those that can be run"))))))
    }

    /// The containers that `containers.NAME` or a pattern of it means; `*` stands for any text.
    pub(super) fn declared(&self, word: &str) -> Vec<String> {
        let pattern = word.strip_prefix("containers.").unwrap_or(word);
        self.containers.iter().filter(|(name, _)| matches(pattern, name)).map(|(_, own)| own.clone()).collect()
    }

    /// By its own name, or another that it has. An earlier place hides a later one by either.
    fn entry(&self, name: &str) -> Option<&Entry> {
        match (self.named(name), self.aliased(name)) {
            (Some(own), Some(other)) if other.origin < own.origin => Some(other),
            (own, other) => own.or(other),
        }
    }

    /// Every sound task that is not private, with where it comes from, in the order of the files.
    pub fn tasks(&self) -> impl Iterator<Item = (&Task, Origin)> {
        let sound = self.entries.iter().filter_map(|entry| entry.task.as_ref().ok().map(|task| (task, entry.origin)));
        sound.filter(|(task, _)| !task.about.private)
    }

    /// All that is wrong, files first, for a listing to tell.
    pub fn faults(&self) -> impl Iterator<Item = &Diagnostic> {
        // What spoils a whole file is told once.
        let own = |fault: &&Diagnostic| !self.faults.iter().any(|spoilt| spoilt.fault == **fault);
        self.spoilt()
            .chain(self.entries.iter().filter_map(|entry| entry.task.as_ref().err().map(|fault| &**fault)).filter(own))
    }

    /// What is wrong with whole files, or with what stands in them beside the tasks.
    pub fn spoilt(&self) -> impl Iterator<Item = &Diagnostic> {
        self.faults.iter().map(|spoilt| &spoilt.fault)
    }

    /// What should be known but stops nothing.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.iter().cloned().chain(self.unread()).collect()
    }

    /// Files that are not read, and where they would be.
    fn unread(&self) -> Option<String> {
        let (first, more) = self.overlooked.split_first()?;
        let names = more.iter().fold(first.clone(), |names, name| format!("{names}, {name}"));
        Some(format!(
            "not read: {names}; tasks are looked for in .xnet/config.yaml and tasks/*.yaml, or in --config FILE"
        ))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).and_then(|index| self.entries.get(*index))
    }

    pub(super) fn aliased(&self, name: &str) -> Option<&Entry> {
        self.by_alias.get(name).and_then(|index| self.entries.get(*index))
    }

    /// The names that may be called, without the private ones.
    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let shown = self.entries.iter().filter(|entry| !entry.task.as_ref().is_ok_and(|task| task.about.private));
        shown.flat_map(|entry| std::iter::once(&entry.name).chain(entry.aliases()).map(String::as_str))
    }

    fn nearest(&self, name: &str) -> Option<String> {
        names::nearest(name, self.names()).map(|name| format!("did you mean `{name}`?"))
    }

    fn suggest(&self, name: &str) -> Option<String> {
        names::suggestion(name, self.names()).or_else(|| Some(String::from("`xnet tasks` lists them")))
    }

    /// A file that may hold tasks, and cannot tell which.
    pub(super) fn fault(&mut self, origin: Origin, fault: Diagnostic) {
        self.spoil(origin, String::new(), fault);
    }

    /// The same of a file whose tasks have this before their names.
    pub(super) fn spoil(&mut self, origin: Origin, prefix: String, fault: Diagnostic) {
        self.faults.push(Spoilt { origin, prefix, hides: true, fault });
    }

    /// What is wrong beside the tasks of a file.
    pub(super) fn beside(&mut self, fault: Diagnostic) {
        self.faults.push(Spoilt { origin: Origin::Embedded, prefix: String::new(), hides: false, fault });
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}

impl Entry {
    pub(super) fn aliases(&self) -> &[String] {
        self.task.as_ref().map_or(&[], |task| &task.about.aliases)
    }
}
