//! Logs followed to the last line.
//!
//! An engine (20.10 at least) ends a followed log when the container does, and may leave out what was written last. So the
//! times of the messages are asked for, and once the container has ended, what came after the last one known is read.

use std::time::Duration;

use futures_util::TryStreamExt;

use super::client::Engine;
use super::errors::{Error, Result};
use super::exec::Stream;
use super::explain::Thing;
use super::frames::{Frames, Lines, LogLine};
use super::query::asked;
use super::raw::{Answer, Request, UNBOUNDED};
use crate::model::logs::LogsSpec;
use crate::model::moment::Moment;

/// The two streams are written by different hands: their times may be this far out of order.
const SKEW: Duration = Duration::from_secs(1);
/// How long it is waited for a container to be said to have ended after its log did.
const ENDING: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A log that is read line by line.
pub(super) struct Following {
    engine: Engine,
    name: String,
    spec: LogsSpec,
    pieces: Answer,
    frames: Frames,
    lines: Lines,
    /// Present where the end is looked after.
    stamps: Option<Stamps>,
    ended: bool,
}

impl Following {
    pub(super) async fn new(engine: &Engine, name: &str, spec: &LogsSpec, tty: bool) -> Result<Self> {
        // A terminal's output has no frames, so that a time in it could not be told from what was written.
        let looked_after = spec.follow && spec.until.is_none() && !tty;
        let mut stamps = None;
        if looked_after {
            // Of the lines before now, only those that `tail` lets through are wanted.
            let floor = if spec.tail.is_some() { Some(engine.now().await?) } else { None };
            stamps = Some(Stamps::new(spec.timestamps, floor));
        }
        let request = asked(name, &Self::stamped(spec, looked_after), spec.follow);
        Ok(Self {
            engine: engine.clone(),
            name: name.to_owned(),
            spec: spec.clone(),
            pieces: engine.stream(&request, None),
            frames: Frames::new(tty),
            lines: Lines::new(tty),
            stamps,
            ended: false,
        })
    }

    fn stamped(spec: &LogsSpec, stamped: bool) -> LogsSpec {
        LogsSpec { timestamps: spec.timestamps || stamped, ..spec.clone() }
    }

    /// The next line, for `try_unfold`.
    pub(super) async fn next(mut self) -> Result<Option<(LogLine, Self)>> {
        loop {
            if let Some(line) = self.lines.ready.pop_front() {
                return Ok(Some((line, self)));
            }
            if self.ended {
                return Ok(None);
            }
            match self.pieces.try_next().await {
                Ok(Some(piece)) => self.take(&piece),
                Ok(None) => self.end().await?,
                Err(fault) => {
                    let error = self.engine.fault(fault, UNBOUNDED);
                    return Err(self.engine.explain(error, Thing::Container, &self.name).await);
                }
            }
        }
    }

    fn take(&mut self, piece: &[u8]) {
        let Self { frames, lines, stamps, .. } = self;
        frames.messages(piece, |stream, begins, bytes| match stamps {
            Some(stamps) => stamps.take(stream, begins, bytes, lines),
            None => lines.take(stream, bytes),
        });
    }

