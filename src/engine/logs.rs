//! What a container wrote, its two streams kept apart: all at once, or line by line as it comes.

use futures_util::stream::{self, BoxStream, StreamExt};

use super::client::Engine;
use super::errors::{Error, Result};
use super::exec::Stream;
use super::explain::Thing;
use super::follow::Following;
use super::frames::{Frames, LogLine};
use super::query::asked;
use crate::model::logs::LogsSpec;

/// Bytes of an answer that are kept, as of a command's output.
const KEPT: usize = 64 << 20;

/// A container's output so far. With a terminal (`tty: true`) there is one stream only: all of it is `stdout`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logs {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Engine {
    /// What it wrote until now, at most 64 MiB. As it is not followed, an answer that pauses for long has failed.
    pub async fn logs(&self, name: &str, spec: &LogsSpec) -> Result<Logs> {
        let mut frames = Frames::new(self.has_terminal(name).await?);
        let request = asked(name, spec, false);
        let mut pieces = self.stream(&request, None);
        let (mut logs, mut size) = (Logs::default(), 0);
        loop {
            let piece = match self.next_piece(&mut pieces, &request).await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(logs),
                Err(error) => return Err(self.explain(error, Thing::Container, name).await),
            };
            size += piece.len();
            keep(size, KEPT)?;
            frames.take(&piece, |stream, bytes| match stream {
                Stream::Stdout => logs.stdout.extend_from_slice(bytes),
                Stream::Stderr => logs.stderr.extend_from_slice(bytes),
            });
        }
    }

    /// The same line by line. With `spec.follow` it goes on until the container ends; nothing is read ahead of who takes
    /// the lines, and a line of more than 1 MiB comes in pieces.
    pub async fn log_lines(&self, name: &str, spec: &LogsSpec) -> Result<BoxStream<'static, Result<LogLine>>> {
        let tty = self.has_terminal(name).await?;
        let following = Following::new(self, name, spec, tty).await?;
        Ok(stream::try_unfold(following, Following::next).boxed())
    }

    async fn has_terminal(&self, name: &str) -> Result<bool> {
        Ok(self.inspect_container(name).await?["Config"]["Tty"] == true)
    }
}

fn keep(size: usize, limit: usize) -> Result<()> {
    if size > limit {
        return Err(Error::TooMuch { limit, hint: "take only its end, such as `tail: 1000`" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_can_be_kept_is_an_error_that_says_how_to_ask_for_less() {
        keep(8, 8).unwrap();
        let error = keep(9, 8).unwrap_err();
        assert!(error.kind() == "too_much" && error.hint().unwrap().contains("tail"), "{error:?}");
    }
}
