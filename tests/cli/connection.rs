//! Finding the engine: the order of places, and what is said when none answers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use crate::support::{Engine, PrivateEngine, Test};

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

/// A test whose `ssh` is this shell script; `$SSH_LOG` takes what it was called with.
fn with_ssh(test: Test, script: &str) -> Test {
    let test = test.program_file("bin/ssh", &format!("#!/bin/sh\necho \"$@\" >>\"$SSH_LOG\"\n{script}\n"));
    let path = format!("{}:{}", test.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    let log = test.path("ssh.log").display().to_string();
    test.env("PATH", &path).env("SSH_LOG", &log)
}

#[test]
fn an_engine_behind_ssh_is_reached_through_the_ssh_of_this_machine() {
    let engine = Engine::new();
    let code = r#"
        let far = docker.host("ssh://someone@127.0.0.1:2222");
        print(`${far} ${far.info().ID == params.id} ${far.network.exists("bridge")}`);
        let net = far.network.create("@net");
        print(sh("cat \"$SSH_LOG\"").lines[0]);
        let web = far.run("xnet-test/busybox", #{name: "@web", network: net});
        print(exec(web, "echo there").stdout);
        try { forward(web, "0:80") } catch (e) { print(e.message) }
    "#;
    // The far side is this machine's engine: the program that ssh would run there runs here.
    let dial = format!("exec docker -H {} system dial-stdio", engine.address());
    let test = with_ssh(engine.script(code), &dial)
        .args([&format!("id={}", engine.get("/info").json()["ID"].as_str().unwrap())]);
    let outcome = test.run();
    outcome.success().stdout_has("docker (ssh://someone@127.0.0.1:2222) true true\n");
    outcome
        .stdout_has("-o BatchMode=yes")
        .stdout_has("-l someone -p 2222 -- 127.0.0.1 docker system dial-stdio\nthere\n");
    outcome.stdout_has("ssh://someone@127.0.0.1:2222");
    assert!(!engine.network("@net").is_null());
    let list = with_ssh(engine.test(), &dial).args(["--host", "ssh://127.0.0.1", "network", "ls"]).run();
    list.success().stdout_has("@net");
}

#[test]
fn what_ssh_complains_of_is_told() {
    let test = with_ssh(Test::new(), "echo 'someone@127.0.0.1: Permission denied (publickey).' >&2; exit 255");
    let outcome = test.args(["--host", "ssh://someone@127.0.0.1", "ps"]).run();
    outcome.code(3).stderr_has("ssh://someone@127.0.0.1").stderr_has("Permission denied (publickey)");
}

/// Certificates as `dockerd --tlsverify` and its clients take them: `ca.pem`, `server.pem`, `cert.pem` and their keys.
fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |words: &str| {
        let ran = Command::new("openssl").args(words.split(' ')).current_dir(folder.path()).output();
        let ran = ran.unwrap_or_else(|error| panic!("openssl: {error} (see .ci/run)"));
        assert!(ran.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca-key.pem -out ca.pem -subj /CN=xnet-test-ca -days 2"));
    for (name, key_file, extension) in [
        ("server", "server-key.pem", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth"),
        ("cert", "key.pem", "extendedKeyUsage=clientAuth"),
    ] {
        std::fs::write(folder.path().join("extension"), extension).unwrap();
        openssl(&format!("req {key} -keyout {key_file} -out {name}.csr -subj /CN={name}"));
        let sign = "-CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile extension";
        openssl(&format!("x509 -req -in {name}.csr {sign} -out {name}.pem"));
    }
    folder
}

#[test]
fn tls_checks_both_sides() {
    let (own, foreign) = (certificates(), certificates());
    let file = |name: &str| own.path().join(name).display().to_string();
    let options =
        ["--host=tcp://127.0.0.1:2376".into(), "--tlsverify".into(), format!("--tlscacert={}", file("ca.pem"))];
    let server = [format!("--tlscert={}", file("server.pem")), format!("--tlskey={}", file("server-key.pem"))];
    let options: Vec<&str> = options.iter().chain(&server).map(String::as_str).collect();
    let engine = PrivateEngine::start(&options);
    let at = engine.relay(2376);
    let id = engine.get("/info").json()["ID"].as_str().unwrap().to_owned();

    let run = |host: &str, folder: &Path| {
        let test = Test::new().env("DOCKER_HOST", host).env("DOCKER_CERT_PATH", &folder.display().to_string());
        test.env("DOCKER_TLS_VERIFY", "1").args(["eval", "docker.info().ID"]).run()
    };
    run(&format!("tcp://{at}"), own.path()).success().stdout(&format!("{id}\n"));
    run(&format!("https://{at}"), own.path()).success().stdout(&format!("{id}\n"));
    run(&format!("tcp://{at}"), foreign.path()).code(3).stderr_has(&at.to_string()).stderr_has("certificate");
    run(&format!("tcp://{at}"), Path::new("/nonexistent")).code(3).stderr_has(&at.to_string());

    // The same from a context, whose certificates stand beside it.
    let meta =
        format!(r#"{{"Name": "lab", "Endpoints": {{"docker": {{"Host": "tcp://{at}", "SkipTLSVerify": false}}}}}}"#);
    let mut test = Test::new().file("~/.docker/contexts/meta/lab/meta.json", &meta);
    for name in ["ca.pem", "cert.pem", "key.pem"] {
        test = test.bytes(
            &format!("~/.docker/contexts/tls/lab/docker/{name}"),
            &std::fs::read(own.path().join(name)).unwrap(),
        );
    }
    test.args(["--context", "lab", "eval", "docker.info().ID"]).run().success().stdout(&format!("{id}\n"));
}
