//! The inputs of earlier sessions, in the user's state folder. What was typed may hold secrets: only the user reads it.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};

use crate::view::Printer;

/// Keeps inputs in a file, and says once when it cannot.
pub(super) struct History {
    file: Option<PathBuf>,
    printer: Printer,
}

impl History {
    /// Reads the history of earlier sessions into the editor.
    pub(super) fn load<H: Helper>(editor: &mut Editor<H, FileHistory>, printer: &Printer) -> Self {
        let mut history = Self { file: None, printer: printer.clone() };
        match folder() {
            Ok(folder) => history.file = Some(folder.join("history")),
            Err(error) => history.give_up(&error.to_string()),
        }
        if let Some(file) = history.file.clone().filter(|file| file.exists())
            && let Err(error) = editor.load_history(&file)
        {
            history.give_up(&format!("{}: {error}", file.display()));
        }
        history
    }

    /// Adds an input, at once: a session that ends badly keeps its history too.
    pub(super) fn add<H: Helper>(&mut self, editor: &mut Editor<H, FileHistory>, input: &str) {
        let added = editor.add_history_entry(input);
        let Some(file) = &self.file else { return };
        if let Err(error) = added.and_then(|_| append(editor, file)) {
            self.give_up(&format!("{}: {error}", file.display()));
        }
    }

    fn give_up(&mut self, why: &str) {
        self.printer.warn(&format!("the history of this session is not kept: {why}"));
        self.file = None;
    }
}

fn append<H: Helper>(editor: &mut Editor<H, FileHistory>, file: &Path) -> Result<(), ReadlineError> {
    editor.append_history(file)
}

/// `$XDG_STATE_HOME/xnet`, else `~/.local/state/xnet`; made when missing.
fn folder() -> io::Result<PathBuf> {
    let base = etcetera::choose_base_strategy().map_err(io::Error::other)?;
    let state = base.state_dir().ok_or_else(|| io::Error::other("there is no folder for the state of programs"))?;
    let folder = state.join("xnet");
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
    Ok(folder)
}
