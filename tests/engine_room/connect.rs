use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;

use xnet::engine::{Engine, Error, Ownership, Target, Unreachable};

use super::run;

fn connect(host: &str) -> Result<Engine, Error> {
    run(Engine::connect(&Target { host: Some(host.into()), context: None }, Ownership::default()))
}

/// Passes connections on to the engine's socket, until the process ends.
fn relay() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let engine = UnixStream::connect("/var/run/docker.sock").unwrap();
            let (mut up, mut down) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
            let (mut client, mut engine): (TcpStream, UnixStream) = (client, engine);
            thread::spawn(move || io::copy(&mut up, &mut engine));
            thread::spawn(move || io::copy(&mut down, &mut client));
        }
    });
    format!("tcp://{address}")
}

#[test]
fn an_engine_answers_on_a_socket_and_over_tcp() {
    let socket = connect("unix:///var/run/docker.sock").unwrap();
    assert_eq!(socket.address(), "unix:///var/run/docker.sock");
    let address = relay();
    let tcp = connect(&address).unwrap();
    assert_eq!(tcp.address(), address);
    assert_eq!(run(tcp.version()).unwrap(), run(socket.version()).unwrap());
    assert_eq!(run(socket.info()).unwrap()["ID"], run(tcp.info()).unwrap()["ID"]);
}

#[test]
fn a_listener_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = connect(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap_err();
    let Error::NoEngine { tried } = &error else { panic!("{error:?}") };
    assert!(matches!(tried[0].reason, Unreachable::TimedOut(_)), "{error:?}");
    assert!(error.to_string().contains("no answer within 10 s"), "{error}");
}

#[test]
fn a_listener_that_is_no_engine_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || drop(listener.accept()));
    let error = connect(&format!("tcp://{address}")).unwrap_err();
    assert_eq!(error.exit_code(), 3, "{error:?}");
}
