//! What the reader of a shell text notes of commands and tests, to know which values a shell would evaluate.

use super::super::evaluates::{self, Evaluated};
use super::super::reference::Fault;
use super::super::second_shell;
use super::{Frame, Kind, Piece, Reader, Test};

impl Reader<'_> {
    pub(super) fn finish(mut self) -> Result<Vec<Piece>, Fault> {
        let integers = self.integers;
        let mut any = false;
        for piece in &mut self.pieces {
            if let Piece::Value { evaluated, .. } = piece {
                any = true;
                *evaluated = if integers { Evaluated::Yes.max(*evaluated) } else { *evaluated };
            }
        }
        match self.unread {
            Some(offset) if any => {
                let what = &self.text[offset..offset + 2];
                let message = format!("shells read `{what}` in two ways, so a text with values cannot have it");
                let hint = if what == "$[" { "write `$((…))`" } else { "use `printf`, or set the text under `env:`" };
                Err(Fault { offset, len: 2, message, hint: Some(hint.to_owned()) })
            }
            _ => Ok(self.pieces),
        }
    }

    /// Takes note of what a test compares.
    pub(super) fn judge(&mut self, test: Option<Test>) {
        let Some(Test { double, numeric: true, pieces }) = test else { return };
        let level = if double { Evaluated::Yes } else { Evaluated::Korn };
        for piece in self.pieces.iter_mut().skip(pieces) {
            if let Piece::Value { evaluated, .. } = piece {
                *evaluated = level.max(*evaluated);
            }
        }
    }

    /// The end of a command.
    pub(super) fn end_command(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        (frame.command, frame.before, frame.word, frame.assigns) = ((0, 0), (0, 0), self.at, false);
        frame.start = self.at;
        if frame.list.is_none() {
            frame.subscript = 0;
        }
        if frame.test.is_some_and(|test| !test.double) {
            let test = frame.test.take();
            self.judge(test);
        }
    }

    /// After `<` or `>`, which began at an offset: the next word is a file.
    pub(super) fn redirects(&mut self, began: usize) {
        let at = self.at;
        if let Some(frame) = self.stack.last_mut() {
            frame.before = (began, at);
        }
        self.mark(true, false);
    }

    /// Whether the `((` here ends in `))`, as bash looks for it.
    pub(super) fn is_arithmetic(&self) -> bool {
        let bytes = &self.text.as_bytes()[self.at + 2..self.end];
        let (mut depth, mut at) = (0_usize, 0);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\'' | b'"' => at += bytes[at + 1..].iter().position(|b| b == byte).map_or(0, |found| found + 1),
                b'(' => depth += 1,
                b')' if depth == 0 => return bytes.get(at + 1) == Some(&b')'),
                b')' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// What a word says of the values that follow it.
    pub(super) fn notice(&mut self, began: usize, word: &str, leading: bool, whole: bool) {
        let pieces = self.pieces.len();
        let Some(frame) = self.stack.last_mut() else { return };
        let first = frame.word == began;
        if first && leading {
            frame.command = if whole { (began, began + word.len()) } else { (0, 0) };
            frame.assigns = evaluates::assigns(word);
        }
        let begins = first && leading && evaluates::has_subscript(word) && (frame.cases == 0 || !word.starts_with('['));
        if frame.subscript > 0 || begins && !(whole && word == "[" || word == "[[") {
            let count = |bracket| word.matches(bracket).count();
            frame.subscript = (frame.subscript + count('[')).saturating_sub(count(']'));
        }
        if first && evaluates::declares_integers(&self.text[frame.command.0..frame.command.1], word) {
            self.integers = true;
        }
        if !(first && whole) {
            return;
        }
        match word {
            "[[" => frame.test = Some(Test { double: true, numeric: false, pieces }),
            "[" | "test" if leading && frame.test.is_none() => {
                frame.test = Some(Test { double: false, numeric: false, pieces });
            }
            "]]" if frame.test.is_some_and(|test| test.double) => {
                let test = frame.test.take();
                self.judge(test);
            }
            word if evaluates::COMPARES.contains(&word) => {
                if let Some(test) = &mut frame.test {
                    test.numeric = true;
                }
            }
            _ => {}
        }
    }

    /// What becomes of a value that stands here.
    pub(super) fn evaluated(&self) -> Evaluated {
        let of = |frame: &Frame| {
            let (command, before) = (frame.command, frame.before);
            let words = (&self.text[command.0..command.1], &self.text[before.0..before.1]);
            let in_test = frame.test.is_some_and(|test| test.double);
            let word = &self.text[frame.word.min(self.at)..self.at];
            frame.evaluated().max(evaluates::named(words.0, words.1, word, in_test))
        };
        let found = self.stack.iter().map(of).max().unwrap_or_default().max(self.around);
        found.max(self.given_as_code(self.stack.len()))
    }

    /// Whether one of so many outer commands gives what stands here to a shell as code. What another program makes of a
    /// value is its own.
    pub(super) fn given_as_code(&self, frames: usize) -> Evaluated {
        for frame in self.stack.iter().take(frames).rev() {
            let backtick = frame.kind == Kind::Backtick;
            if !backtick && !matches!(frame.kind, Kind::Command | Kind::Substitution) {
                continue;
            }
            let command = &self.text[frame.start.min(self.at)..self.end];
            if second_shell::is_code(command, self.at - frame.start.min(self.at), backtick) {
                return Evaluated::Code;
            }
            if frame.kind != Kind::Command && !second_shell::gives_on(command) {
                break;
            }
        }
        Evaluated::No
    }

    /// After the `|` behind a group of commands: all that stands before it becomes code when a shell is behind it.
    pub(super) fn group_piped(&mut self) {
        let Some(frame) = self.stack.last() else { return };
        let ahead = &self.text[self.at..self.end];
        let before = self.text[..self.at - 1].trim_end();
        let ends_group = before.ends_with(')')
            || frame.start < before.len() && matches!(before[frame.start..].trim(), "}" | "done" | "fi" | "esac");
        if self.text.as_bytes()[self.at - 1] != b'|' || ahead.starts_with('|') || !ends_group {
            return;
        }
        if second_shell::feeds(ahead.strip_prefix('&').unwrap_or(ahead).trim_start(), frame.kind == Kind::Backtick) {
            for piece in &mut self.pieces {
                if let Piece::Value { evaluated, .. } = piece {
                    *evaluated = Evaluated::Code;
                }
            }
        }
    }
}

impl Frame {
    /// What becomes of a value for the place alone, whatever the command.
    pub(super) fn evaluated(&self) -> Evaluated {
        let is = self.kind == Kind::Arithmetic || self.subscript > 0 || self.offset || self.doubt.is_some();
        if is { Evaluated::Yes } else { Evaluated::No }
    }
}
