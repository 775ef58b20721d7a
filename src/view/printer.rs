//! The one writer: data to stdout, talk to stderr, each line whole even when several threads print. Secrets are masked in
//! all of it.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::diagnostic::Diagnostic;
use super::mask::Secrets;
use crate::runtime::{Cancel, Reason};

/// A pipe that is ready takes this much without blocking.
const PIECE: usize = 4096;
/// How often a write that waits for its reader looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(50);
/// How long output waits for its reader once the work was told to stop.
const PATIENCE: Duration = Duration::from_millis(250);

/// What became of stdout.
const OPEN: u8 = 0;
const READER_GONE: u8 = 1;
const UNWRITABLE: u8 = 2;

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

/// Where a printer's output goes instead of this process's own; the flag says whether it is for stdout.
#[derive(Clone)]
struct Tap(Arc<Taking>);

type Taking = dyn Fn(bool, &[u8]) + Send + Sync;

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Tap")
    }
}

/// Cheap to clone; all clones write to the same place.
#[derive(Debug, Clone)]
pub struct Printer {
    settings: Settings,
    stdout: Arc<AtomicU8>,
    cancel: Cancel,
    secrets: Secrets,
    tap: Option<Tap>,
}

impl Printer {
    /// A printer that ends `cancel` when the reader of stdout goes away.
    pub fn new(settings: Settings, cancel: Cancel) -> Self {
        Self { settings, stdout: Arc::default(), cancel, secrets: Secrets::default(), tap: None }
    }

    /// The same printer, ending another token: the REPL has one for each line.
    #[must_use]
    pub fn with_cancel(&self, cancel: Cancel) -> Self {
        Self { cancel, ..self.clone() }
    }

    /// What is never shown, by this printer and all its clones.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A text as it may be shown or written anywhere.
    pub fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.secrets.text(text)
    }

    /// The same printer, whose output is handed over, with whether it is for stdout: steps of a task that run at the same
    /// time must not write into each other's lines.
    #[must_use]
    pub fn handing_to(&self, tap: impl Fn(bool, &[u8]) + Send + Sync + 'static) -> Self {
        Self { tap: Some(Tap(Arc::new(tap))), ..self.clone() }
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

    /// Data as it is, to stdout: bytes of a command's output need not be text. What comes in pieces goes through a
    /// [`Sink`](super::Sink), which knows a secret in two of them.
    pub fn bytes(&self, bytes: &[u8]) {
        self.raw_bytes(&self.secrets.bytes(bytes));
    }

    pub(super) fn raw_bytes(&self, bytes: &[u8]) {
        if let Some(Tap(tap)) = &self.tap {
            return tap(true, bytes);
        }
        if self.stdout.load(Ordering::Relaxed) != OPEN {
            return;
        }
        let mut out = io::stdout().lock();
        let Err(error) = self.write(&mut out, bytes) else { return };
        drop(out);
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.stdout.store(READER_GONE, Ordering::Relaxed);
            self.cancel.cancel(Reason::PipeClosed);
        } else if self.stdout.swap(UNWRITABLE, Ordering::Relaxed) != UNWRITABLE {
            self.error(&Diagnostic::new(format!("stdout cannot be written: {error}")));
        }
    }

    /// The exit code that stdout calls for, when all else went well.
    pub fn exit_code(&self) -> Option<u8> {
        match self.stdout.load(Ordering::Relaxed) {
            READER_GONE => Some(141),
            UNWRITABLE => Some(1),
            _ => None,
        }
    }

    /// Writes all of it, piece by piece, or drops the rest when the work was told to stop and nobody reads: a write that
    /// blocks could not be ended.
    fn write(&self, stream: &mut (impl Write + AsFd), bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            if !self.awaits_room(stream) {
                return Ok(());
            }
            stream.write_all(piece)?;
            stream.flush()?;
        }
        Ok(())
    }

    /// Waits until a stream takes a piece; false once that is no longer worth waiting for.
    fn awaits_room(&self, stream: &impl AsFd) -> bool {
        let glance = Timespec { tv_sec: 0, tv_nsec: i64::from(GLANCE.subsec_nanos()) };
        let mut stopping: Option<Instant> = None;
        loop {
            match poll(&mut [PollFd::new(stream, PollFlags::OUT)], Some(&glance)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                // What is wrong with the stream is told by the write.
                Ok(_) | Err(_) => return true,
            }
            if self.cancel.reason().is_some() && stopping.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
                return false;
            }
        }
    }

    /// JSON, indented, to stdout.
    pub fn value(&self, value: &serde_json::Value) {
        let value = self.secrets.json(value);
        let text = serde_json::to_string_pretty(&value).unwrap_or_else(|error| error.to_string());
        self.raw_bytes(format!("{text}\n").as_bytes());
    }

    /// JSON on one line, to stdout.
    pub fn value_line(&self, value: &serde_json::Value) {
        self.raw_bytes(format!("{}\n", self.secrets.json(value)).as_bytes());
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
        // Before it is drawn, too: drawing changes tabs and control characters, and a secret may have some.
        let drawn = diagnostic.mapped(&|text| self.masked(text).into_owned()).render(self.colours_talk());
        self.error_line(&drawn);
    }

    /// An error as it is drawn where it stands among data.
    pub fn drawn(&self, diagnostic: &Diagnostic) -> String {
        diagnostic.mapped(&|text| self.masked(text).into_owned()).render(self.colours_data())
    }

    /// Bytes of a command's stderr, to stderr.
    pub fn error_bytes(&self, bytes: &[u8]) {
        self.raw_error_bytes(&self.secrets.bytes(bytes));
    }

    pub(super) fn raw_error_bytes(&self, bytes: &[u8]) {
        if let Some(Tap(tap)) = &self.tap {
            return tap(false, bytes);
        }
        let mut err = io::stderr().lock();
        // Nobody is left to be told when stderr is gone.
        let _ = self.write(&mut err, bytes);
    }

    /// Text in a style, when stderr carries colour.
    pub fn paint_talk(&self, style: Style, text: &str) -> String {
        if self.colours_talk() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn error_line(&self, line: &str) {
        self.error_bytes(format!("{line}\n").as_bytes());
    }
}
