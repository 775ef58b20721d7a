//! Output cut into whole lines, so that what comes from several steps at once does not mix within one.

/// A line that is longer is cut: what never ends must not be kept.
const LONGEST: usize = 64 * 1024;

/// The beginning of a line whose end has not come yet.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes a piece, and hands on each line it completes, without its end.
    pub(super) fn take(&mut self, mut piece: &[u8], line: &mut dyn FnMut(&[u8])) {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (head, tail) = (&piece[..end], &piece[end + 1..]);
            if self.begun.is_empty() {
                line(head);
            } else {
                self.begun.extend_from_slice(head);
                line(&std::mem::take(&mut self.begun));
            }
            piece = tail;
        }
        self.begun.extend_from_slice(piece);
        while self.begun.len() > LONGEST {
            let rest = self.begun.split_off(LONGEST);
            line(&self.begun);
            self.begun = rest;
        }
    }

    /// Hands on what is left.
    pub(super) fn finish(&mut self, line: &mut dyn FnMut(&[u8])) {
        if !self.begun.is_empty() {
            line(&std::mem::take(&mut self.begun));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_bounded() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for piece in ["on", "e\ntwo\n\nth", "ree"] {
            lines.take(piece.as_bytes(), &mut |line| seen.push(String::from_utf8_lossy(line).into_owned()));
        }
        lines.finish(&mut |line| seen.push(String::from_utf8_lossy(line).into_owned()));
        assert_eq!(seen, ["one", "two", "", "three"]);
        let mut count = 0;
        lines.take(&vec![b'x'; LONGEST * 3 + 1], &mut |_| count += 1);
        assert_eq!((count, lines.begun.len()), (3, 1));
    }
}
