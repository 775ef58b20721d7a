//! Where in a shell text a value is referred to, and how it is quoted there. A pure reader of POSIX shell quoting: it
//! knows quotes, `$(…)`, backticks, `$((…))`, `${…}`, comments, here-documents and `case` patterns. Of other shells it
//! knows where they evaluate a value: see `evaluates`.

mod here;
mod notes;

use std::collections::BTreeSet;

use super::evaluates::{self, Evaluated};
use super::reference::{Fault, Reference};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Value { reference: Reference, quoting: Quoting, evaluated: Evaluated, offset: usize, len: usize },
}

/// What surrounds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// A bare word: the value must be quoted to stay one word.
    Bare,
    /// Within double quotes or a here-document.
    Double,
    /// Within single quotes, which must be left for a moment.
    Single,
    /// Within `$((…))` or `((…))`, where quotes mean nothing.
    Arithmetic,
}

/// Splits a shell text. `registered` are the names besides `params`, `env` and `steps` that are ours.
pub(super) fn split(text: &str, registered: &BTreeSet<String>) -> Result<Vec<Piece>, Fault> {
    let mut reader = Reader {
        text,
        registered,
        at: 0,
        end: text.len(),
        copied: 0,
        pieces: Vec::new(),
        stack: Vec::new(),
        heredocs: Vec::new(),
        around: Evaluated::No,
        integers: false,
        unread: None,
    };
    reader.within(Kind::Command)?;
    reader.copy_until(text.len());
    reader.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The text itself.
    Command,
    /// `$(…)`
    Substitution,
    Backtick,
    Double,
    /// `\"…\"` within backticks within double quotes.
    EscapedDouble,
    /// The shell's own `${…}`.
    Brace {
        quoted: bool,
    },
    Arithmetic,
    Heredoc,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    kind: Kind,
    /// A word would begin here.
    fresh: bool,
    /// That word would be a command or a keyword.
    leading: bool,
    parens: usize,
    /// Open `case` statements, whose patterns end in a `)` that closes nothing.
    cases: usize,
    /// The current word is an assignment, so a command may follow it.
    assigns: bool,
    /// The first word of the command, the word before this one, and where this one begins.
    command: (usize, usize),
    before: (usize, usize),
    word: usize,
    /// Where the command begins.
    start: usize,
    /// Brackets of a subscript that are open.
    subscript: usize,
    /// Within `${v:…}`.
    offset: bool,
    /// Within `((` that does not end in `))`: how many parentheses were open before it.
    doubt: Option<usize>,
    /// Within `=(`: how many parentheses were open before it.
    list: Option<usize>,
    test: Option<Test>,
}

/// A `[[` or a `[` that is open: what it compares is known only at its end.
#[derive(Debug, Clone, Copy)]
struct Test {
    double: bool,
    numeric: bool,
    /// How many pieces there were.
    pieces: usize,
}

struct Heredoc {
    /// What is in it is code.
    feeds: bool,
    delimiter: String,
    quoted: bool,
    strip_tabs: bool,
}

struct Reader<'a> {
    text: &'a str,
    registered: &'a BTreeSet<String>,
    at: usize,
    end: usize,
    copied: usize,
    pieces: Vec<Piece>,
    stack: Vec<Frame>,
    heredocs: Vec<Heredoc>,
    /// What a here-document stands in.
    around: Evaluated,
    /// A variable was declared as an integer: the shell evaluates what it is set to.
    integers: bool,
    /// Where `$'` or `$[` stands, which not all shells read alike.
    unread: Option<usize>,
}

