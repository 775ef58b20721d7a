//! The loop: take an input, run it, show what came of it. On a terminal with an editor, else from lines of stdin.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::complete::Known;
use super::editor::{self, Assistant};
use super::ending::{Ending, keeping_interrupts};
use super::history::History;
use super::meta::{self, Meta};
use super::{show, words};
use crate::runtime::{Cancel, Reason, watch_signals};
use crate::script::{Context, Error, Session, Source};
use crate::view::{Diagnostic, Printer};

/// What follows an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Input,
    /// It failed, which has been said; the code is what xnet would end with.
    Failed(u8),
    End(u8),
}

struct Talk {
    session: Session,
    printer: Printer,
    folder: PathBuf,
    terminal: bool,
    /// The inputs that succeeded.
    done: Vec<String>,
    /// Files that this session wrote, and may write again.
    saved: HashSet<PathBuf>,
}

/// Talks until the user leaves or stdin ends; returns the exit code. `folder` is where files are looked for.
///
/// On a terminal an error is only shown. From a pipe it ends the run with its code, as in a script: nobody is there to
/// see it and type something else.
pub fn run(context: Context, folder: PathBuf) -> u8 {
    let printer = context.printer.clone();
    let terminal = io::stdin().is_terminal();
    let session = Session::new(context, &[]);
    let mut talk = Talk { session, printer, folder, terminal, done: Vec::new(), saved: HashSet::new() };
    let code = if terminal { talk.on_terminal() } else { talk.through_pipe() };
    talk.leave(code)
}

