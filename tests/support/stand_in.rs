//! Stands in for an engine that is not on this machine: answers on a unix socket as told, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

/// What is answered to a method and a path (without its query), asked so many times before. A text is sent as it is.
type Answers = fn(&str, &str, usize) -> Option<(u16, Value)>;

#[derive(Debug)]
pub(crate) struct StandIn {
    folder: TempDir,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl StandIn {
    /// An engine with this API version.
    pub(crate) fn start(api: &'static str, answers: Answers) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the socket");
        let listener = UnixListener::bind(folder.path().join("engine.sock")).expect("a socket");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, api, answers, &kept));
            }
        });
        Self { folder, asked }
    }

    /// For `DOCKER_HOST`.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("engine.sock").display())
    }

    /// The body of each request with this method and path.
    pub(crate) fn asked(&self, what: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(request, _)| request == what).map(|(_, body)| body.clone()).collect()
    }
}

fn serve(stream: UnixStream, api: &str, answers: Answers, kept: &Mutex<Vec<(String, Value)>>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            head = if head.is_empty() { line } else { head };
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let mut words = head.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.split('?').next()?.to_owned());
        let request = format!("{method} {path}");
        let before = {
            let mut kept = kept.lock().ok()?;
            let before = kept.iter().filter(|(earlier, _)| *earlier == request).count();
            kept.push((request, serde_json::from_slice(&body).unwrap_or_default()));
            before
        };
        let (status, answer) = match (method.as_str(), path.as_str()) {
            (_, "/_ping") => (200, json!("OK")),
            (method, path) => answers(method, path, before).unwrap_or_else(|| match (method, path) {
                ("GET", "/version") => (200, json!({"ApiVersion": api})),
                _ => (404, json!({"message": "no such thing"})),
            }),
        };
        let text = match answer {
            _ if status == 204 => String::new(),
            Value::String(text) => text,
            answer => answer.to_string(),
        };
        let head =
            format!("HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", text.len());
        writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(text.as_bytes())).ok()?;
    }
}
