//! What a container wrote, its two streams kept apart.

use std::time::{SystemTime, UNIX_EPOCH};

use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::raw::{Request, UNBOUNDED};
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
        let whole = self.inspect_container(name).await?;
        let mut request = Request::get(&["containers", name, "logs"])
            .query("stdout", "1")
            .query("stderr", "1")
            .query("timestamps", if spec.timestamps { "1" } else { "0" })
            .within(UNBOUNDED);
        if let Some(tail) = spec.tail {
            request = request.query("tail", &tail.to_string());
        }
        if let Some(since) = spec.since {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let start = now.saturating_sub(since.0);
            request = request.query("since", &format!("{}.{:09}", start.as_secs(), start.subsec_nanos()));
        }
        let bytes = match self.collect(&request).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(self.explain(error, Thing::Container, name).await),
        };
        Ok(if whole["Config"]["Tty"] == true { Logs { stdout: bytes, stderr: Vec::new() } } else { apart(&bytes) })
    }
}

impl Engine {
    async fn collect(&self, request: &Request) -> Result<Vec<u8>> {
        let mut pieces = self.stream(request, None);
        let mut all = Vec::new();
        while let Some(piece) = self.next_piece(&mut pieces, request).await? {
            keep(&mut all, &piece, KEPT)?;
        }
        Ok(all)
    }
}

fn keep(all: &mut Vec<u8>, piece: &[u8], limit: usize) -> Result<()> {
    if all.len() + piece.len() > limit {
        return Err(Error::TooMuch { limit, hint: "take only its end, such as `tail: 1000`" });
    }
    all.extend_from_slice(piece);
    Ok(())
}

/// Frames of 8 bytes of header (stream, three zeros, length in big endian) and that many bytes.
///
/// Source: Engine API, `ContainerAttach`, stream format. What is cut off at the end is kept.
fn apart(bytes: &[u8]) -> Logs {
    let mut logs = Logs::default();
    let mut rest = bytes;
    while let Some((header, tail)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(tail.len());
        let (piece, tail) = tail.split_at(end);
        if header[0] == 2 {
            logs.stderr.extend_from_slice(piece);
        } else {
            logs.stdout.extend_from_slice(piece);
        }
        rest = tail;
    }
    logs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_can_be_kept_is_an_error_that_says_how_to_ask_for_less() {
        let mut all = Vec::new();
        keep(&mut all, &[0; 6], 8).unwrap();
        let error = keep(&mut all, &[0; 3], 8).unwrap_err();
        assert!(error.kind() == "too_much" && error.hint().unwrap().contains("tail"), "{error:?}");
    }

    #[test]
    fn the_streams_are_told_apart_byte_for_byte() {
        let bytes = [
            &[1, 0, 0, 0, 0, 0, 0, 2][..],
            b"\xffa",
            &[2, 0, 0, 0, 0, 0, 0, 1],
            b"e",
            &[1, 0, 0, 0, 0, 0, 0, 9],
            b"cut",
        ];
        let logs = apart(&bytes.concat());
        assert_eq!(logs, Logs { stdout: b"\xffacut".to_vec(), stderr: b"e".to_vec() });
    }
}
