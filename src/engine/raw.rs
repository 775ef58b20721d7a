//! One request to the engine with JSON as it is, in both directions.
//!
//! bollard's typed answers lose fields and order that Docker has, and its paths leave names unescaped. So bollard opens
//! the connection (socket, TCP, TLS, ssh), and its one call that hands out an answer's bytes untouched carries every
//! request, whose method, path and body are put in on the way out.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use serde_json::Value;

use super::client::Engine;
use super::errors::{Error, Result};

/// How long an ordinary request may take.
pub(super) const LIMIT: Duration = Duration::from_mins(2);
/// For requests that wait by their nature: as good as none.
pub(super) const UNBOUNDED: Duration = Duration::from_hours(24 * 365);
/// How long an answer that has begun may pause. The unit tests do not wait that long.
const SILENCE: Duration = if cfg!(test) { Duration::from_millis(150) } else { LIMIT };
/// hyper refuses longer addresses.
const LONGEST: usize = 60_000;

type Fault = bollard::errors::Error;
pub(super) type Answer = Pin<Box<dyn Stream<Item = std::result::Result<Bytes, Fault>> + Send>>;
pub(super) type Pieces = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// A request, ready to be sent any number of times.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: &'static str,
    /// Path and query, escaped.
    path: String,
    body: Bytes,
    headers: Vec<(&'static str, String)>,
    limit: Duration,
    silence: Duration,
}

/// What a request that cannot be sent is refused with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unsendable(&'static str);

impl Request {
    fn new(method: &'static str, segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.push_str(&escape(segment));
        }
        Self { method, path, body: Bytes::new(), headers: Vec::new(), limit: LIMIT, silence: SILENCE }
    }

    pub(super) fn get(segments: &[&str]) -> Self {
        Self::new("GET", segments)
    }

    pub(super) fn post(segments: &[&str]) -> Self {
        Self::new("POST", segments)
    }

    pub(super) fn put(segments: &[&str]) -> Self {
        Self::new("PUT", segments)
    }

    pub(super) fn delete(segments: &[&str]) -> Self {
        Self::new("DELETE", segments)
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        let mark = if self.path.contains('?') { '&' } else { '?' };
        let _ = write!(self.path, "{mark}{name}={}", escape(value));
        self
    }

    /// A query that is true or false.
    pub(super) fn switch(self, name: &str, on: bool) -> Self {
        self.query(name, if on { "1" } else { "0" })
    }

    pub(super) fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// For work that the engine may do in silence, as long as it takes: whoever waits ends it.
    pub(super) fn patient(mut self) -> Self {
        self.silence = UNBOUNDED;
        self.within(UNBOUNDED)
    }

    /// What it is called in an error: without the query, which may hold secrets.
    fn what(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }

    fn fault(&self) -> Option<&'static str> {
        let path = self.path.split('?').next().unwrap_or_default();
        if path.contains("//") || path.ends_with('/') {
            return Some("a name is empty");
        }
        let sendable = |value: &String| value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !self.headers.iter().all(|(_, value)| sendable(value)) {
            return Some("a header holds what cannot be sent");
        }
        (self.path.len() > LONGEST).then_some("a name or filter is too long")
    }
}

/// Waits for work at most `limit`; `what` names it when that is not enough.
async fn within<T>(limit: Duration, work: impl Future<Output = T>, what: impl FnOnce() -> String) -> Result<T> {
    tokio::time::timeout(limit, work).await.map_err(|_| Error::TimedOut { what: what(), after: limit })
}

/// Escapes all but what RFC 3986 leaves unreserved.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

impl Engine {
    /// Sends and reads the answer as JSON; an empty answer is null, as is the bare `OK` that Podman gives to some orders.
    pub(super) async fn send(&self, request: &Request) -> Result<Value> {
        let bytes = self.receive(request).await?;
        if matches!(bytes.trim_ascii(), b"" | b"OK") {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| self.transport(format!("its answer is not JSON: {error}")))
    }

    /// Sends and reads the answer's bytes, within the request's bound.
    pub(super) async fn receive(&self, request: &Request) -> Result<Vec<u8>> {
        let bytes = within(request.limit, self.bytes(request), || request.what()).await?;
        bytes.map_err(|fault| self.fault(fault, request.limit))
    }

    pub(super) async fn bytes(&self, request: &Request) -> std::result::Result<Vec<u8>, Fault> {
        self.stream(request, None)
            .try_fold(Vec::new(), |mut all, piece| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            })
            .await
    }

    /// Sends and hands out the answer as it comes. `upload` replaces the body. What cannot be sent has its fault as answer.
    pub(super) fn stream(&self, request: &Request, upload: Option<Pieces>) -> Answer {
        if let Some(fault) = request.fault() {
            let err = std::io::Error::other(Unsendable(fault));
            return stream::once(std::future::ready(Err(Fault::IOError { err }))).boxed();
        }
        let kind = if upload.is_some() { "application/x-tar" } else { "application/json" };
        let upload = Mutex::new(upload);
        let Request { method, path, body, headers, limit, .. } = request.clone();
        let docker = self.docker().clone().with_timeout(limit).with_request_modifier(move |mut outgoing| {
            let uri = outgoing.uri();
            let scheme = uri.scheme_str().unwrap_or("http");
            let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
            // Never bollard's own request: one without an address is not sent at all.
            *outgoing.uri_mut() = format!("{scheme}://{authority}{path}").parse().unwrap_or_default();
            *outgoing.method_mut() = method.parse().unwrap_or_default();
            if let Ok(kind) = kind.parse() {
                outgoing.headers_mut().insert("content-type", kind);
            }
            for (name, value) in &headers {
                if let Ok(value) = value.parse() {
                    outgoing.headers_mut().insert(*name, value);
                }
            }
            let upload = upload.lock().unwrap_or_else(PoisonError::into_inner).take();
            *outgoing.body_mut() = match upload {
                Some(pieces) => bollard::body_try_stream(pieces),
                None => bollard::body_full(body.clone()),
            };
            outgoing
        });
        docker.export_image("-").boxed()
    }

    /// The next piece of an answer, which may take as long as it likes unless it pauses for longer than the request allows.
    pub(super) async fn next_piece(&self, pieces: &mut Answer, request: &Request) -> Result<Option<Bytes>> {
        let piece = within(request.silence, pieces.try_next(), || request.what()).await?;
        piece.map_err(|fault| self.fault(fault, request.limit))
    }

    /// bollard's error in our terms.
    pub(super) fn fault(&self, fault: Fault, limit: Duration) -> Error {
        match fault {
            Fault::DockerResponseServerError { status_code, message } => {
                Error::Refused { status: status_code, words: message.trim().to_owned() }
            }
            Fault::DockerStreamError { error } => Error::Refused { status: 500, words: error },
            Fault::IOError { err } if err.get_ref().is_some_and(<dyn StdError + Send + Sync>::is::<Unsendable>) => {
                Error::Invalid { message: err.to_string(), hint: None }
            }
            Fault::RequestTimeoutError => Error::TimedOut { what: "a request".into(), after: limit },
            other => {
                let mut words = other.to_string();
                let mut next = StdError::source(&other);
                while let Some(inner) = next {
                    words = inner.to_string();
                    next = inner.source();
                }
                self.transport(words)
            }
        }
    }

    pub(super) fn transport(&self, words: String) -> Error {
        Error::Transport { address: self.address().to_owned(), words }
    }
}

#[cfg(test)]
mod tests;
