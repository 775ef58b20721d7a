//! `docker.image`, and an image that is nowhere.

use std::fs;

use crate::support::{BUSYBOX, Engine};

#[test]
fn images_are_listed_and_known() {
    let engine = Engine::new();
    let code = r#"
        print(docker.image.exists("xnet-test/busybox"));
        print(docker.image.exists("xnet-test/busybox:latest"));
        print(docker.image.exists("xnet-test/none"));
        print(docker.image.list().some(|i| i.RepoTags != () && "xnet-test/busybox:latest" in i.RepoTags));
    "#;
    engine.script(code).run().success().stdout("true\ntrue\nfalse\ntrue\n");
}

#[test]
fn a_tar_becomes_an_image() {
    let engine = Engine::new();
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    let program = fs::read("/bin/busybox").or_else(|_| fs::read("/usr/bin/busybox")).unwrap();
    header.set_mode(0o755);
    header.set_size(program.len() as u64);
    tar.append_data(&mut header, "busybox", program.as_slice()).unwrap();
    let tar = tar.into_inner().unwrap();
    let code = r#"
        let id = docker.image.import_tar("root.tar", "<project>/made:1", #{changes: ["CMD [\"/busybox\", \"sleep\", \"1000\"]"]});
        print(id.starts_with("sha256:"));
        let c = docker.run("<project>/made:1", #{name: "@web"});
        print(c.inspect().State.Running);
        c.remove();
    "#;
    let outcome = engine.script(code).bytes("root.tar", &tar).run();
    let removed = engine.delete("/images/<project>/made:1?force=1");
    outcome.success().stdout("true\ntrue\n");
    assert_eq!(removed, 200);
}

#[test]
fn an_image_that_is_nowhere_is_told_with_those_that_are_here() {
    let engine = Engine::new();
    let outcome = engine.script(r#"docker.run("localhost:1/no-such-image", #{name: "@web"});"#).run();
    outcome.code(4).stderr_has("localhost:1/no-such-image").stderr_has(BUSYBOX);
    assert!(engine.container("@web").is_null());
    let outcome = engine.script(r#"docker.run("xnet-test/busybxo", #{name: "@web"});"#).run();
    outcome.code(4).stderr_has("xnet-test/busybxo").stderr_has("xnet-test/busybox");
}
