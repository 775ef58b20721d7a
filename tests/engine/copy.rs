//! `docker.copy_to`, `copy_from`, `write_file`, `read_file`: by the rules of `docker cp`, and never outside.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Engine, Outcome};

/// A folder of this machine, `dir` in the scripts.
struct Host(TempDir);

impl Host {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    #[track_caller]
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn run(&self, engine: &Engine, code: &str) -> Outcome {
        let code = format!("let dir = env(\"DIR\"); {code}");
        engine.script(&code).env("DIR", &self.path().display().to_string()).run()
    }
}

// shows: container.copy
#[test]
fn a_file_gets_the_name_that_the_target_says() {
    let engine = Engine::new();
    let host = Host::new();
    host.file("a.conf", "port = 80\n").file("folder/other", "");
    fs::set_permissions(host.path().join("a.conf"), fs::Permissions::from_mode(0o640)).unwrap();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web"});
        docker.copy_to(c, dir + "/a.conf", "/tmp");
        c.copy_to(dir + "/a.conf", "/root/");
        docker.copy_to("@web", dir + "/a.conf", "/tmp/b.conf", #{owner: "1000:20"});
        docker.copy_from("@web", "/tmp/b.conf", dir + "/c.conf");
        c.copy_from("/tmp/b.conf", dir + "/folder");
        docker.copy_from("@web", "/www/index.html", dir + "/folder/");
    "#;
    host.run(&engine, code).success();
    let told = engine.exec("@web", &["sh", "-c", "cat /tmp/a.conf; stat -c '%a %u:%g %s' /tmp/b.conf /root/a.conf"]);
    assert_eq!(told, "port = 80\n640 1000:20 10\n640 0:0 10\n");
    assert_eq!((host.read("c.conf"), host.read("folder/b.conf")), ("port = 80\n".into(), "port = 80\n".into()));
    assert_eq!(host.read("folder/index.html"), "hello from busybox\n");
    let mode = fs::metadata(host.path().join("c.conf")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    // What is there is replaced.
    host.run(&engine, r#"docker.copy_from("@web", "/www/index.html", dir + "/c.conf");"#).success();
    assert_eq!(
        (host.read("c.conf"), host.names()),
        ("hello from busybox\n".into(), vec!["a.conf".into(), "c.conf".into(), "folder".into()])
    );
}

// shows: container.copy
#[test]
fn a_folder_keeps_its_links_and_modes_there_and_back() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let host = Host::new();
    host.file("site/index.html", "home\n").file("site/bin/run", "#!/bin/sh\n").file("site/sub/deep/x", "");
    symlink("index.html", host.path().join("site/start")).unwrap();
    fs::set_permissions(host.path().join("site/bin/run"), fs::Permissions::from_mode(0o755)).unwrap();
    let _socket = UnixListener::bind(host.path().join("site/sock")).unwrap();
    let code = r#"
        docker.copy_to("@web", dir + "/site", "/tmp/new");
        docker.copy_to("@web", dir + "/site", "/tmp");
        docker.copy_to("@web", dir + "/site/.", "/www");
        docker.copy_from("@web", "/tmp/new", dir + "/back");
        docker.copy_from("@web", "/tmp/new", dir + "/back");
        docker.copy_from("@web", "/tmp/new/.", dir + "/back");
    "#;
    host.run(&engine, code).success().stderr_has("left out").stderr_has("site/sock");
    for folder in ["/tmp/new", "/tmp/site", "/www"] {
        let told = engine.exec(
            "@web",
            &[
                "sh",
                "-c",
                &format!(
                    "cd {folder}; readlink start; cat start; stat -c %a bin/run; ls sub/deep; [ -e sock ] || echo none"
                ),
            ],
        );
        assert!(told == "index.html\nhome\n755\nx\nnone\n", "{told}");
    }
    for path in ["back/start", "back/new/start"] {
        assert_eq!(
            (host.read(path), fs::read_link(host.path().join(path)).unwrap()),
            ("home\n".into(), "index.html".into())
        );
    }
    assert_eq!(fs::metadata(host.path().join("back/bin/run")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(host.names(), ["back", "site"]);
}

// shows: container.copy
#[test]
fn a_stopped_container_is_copied_to_and_from() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    engine.post("/containers/@web/stop?t=0", &Value::Null);
    let host = Host::new();
    fs::write(host.path().join("big"), vec![7; 30 << 20]).unwrap();
    let code = r#"
        docker.copy_to("@web", dir + "/big", "/root/big");
        docker.copy_from("@web", "/root/big", dir + "/same");
        docker.write_file("@web", "/root/text", "héllo\n");
        print(docker.read_file("@web", "/root/text"));
    "#;
    host.run(&engine, code).success().stdout("héllo\n\n");
    assert!(fs::read(host.path().join("same")).unwrap() == vec![7; 30 << 20]);
}

// shows: container.copy
#[test]
fn text_is_written_and_read_straight_from_the_script() {
    let engine = Engine::new();
    let code = r#"
        let c = docker.run("xnet-test/busybox", #{name: "@web"});
        c.write_file("/www/index.html", "one\n");
        c.write_file("/etc/secret", "two", #{mode: "0600", owner: 1000});
        exec(c, "ln -s /etc/secret /tmp/link; printf '\\377' > /tmp/bytes");
        c.write_file("/tmp/link", "three");
        print(c.read_file("/tmp/link") + c.read_file("/www/../www/index.html"));
        for path in ["/tmp", "/none", "/tmp/bytes"] {
            try { c.read_file(path) } catch (e) { print(`${e.kind} ${e.resource}`); }
        }
        for path in ["/tmp", "/none/a", "/etc/passwd/a", "/tmp/new/"] {
            try { c.write_file(path, "") } catch (e) { print(`${e.kind} ${e.resource}`); }
        }
        print(c.ip().len() > 0);
    "#;
    let told = "threeone\n\nconflict /tmp\nnot_found /none\ninvalid /tmp/bytes\n\
                conflict /tmp\nnot_found /none\nconflict /etc/passwd\nconflict /tmp/new/\ntrue\n";
    engine.script(code).run().success().stdout(told);
    let told = engine.exec("@web", &["sh", "-c", "stat -c '%a %u:%g %F' /etc/secret /tmp/link; cat /etc/secret"]);
    assert_eq!(told, "644 0:0 regular file\n777 0:0 symbolic link\nthree");
    engine.script(r#"docker.write_file("@web", "/tmp/a", "", #{mode: 644})"#).run().code(2).stderr_has("octal");
}

// shows: container.copy
#[test]
fn a_container_cannot_write_outside_the_target() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    engine.exec(
        "@web",
        &["sh", "-c", "mkdir -p /evil/sub; echo x > /evil/sub/x; ln -s /etc /evil/out; ln -s ../../.. /evil/sub/up"],
    );
    let host = Host::new();
    let refused = host.run(&engine, r#"docker.copy_from("@web", "/evil", dir + "/got")"#);
    refused.code(4).stderr_has("not safe").stderr_has("evil").stderr_has("outside_links");
    assert_eq!(host.names(), Vec::<String>::new());
    let code = r#"
        docker.copy_from("@web", "/evil", dir + "/got", #{outside_links: true});
        exec("@web", "rm -r /evil/out; mkdir /evil/out; echo bad > /evil/out/passwd");
        try { docker.copy_from("@web", "/evil/.", dir + "/got", #{outside_links: true}); } catch (e) { print(e.message); }
    "#;
    host.run(&engine, code).success().stdout_has("a link, and a folder would be written through it");
    assert_eq!(fs::read_link(host.path().join("got/out")).unwrap(), Path::new("/etc"));
    assert_eq!(host.names(), ["got"]);
}

#[test]
fn what_is_missing_or_in_the_way_is_said() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    let host = Host::new();
    host.file("file", "").file("folder/x", "");
    for (code, exit, words) in [
        (r#"docker.copy_to("@web", dir + "/none", "/tmp")"#, 2, "cannot read"),
        (r#"docker.copy_to("@none", dir + "/file", "/tmp")"#, 4, "no container named \"@none\""),
        (r#"docker.copy_to("@web", dir + "/file", "/no/such/place")"#, 4, "there is no \"/no/such\""),
        (r#"docker.copy_to("@web", dir + "/file", "/tmp/none/")"#, 4, "there is no \"/tmp/none/\""),
        (r#"docker.copy_to("@web", dir + "/folder", "/etc/passwd")"#, 4, "is not a folder"),
        (r#"docker.copy_from("@web", "/none", dir)"#, 4, "there is no \"/none\""),
        (r#"docker.copy_from("@none", "/etc", dir)"#, 4, "no container named \"@none\""),
        (r#"docker.copy_from("@web", "/etc", dir + "/file")"#, 2, "a folder would replace it"),
        (r#"docker.copy_from("@web", "/etc/passwd", dir + "/none/")"#, 2, "no such folder"),
        (r#"docker.copy_from("@web", "/etc/passwd", dir + "/no/such")"#, 2, "cannot write"),
        (r#"docker.copy_from("@web", "/", dir)"#, 2, "the whole file system"),
        (r#"docker.copy_from("@web", "/etc", dir, #{folow: true})"#, 2, "folow"),
        (r#"docker.copy_to("@web", "", "/tmp")"#, 2, "cannot read"),
    ] {
        host.run(&engine, code).code(exit).stderr_has(words);
    }
    assert_eq!(host.names(), ["file", "folder"]);
}

#[test]
fn pipes_and_devices_are_never_replaced_by_a_file() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    engine.exec(
        "@web",
        &["sh", "-c", "mkfifo /tmp/pipe; ln -s /tmp/pipe /tmp/link; mkdir /tmp/dir; echo x > /tmp/dir/pipe"],
    );
    let host = Host::new();
    host.file("got/other", "").file("victim", "mine\n");
    symlink(host.path().join("victim"), host.path().join("saved")).unwrap();
    let code = r#"
        sh(["mkfifo", dir + "/pipe", dir + "/got/pipe"]);
        for work in [
            || docker.copy_from("@web", "/etc/passwd", dir + "/pipe"),
            || docker.copy_from("@web", "/tmp/dir/.", dir + "/got"),
            || docker.image.save("xnet-test/scratch", dir + "/pipe"),
            || docker.image.save("xnet-test/scratch", dir + "/saved"),
            || docker.write_file("@web", "/tmp/pipe", "text"),
            || docker.write_file("@web", "/tmp/link", "text"),
            || docker.copy_to("@web", dir + "/victim", "/tmp/pipe"),
        ] {
            try { work.call(); print("not refused"); } catch (e) { print(`${e.kind} ${e.resource}`); }
        }
    "#;
    let dir = host.path().display();
    let told = format!(
        "conflict {dir}/pipe\nconflict {dir}/got/pipe\nconflict {dir}/pipe\nconflict {dir}/saved\n\
         invalid /tmp/pipe\ninvalid /tmp/link\ninvalid /tmp/pipe\n"
    );
    host.run(&engine, code).success().stdout(&told);
    for pipe in ["pipe", "got/pipe"] {
        assert!(fs::symlink_metadata(host.path().join(pipe)).unwrap().file_type().is_fifo(), "{pipe}");
    }
    assert_eq!(
        (host.read("victim"), host.names()),
        ("mine\n".into(), ["got", "pipe", "saved", "victim"].map(String::from).to_vec())
    );
    let told = engine.exec("@web", &["stat", "-c", "%F", "/tmp/pipe"]);
    assert_eq!(told, "fifo\n");
}

#[test]
fn ctrl_c_leaves_nothing_of_a_copy() {
    let engine = Engine::new();
    engine.add_container("@web", json!({}));
    engine.exec("@web", &["truncate", "-s", "4G", "/root/big"]);
    let host = Host::new();
    let code = r#"docker.copy_from("@web", "/root/big", env("DIR") + "/big");"#;
    let running = engine.script(code).env("DIR", &host.path().display().to_string()).start();
    for _ in 0..2000 {
        if !host.names().is_empty() {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    assert_eq!(host.names().len(), 1);
    running.interrupt();
    running.finish().code(130);
    assert_eq!(host.names(), Vec::<String>::new());
}
