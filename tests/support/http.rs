//! HTTP over the engine's unix socket, a request at a time: what the tests know of the engine, they know without xnet.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is empty.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The socket of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Socket(pub(crate) PathBuf);

impl Socket {
    /// That of the engine which all tests share: the one of `DOCKER_HOST`, or the default one.
    pub(crate) fn shared() -> Self {
        match std::env::var("DOCKER_HOST") {
            Ok(host) if !host.is_empty() => {
                let path = host.strip_prefix("unix://");
                Self(path.unwrap_or_else(|| panic!("the tests need a unix socket, not {host}")).into())
            }
            _ => Self("/var/run/docker.sock".into()),
        }
    }

    /// As `DOCKER_HOST` has it.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.0.display())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "application/json", b"")
    }

    pub(crate) fn delete(&self, path: &str) -> u16 {
        self.request("DELETE", path, "application/json", b"").status
    }

    pub(crate) fn request(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let stream = UnixStream::connect(&self.0).unwrap_or_else(|error| {
            panic!("these tests need a container engine, and none answers at {}: {error} (see .ci/run)", self.address())
        });
        exchange(stream, method, path, kind, body)
    }
}

/// One request in the words of HTTP/1.0, so that the answer ends where the connection does.
fn exchange(mut stream: UnixStream, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
    stream.set_read_timeout(Some(Duration::from_secs(90))).expect("a bound on reading");
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("the request is sent");
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").expect("an end of the headers");
    let status = String::from_utf8_lossy(&raw[..end]).split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer { status: status.expect("a status"), body: raw.split_off(end + 4) }
}
