//! All tasks that can be called by name, and what is wrong with the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Error;
use super::model::Task;
use super::read;
use super::text::File;
use crate::config::{self, Node, Value};
use crate::model::names;
use crate::view::Diagnostic;

/// Sections of a config file that declare a topology.
const TOPOLOGY: [&str; 3] = ["networks", "targets", "policies"];

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
    /// Files that could not be read, or not whole.
    faults: Vec<(Origin, Diagnostic)>,
    warnings: Vec<String>,
    /// Containers that the config file declares under `targets`: their names there, and their own.
    pub(super) containers: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) file: Arc<File>,
    pub(super) task: Result<Task, Box<Diagnostic>>,
}

impl Catalogue {
    /// The task of this name.
    pub fn get(&self, name: &str) -> Result<&Task, Error> {
        let found = self.entries.iter().find(|entry| entry.name == name);
        // A file that could not be read may hold the task, and would hide one that comes later.
        let hidden = |entry: &Entry| self.faults.iter().find(|(origin, _)| *origin < entry.origin);
        if let Some((entry, (_, fault))) = found.and_then(|entry| Some((entry, hidden(entry)?))) {
            let note =
                format!("task `{name}` of {} is not run: this file may hold another of that name", entry.file.name);
            return Err(Error::Invalid(Box::new(fault.clone().note(note))));
        }
        match found {
            Some(Entry { task: Ok(task), .. }) => Ok(task),
            Some(Entry { task: Err(diagnostic), .. }) => Err(Error::Invalid(diagnostic.clone())),
            None => {
                let unknown = format!("no task is called `{name}`");
                // A file that could not be read may be the one that holds it, and is the better thing to tell.
                let diagnostic = match self.faults.first() {
                    Some((_, fault)) => {
                        let hint = fault.hint.clone().or_else(|| self.nearest(name));
                        fault.clone().note(unknown).hint(hint)
                    }
                    None => Diagnostic::new(unknown).hint(self.suggest(name)),
                };
                Err(Error::Invalid(Box::new(diagnostic)))
            }
        }
    }

    /// Every sound task with where it comes from, in the order of the files.
    pub fn tasks(&self) -> impl Iterator<Item = (&Task, Origin)> {
        self.entries.iter().filter_map(|entry| entry.task.as_ref().ok().map(|task| (task, entry.origin)))
    }

    /// All that is wrong, files first, for a listing to tell.
    pub fn faults(&self) -> impl Iterator<Item = &Diagnostic> {
        self.faults
            .iter()
            .map(|(_, fault)| fault)
            .chain(self.entries.iter().filter_map(|entry| entry.task.as_ref().err().map(|fault| &**fault)))
    }

    /// What should be known but stops nothing.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let known = self.entries.iter().map(|entry| entry.name.as_str());
        names::nearest(name, known).map(|name| format!("did you mean `{name}`?"))
    }

    fn suggest(&self, name: &str) -> Option<String> {
        let known = self.entries.iter().map(|entry| entry.name.as_str());
        names::suggestion(name, known).or_else(|| Some(String::from("`xnet tasks` lists them")))
    }

    pub(super) fn fault(&mut self, origin: Origin, fault: Diagnostic) {
        self.faults.push((origin, fault));
    }

    /// Adds the tasks of a file.
    pub(super) fn add(&mut self, file: &Arc<File>, origin: Origin, is_config: bool) {
        let root = match config::parse(&file.text) {
            Ok(root) => root,
            Err(fault) => {
                let place = fault.span.map(|span| file.place(span));
                let fault = Diagnostic::new(fault.message);
                let fault = if place.is_some() { fault.at(place) } else { fault.note(format!("in {}", file.name)) };
                self.fault(origin, fault);
                return;
            }
        };
        match &root.value {
            Value::Null => {}
            Value::Map(entries) => {
                for (key, node) in entries {
                    self.section(&key.name, key.span.or(node.span), node, (file, origin, is_config));
                }
            }
            _ => self.wrong((file, origin), &root, &format!("expected a map with `tasks`, found {}", root.kind())),
        }
    }

    fn section(
        &mut self,
        key: &str,
        span: Option<config::Span>,
        node: &Node,
        (file, origin, is_config): (&Arc<File>, Origin, bool),
    ) {
        match (key, &node.value) {
            ("tasks", Value::Map(tasks)) => {
                for (name, task) in tasks {
                    self.insert(&name.name, task, file, origin);
                }
            }
            ("tasks", Value::Null) => {}
            ("tasks", _) => {
                self.wrong((file, origin), node, &format!("`tasks`: expected a map of tasks, found {}", node.kind()));
            }
            ("targets", _) if is_config => self.declare(node),
            (key, _) if is_config && TOPOLOGY.contains(&key) => {
                self.warnings.push(format!("{}: `{key}` is declared topology, which tasks do not use", file.name));
            }
            (key, _) => {
                let known: &[&str] = if is_config { &["tasks", "networks", "targets", "policies"] } else { &["tasks"] };
                let hint = if TOPOLOGY.contains(&key) {
                    Some(String::from("it belongs in .xnet/config.yaml"))
                } else {
                    names::suggestion(key, known.iter().copied())
                };
                let place = span.map(|span| file.place(span));
                // Only a mistyped `tasks` can hide what comes later.
                let origin = if names::nearest(key, ["tasks"]).is_some() { origin } else { Origin::Embedded };
                self.fault(origin, Diagnostic::new(format!("unknown key `{key}`")).at(place).hint(hint));
            }
        }
    }

    /// A declared container is called by `container`, or as it is declared.
    fn declare(&mut self, node: &Node) {
        let Some(Value::Map(declared)) = node.get("containers").map(|node| &node.value) else { return };
        for (name, node) in declared {
            let own = node.get("container").and_then(Node::scalar).unwrap_or_else(|| name.name.clone());
            self.containers.entry(name.name.clone()).or_insert(own);
        }
    }

    fn wrong(&mut self, (file, origin): (&File, Origin), node: &Node, message: &str) {
        let place = node.span.map(|span| file.place(span));
        self.fault(origin, Diagnostic::new(message).at(place));
    }

    fn insert(&mut self, name: &str, node: &Node, file: &Arc<File>, origin: Origin) {
        if let Some(other) = self.entries.iter().find(|entry| entry.name == name) {
            if other.origin == origin && other.file != *file {
                self.warnings.push(format!("task `{name}` of {} is hidden by that of {}", file.name, other.file.name));
            }
            return;
        }
        let task = read::task(name, node, file);
        self.entries.push(Entry { name: name.to_owned(), origin, file: file.clone(), task });
    }
}
