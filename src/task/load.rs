//! Files into the catalogue: their tasks, and the files they include.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::catalogue::{Catalogue, Entry, Origin};
use super::files;
use super::header::{self, Header, Include};
use super::outline;
use super::read::{self, Within};
use super::shape;
use super::skim::Head;
use super::text::File;
use crate::config::{self, Key, Node, Value};
use crate::model::names;
use crate::view::Diagnostic;

/// Sections of a config file that declare a topology.
const TOPOLOGY: [&str; 3] = ["networks", "targets", "policies"];

/// Sections that only a config file has.
const OF_CONFIG: [&str; 4] = ["networks", "targets", "policies", "tests"];

/// Files that may be included in all: files that include two others each must come to an end.
const MOST_INCLUDES: usize = 256;

/// A file on its way into the catalogue.
struct Part<'a> {
    file: &'a Arc<File>,
    origin: Origin,
    is_config: bool,
    /// Before the names of its tasks.
    prefix: &'a str,
    /// The files that led here, itself last, with what people call them. Empty for what is built in.
    way: &'a [(PathBuf, String)],
}

impl Catalogue {
    /// Adds the tasks of a file that includes no other.
    pub(super) fn add(&mut self, file: &Arc<File>, origin: Origin, is_config: bool) {
        self.load(&Part { file, origin, is_config, prefix: "", way: &[] });
    }

    /// Adds the tasks of a file, and of those it includes. `path` is where it is.
    pub(super) fn add_with_included(&mut self, file: &Arc<File>, path: &Path, origin: Origin, is_config: bool) {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        self.load(&Part { file, origin, is_config, prefix: "", way: &[(path, file.name.clone())] });
    }

    fn load(&mut self, part: &Part) {
        let Part { file, origin, .. } = *part;
        self.files += usize::from(origin != Origin::Embedded);
        if let Some(heads) = self.only_names.then(|| outline::read(&file.text)).flatten() {
            heads.iter().for_each(|head| self.note(head, part));
            return;
        }
        let root = match config::parse(&file.text) {
            Ok(root) => root,
            Err(fault) => {
                let place = fault.span.map(|span| file.place(span));
                let fault = Diagnostic::new(fault.message).hint(fault.hint);
                let fault = if place.is_some() { fault.at(place) } else { fault.note(format!("in {}", file.name)) };
                self.spoil(origin, part.prefix.to_owned(), fault);
                return;
            }
        };
        let Value::Map(entries) = &root.value else {
            if root.value != Value::Null {
                self.wrong(part, &root, &format!("expected a map with `tasks`, found {}", root.kind()));
            }
            return;
        };
        for (key, node) in entries {
            self.section(&key.name, key.span.or(node.span), node, part);
        }
        if part.is_config {
            self.declared_tests(&root, part);
        }
        // What is wrong beside the tasks hides none of other files: their names are known.
        let includes = header::includes(&root, file).unwrap_or_else(|fault| {
            self.beside(*fault);
            Vec::new()
        });
        let header = Header::read(&root, file);
        if let Err(fault) = &header {
            self.beside((**fault).clone());
        }
        if let Some(Value::Map(tasks)) = root.get("tasks").map(|tasks| &tasks.value) {
            let mut within = Within::new(part.prefix, tasks, &includes);
            let broken = header.map(|header| within.header = Arc::new(header)).err();
            for (key, node) in tasks {
                self.insert(key, node, part, &within, broken.as_deref());
            }
        }
        for include in &includes {
            self.include(include, part);
        }
    }

    fn section(&mut self, key: &str, span: Option<config::Span>, node: &Node, part: &Part) {
        let Part { file, origin, is_config, .. } = *part;
        match (key, &node.value) {
            ("tasks", Value::Map(_) | Value::Null) => {}
            ("tasks", _) => {
                self.wrong(part, node, &format!("`tasks`: expected a map of tasks, found {}", node.kind()));
            }
            (key, _) if header::KEYS.contains(&key) => {}
            ("tests", _) if is_config => {}
            ("targets", _) if is_config => self.declare(node),
            (key, _) if is_config && TOPOLOGY.contains(&key) => {
                self.warnings.push(format!("{}: `{key}` is declared topology, which tasks do not use", file.name));
            }
            (key, _) => {
                let topology: &[&str] = if is_config { &OF_CONFIG } else { &[] };
                let hint = if OF_CONFIG.contains(&key) {
                    Some(String::from("it belongs in .xnet/config.yaml"))
                } else {
                    names::suggestion(key, header::KEYS.iter().chain(topology).copied())
                };
                let place = span.map(|span| file.place(span));
                let is_task = ["command", "steps", "script"].iter().any(|action| node.get(action).is_some());
                let hint = if is_task { Some(format!("a task stands under `tasks:`\ntasks:\n  {key}:")) } else { hint };
                let fault = Diagnostic::new(format!("unknown key `{key}`")).at(place).hint(hint);
                // Only a mistyped `tasks`, or tasks beside it, can hide what comes later.
                if is_task || names::nearest(key, ["tasks"]).is_some() {
                    self.spoil(origin, part.prefix.to_owned(), fault);
                } else {
                    self.beside(fault);
                }
            }
        }
    }

