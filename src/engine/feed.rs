//! Answers that are one JSON value after the other: events, samples, the steps of a pull or a build.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde_json::Value;
use tokio::time::timeout;

use super::client::Engine;
use super::errors::{Error, Result};
use super::raw::{Answer, Pieces, Request, UNBOUNDED};

/// How often it is told how far a sending is.
const LOOK: Duration = Duration::from_millis(100);

/// Cuts bytes into lines and reads each as JSON; what is none is left out.
#[derive(Debug, Default)]
struct Splitter {
    begun: Vec<u8>,
    ready: VecDeque<Value>,
}

impl Splitter {
    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if let Ok(value) = serde_json::from_slice(&std::mem::take(&mut self.begun)) {
            self.ready.push_back(value);
        }
    }
}

struct Feed {
    engine: Engine,
    pieces: Answer,
    splitter: Splitter,
    ended: bool,
}

impl Feed {
    async fn next(mut self) -> Result<Option<(Value, Self)>> {
        loop {
            if let Some(value) = self.splitter.ready.pop_front() {
                return Ok(Some((value, self)));
            }
            if self.ended {
                return Ok(None);
            }
            let piece = self.pieces.try_next().await.map_err(|fault| self.engine.fault(fault, UNBOUNDED))?;
            self.ended = piece.is_none();
            match piece {
                Some(piece) => self.splitter.take(&piece),
                None => self.splitter.end(),
            }
        }
    }
}

impl Engine {
    /// Sends, and hands out the values of the answer as they come, however long that takes.
    pub(super) fn feed(&self, request: &Request) -> BoxStream<'static, Result<Value>> {
        let pieces = self.stream(request, None);
        let feed = Feed { engine: self.clone(), pieces, splitter: Splitter::default(), ended: false };
        stream::try_unfold(feed, Feed::next).boxed()
    }

    /// Sends, and hands each value of the answer to `each`. A value with an error ends it, and so does a longer silence
    /// than the request allows.
    pub(super) async fn lines(
        &self,
        request: &Request,
        upload: Option<Pieces>,
        each: impl FnMut(&Value),
    ) -> Result<()> {
        self.lines_told(request, upload, &|_| {}, each).await
    }

    /// The same; `progress` hears how many bytes of the upload went out.
    pub(super) async fn lines_told(
        &self,
        request: &Request,
        upload: Option<Pieces>,
        progress: &(dyn Fn(u64) + Sync),
        mut each: impl FnMut(&Value),
    ) -> Result<()> {
        let sent = Arc::new(AtomicU64::new(0));
        let count = sent.clone();
        let upload = upload.map(|pieces| -> Pieces {
            let counted = pieces.inspect_ok(move |piece| {
                count.fetch_add(piece.len() as u64, Ordering::Relaxed);
            });
            counted.boxed()
        });
        let mut pieces = self.stream(request, upload);
        let mut splitter = Splitter::default();
        loop {
            let piece = self.sending(&mut pieces, request, &sent, progress).await?;
            match &piece {
                Some(piece) => splitter.take(piece),
                None => splitter.end(),
            }
            for value in splitter.ready.drain(..) {
                each(&value);
                if let Some(words) = failure(&value) {
                    return Err(Error::Refused { status: 500, words });
                }
            }
            if piece.is_none() {
                return Ok(());
            }
        }
    }

    /// The next piece of the answer. The engine may keep silent as long as it is sent something.
    async fn sending(
        &self,
        pieces: &mut Answer,
        request: &Request,
        sent: &AtomicU64,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<Bytes>> {
        loop {
            let before = sent.load(Ordering::Relaxed);
            let next = async {
                let mut next = pin!(self.next_piece(pieces, request));
                loop {
                    match timeout(LOOK, &mut next).await {
                        Ok(piece) => return piece,
                        Err(_) => progress(sent.load(Ordering::Relaxed)),
                    }
                }
            };
            let piece = next.await;
            match piece {
                Err(Error::TimedOut { .. }) if sent.load(Ordering::Relaxed) > before => {}
                piece => return piece,
            }
        }
    }
}

/// The words of a value that says that the work failed. `error` stands beside it for older clients only.
fn failure(value: &Value) -> Option<String> {
    let detail = value.get("errorDetail").filter(|detail| !detail.is_null());
    let words = detail.and_then(|detail| detail["message"].as_str()).or_else(|| value["error"].as_str());
    words.map(|words| words.trim().to_owned()).or_else(|| detail.map(ToString::to_string))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_is_known_by_its_detail_alone() {
        let known = |value: Value| failure(&value);
        assert_eq!(known(json!({"errorDetail": {"message": "no room\n"}})).as_deref(), Some("no room"));
        assert_eq!(known(json!({"errorDetail": {"message": "new"}, "error": "old"})).as_deref(), Some("new"));
        assert_eq!(known(json!({"errorDetail": {"code": 3}, "error": "old"})).as_deref(), Some("old"));
        assert_eq!(known(json!({"errorDetail": {"code": 3}})).as_deref(), Some("{\"code\":3}"));
        assert_eq!(known(json!({"error": "old"})).as_deref(), Some("old"));
        assert_eq!(known(json!({"status": "Loading", "errorDetail": null})), None);
    }

    #[test]
    fn values_are_found_wherever_the_pieces_are_cut() {
        let mut splitter = Splitter::default();
        for piece in [&b"{\"a\":"[..], b"1}\r\n{\"b\"", b":2}\n\nnoise\n{\"c\":3}"] {
            splitter.take(piece);
        }
        assert_eq!(splitter.ready.len(), 2);
        splitter.end();
        assert_eq!(splitter.ready.iter().map(ToString::to_string).collect::<String>(), r#"{"a":1}{"b":2}{"c":3}"#);
    }
}
