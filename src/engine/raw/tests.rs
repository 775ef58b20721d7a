//! Requests to an engine that is a thread of the test, and takes longer than an answer may pause.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, sleep};

use bollard::Docker;

use super::*;
use crate::engine::Ownership;
use crate::model::image::BuildSpec;
use crate::runtime::Cancel;

fn wait<T>(work: impl Future<Output = T>) -> T {
    crate::runtime::wait(&Cancel::new(), work).unwrap()
}

/// Answers every request with the same, later than [`SILENCE`] allows.
struct Slow {
    folder: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Slow {
    fn start(answer: &'static str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("xnet-slow-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("app")).unwrap();
        fs::write(folder.join("app/Dockerfile"), "FROM scratch\n").unwrap();
        let listener = UnixListener::bind(folder.join("sock")).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(std::io::Result::ok) {
                let kept = kept.clone();
                thread::spawn(move || serve(stream, answer, &kept));
            }
        });
        Self { folder, asked }
    }

    fn engine(&self) -> Engine {
        let path = self.folder.join("sock").display().to_string();
        let docker = Docker::connect_with_unix(&path, 60, bollard::API_DEFAULT_VERSION).unwrap();
        Engine::new(docker, path, true, Ownership::default())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn serve(mut stream: UnixStream, answer: &str, kept: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).ok().filter(|count| *count > 0)?;
    }
    kept.lock().unwrap().push(head.lines().next()?.to_owned());
    // Whatever is uploaded is taken, for a connection with unread bytes is reset.
    thread::spawn(move || {
        let mut rest = [0; 1024];
        while reader.read(&mut rest).is_ok_and(|count| count > 0) {}
    });
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    if kept.lock().unwrap().last()?.contains("/images/x/json") {
        return stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(answer.as_bytes())).ok();
    }
    stream.write_all(head.as_bytes()).ok()?;
    sleep(SILENCE * 4);
    stream.write_all(answer.as_bytes()).ok()
}

#[test]
fn a_healthy_build_import_load_save_or_copy_may_keep_silent() {
    let quiet = |_: u64| {};
    let slow =
        Slow::start("{\"aux\":{\"ID\":\"sha256:ff\"}}\n{\"status\":\"sha256:ff\"}\n{\"stream\":\"Loaded image: x\"}\n");
    let engine = slow.engine();
    let file = slow.folder.join("app/Dockerfile");
    let built = wait(engine.build_image(&slow.folder.join("app"), &BuildSpec::default(), &|_| {}));
    assert_eq!(built.map(|built| built.id), Ok("sha256:ff".into()));
    assert_eq!(wait(engine.import_tar(&file, "x", &[], &quiet)), Ok("sha256:ff".into()));
    assert_eq!(wait(engine.load_images(&file, &quiet)), Ok(vec!["x".to_owned()]));
    let pieces = futures_util::stream::empty().boxed();
    assert_eq!(wait(engine.put("c", "/", pieces, &quiet)), Ok(()));
    let slow = Slow::start("{}");
    let saved = slow.folder.join("saved.tar");
    assert_eq!(wait(slow.engine().save_images(&["x".to_owned()], &saved, &quiet)), Ok(()));
    assert_eq!(fs::read_to_string(saved).unwrap(), "{}");
    // Other answers still end: a pull tells how far it is.
    let pulled = wait(slow.engine().pull_image("x", &|_| {}));
    assert!(matches!(pulled, Err(Error::TimedOut { .. })), "{pulled:?}");
}

#[test]
fn an_import_without_an_image_is_no_success() {
    let slow = Slow::start("{\"status\":\"done\"}\n");
    let made = wait(slow.engine().import_tar(&slow.folder.join("app/Dockerfile"), "x", &[], &|_| {}));
    assert_eq!(made.unwrap_err().kind(), "transport");
}

#[test]
fn what_cannot_be_sent_is_refused_and_nothing_else_is_sent() {
    let slow = Slow::start("{}");
    let engine = slow.engine();
    let refused = |request: Request, words: &str| {
        let error = wait(async {
            let mut pieces = engine.stream(&request, None);
            engine.next_piece(&mut pieces, &request).await.unwrap_err()
        });
        assert!(error.kind() == "invalid" && error.to_string().contains(words), "{error}");
    };
    refused(Request::get(&["build"]).query("buildargs", &"x".repeat(70_000)), "too long");
    refused(Request::get(&["containers", "", "json"]), "a name is empty");
    refused(Request::get(&["build"]).header("x-registry-config", "a\nb".into()), "a header");
    assert_eq!(slow.asked(), Vec::<String>::new());
}

#[test]
fn a_query_is_not_shown_in_errors() {
    let slow = Slow::start("{}");
    let request = Request::post(&["build"]).query("buildargs", "{\"TOKEN\":\"secret\"}").within(SILENCE);
    let error = wait(slow.engine().receive(&request)).unwrap_err();
    assert!(error.kind() == "timeout" && !error.to_string().contains("TOKEN"), "{error}");
    let engine = slow.engine();
    let error = wait(async {
        let request = Request::post(&["build"]).query("buildargs", "secret");
        let mut pieces = engine.stream(&request, None);
        while engine.next_piece(&mut pieces, &request).await?.is_some() {}
        Ok::<_, Error>(())
    });
    assert_eq!(error, Err(Error::TimedOut { what: "POST /build".into(), after: SILENCE }));
}

#[test]
fn names_and_values_cannot_leave_their_place() {
    let request = Request::get(&["networks", "a/b?c d"]).query("filters", "{\"x\":1}&y").query("v", "1");
    assert_eq!(request.path, "/networks/a%2Fb%3Fc%20d?filters=%7B%22x%22%3A1%7D%26y&v=1");
    assert_eq!(request.fault(), None);
}

#[test]
fn silence_ends_with_a_timeout_that_names_what_was_asked() {
    let limit = Duration::from_millis(5);
    let silent = within(limit, std::future::pending::<()>(), || "GET /x".into());
    let error = wait(silent).unwrap_err();
    assert_eq!(error, Error::TimedOut { what: "GET /x".into(), after: limit });
}

#[test]
fn an_empty_name_is_not_sent() {
    assert!(Request::get(&["networks", ""]).query("a", "b").fault().is_some());
    assert!(Request::get(&["containers", "", "json"]).fault().is_some());
    assert!(Request::get(&["containers", &"x".repeat(70_000), "json"]).fault().is_some());
}
