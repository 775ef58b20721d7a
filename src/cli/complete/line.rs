//! The words before the cursor, read as clap would read them, and what may follow.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, ValueHint};

use super::names::{self, Place};
use super::offers::Offers;
use super::params;
use crate::cli::invocation::Invocation;
use crate::cli::options;
use crate::script::reference;
use crate::task;

/// The words before the cursor.
pub(super) struct Line<'a> {
    root: &'a Command,
    command: &'a Command,
    /// The option whose value comes next.
    pending: Option<&'a Arg>,
    positionals: Vec<&'a str>,
    place: Place,
    directory: Option<PathBuf>,
    config: Option<PathBuf>,
    bare: bool,
}

impl<'a> Line<'a> {
    pub(super) fn read(root: &'a Command, words: &'a [String]) -> Self {
        let place = Place::default();
        let mut line = Self {
            root,
            command: root,
            pending: None,
            positionals: Vec::new(),
            place,
            directory: None,
            config: None,
            bare: false,
        };
        words.iter().for_each(|word| line.word(word));
        line
    }

    fn word(&mut self, word: &'a str) {
        if let Some(option) = self.pending.take() {
            return self.set(option, word);
        }
        // What follows a script or a command of a container is theirs.
        if self.bare || self.takes_the_rest() || word == "-" || !word.starts_with('-') {
            return match self.command.find_subcommand(word).filter(|_| self.positionals.is_empty() && !self.bare) {
                Some(command) => self.command = command,
                None => self.positionals.push(word),
            };
        }
        match options::option(&self.options(), word) {
            _ if word == "--" => self.bare = true,
            Some((option, Some(value))) => self.set(option, value),
            Some((option, None)) if option.get_action().takes_values() => self.pending = Some(option),
            // After a task it is the task's.
            None if !self.positionals.is_empty() => self.positionals.push(word),
            Some(_) | None => {}
        }
    }

    fn takes_the_rest(&self) -> bool {
        matches!(self.command.get_name(), "script" | "exec" | "eval") && !self.positionals.is_empty()
    }

    fn set(&mut self, option: &Arg, value: &str) {
        match option.get_id().as_str() {
            "host" => self.place.host = Some(value.to_owned()),
            "context" => self.place.context = Some(value.to_owned()),
            "directory" => self.directory = Some(PathBuf::from(value)),
            "config" => self.config = Some(PathBuf::from(value)),
            _ => {}
        }
    }

    fn options(&self) -> Vec<&'a Arg> {
        options::of(self.root, self.command)
    }

    pub(super) fn offers(&self, current: &str, invocation: &Invocation) -> Offers {
        if let Some(option) = self.pending {
            return self.values(option, invocation);
        }
        if self.takes_the_rest() || self.bare && self.command.get_name() == "exec" {
            return Offers { files: true, ..Offers::default() };
        }
        let options = self.options();
        let own = options::option(&options, current).filter(|_| !self.bare && current.starts_with("--"));
        if let (Some((option, _)), Some((name, _))) = (own, current.split_once('=')) {
            return self.values(option, invocation).after(&format!("{name}="));
        }
        if self.command.get_name() == "run" && !self.positionals.is_empty() {
            let mut offers = self.params(current, invocation);
            if current.starts_with('-') && !self.bare && !current.contains('=') {
                self.add_options(current, &mut offers);
            }
            return offers;
        }
        if current.starts_with('-') && !self.bare {
            let mut offers = Offers::default();
            self.add_options(current, &mut offers);
            return offers;
        }
        self.words(current, invocation)
    }

    /// Commands, and values of the argument that stands at the cursor.
    fn words(&self, current: &str, invocation: &Invocation) -> Offers {
        let mut offers = Offers::default();
        if self.positionals.is_empty() {
            for command in self.command.get_subcommands().filter(|command| !command.is_hide_set()) {
                offers.add(command.get_name(), &command.get_about().map(ToString::to_string).unwrap_or_default());
            }
        }
        // `xnet FILE.rhai` is a script.
        let top = self.command.get_name() == self.root.get_name();
        offers.files = top && !offers.words.iter().any(|(word, _)| word.starts_with(current));
        match self.positional() {
            Some(argument) if !top => {
                let values = self.values(argument, invocation);
                offers.words.extend(values.words);
                (offers.files, offers.folders) = (values.files, values.folders);
            }
            _ => {}
        }
        offers
    }

    fn add_options(&self, current: &str, offers: &mut Offers) {
        for option in self.options() {
            let help = option.get_help().map(ToString::to_string).unwrap_or_default();
            offers.all(option.get_short().filter(|_| current == "-").map(|short| format!("-{short}")));
            option.get_long().iter().for_each(|long| offers.add(format!("--{long}"), &help));
        }
        if !offers.words.iter().any(|(word, _)| word == "--help") {
            offers.add("--help", "Print help");
        }
    }

    /// The argument that stands at the cursor; the last takes all that follow where it takes more than one.
    fn positional(&self) -> Option<&'a Arg> {
        let all: Vec<&Arg> = self.command.get_positionals().collect();
        let many = |argument: &&&Arg| matches!(argument.get_action(), ArgAction::Append);
        all.get(self.positionals.len()).or_else(|| all.last().filter(many)).copied()
    }

    fn folder(&self, invocation: &Invocation) -> PathBuf {
        self.directory.as_ref().map_or_else(|| invocation.folder.clone(), |folder| invocation.folder.join(folder))
    }

    /// Where tasks are looked for.
    fn sources(&self, invocation: &Invocation) -> (PathBuf, Option<PathBuf>) {
        let folder = self.folder(invocation);
        let config = self.config.as_deref().map(|file| folder.join(file)).or_else(|| invocation.config.clone());
        (folder, config)
    }

    fn values(&self, argument: &Arg, invocation: &Invocation) -> Offers {
        let mut offers = Offers::default();
        for value in argument.get_possible_values().iter().filter(|value| !value.is_hide_set()) {
            offers.add(value.get_name(), &value.get_help().map(ToString::to_string).unwrap_or_default());
        }
        match (self.command.get_name(), argument.get_id().as_str()) {
            ("run", "task") | ("tasks", "name") => {
                let (folder, config) = self.sources(invocation);
                let names = task::names(&folder, config.as_deref()).unwrap_or_default();
                names.iter().for_each(|(name, description)| offers.add(name.as_str(), description));
            }
            ("doc", "name") => {
                reference::find("")
                    .iter()
                    .for_each(|entry| offers.add(entry.path(), reference::first_sentence(entry.doc)));
            }
            (_, "container" | "from") => offers.all(names::containers(&self.place, invocation)),
            (_, "network" | "networks") => offers.all(names::networks(&self.place, invocation)),
            (_, "directory") => offers.folders = true,
            (_, "file" | "files" | "config") => offers.files = true,
            _ => match argument.get_value_hint() {
                ValueHint::DirPath => offers.folders = true,
                ValueHint::FilePath | ValueHint::AnyPath => offers.files = true,
                _ => {}
            },
        }
        offers
    }

    /// What may follow `xnet run TASK`.
    fn params(&self, current: &str, invocation: &Invocation) -> Offers {
        let (folder, config) = self.sources(invocation);
        let catalogue = task::find(&folder, config.as_deref()).unwrap_or_default();
        let (name, given) = self.positionals.split_first().map_or(("", &[][..]), |(name, rest)| (*name, rest));
        match catalogue.public(name) {
            Ok(task) => params::params(task, given, current, self.bare, &self.place, invocation),
            Err(_) => Offers::default(),
        }
    }
}
