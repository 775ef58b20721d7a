//! The one writer: data to stdout, talk to stderr, each line whole even when several threads print.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

use super::diagnostic::Diagnostic;
use crate::runtime::{Cancel, Reason};

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// What the command line said about output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    pub json: bool,
    pub quiet: bool,
    /// 0, 1 (`-v`) or more.
    pub verbose: u8,
    pub colour: Colour,
}

/// Cheap to clone; all clones write to the same place.
#[derive(Debug, Clone)]
pub struct Printer {
    settings: Settings,
    closed: Arc<AtomicBool>,
    cancel: Cancel,
}

impl Printer {
    /// A printer that ends `cancel` when the reader of stdout goes away.
    pub fn new(settings: Settings, cancel: Cancel) -> Self {
        Self { settings, closed: Arc::default(), cancel }
    }

    /// The same printer, ending another token: the REPL has one for each line.
    #[must_use]
    pub fn with_cancel(&self, cancel: Cancel) -> Self {
        Self { cancel, ..self.clone() }
    }

    pub fn json(&self) -> bool {
        self.settings.json
    }

    pub fn quiet(&self) -> bool {
        self.settings.quiet
    }

    pub fn verbose(&self) -> bool {
        self.settings.verbose > 0
    }

    /// Whether stdout may carry colour.
    pub fn colours_data(&self) -> bool {
        self.colours(io::stdout().is_terminal())
    }

    /// Whether stderr may carry colour.
    pub fn colours_talk(&self) -> bool {
        self.colours(io::stderr().is_terminal())
    }

    fn colours(&self, terminal: bool) -> bool {
        match self.settings.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                terminal && !no_color && !dumb
            }
        }
    }

    /// A line of data, to stdout.
    pub fn data(&self, line: &str) {
        self.bytes(format!("{line}\n").as_bytes());
    }

    /// Data as it is, to stdout: bytes of a command's output need not be text.
    pub fn bytes(&self, bytes: &[u8]) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
            self.closed.store(true, Ordering::Relaxed);
            if error.kind() == io::ErrorKind::BrokenPipe {
                self.cancel.cancel(Reason::PipeClosed);
            } else {
                self.talk(&format!("stdout cannot be written: {error}"));
            }
        }
    }

    /// Whether the reader of stdout went away.
    pub fn closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// JSON, indented, to stdout.
    pub fn value(&self, value: &serde_json::Value) {
        self.data(&serde_json::to_string_pretty(value).unwrap_or_else(|error| error.to_string()));
    }

    /// A line about what happens, to stderr; silent with `-q`.
    pub fn talk(&self, line: &str) {
        if !self.settings.quiet {
            self.error_line(line);
        }
    }

    /// A line for `-v`.
    pub fn detail(&self, line: &str) {
        if self.verbose() {
            self.error_line(line);
        }
    }

    /// A warning: to stderr, even with `-q`.
    pub fn warn(&self, line: &str) {
        let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
        self.error_line(&format!("{} {line}", self.paint_talk(style, "warning:")));
    }

    /// An error, whole, to stderr.
    pub fn error(&self, diagnostic: &Diagnostic) {
        self.error_line(&diagnostic.render(self.colours_talk()));
    }

    /// Bytes of a command's stderr, to stderr.
    pub fn error_bytes(&self, bytes: &[u8]) {
        let mut err = io::stderr().lock();
        // Nobody is left to be told when stderr is gone.
        let _ = err.write_all(bytes).and_then(|()| err.flush());
    }

    /// Text in a style, when stderr carries colour.
    pub fn paint_talk(&self, style: Style, text: &str) -> String {
        if self.colours_talk() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn error_line(&self, line: &str) {
        self.error_bytes(format!("{line}\n").as_bytes());
    }
}
