//! The line editor: rustyline with our completion, colours and judgement of what is whole.

use std::borrow::Cow;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, ColorMode, CompletionType, Config, Context, Editor, Helper};

use super::complete::Known;
use super::cursor;
use super::words::{self, Kind};
use crate::script::World;

/// What the editor asks while a line is typed.
pub(super) struct Assistant {
    pub(super) known: Known,
    pub(super) world: Arc<World>,
    pub(super) colours: bool,
}

/// An editor on the terminal; on `/dev/tty` when stdout goes elsewhere, so that prompts do not mix with results.
pub(super) fn open(assistant: Assistant) -> Result<Editor<Assistant, FileHistory>, ReadlineError> {
    let behaviour = if io::stdout().is_terminal() { Behavior::Stdio } else { Behavior::PreferTerm };
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .history_ignore_space(true)
        .max_history_size(5000)?
        .behavior(behaviour)
        .color_mode(if assistant.colours { ColorMode::Forced } else { ColorMode::Disabled })
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(assistant));
    Ok(editor)
}

impl Helper for Assistant {}

impl Hinter for Assistant {
    type Hint = String;
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let asked = cursor::asked(line, cursor);
        let found = self.known.candidates(&asked, Some(&self.world));
        let pairs = found.into_iter().map(|name| Pair { display: name.shown, replacement: name.put });
        Ok((asked.start, pairs.collect()))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let more = !text.trim_start().starts_with(':') && words::goes_on(text);
        Ok(if more { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.colours { Cow::Owned(painted(line)) } else { Cow::Borrowed(line) }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let style = AnsiColor::Green.on_default().bold();
        if self.colours { Cow::Owned(format!("{style}{prompt}{style:#}")) } else { Cow::Borrowed(prompt) }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.colours && kind != CmdKind::MoveCursor
    }
}

fn style(kind: Kind) -> Option<Style> {
    match kind {
        Kind::Keyword => Some(AnsiColor::Magenta.on_default()),
        Kind::Text { .. } => Some(AnsiColor::Green.on_default()),
        Kind::Number => Some(AnsiColor::Yellow.on_default()),
        Kind::Comment { .. } => Some(Style::new().dimmed()),
        Kind::Space | Kind::Name | Kind::Sign => None,
    }
}

/// The line with its words in their colours.
fn painted(line: &str) -> String {
    if line.trim_start().starts_with(':') {
        let style = AnsiColor::Cyan.on_default();
        return format!("{style}{line}{style:#}");
    }
    let mut text = String::with_capacity(line.len() * 2);
    for word in words::cut(line) {
        let piece = &line[word.range];
        let style = style(word.kind).unwrap_or_default();
        text += &style.render().to_string();
        text += piece;
        text += &style.render_reset().to_string();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::painted;

    #[test]
    fn colours_leave_the_text_as_it_is() {
        assert_eq!(painted("let x"), "\u{1b}[35mlet\u{1b}[0m x");
        assert_eq!(painted("\"é\" + 1"), "\u{1b}[32m\"é\"\u{1b}[0m + \u{1b}[33m1\u{1b}[0m");
    }
}
