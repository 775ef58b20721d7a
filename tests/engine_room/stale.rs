//! An endpoint whose container is gone. Engine 20.10 gives no way to bring that about, so an engine that only says so is asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use xnet::engine::{Engine, NetworkFault, Ownership, Target};
use xnet::model::network::EndpointSpec;

use super::run;

const EXISTS: &str = r#"{"message": "endpoint with name web already exists in network app"}"#;
const ACTIVE: &str = r#"{"message": "error while removing network: network app id 1f has active endpoints"}"#;
const NETWORK: &str = r#"{"Name": "app", "Id": "1f", "Driver": "bridge", "Containers": {"ep-77": {"Name": "web"}}}"#;
const CONTAINER: &str = r#"{"Name": "/web", "Id": "c1", "NetworkSettings": {"Networks": {}}}"#;

fn answer(method: &str, path: &str) -> (u16, &'static str) {
    match (method, path.split('?').next().unwrap_or_default()) {
        ("POST", "/networks/app/connect") => (403, EXISTS),
        ("DELETE", "/networks/app") => (403, ACTIVE),
        ("GET", "/networks/app") => (200, NETWORK),
        ("GET", "/containers/web/json") => (200, CONTAINER),
        ("GET", "/containers/json" | "/networks") => (200, "[]"),
        _ => (200, "{}"),
    }
}

fn serve(stream: UnixStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        reader.read_exact(&mut vec![0; length.unwrap_or(0)]).ok()?;
        let mut words = head.split(' ');
        let (status, body) = answer(words.next()?, words.next()?);
        let kind = "Content-Type: application/json\r\nApi-Version: 1.41";
        write!(stream, "HTTP/1.1 {status} OK\r\n{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}

#[test]
fn an_endpoint_without_a_container_is_told_with_the_way_to_remove_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    let target = Target { host: Some(format!("unix://{}", path.display())), context: None };
    let engine = run(Engine::connect(&target, Ownership::default())).unwrap();
    let error = run(engine.connect_network("app", "web", &EndpointSpec::default())).unwrap_err();
    let stale = NetworkFault::StaleEndpoints { network: "app".into(), endpoints: vec!["web".into()] };
    assert_eq!(error, stale.into());
    assert_eq!(error.to_string(), "network \"app\" has an endpoint without a container: web");
    let hint = "docker.network.disconnect(\"app\", \"web\", #{force: true}) removes it";
    assert_eq!((error.hint().as_deref(), error.kind()), (Some(hint), "conflict"));
    assert_eq!(run(engine.remove_network("app")).unwrap_err(), error);
}
