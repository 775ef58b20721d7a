//! A registry with one image, on 127.0.0.1: as much of the distribution API as a pull needs.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::json;

use super::running::BOUND;

#[derive(Debug)]
pub(crate) struct Registry {
    address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    manifest: Vec<u8>,
    config: (String, Vec<u8>),
    layer: (String, Vec<u8>),
    /// The value of `Authorization` that is let in.
    secret: Option<String>,
    /// While it is set, the layer comes by drops.
    slow: AtomicBool,
    asked: Mutex<Vec<String>>,
}

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

impl Registry {
    /// Serves the image `NAME:latest`, whatever the name, whose one file is `/mark` with this text and random bytes.
    pub(crate) fn start(mark: &str, secret: Option<&str>) -> Self {
        let mut tar = tar::Builder::new(Vec::new());
        let mut noise = Vec::new();
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        // Without a pattern, so that it stays as large when it is compressed.
        while noise.len() < 2 << 20 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            noise.extend_from_slice(&state.to_le_bytes());
        }
        for (name, bytes) in [("mark", mark.as_bytes()), ("noise", &noise)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes).unwrap();
        }
        let layer = tar.into_inner().unwrap();
        let layer_digest = digest(&layer);
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/mark"], "Labels": {"mark": mark}},
            "rootfs": {"type": "layers", "diff_ids": [layer_digest]}, "history": [{"created_by": "test"}],
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": config.len(), "digest": digest(&config)},
            "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar", "size": layer.len(), "digest": layer_digest}],
        });
        let state = Arc::new(State {
            manifest: manifest.to_string().into_bytes(),
            config: (digest(&config), config),
            layer: (layer_digest, layer),
            secret: secret.map(str::to_owned),
            slow: AtomicBool::new(false),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                // A client that goes away ends its own thread only.
                thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The layer comes slowly until [`Registry::hurry`].
    pub(crate) fn dawdle(&self) {
        self.state.slow.store(true, Ordering::Relaxed);
    }

    pub(crate) fn hurry(&self) {
        self.state.slow.store(false, Ordering::Relaxed);
    }

    /// Paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream).lines();
        loop {
            let request = lines.next()?.ok()?;
            let mut authorization = None;
            loop {
                let header = lines.next()?.ok()?;
                if header.is_empty() {
                    break;
                }
                if let Some((name, value)) = header.split_once(": ")
                    && name.eq_ignore_ascii_case("authorization")
                {
                    authorization = Some(value.to_owned());
                }
            }
            let mut words = request.split(' ');
            let (method, path) = (words.next()?, words.next()?);
            self.asked.lock().unwrap().push(path.to_owned());
            self.answer(stream, method, path, authorization.as_deref()).ok()?;
        }
    }

    fn answer(&self, mut out: &TcpStream, method: &str, path: &str, secret: Option<&str>) -> std::io::Result<()> {
        if self.secret.is_some() && self.secret.as_deref() != secret {
            let head =
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n";
            return out.write_all(head.as_bytes());
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let (status, kind, body): (_, _, &[u8]) = match last {
            "" => ("200 OK", "application/json", b"{}"),
            "latest" => ("200 OK", MANIFEST, &self.manifest),
            _ if last == digest(&self.manifest) => ("200 OK", MANIFEST, &self.manifest),
            _ if last == self.config.0 => ("200 OK", "application/octet-stream", &self.config.1),
            _ if last == self.layer.0 => ("200 OK", "application/octet-stream", &self.layer.1),
            _ => (
                "404 Not Found",
                "application/json",
                br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#,
            ),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\
             Docker-Content-Digest: {}\r\n\r\n",
            body.len(),
            digest(body)
        );
        out.write_all(head.as_bytes())?;
        if method == "HEAD" {
            return Ok(());
        }
        let began = Instant::now();
        for piece in body.chunks(40_000) {
            out.write_all(piece)?;
            if last == self.layer.0 && self.slow.load(Ordering::Relaxed) && began.elapsed() < BOUND {
                sleep(Duration::from_millis(150));
            }
        }
        out.flush()
    }
}

/// `sha256:…`, by the program of coreutils: the tests need no digest anywhere else.
fn digest(bytes: &[u8]) -> String {
    let mut child = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(bytes).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap().stdout;
    format!("sha256:{}", String::from_utf8_lossy(&output[..64]))
}
