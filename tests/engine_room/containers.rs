use std::time::Duration;

use serde_json::json;
use xnet::config::{Node, read};
use xnet::engine::{Error, Owner};
use xnet::model::container::{ExecSpec, ListSpec, StopSpec};
use xnet::model::logs::LogsSpec;
use xnet::model::text::CommandLine;

use super::{Room, container, curl, run, subnet};

#[test]
fn a_container_is_on_all_its_networks_before_it_starts() {
    let room = Room::new();
    let a = room.network("a", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let b = room.network("b", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let options =
        json!({"networks": {&a: {"aliases": ["one"]}, &b: {}}, "network_alias": ["all"], "command": "ip -o addr"});
    let name = room.start("c", options).unwrap();
    assert_eq!(run(room.engine.wait_container(&name)).unwrap(), 0);
    let logs = run(room.engine.logs(&name, &LogsSpec::default())).unwrap();
    let text = String::from_utf8(logs.stdout).unwrap();
    assert!(text.contains("eth0") && text.contains("eth1"), "{text}");
    let whole = run(room.engine.inspect_container(&name)).unwrap();
    assert_eq!(whole.to_string(), curl(&format!("/containers/{name}/json")).to_string());
    let aliases = &whole["NetworkSettings"]["Networks"];
    assert!(aliases[&a]["Aliases"].to_string().contains("\"one\",\"all\""), "{aliases}");
    assert!(aliases[&b]["Aliases"].to_string().contains("\"all\""), "{aliases}");
    assert_eq!(whole["Config"]["Labels"]["xnet.run"], room.own.as_str());
}

#[test]
fn an_alias_resolves_and_several_share_one() {
    let room = Room::new();
    let net = room.network("n", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let one = room.start("one", json!({"network": net, "network_alias": "web"})).unwrap();
    let two = room.start("two", json!({"network": net, "network_alias": "web"})).unwrap();
    let asker = room.start("asker", json!({"network": net})).unwrap();
    let command = CommandLine::Text("nslookup web 127.0.0.11".into());
    let spec = ExecSpec { timeout: Some("20s".parse().unwrap()), ..ExecSpec::default() };
    let output = run(room.engine.exec(&asker, &command, &spec, &|_, _| {})).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for name in [one, two] {
        let address = run(room.engine.container_address(&name, None)).unwrap();
        assert!(text.contains(&address), "{address} in {text}");
    }
}

#[test]
fn a_failed_start_leaves_no_container() {
    let room = Room::new();
    let error = room.start("bad", json!({"command": ["/no/such/program"]})).unwrap_err();
    assert_eq!(error.kind(), "no_program", "{error:?}");
    let error = room.start("net", json!({"networks": ["no-such-network-here"]})).unwrap_err();
    assert!(
        matches!(&error, Error::NotFound { what: "network", name, .. } if name == "no-such-network-here"),
        "{error:?}"
    );
    let own: ListSpec =
        read(&Node::from(json!({"all": true, "filters": {"label": format!("xnet.run={}", room.own)}}))).unwrap();
    assert_eq!(run(room.engine.list_containers(&own)).unwrap().len(), 0);
}

#[test]
fn a_run_that_is_dropped_leaves_no_container() {
    let room = Room::new();
    let net = room.network("n", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let own: ListSpec =
        read(&Node::from(json!({"all": true, "filters": {"label": format!("xnet.run={}", room.own)}}))).unwrap();
    let image = super::image();
    for pause in [3, 40, 120] {
        let spec = container(json!({"network": net, "name": room.name("c"), "command": ["sleep", "600"]}));
        run(async {
            let started = room.engine.run_container(&image, &spec, &|_| {});
            let _ = tokio::time::timeout(Duration::from_millis(pause), started).await;
        });
        assert!(xnet::engine::settle(Duration::from_secs(30)));
        let left = run(room.engine.list_containers(&own)).unwrap();
        assert_eq!(left.len(), 0, "after {pause} ms: {left:?}");
    }
}

#[test]
fn a_port_in_use_names_the_container_or_process() {
    let room = Room::new();
    let first = room.start("first", json!({"ports": ["127.0.0.1::80"]})).unwrap();
    let bound = run(room.engine.container_port(&first, "80")).unwrap();
    let port = bound[0].rsplit(':').next().unwrap().to_owned();
    let error = room.start("second", json!({"ports": [format!("127.0.0.1:{port}:80")]})).unwrap_err();
    let Error::PortTaken { owner: Some(Owner::Container { name }), .. } = &error else { panic!("{error:?}") };
    assert_eq!(*name, first);
    assert!(error.to_string().contains(&port), "{error}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = room.start("third", json!({"ports": [format!("127.0.0.1:{port}:80")]})).unwrap_err();
    let Error::PortTaken { owner: Some(Owner::Process { pid, .. }), .. } = &error else { panic!("{error:?}") };
    assert_eq!(*pid, std::process::id());
}

#[test]
fn a_name_in_use_and_a_missing_container_are_told() {
    let room = Room::new();
    let name = room.start("web-server", json!({})).unwrap();
    let error = room.start("web-server", json!({})).unwrap_err();
    assert!(matches!(&error, Error::NameTaken { what: "container", .. }), "{error:?}");
    let error = run(room.engine.inspect_container(&name.replace("server", "sever"))).unwrap_err();
    assert_eq!(error.hint().unwrap(), format!("did you mean `{name}`?"));
    let error = run(room.engine.remove_container(&name, false, true)).unwrap_err();
    assert!(error.hint().unwrap().contains("force"), "{error:?}");
    assert_eq!((error.kind(), error.status(), error.resource()), ("conflict", Some(409), Some(name.clone())));
    assert_eq!(error.to_string(), format!("container \"{name}\" is running"));
    std::process::Command::new("docker").args(["pause", &name]).output().unwrap();
    let error = run(room.engine.remove_container(&name, false, true)).unwrap_err();
    assert_eq!(error.to_string(), format!("container \"{name}\" is paused"));
}

#[test]
fn a_missing_image_lists_those_that_are_there() {
    let room = Room::new();
    let spec = container(json!({"name": room.name("c")}));
    let error = run(room.engine.run_container("localhost:1/nope", &spec, &|_| {})).unwrap_err();
    let Error::ImageMissing { image, available, .. } = &error else { panic!("{error:?}") };
    assert_eq!(image, "localhost:1/nope");
    assert!(available.contains(&super::image()));
    let error = run(room.engine.run_container("Bad Name", &spec, &|_| {})).unwrap_err();
    assert_eq!(error.kind(), "invalid", "{error:?}");
}

#[test]
fn logs_keep_the_streams_apart_and_take_a_tail() {
    let room = Room::new();
    let command = json!(["sh", "-c", "echo one; echo two; echo err >&2; exit 3"]);
    let name = room.start("talk", json!({"command": command})).unwrap();
    assert_eq!(run(room.engine.wait_container(&name)).unwrap(), 3);
    let logs = run(room.engine.logs(&name, &LogsSpec::default())).unwrap();
    assert_eq!((logs.stdout, logs.stderr), (b"one\ntwo\n".to_vec(), b"err\n".to_vec()));
    let logs = run(room.engine.logs(&name, &LogsSpec { tail: Some(1), ..LogsSpec::default() })).unwrap();
    assert_eq!(logs.stdout.len() + logs.stderr.len(), 4);
    let error = run(room.engine.container_address(&name, None)).unwrap_err();
    assert!(error.to_string().ends_with("it is not running (exited with 3)"), "{error}");
}

#[test]
fn stop_start_restart_and_remove() {
    let room = Room::new();
    let name = room.start("c", json!({})).unwrap();
    let state = || run(room.engine.inspect_container(&name)).unwrap()["State"]["Status"].as_str().unwrap().to_owned();
    let at_once = StopSpec { timeout: Some("0s".parse().unwrap()), ..StopSpec::default() };
    run(room.engine.stop_container(&name, &at_once)).unwrap();
    assert_eq!(state(), "exited");
    run(room.engine.start_container(&name)).unwrap();
    run(room.engine.start_container(&name)).unwrap();
    run(room.engine.restart_container(&name, &at_once)).unwrap();
    assert_eq!(state(), "running");
    run(room.engine.remove_container(&name, true, true)).unwrap();
    assert_eq!(run(room.engine.stop_container(&name, &StopSpec::default())).unwrap_err().kind(), "not_found");
}

#[test]
fn options_of_a_container_show_in_inspect() {
    let room = Room::new();
    let net = room.network("n", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let db = room.start("db", json!({"network": net})).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("here"), "x").unwrap();
    let options = json!({
        "network": net, "hostname": "h", "user": "0:0", "working_dir": "/bin", "init": true, "read_only": true,
        "restart": "on-failure:2", "dns": ["9.9.9.9"], "dns_search": ["s.example"], "dns_options": ["ndots:2"],
        "extra_hosts": ["x.example:10.9.9.9"], "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
        "cap_add": ["NET_ADMIN"], "cap_drop": ["MKNOD"], "links": [format!("{db}:database")], "expose": ["3000", "3001/udp"],
        "volumes": [format!("{}:/mnt:ro", folder.path().display()), "/scratch"], "env": {"A": "b"}, "labels": {"l": "1"},
        "entrypoint": ["/bin/sh", "-c"], "command": ["cat /mnt/here; cat /etc/hosts; nslookup database 127.0.0.11; sleep 600"]
    });
    let name = room.start("c", options).unwrap();
    let whole = run(room.engine.inspect_container(&name)).unwrap();
    let (config, host) = (&whole["Config"], &whole["HostConfig"]);
    assert_eq!(config["ExposedPorts"], json!({"3000/tcp": {}, "3001/udp": {}}));
    assert_eq!(
        (&config["Hostname"], &config["User"], &config["WorkingDir"]),
        (&json!("h"), &json!("0:0"), &json!("/bin"))
    );
    assert_eq!(config["Entrypoint"], json!(["/bin/sh", "-c"]));
    assert_eq!(config["Labels"]["l"], "1");
    assert_eq!(config["Volumes"], json!({"/scratch": {}}));
    assert_eq!(host["RestartPolicy"], json!({"Name": "on-failure", "MaximumRetryCount": 2}));
    assert_eq!((&host["Init"], &host["ReadonlyRootfs"]), (&json!(true), &json!(true)));
    assert_eq!((&host["Dns"], &host["DnsSearch"]), (&json!(["9.9.9.9"]), &json!(["s.example"])));
    assert_eq!(host["ExtraHosts"], json!(["x.example:10.9.9.9"]));
    let until = std::time::Instant::now() + Duration::from_secs(20);
    let wanted = [run(room.engine.container_address(&db, None)).unwrap(), "x.example".into(), "x".into()];
    loop {
        let text = String::from_utf8(run(room.engine.logs(&name, &LogsSpec::default())).unwrap().stdout).unwrap();
        if wanted.iter().all(|word| text.contains(word)) {
            break;
        }
        assert!(std::time::Instant::now() < until, "{wanted:?} in {text}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
