//! An endpoint that stays behind when its container goes: a driver that fails to remove it, as plugins do.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use crate::support::{PrivateEngine, golden};

/// A network driver in the words of Docker's plugins, whose endpoints never go. It ends with the test process.
fn driver(engine: &PrivateEngine) {
    let folder = format!("/proc/{}/root/run/docker/plugins", engine.pid());
    fs::create_dir_all(&folder).expect("a folder for plugins, which needs root");
    let listener = UnixListener::bind(format!("{folder}/stuck.sock")).expect("the socket of the driver");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
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
        let body = match head.split(' ').nth(1)? {
            "/Plugin.Activate" => r#"{"Implements": ["NetworkDriver"]}"#,
            "/NetworkDriver.GetCapabilities" => r#"{"Scope": "local"}"#,
            "/NetworkDriver.DeleteEndpoint" => r#"{"Err": "stuck"}"#,
            _ => "{}",
        };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}

// shows: refusal.endpoint-exists, network.disconnect, network.plugin
#[test]
fn an_endpoint_without_a_container_is_named_and_removed_by_force() {
    let engine = PrivateEngine::start(&[]);
    driver(&engine);
    let code = r#"
        docker.network.create("@net", #{driver: "stuck", options: #{mode: "odd"}});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@net"}).remove();
    "#;
    engine.script(code).run().success();
    let network = engine.network("@net");
    assert_eq!((&network["Driver"], &network["Options"]["mode"]), (&"stuck".into(), &"odd".into()));
    let again = "docker.run(\"xnet-test/busybox\", #{name: \"@web\", network: \"@net\"});\n";
    golden("engine-endpoint-exists", engine.script(again).run().code(4));
    assert!(engine.container("@web").is_null());
    let remove = r#"docker.network.remove("@net");"#;
    engine.script(remove).run().code(4).stderr_has("has an endpoint without a container: @web");
    let mended = r#"
        docker.network.disconnect("@net", "@web", #{force: true});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@net"});
    "#;
    engine.script(mended).run().success();
    assert_eq!(engine.network("@net")["Containers"].as_object().unwrap().len(), 1);
}
