//! What a container wrote, its two streams kept apart: all at once, or line by line as it comes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::TryStreamExt;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::client::Engine;
use super::errors::{Error, Result};
use super::exec::Stream;
use super::explain::Thing;
use super::frames::{Frames, Lines, LogLine};
use super::raw::{Answer, Request, UNBOUNDED};
use crate::model::logs::LogsSpec;
use crate::model::moment::Moment;

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
        let request = asked(name, spec, spec.follow);
        let following = Following {
            engine: self.clone(),
            name: name.to_owned(),
            pieces: self.stream(&request, None),
            frames: Frames::new(tty),
            lines: Lines::new(tty),
            ended: false,
        };
        Ok(stream::try_unfold(following, Following::next).boxed())
    }

    async fn has_terminal(&self, name: &str) -> Result<bool> {
        Ok(self.inspect_container(name).await?["Config"]["Tty"] == true)
    }
}

struct Following {
    engine: Engine,
    name: String,
    pieces: Answer,
    frames: Frames,
    lines: Lines,
    ended: bool,
}

impl Following {
    async fn next(mut self) -> Result<Option<(LogLine, Self)>> {
        loop {
            if let Some(line) = self.lines.ready.pop_front() {
                return Ok(Some((line, self)));
            }
            if self.ended {
                return Ok(None);
            }
            match self.pieces.try_next().await {
                Ok(Some(piece)) => self.frames.take(&piece, |stream, bytes| self.lines.take(stream, bytes)),
                Ok(None) => {
                    self.ended = true;
                    self.lines.end();
                }
                Err(fault) => {
                    let error = self.engine.fault(fault, UNBOUNDED);
                    return Err(self.engine.explain(error, Thing::Container, &self.name).await);
                }
            }
        }
    }
}

fn asked(name: &str, spec: &LogsSpec, follow: bool) -> Request {
    let switch = |on: bool| if on { "1" } else { "0" };
    let mut request = Request::get(&["containers", name, "logs"])
        .query("stdout", switch(spec.stdout))
        .query("stderr", switch(spec.stderr))
        .query("timestamps", switch(spec.timestamps))
        .query("follow", switch(follow))
        .within(UNBOUNDED);
    if let Some(tail) = spec.tail {
        request = request.query("tail", &tail.to_string());
    }
    for (name, moment) in [("since", spec.since), ("until", spec.until)] {
        if let Some(moment) = moment {
            request = request.query(name, &instant(moment));
        }
    }
    request
}

/// A time as the engine reads it: seconds since 1970 with nine decimals.
pub(super) fn instant(moment: Moment) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time: Duration = moment.since_epoch(now);
    format!("{}.{:09}", time.as_secs(), time.subsec_nanos())
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

    #[test]
    fn a_time_keeps_its_nanoseconds() {
        assert_eq!(instant(Moment::At(Duration::new(1_735_689_600, 5))), "1735689600.000000005");
    }
}
