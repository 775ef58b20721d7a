//! Here-documents of a shell text.

use super::super::evaluates::Evaluated;
use super::super::reference::{Fault, Reference};
use super::super::second_shell;
use super::{Heredoc, Kind, Reader};

impl Reader<'_> {
    /// `<<WORD`: its body begins after the next newline.
    pub(super) fn here(&mut self) -> Result<(), Fault> {
        if self.byte(2) == b'<' {
            self.at += 3;
            self.redirects(self.at - 3);
            return Ok(());
        }
        self.at += 2;
        let strip_tabs = self.byte(0) == b'-';
        self.at += usize::from(strip_tabs);
        while matches!(self.byte(0), b' ' | b'\t') {
            self.at += 1;
        }
        let rest = &self.text[self.at..self.end];
        let word = &rest[..rest.find(|c: char| c.is_whitespace() || ";&|<>()".contains(c)).unwrap_or(rest.len())];
        if let Some(found) = word.find("${")
            && Reference::at(self.text, self.at + found, self.registered)?.is_some()
        {
            let message = String::from("a value cannot be the delimiter of a here-document");
            return Err(Fault { offset: self.at + found, len: 2, message, hint: None });
        }
        let quoted = word.contains(['\'', '"', '\\']);
        let delimiter = word.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
        let feeds = self
            .stack
            .last()
            .is_some_and(|frame| second_shell::feeds(&self.text[frame.start..self.end], frame.kind == Kind::Backtick));
        self.heredocs.push(Heredoc { feeds, delimiter, quoted, strip_tabs });
        self.at += word.len();
        self.mark(false, false);
        Ok(())
    }

    pub(super) fn newline(&mut self) -> Result<(), Fault> {
        self.at += 1;
        for heredoc in std::mem::take(&mut self.heredocs) {
            let (body, after) = self.body(&heredoc);
            let outer = std::mem::replace(&mut self.end, body);
            if heredoc.quoted {
                self.verbatim()?;
            } else {
                let around = self.around;
                self.around = around.max(if heredoc.feeds { Evaluated::Code } else { Evaluated::No });
                self.within(Kind::Heredoc)?;
                self.around = around;
            }
            self.end = outer;
            self.at = after;
        }
        self.end_command();
        self.mark(true, true);
        Ok(())
    }

    /// Where the body that begins here ends, and where the line of its delimiter does.
    fn body(&self, heredoc: &Heredoc) -> (usize, usize) {
        let mut at = self.at;
        for line in self.text[self.at..self.end].split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            let content = if heredoc.strip_tabs { content.trim_start_matches('\t') } else { content };
            if content == heredoc.delimiter {
                return (at, at + line.len());
            }
            at += line.len();
        }
        (at, at)
    }

    /// The body of a here-document with a quoted delimiter: the shell expands nothing there, so no value can arrive.
    fn verbatim(&mut self) -> Result<(), Fault> {
        while self.at < self.end {
            if self.unescape() {
                continue;
            }
            if let Some((_, len)) = Reference::at(self.text, self.at, self.registered)? {
                return Err(Fault {
                    offset: self.at,
                    len,
                    message: String::from("the shell expands nothing in this here-document, so no value can arrive"),
                    hint: Some(String::from(
                        "write the delimiter after `<<` without quotes, or `\\${` for the text itself",
                    )),
                });
            }
            self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
        }
        Ok(())
    }
}
