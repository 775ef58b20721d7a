//! The stream in which the engine hands out what a process wrote on its two outputs. Pure.

use super::exec::Stream;

/// Frames of 8 bytes of header (stream, three zeros, length in big endian) and that many bytes.
///
/// Source: Engine API, `ContainerAttach`, stream format.
#[derive(Debug, Default)]
pub(super) struct Frames {
    rest: Vec<u8>,
    /// Of a container with a terminal the engine hands out bare bytes.
    bare: bool,
}

impl Frames {
    pub(super) fn new(tty: bool) -> Self {
        Self { rest: Vec::new(), bare: tty }
    }

    /// The pieces that are whole with these bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<(Stream, Vec<u8>)> {
        if self.bare {
            return vec![(Stream::Stdout, bytes.to_vec())];
        }
        self.rest.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        let mut from = 0;
        while let Some((header, tail)) = self.rest[from..].split_first_chunk::<8>() {
            let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let Some(piece) = tail.get(..length) else { break };
            let stream = if header[0] == 2 { Stream::Stderr } else { Stream::Stdout };
            pieces.push((stream, piece.to_vec()));
            from += 8 + length;
        }
        self.rest.drain(..from);
        pieces
    }
}

/// Looks for a text in the lines of both outputs, as they come.
#[derive(Debug)]
pub(super) struct LineSearch {
    text: Vec<u8>,
    /// The line that each output is in the middle of.
    open: [Vec<u8>; 2],
}

/// Of a line without end, so much is looked through at once.
const LONGEST: usize = 1 << 20;

impl LineSearch {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.as_bytes().to_vec(), open: [Vec::new(), Vec::new()] }
    }

    /// Whether the text stands in a line, its end seen or not.
    pub(super) fn finds(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        let line = &mut self.open[usize::from(stream == Stream::Stderr)];
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(piece);
            if line.windows(self.text.len()).any(|window| window == self.text) {
                return true;
            }
            if piece.ends_with(b"\n") {
                line.clear();
            } else if line.len() > LONGEST {
                line.drain(..line.len() - self.text.len());
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_may_come_in_any_pieces() {
        let bytes = [&[1, 0, 0, 0, 0, 0, 0, 2][..], b"\xffa", &[2, 0, 0, 0, 0, 0, 0, 1], b"e"].concat();
        let mut frames = Frames::new(false);
        let pieces: Vec<_> = bytes.iter().flat_map(|byte| frames.take(&[*byte])).collect();
        assert_eq!(pieces, [(Stream::Stdout, b"\xffa".to_vec()), (Stream::Stderr, b"e".to_vec())]);
        assert_eq!(Frames::new(true).take(b"x"), [(Stream::Stdout, b"x".to_vec())]);
    }

    #[test]
    fn a_text_is_found_within_one_line_of_one_output() {
        let mut search = LineSearch::new("ready now");
        assert!(!search.finds(Stream::Stdout, b"not rea"));
        assert!(!search.finds(Stream::Stderr, b"dy now\n"));
        assert!(!search.finds(Stream::Stdout, b"dy\nnow\nready"));
        assert!(search.finds(Stream::Stdout, b" now"));
    }
}
