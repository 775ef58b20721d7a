//! The engine's stream of two outputs in one, taken apart as it comes; and each output cut into lines. Pure.

use std::collections::VecDeque;

use super::exec::Stream;

/// Longer lines are handed out in pieces.
const LONGEST: usize = 1 << 20;

/// Takes frames apart: 8 bytes of header (stream, three zeros, length in big endian) and that many bytes.
///
/// Source: Engine API, `ContainerAttach`, stream format. Of a frame that is cut off, what came is handed out.
#[derive(Debug)]
pub(super) struct Frames {
    header: Vec<u8>,
    stream: Stream,
    left: usize,
    /// Nothing of the frame was handed out yet.
    fresh: bool,
    /// A terminal has one output, which comes without frames.
    bare: bool,
}

impl Frames {
    pub(super) fn new(tty: bool) -> Self {
        Self { header: Vec::with_capacity(8), stream: Stream::Stdout, left: 0, fresh: false, bare: tty }
    }

    /// Hands out each piece with its stream.
    pub(super) fn take(&mut self, bytes: &[u8], mut each: impl FnMut(Stream, &[u8])) {
        self.messages(bytes, |stream, _, piece| each(stream, piece));
    }

    /// The same, and whether a frame, which is one message, begins with it.
    pub(super) fn messages(&mut self, mut bytes: &[u8], mut each: impl FnMut(Stream, bool, &[u8])) {
        if self.bare {
            each(Stream::Stdout, false, bytes);
            return;
        }
        while !bytes.is_empty() {
            if self.left > 0 {
                let (piece, rest) = bytes.split_at(self.left.min(bytes.len()));
                each(self.stream, self.fresh, piece);
                self.fresh = false;
                self.left -= piece.len();
                bytes = rest;
                continue;
            }
            let (part, rest) = bytes.split_at((8 - self.header.len()).min(bytes.len()));
            self.header.extend_from_slice(part);
            bytes = rest;
            if let [stream, _, _, _, a, b, c, d] = self.header[..] {
                self.stream = if stream == 2 { Stream::Stderr } else { Stream::Stdout };
                self.left = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
                self.header.clear();
                self.fresh = true;
            }
        }
    }
}

/// A line that a container wrote, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub stream: Stream,
    pub text: Vec<u8>,
}

/// Cuts two outputs into lines, each on its own.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: [Vec<u8>; 2],
    pub(super) ready: VecDeque<LogLine>,
    /// A terminal ends its lines with CR LF.
    tty: bool,
}

impl Lines {
    pub(super) fn new(tty: bool) -> Self {
        Self { tty, ..Self::default() }
    }

    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = &mut self.begun[usize::from(stream == Stream::Stderr)];
            match part.strip_suffix(b"\n") {
                Some(end) => {
                    line.extend_from_slice(end);
                    if self.tty && line.last() == Some(&b'\r') {
                        line.pop();
                    }
                    self.ready.push_back(LogLine { stream, text: std::mem::take(line) });
                }
                None => line.extend_from_slice(part),
            }
            while let line = &mut self.begun[usize::from(stream == Stream::Stderr)]
                && line.len() > LONGEST
            {
                let rest = line.split_off(whole_characters(line, LONGEST));
                let text = std::mem::replace(line, rest);
                self.ready.push_back(LogLine { stream, text });
            }
        }
    }

    /// Whether the next byte begins a line.
    pub(super) fn at_start(&self, stream: Stream) -> bool {
        self.begun[usize::from(stream == Stream::Stderr)].is_empty()
    }

    /// Hands out what was begun and not ended.
    pub(super) fn end(&mut self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let text = std::mem::take(&mut self.begun[usize::from(stream == Stream::Stderr)]);
            if !text.is_empty() {
                self.ready.push_back(LogLine { stream, text });
            }
        }
    }
}

/// The greatest length up to `limit` that does not cut a UTF-8 character, where that is what the bytes are.
fn whole_characters(bytes: &[u8], limit: usize) -> usize {
    let begins = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
    (limit.saturating_sub(3)..=limit).rev().find(begins).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], &length[..], bytes].concat()
    }

    fn line(stream: Stream, text: &[u8]) -> LogLine {
        LogLine { stream, text: text.to_vec() }
    }

    #[test]
    fn the_streams_are_told_apart_wherever_the_pieces_are_cut() {
        let whole =
            [frame(1, b"\xffa\nb"), frame(2, b"e\n"), frame(1, b""), frame(1, b"c\n"), frame(1, b"cut")].concat();
        for size in [1, 3, 8, 100] {
            let (mut frames, mut lines) = (Frames::new(false), Lines::new(false));
            for piece in whole[..whole.len() - 1].chunks(size) {
                frames.take(piece, |stream, bytes| lines.take(stream, bytes));
            }
            lines.end();
            let want = [
                line(Stream::Stdout, b"\xffa"),
                line(Stream::Stderr, b"e"),
                line(Stream::Stdout, b"bc"),
                line(Stream::Stdout, b"cu"),
            ];
            assert_eq!(lines.ready, want, "pieces of {size}");
        }
    }

    #[test]
    fn a_terminal_has_one_stream_and_its_own_end_of_line() {
        let (mut frames, mut lines) = (Frames::new(true), Lines::new(true));
        frames.take(b"\x01\0\0\0 a\r\nb\r", |stream, bytes| lines.take(stream, bytes));
        frames.take(b"\n", |stream, bytes| lines.take(stream, bytes));
        assert_eq!(lines.ready, [line(Stream::Stdout, b"\x01\0\0\0 a"), line(Stream::Stdout, b"b")]);
    }

    #[test]
    fn a_line_without_end_comes_in_pieces_that_cut_no_character() {
        let mut lines = Lines::new(false);
        let long = "é".repeat(LONGEST);
        for piece in [b"x", long.as_bytes()].concat().chunks(1000) {
            lines.take(Stream::Stdout, piece);
        }
        assert!(lines.begun[0].len() <= LONGEST);
        lines.end();
        let texts: Vec<&str> = lines.ready.iter().map(|line| str::from_utf8(&line.text).unwrap()).collect();
        assert!(texts.len() == 3 && texts.iter().all(|text| text.len() <= LONGEST));
        assert_eq!(texts.concat(), format!("x{long}"));
    }
}