impl Talk {
    fn on_terminal(&mut self) -> u8 {
        let assistant = Assistant {
            known: Known::of(&self.session, &self.folder),
            world: self.session.world().clone(),
            colours: self.printer.colours_data(),
        };
        let opened = keeping_interrupts(|| editor::open(assistant))
            .map_err(io::Error::other)
            .and_then(|editor| Ok((editor, Ending::watch(&[SIGTERM, SIGHUP], self.last_words())?)));
        let (mut editor, ending) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.tell(&Diagnostic::new(format!("the terminal cannot be used: {error}")), 1),
        };
        let mut history = History::load(&mut editor, &self.printer);
        self.printer.talk("xnet: scripts, line by line. :help tells what can be typed, Ctrl-D leaves.");
        loop {
            let input = match ending.at_prompt(|| editor.readline("xnet> ")) {
                Ok(input) => input,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => return 0,
                Err(error) => return self.tell(&Diagnostic::new(format!("the terminal cannot be read: {error}")), 1),
            };
            if input.trim().is_empty() {
                continue;
            }
            history.add(&mut editor, &input);
            let next = self.take(&input, Source::literal("repl", input.as_str()));
            if ending.asked() {
                return 130;
            }
            if let Next::End(code) = next {
                return code;
            }
            if let Some(assistant) = editor.helper_mut() {
                assistant.known = Known::of(&self.session, &self.folder);
            }
        }
    }

    fn through_pipe(&mut self) -> u8 {
        // A read of a pipe cannot be ended but with the process.
        let ending = match Ending::watch(&[SIGINT, SIGTERM, SIGHUP], self.last_words()) {
            Ok(ending) => ending,
            Err(error) => return self.tell(&Diagnostic::new(format!("signals cannot be watched: {error}")), 1),
        };
        let (mut text, mut input, mut first) = (String::new(), String::new(), 1);
        let mut lines = io::stdin().lock().lines().enumerate();
        while let Some((index, line)) = ending.at_prompt(|| lines.next()) {
            let line = match line {
                Ok(line) => line,
                Err(error) => return self.tell(&Diagnostic::new(format!("stdin cannot be read: {error}")), 2),
            };
            if input.is_empty() {
                first = index + 1;
            }
            input += &line;
            input.push('\n');
            text += &line;
            text.push('\n');
            let whole = input.trim_start().starts_with(':') || !words::goes_on(&input);
            if !whole {
                continue;
            }
            match self.take_piped(&text, &input, first) {
                Next::Input if ending.asked() => return 130,
                Next::Input => input.clear(),
                Next::Failed(code) | Next::End(code) => return code,
            }
        }
        match self.take_piped(&text, &input, first) {
            Next::Input => 0,
            Next::Failed(code) | Next::End(code) => code,
        }
    }

    fn take_piped(&mut self, text: &str, input: &str, first: usize) -> Next {
        if input.trim().is_empty() {
            return Next::Input;
        }
        self.take(input.trim_end(), Source::inline("stdin", text, input.to_owned(), first, 1))
    }

    /// Runs an input and shows what came of it.
    fn take(&mut self, input: &str, source: Source) -> Next {
        if input.trim_start().starts_with(':') {
            return match meta::parse(input) {
                Ok(meta) => self.obey(meta),
                Err(diagnostic) => Next::Failed(self.tell(&diagnostic, 2)),
            };
        }
        if let Some(command) = meta::meant(input.trim()).filter(|_| !self.is_variable(input.trim())) {
            let diagnostic = Diagnostic::new(format!("`{}` is not of the language", input.trim()));
            return Next::Failed(self.tell(&diagnostic.hint(Some(command.into())), 2));
        }
        let source = Source { folder: Some(self.folder.clone()), ..source };
        self.evaluate(&source, input)
    }

    fn is_variable(&self, name: &str) -> bool {
        self.session.variables().iter().any(|(known, _)| known == name)
    }

    fn obey(&mut self, meta: Meta) -> Next {
        match meta {
            Meta::Help => self.printer.data(&meta::help()),
            Meta::Vars => meta::vars(&self.session, &self.printer),
            Meta::Quit => return Next::End(0),
            Meta::Doc(name) => match meta::doc(&name) {
                Ok(text) => self.printer.data(&text),
                Err(diagnostic) => return Next::Failed(self.tell(&diagnostic, 2)),
            },
            Meta::Load(file) => {
                return match Source::file(&self.folder.join(&file)) {
                    Ok(source) => {
                        let text = format!("// from {}\n{}", file.display(), source.code.trim_end());
                        self.evaluate(&Source { path: file.display().to_string(), ..source }, &text)
                    }
                    Err(error) => self.failed(&error),
                };
            }
            Meta::Save(file) => return self.save(&file),
        }
        Next::Input
    }

    /// Runs a source with a token of its own: Ctrl-C ends the call, not the session.
    fn evaluate(&mut self, source: &Source, input: &str) -> Next {
        let cancel = Cancel::new();
        if let Err(error) = watch_signals(&cancel) {
            return Next::Failed(self.tell(&Diagnostic::new(format!("signals cannot be watched: {error}")), 1));
        }
        self.session.set_cancel(&cancel);
        let answer = self.session.eval(source).and_then(|value| self.session.run_cases().map(|()| value));
        match answer {
            Ok(value) => {
                self.done.push(input.to_owned());
                show::result(&value, &self.session, &self.printer, self.terminal);
                self.printer.exit_code().map_or(Next::Input, Next::End)
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Does what was deferred; returns the exit code.
    fn leave(&mut self, code: u8) -> u8 {
        let cancel = Cancel::new();
        if let Err(error) = watch_signals(&cancel) {
            return self.tell(&Diagnostic::new(format!("signals cannot be watched: {error}")), 1);
        }
        self.session.set_cancel(&cancel);
        match self.session.end(Ok(())) {
            Err(error) if !error.exited() => {
                let own = self.tell(&error.diagnostic(), error.exit_code());
                if code == 0 { own } else { code }
            }
            _ => code,
        }
    }

    /// What is told when a signal ends the session at the prompt, where nothing can be run any more.
    fn last_words(&self) -> impl Fn() + Send + 'static {
        let (world, printer) = (self.session.world().clone(), self.printer.clone());
        move || match world.count_deferred() {
            0 => {}
            left => printer.warn(&format!("deferred functions that did not run: {left}")),
        }
    }

    fn failed(&self, error: &Error) -> Next {
        if error.exited() || error.stopped() == Some(Reason::PipeClosed) {
            return Next::End(error.exit_code());
        }
        Next::Failed(self.tell(&error.diagnostic(), error.exit_code()))
    }

    fn save(&mut self, file: &Path) -> Next {
        let path = self.folder.join(file);
        if path.exists() && !self.saved.contains(&path) {
            let diagnostic = Diagnostic::new(format!("{} is there already", file.display()));
            return Next::Failed(
                self.tell(&diagnostic.hint(Some("choose another name, or remove it first".into())), 2),
            );
        }
        let text: String = self.done.iter().map(|input| words::statement(input) + "\n").collect();
        if let Err(error) = fs::write(&path, text) {
            return Next::Failed(
                self.tell(&Diagnostic::new(format!("{} cannot be written: {error}", file.display())), 2),
            );
        }
        self.saved.insert(path);
        let count = self.done.len();
        self.printer.talk(&format!("{count} input{} written to {}", if count == 1 { "" } else { "s" }, file.display()));
        Next::Input
    }

    /// Shows an error, and gives back the code that belongs to it.
    fn tell(&self, diagnostic: &Diagnostic, code: u8) -> u8 {
        self.printer.error(diagnostic);
        code
    }
}