    /// Turns to what came after the last line, where that is to be had.
    async fn end(&mut self) -> Result<()> {
        let since = self.stamps.as_mut().filter(|stamps| !stamps.late).map(Stamps::turn);
        let Some(since) = since.filter(|_| self.spec.follow) else {
            self.ended = true;
            self.lines.end();
            return Ok(());
        };
        let begun = tokio::time::Instant::now();
        loop {
            match self.engine.send(&Request::get(&["containers", &self.name, "json"])).await {
                Ok(whole) if whole["State"]["Running"] == true && begun.elapsed() < ENDING => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Ok(_) => break,
                // It removed itself, and its log with it.
                Err(Error::Refused { status: 404, .. }) => {
                    self.ended = true;
                    self.lines.end();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let rest = LogsSpec { tail: None, since: since.or(self.spec.since), ..Self::stamped(&self.spec, true) };
        self.frames = Frames::new(false);
        self.pieces = self.engine.stream(&asked(&self.name, &rest, false), None);
        Ok(())
    }
}

/// Takes the time off each message, and lets none through twice.
#[derive(Debug, Default)]
struct Stamps {
    /// The times are wanted in the lines.
    shown: bool,
    /// The time of the message that is being read, as far as it is known.
    stamp: Vec<u8>,
    whole: bool,
    /// The message was had already.
    skipped: bool,
    /// Time of the last message of each stream, and of both.
    last: [Option<String>; 2],
    newest: Option<String>,
    /// Messages of a stream that nothing came of yet are only wanted from then on.
    floor: Option<Moment>,
    /// What is read now was left out at the end.
    late: bool,
}

impl Stamps {
    fn new(shown: bool, floor: Option<Moment>) -> Self {
        Self { shown, floor, ..Self::default() }
    }

    fn take(&mut self, stream: Stream, begins: bool, mut bytes: &[u8], lines: &mut Lines) {
        if begins {
            self.stamp.clear();
            self.whole = false;
        }
        if !self.whole {
            let end = bytes.iter().position(|byte| *byte == b' ');
            let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.stamp.extend_from_slice(part);
            let Some(rest) = rest.get(1..) else { return };
            bytes = rest;
            self.whole = true;
            let stamp = String::from_utf8_lossy(&self.stamp).into_owned();
            self.skipped = self.late && self.known(stream, &stamp);
            if !self.skipped {
                if self.shown && lines.at_start(stream) {
                    lines.take(stream, format!("{stamp} ").as_bytes());
                }
                self.newest = self.newest.take().max(Some(stamp.clone()));
                self.last[usize::from(stream == Stream::Stderr)] = Some(stamp);
            }
        }
        if !self.skipped {
            lines.take(stream, bytes);
        }
    }

    /// Whether a message was had before. All times are written alike, so that they sort as text.
    fn known(&self, stream: Stream, stamp: &str) -> bool {
        match (&self.last[usize::from(stream == Stream::Stderr)], self.floor) {
            (Some(last), _) => stamp <= last.as_str(),
            (None, Some(Moment::At(floor))) => !matches!(stamp.parse(), Ok(Moment::At(time)) if time >= floor),
            (None, _) => false,
        }
    }

    /// From now on only what is new is let through. Says from when that is to be asked for.
    fn turn(&mut self) -> Option<Moment> {
        self.late = true;
        match self.newest.as_ref().and_then(|newest| newest.parse().ok()) {
            Some(Moment::At(newest)) => Some(Moment::At(newest.saturating_sub(SKEW))),
            _ => self.floor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::query::instant;

    fn texts(lines: &mut Lines) -> Vec<String> {
        lines.end();
        lines.ready.drain(..).map(|line| String::from_utf8(line.text).unwrap()).collect()
    }

    #[test]
    fn what_was_left_out_at_the_end_comes_once_and_whole() {
        let at = |nanos: u32| format!("2025-01-01T00:00:00.{nanos:09}Z");
        let (mut stamps, mut lines) = (Stamps::new(false, None), Lines::new(false));
        let first = format!("{} one\n", at(5));
        let (head, tail) = first.as_bytes().split_at(9);
        stamps.take(Stream::Stdout, true, head, &mut lines);
        stamps.take(Stream::Stdout, false, tail, &mut lines);
        stamps.take(Stream::Stderr, true, format!("{} a b\n", at(4)).as_bytes(), &mut lines);
        assert_eq!(texts(&mut lines), ["one", "a b"]);
        assert_eq!(stamps.turn().map(instant).as_deref(), Some("1735689599.000000005"));
        for (stream, time, text) in [
            (Stream::Stderr, 4, "a b\n"),
            (Stream::Stdout, 5, "one\n"),
            (Stream::Stderr, 5, "late\n"),
            (Stream::Stdout, 6, "thr"),
            (Stream::Stdout, 7, "ee"),
        ] {
            stamps.take(stream, true, format!("{} {text}", at(time)).as_bytes(), &mut lines);
        }
        assert_eq!(texts(&mut lines), ["late", "three"]);
    }

    #[test]
    fn times_stand_only_where_lines_begin() {
        let (mut stamps, mut lines) = (Stamps::new(true, None), Lines::new(false));
        stamps.take(Stream::Stdout, true, b"t1 long ", &mut lines);
        stamps.take(Stream::Stdout, true, b"t2 line\n", &mut lines);
        assert_eq!(texts(&mut lines), ["t1 long line"]);
    }
}
