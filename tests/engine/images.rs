//! `docker.image`, and an image that is nowhere.

use std::fs;

use crate::support::{BUSYBOX, Engine};

// shows: image.list
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

// shows: image.import
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

// shows: run.pull
#[test]
fn an_image_that_is_nowhere_is_told_with_those_that_are_here() {
    let engine = Engine::new();
    let outcome = engine.script(r#"docker.run("localhost:1/no-such-image", #{name: "@web"});"#).run();
    outcome.code(4).stderr_has("localhost:1/no-such-image").stderr_has(BUSYBOX);
    assert!(engine.container("@web").is_null());
    let outcome = engine.script(r#"docker.run("xnet-test/busybxo", #{name: "@web"});"#).run();
    outcome.code(4).stderr_has("xnet-test/busybxo").stderr_has("xnet-test/busybox");
}

// shows: image.list
#[test]
fn an_image_is_named_found_by_filters_and_removed() {
    let engine = Engine::new();
    let code = r#"
        docker.image.tag("xnet-test/busybox", "<project>/named:1");
        docker.image.tag("<project>/named:1", "<project>/named");
        let found = docker.image.list(#{filters: #{reference: "<project>/*"}});
        print(found.len() == 1 && found[0].RepoTags.len() == 2);
        print(docker.image.list(#{filters: #{reference: "<project>/*", label: "no=such"}}).len());
        print(docker.image.list(#{filters: #{reference: "<project>/*", dangling: true}}).len());
        print(docker.image.list(#{all: true}).len() >= docker.image.list().len());
        print(docker.image.inspect("<project>/named:1").Id == found[0].Id);
        print(docker.image.exists(found[0]) && docker.image.inspect(found[0]).Id == found[0].Id);
        print(docker.image.remove("<project>/named:1"));
        print(docker.image.remove("<project>/named", #{force: false, no_prune: true})[0].Untagged);
        print(docker.image.exists("<project>/named"));
    "#;
    let told =
        "true\n0\n0\ntrue\ntrue\ntrue\n[#{\"Untagged\": \"<project>/named:1\"}]\n<project>/named:latest\nfalse\n";
    engine.script(code).run().success().stdout(told);
}

#[test]
fn an_image_in_use_says_by_whom_and_a_missing_one_which_there_are() {
    let engine = Engine::new();
    let code = r#"
        docker.image.build(".", #{tag: "<project>/used:1", quiet: true});
        docker.run("<project>/used:1", #{name: "@web"});
        docker.image.build(".", #{tag: "<project>/child:1", dockerfile: "child", quiet: true});
        docker.image.remove("<project>/used:1");
    "#;
    let child = "FROM <project>/used:1\nLABEL child=1\n";
    let outcome = engine.script(code).file("Dockerfile", "FROM xnet-test/busybox\n").file("child", child).run();
    outcome.code(4).stderr_has("is in use by container").stderr_has("@web").stderr_has("`force: true`");
    let id = engine.get("/images/<project>/used:1/json").json()["Id"].as_str().unwrap().to_owned();
    engine.delete("/containers/@web?force=1");
    let code = format!("docker.image.remove(\"{id}\", #{{force: true}})");
    engine.script(&code).run().code(4).stderr_has("is in use").stderr_has("dependent child images");
    for call in ["inspect", "remove"] {
        let code = format!("docker.image.{call}(\"xnet-test/busybxo\")");
        engine.script(&code).run().code(4).stderr_has("no image named").stderr_has("xnet-test/busybox");
    }
    engine.script(r#"docker.image.tag("xnet-test/none", "a")"#).run().code(4).stderr_has("xnet-test/none");
    engine.script(r#"docker.image.tag("xnet-test/busybox", "No Name")"#).run().code(2).stderr_has("lower case");
    engine.script(r#"docker.image.list(#{filters: #{nmae: "a"}})"#).run().code(2).stderr_has("nmae");
}

// shows: image.save-load
#[test]
fn images_are_saved_to_a_file_and_loaded_from_it() {
    let engine = Engine::new();
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
        let dir = env("DIR");
        docker.image.tag("xnet-test/scratch", "<project>/saved:1");
        docker.image.save(["<project>/saved:1"], dir + "/images.tar");
        docker.image.remove("<project>/saved:1");
        print(docker.image.exists("<project>/saved:1"));
        print(docker.image.load(dir + "/images.tar"));
        print(docker.image.exists("<project>/saved:1"));
        docker.image.remove("<project>/saved:1");
        for work in [
            || docker.image.save(["<project>/none"], dir + "/other.tar"),
            || docker.image.save([], dir + "/other.tar"),
            || docker.image.save("xnet-test/scratch", dir),
            || docker.image.save("xnet-test/scratch", dir + "/no/such.tar"),
            || docker.image.load(dir + "/none.tar"),
            || docker.image.load(dir + "/text"),
            || docker.image.load(dir + "/empty"),
            || docker.image.import_tar(dir + "/text", "<project>/none:1"),
        ] {
            try { work.call(); print("not refused"); } catch (e) { print(e.kind); }
        }
    "#;
    fs::write(folder.path().join("text"), "no tar").unwrap();
    fs::write(folder.path().join("empty"), [0; 1024]).unwrap();
    let outcome = engine.script(code).env("DIR", &folder.path().display().to_string()).run();
    let told =
        "false\n[\"<project>/saved:1\"]\ntrue\nnot_found\ninvalid\nconflict\nio\nio\ninvalid\ninvalid\ninvalid\n";
    outcome.success().stdout(told);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}
