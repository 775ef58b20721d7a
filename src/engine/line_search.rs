//! A text looked for in the lines of two outputs. Pure.

use super::exec::Stream;

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
    fn a_text_is_found_within_one_line_of_one_output() {
        let mut search = LineSearch::new("ready now");
        assert!(!search.finds(Stream::Stdout, b"not rea"));
        assert!(!search.finds(Stream::Stderr, b"dy now\n"));
        assert!(!search.finds(Stream::Stdout, b"dy\nnow\nready"));
        assert!(search.finds(Stream::Stdout, b" now"));
    }
}