impl Reader<'_> {
    /// Reads up to `end` from a fresh state.
    fn within(&mut self, kind: Kind) -> Result<(), Fault> {
        let around = self.around;
        let enclosing = self.stack.len().saturating_sub(1);
        self.around = around.max(self.stack.iter().map(Frame::evaluated).max().unwrap_or_default());
        self.around = self.around.max(self.given_as_code(enclosing));
        let outer = std::mem::take(&mut self.stack);
        self.push(kind, 0);
        while self.at < self.end {
            let kind = self.stack.last().map_or(kind, |frame| frame.kind);
            match kind {
                Kind::Command | Kind::Substitution | Kind::Backtick => self.command(kind)?,
                Kind::Double | Kind::EscapedDouble | Kind::Heredoc => self.quoted(kind)?,
                Kind::Brace { quoted } => self.brace(quoted)?,
                Kind::Arithmetic => self.arithmetic()?,
            }
        }
        while let Some(frame) = self.stack.pop() {
            self.judge(frame.test);
        }
        (self.stack, self.around) = (outer, around);
        Ok(())
    }

    fn byte(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.end { self.text.as_bytes()[at] } else { 0 }
    }

    fn push(&mut self, kind: Kind, skip: usize) {
        self.at += skip;
        self.stack.push(Frame {
            kind,
            fresh: true,
            leading: true,
            parens: 0,
            cases: 0,
            assigns: false,
            command: (0, 0),
            before: (0, 0),
            word: self.at,
            start: self.at,
            subscript: 0,
            offset: false,
            doubt: None,
            list: None,
            test: None,
        });
    }

    /// Leaves the innermost frame; the outermost stays.
    fn pop(&mut self, skip: usize) {
        if self.stack.len() > 1
            && let Some(frame) = self.stack.pop()
        {
            self.judge(frame.test);
        }
        self.at += skip;
        self.mark(false, false);
    }

    fn mark(&mut self, fresh: bool, leading: bool) {
        if let Some(frame) = self.stack.last_mut() {
            frame.fresh = fresh;
            frame.leading = leading;
        }
    }

    /// The step over a backslash and what it escapes.
    fn escape(&mut self) {
        let escaped = self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8);
        self.at = (self.at + 1 + escaped).min(self.end.max(self.at + 1));
        self.mark(false, false);
    }

    fn command(&mut self, kind: Kind) -> Result<(), Fault> {
        let at = self.at;
        if let Some(frame) = self.stack.last_mut()
            && frame.fresh
        {
            frame.word = at;
        }
        let frame = self.stack.last().copied();
        let fresh = frame.is_some_and(|frame| frame.fresh);
        match self.byte(0) {
            b'\\' if kind == Kind::Backtick && self.byte(1) == b'"' && self.below_is_double() => {
                self.mark(false, false);
                self.push(Kind::EscapedDouble, 2);
            }
            // A line that goes on: what stood before it still does.
            b'\\' if self.byte(1) == b'\n' => self.at += 2,
            b'\\' => self.escape(),
            b'\'' => self.single()?,
            b'"' => self.open(Kind::Double, 1),
            b'`' if kind == Kind::Backtick => self.pop(1),
            b'`' => self.open(Kind::Backtick, 1),
            b'$' => self.dollar(Quoting::Bare)?,
            b'#' if fresh => self.comment(kind),
            b'\n' => self.newline()?,
            b'<' if self.byte(1) == b'<' => self.here()?,
            b' ' | b'\t' => self.blank(),
            b';' | b'&' | b'|' => {
                self.at += 1;
                self.group_piped();
                self.end_command();
                self.mark(true, true);
            }
            b'<' | b'>' => {
                self.at += 1;
                self.redirects(at);
            }
            b'(' => self.parenthesis(true, kind),
            b')' => self.parenthesis(false, kind),
            _ => self.word(fresh && frame.is_some_and(|frame| frame.leading)),
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind, skip: usize) {
        self.mark(false, false);
        self.push(kind, skip);
    }

    fn below_is_double(&self) -> bool {
        let below = self.stack.len().checked_sub(2).and_then(|index| self.stack.get(index));
        below.is_some_and(|frame| frame.kind == Kind::Double)
    }

    fn blank(&mut self) {
        let at = self.at;
        self.at += 1;
        let Some(frame) = self.stack.last_mut() else { return };
        if !frame.fresh {
            frame.before = (frame.word, at);
        }
        let leading = frame.leading || frame.assigns || frame.list.is_some();
        frame.assigns = false;
        self.mark(true, leading);
    }

    fn parenthesis(&mut self, opens: bool, kind: Kind) {
        let doubled = opens && kind != Kind::Arithmetic && self.byte(1) == b'(';
        if doubled && self.is_arithmetic() {
            return self.open(Kind::Arithmetic, 2);
        }
        let lists = self.at.checked_sub(1).is_some_and(|before| self.text.as_bytes()[before] == b'=');
        let Some(frame) = self.stack.last_mut() else { return };
        if opens {
            frame.doubt = frame.doubt.or(doubled.then_some(frame.parens));
            frame.list = frame.list.or(lists.then_some(frame.parens));
            frame.parens += 1;
        } else if frame.parens > 0 {
            frame.parens -= 1;
            let open = frame.parens;
            frame.doubt = frame.doubt.filter(|before| *before < open);
            frame.list = frame.list.filter(|before| *before < open);
        } else if kind == Kind::Substitution && frame.cases == 0 {
            return self.pop(1);
        }
        self.at += 1;
        self.end_command();
        self.mark(true, true);
    }

    /// A run of plain characters; `case` and `esac` are counted, other keywords are followed by a command.
    fn word(&mut self, leading: bool) {
        let rest = &self.text[self.at..self.end];
        let len = rest.find(|c: char| c.is_whitespace() || "\\'\"`$#;&|<>()".contains(c)).unwrap_or(rest.len()).max(1);
        let len = (len..=rest.len()).find(|len| rest.is_char_boundary(*len)).unwrap_or(rest.len());
        let word = &rest[..len];
        let whole = rest[len..].chars().next().is_none_or(|c| c.is_whitespace() || ";&|()`<>".contains(c));
        let began = self.at;
        self.at += len;
        let mut follows = false;
        self.notice(began, word, leading, whole);
        if let (true, true, Some(frame)) = (leading, whole, self.stack.last_mut()) {
            match word {
                "case" => frame.cases += 1,
                "esac" => frame.cases = frame.cases.saturating_sub(1),
                "if" | "then" | "elif" | "else" | "do" | "while" | "until" | "!" | "{" | "time" | "command"
                | "builtin" | "exec" => follows = true,
                _ => {}
            }
        }
        self.mark(false, follows);
    }

    fn comment(&mut self, kind: Kind) {
        let stop = |c| c == '\n' || (kind == Kind::Backtick && c == '`');
        let rest = &self.text[self.at..self.end];
        self.at += rest.find(stop).unwrap_or(rest.len());
    }

    fn quoted(&mut self, kind: Kind) -> Result<(), Fault> {
        match (self.byte(0), kind) {
            (b'\\', Kind::EscapedDouble) if self.byte(1) == b'"' => self.pop(2),
            (b'\\', _) => self.escape(),
            (b'"', Kind::Double) => self.pop(1),
            (b'`', _) if kind != Kind::EscapedDouble => self.open(Kind::Backtick, 1),
            (b'$', _) => self.dollar(Quoting::Double)?,
            _ => self.at += 1,
        }
        Ok(())
    }

    fn brace(&mut self, quoted: bool) -> Result<(), Fault> {
        let cuts = self.cuts(1);
        if let Some(frame) = self.stack.last_mut()
            && frame.subscript > 0
        {
            match self.text.as_bytes()[self.at] {
                b'[' => frame.subscript += 1,
                b']' => {
                    frame.subscript -= 1;
                    frame.offset |= frame.subscript == 0 && cuts;
                }
                _ => {}
            }
        }
        match self.byte(0) {
            b'\\' => self.escape(),
            b'}' => self.pop(1),
            b'"' => self.open(Kind::Double, 1),
            b'\'' if !quoted => self.single()?,
            b'`' => self.open(Kind::Backtick, 1),
            b'$' => self.dollar(if quoted { Quoting::Double } else { Quoting::Bare })?,
            _ => self.at += 1,
        }
        Ok(())
    }

    fn arithmetic(&mut self) -> Result<(), Fault> {
        let parens = self.stack.last().map_or(0, |frame| frame.parens);
        match self.byte(0) {
            b'\\' => self.escape(),
            b')' if parens == 0 => self.pop(if self.byte(1) == b')' { 2 } else { 1 }),
            b')' | b'(' => self.parenthesis(self.byte(0) == b'(', Kind::Arithmetic),
            b'`' => self.open(Kind::Backtick, 1),
            b'"' => self.open(Kind::Double, 1),
            b'$' => self.dollar(Quoting::Arithmetic)?,
            _ => self.at += 1,
        }
        Ok(())
    }

    /// Whether `:` and an offset stand ahead, and not `:-` or its kin.
    fn cuts(&self, ahead: usize) -> bool {
        self.byte(ahead) == b':' && !b"-=?+".contains(&self.byte(ahead + 1))
    }

    fn dollar(&mut self, quoting: Quoting) -> Result<(), Fault> {
        if self.value(quoting)? {
            self.mark(false, false);
            return Ok(());
        }
        match (self.byte(1), self.byte(2)) {
            (b'{', _) => {
                let name = &self.text[self.at + 2..self.end];
                let operator = name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').chars().next();
                // The word of `#` and `%` is a pattern: its quoting begins anew.
                let quoted = quoting == Quoting::Double && !matches!(operator, Some('#' | '%'));
                let head = 2 + evaluates::parameter(name);
                let (subscript, offset) = (usize::from(self.byte(head) == b'['), self.cuts(head));
                self.open(Kind::Brace { quoted }, if subscript > 0 { head + 1 } else { 2 });
                if let Some(frame) = self.stack.last_mut() {
                    (frame.subscript, frame.offset) = (subscript, offset);
                }
            }
            (b'(', b'(') => self.open(Kind::Arithmetic, 3),
            (b'(', _) => self.open(Kind::Substitution, 2),
            _ => {
                let unread = self.byte(1) == b'[' || self.byte(1) == b'\'' && quoting == Quoting::Bare;
                self.unread = self.unread.or(unread.then_some(self.at));
                self.at += 1;
                self.mark(false, false);
            }
        }
        Ok(())
    }

    /// Takes the value that is referred to here, if this is one of ours.
    fn value(&mut self, quoting: Quoting) -> Result<bool, Fault> {
        let Some((reference, len)) = Reference::at(self.text, self.at, self.registered)? else { return Ok(false) };
        let (offset, evaluated) = (self.at, self.evaluated());
        self.copy_until(offset);
        self.pieces.push(Piece::Value { reference, quoting, evaluated, offset, len });
        self.at += len;
        self.copied = self.at;
        Ok(true)
    }

    fn copy_until(&mut self, to: usize) {
        if self.copied < to {
            self.pieces.push(Piece::Text(self.text[self.copied..to].to_owned()));
        }
        self.copied = to;
    }

    fn single(&mut self) -> Result<(), Fault> {
        self.at += 1;
        while self.at < self.end && self.byte(0) != b'\'' {
            if !self.unescape() && !self.value(Quoting::Single)? {
                self.at += 1;
            }
        }
        self.at += 1;
        self.mark(false, false);
        Ok(())
    }

    /// Where the shell keeps backslashes, `\${params.x}` loses its own here.
    fn unescape(&mut self) -> bool {
        if self.byte(0) != b'\\' || self.byte(1) != b'$' {
            return false;
        }
        let len = match Reference::at(self.text, self.at + 1, self.registered) {
            Ok(None) => return false,
            Ok(Some((_, len))) => len,
            Err(fault) => fault.len,
        };
        self.copy_until(self.at);
        self.at += 1;
        self.copied = self.at;
        self.at += len;
        true
    }
}
