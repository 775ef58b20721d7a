//! Finding the engine: the order of places, and what is said when none answers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread;

use crate::support::Test;

#[test]
fn no_engine_exits_3_and_says_where_and_why() {
    for command in [&["ps"][..], &["network", "ls"], &["eval", "docker.network.list()"], &["exec", "c", "--", "true"]] {
        let mut test = Test::new().env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        for word in command {
            test = test.args([word]);
        }
        let outcome = test.run();
        outcome.code(3).stdout("").stderr_has("unix:///nonexistent/docker.sock").stderr_has("DOCKER_HOST");
        outcome.stderr_has("no such socket").stderr_has("hint:");
    }
}

#[test]
fn the_host_option_goes_before_the_environment() {
    let outcome = Test::new()
        .args(["--host", "unix:///nonexistent/one.sock", "ps"])
        .env("DOCKER_HOST", "unix:///nonexistent/two.sock")
        .run();
    outcome.code(3).stderr_has("one.sock").stderr_lacks("two.sock");
}

#[test]
fn an_unknown_context_is_named_with_those_there_are() {
    let contexts = "~/.docker/contexts/meta/abc/meta.json";
    let meta = r#"{"Name":"staging","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///nonexistent/staging.sock"}}}"#;
    let outcome = Test::new().file(contexts, meta).args(["--context", "stagin", "ps"]).run();
    outcome.code(3).stderr_has("stagin").stderr_has("staging");
    Test::new().file(contexts, meta).args(["--context", "staging", "ps"]).run().code(3).stderr_has("staging.sock");
    let outcome = Test::new().file(contexts, meta).env("DOCKER_CONTEXT", "staging").args(["ps"]).run();
    outcome.code(3).stderr_has("staging.sock");
}

#[test]
fn the_current_context_of_the_docker_config_is_used() {
    let outcome = Test::new()
        .file(
            "~/.docker/contexts/meta/abc/meta.json",
            r#"{"Name":"staging","Endpoints":{"docker":{"Host":"unix:///nonexistent/staging.sock"}}}"#,
        )
        .file("~/.docker/config.json", r#"{"currentContext":"staging"}"#)
        .env("DOCKER_HOST", "")
        .args(["ps"])
        .run();
    outcome.code(3).stderr_has("staging.sock");
}

#[test]
fn an_address_that_is_none_is_refused() {
    for host in ["ftp://somewhere", "unix://", "tcp://", "just words"] {
        Test::new().args(["--host", host, "ps"]).run().check_code(&[2, 3]).stderr_has(host);
    }
}

#[test]
fn a_socket_that_answers_nonsense_is_no_engine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.sock");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HELO this is not HTTP\r\n\r\n");
        }
    });
    let host = format!("unix://{}", path.display());
    Test::new().args(["--host", &host, "ps"]).run().code(3).stderr_has("odd.sock");
}

#[test]
fn a_host_that_takes_the_connection_and_says_nothing_does_not_hold_xnet_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let outcome = Test::new().args(["--host", &host, "ps"]).run();
    outcome.code(3).stderr_has(&host);
    drop(listener);
}

#[test]
fn ctrl_c_ends_the_wait_for_an_engine() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let running = Test::new().args(["--host", &host, "ps"]).start();
    let (stream, _) = listener.accept().unwrap();
    running.interrupt();
    running.finish().code(130);
    drop(stream);
}

#[test]
fn what_needs_no_engine_does_not_look_for_one() {
    let test = || Test::new().env("DOCKER_HOST", "unix:///nonexistent.sock");
    test().args(["eval", "1 + 1"]).run().success().stdout("2\n");
    test().args(["tasks"]).run().success();
    test().project("tasks:\n  hi:\n    command: echo hi\n").args(["run", "hi"]).run().success();
}