    /// They run by `xnet test`; here it is told what is wrong with them.
    fn declared_tests(&mut self, root: &Node, part: &Part) {
        for fault in config::declared_tests(root).err().into_iter().flatten() {
            let place = fault.span.map(|span| part.file.place(span));
            self.fault(Origin::Embedded, Diagnostic::new(fault.to_string()).at(place).hint(fault.hint()));
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

    fn wrong(&mut self, part: &Part, node: &Node, message: &str) {
        let place = node.span.map(|span| part.file.place(span));
        let hint = shape::example("tasks");
        self.spoil(part.origin, part.prefix.to_owned(), Diagnostic::new(message).at(place).hint(hint));
    }

    fn insert(&mut self, key: &Key, node: &Node, part: &Part, within: &Within, broken: Option<&Diagnostic>) {
        let Part { file, origin, .. } = *part;
        let name = format!("{}{}", part.prefix, key.name);
        let near = |entry: &&Entry| entry.origin == origin && entry.file != *file;
        if let Some(other) = self.named(&name) {
            if near(&other) {
                let warning = format!("task `{name}` of {} is hidden by that of {}", file.name, other.file.name);
                self.warnings.push(warning);
            }
            return;
        }
        let mut task = match broken {
            Some(fault) => Err(Box::new(fault.clone())),
            None => read::task(&key.name, node, file, within),
        };
        if let (Ok(task), Some(span)) = (&mut task, key.span) {
            task.about.line = span.line;
        }
        let entry = Entry { name, origin, file: file.clone(), task };
        let own = entry.aliases().iter().filter_map(|alias| Some((alias, self.named(alias).or(self.aliased(alias))?)));
        let shared: Vec<String> = own
            .chain(self.aliased(&entry.name).map(|other| (&entry.name, other)))
            .filter(|(_, other)| near(other))
            .map(|(name, other)| format!("`{name}` is a name of two tasks, in {} and {}", other.file.name, file.name))
            .collect();
        self.warnings.extend(shared);
        let index = self.entries.len();
        self.by_name.insert(entry.name.clone(), index);
        for alias in entry.aliases() {
            self.by_alias.entry(alias.clone()).or_insert(index);
        }
        self.entries.push(entry);
    }

    /// Takes a task by its name alone, unless an earlier one hides it.
    fn note(&mut self, head: &Head, part: &Part) {
        let task = head.task(part.prefix, part.file);
        if self.named(&task.name).is_none() {
            self.by_name.insert(task.name.clone(), self.entries.len());
            let (name, file) = (task.name.clone(), part.file.clone());
            self.entries.push(Entry { name, origin: part.origin, file, task: Ok(task) });
        }
    }

    fn include(&mut self, include: &Include, part: &Part) {
        if let Err(message) = self.included(include, part) {
            let place = include.span.map(|span| part.file.place(span));
            let prefix = format!("{}{}:", part.prefix, include.namespace);
            self.spoil(part.origin, prefix, Diagnostic::new(message).at(place));
        }
    }

    fn included(&mut self, include: &Include, part: &Part) -> Result<(), String> {
        part.way.last().ok_or("a built-in file includes no other")?;
        let path = files::located(&include.file, part.file.folder.as_deref());
        let unread = |error: &dyn std::fmt::Display| {
            // Elsewhere a path may begin at the file that it stands in.
            let rule = files::beside(&include.file, part.file).map(|rule| format!("; {rule}")).unwrap_or_default();
            format!("the included file {} could not be read: {error}{rule}", include.file)
        };
        let path = path.canonicalize().map_err(|error| unread(&error))?;
        let cwd = std::env::current_dir().and_then(|cwd| cwd.canonicalize()).unwrap_or_default();
        let name = path.strip_prefix(&cwd).unwrap_or(&path).display().to_string();
        if let Some(begin) = part.way.iter().position(|(other, _)| *other == path) {
            let circle = part.way[begin..].iter().map(|(_, name)| name.as_str()).chain([name.as_str()]);
            return Err(format!("files include each other in a circle: {}", circle.collect::<Vec<_>>().join(" → ")));
        }
        self.includes += 1;
        if self.includes > MOST_INCLUDES {
            return Err(format!("more than {MOST_INCLUDES} files are included"));
        }
        let text = files::text(&path, files::LARGEST_TASKS).map_err(|error| unread(&error))?;
        // Its commands and scripts begin where those of the including file do.
        let File { folder, workdir, .. } = &**part.file;
        let file = File { name: name.clone(), text: text.into(), folder: folder.clone(), workdir: workdir.clone() };
        let way = [part.way, &[(path, name)]].concat();
        let prefix = format!("{}{}:", part.prefix, include.namespace);
        self.load(&Part { file: &Arc::new(file), origin: part.origin, is_config: false, prefix: &prefix, way: &way });
        Ok(())
    }
}
