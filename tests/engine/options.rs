//! Each option of `docker.run`, as the engine then has it.

use serde_json::{Value, json};

use crate::support::Engine;

/// Runs the test image as `@web` with these options, and gives the engine's word on it.
#[track_caller]
fn run(engine: &Engine, options: &str) -> Value {
    let code = format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", {options}}});"#);
    engine.script(&code).run().success();
    engine.container("@web")
}

// shows: run.env, run.names, run.user, run.process
#[test]
fn identity_and_environment() {
    let engine = Engine::new();
    let web = run(
        &engine,
        r#"hostname: "host-a", env: #{DB_HOST: "database", PORT: 80, ODD: "a b=$(id)\"'"}, labels: #{tier: "front"},
           user: "1000:1000", working_dir: "/tmp", init: true, tty: true, read_only: true"#,
    );
    assert_eq!(web["Name"], engine.fill("/@web"));
    assert_eq!(web["Config"]["Hostname"], "host-a");
    for entry in ["DB_HOST=database", "PORT=80", "ODD=a b=$(id)\"'"] {
        assert!(
            web["Config"]["Env"].as_array().unwrap().contains(&json!(entry)),
            "{entry} in {}",
            web["Config"]["Env"]
        );
    }
    assert_eq!(web["Config"]["Labels"]["tier"], "front");
    assert_eq!(web["Config"]["Labels"]["xnet.project"], engine.fill("<project>"));
    assert_eq!(web["Config"]["User"], "1000:1000");
    assert_eq!(web["Config"]["WorkingDir"], "/tmp");
    assert_eq!(web["Config"]["Tty"], true);
    assert_eq!(web["HostConfig"]["Init"], true);
    assert_eq!(web["HostConfig"]["ReadonlyRootfs"], true);
}

// shows: run.command
#[test]
fn command_and_entrypoint() {
    let engine = Engine::new();
    let web = run(&engine, r#"entrypoint: ["sleep"], command: ["1000"]"#);
    assert_eq!(web["Config"]["Entrypoint"], json!(["sleep"]));
    assert_eq!(web["Config"]["Cmd"], json!(["1000"]));
    assert_eq!(engine.processes("@web"), ["sleep 1000"]);
}

// shows: run.command
#[test]
fn a_command_given_as_text_is_split_as_docker_splits_it() {
    let engine = Engine::new();
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@web", command: "sleep 1000"});
        docker.run("xnet-test/busybox", #{name: "@api", command: "sh -c 'sleep 1001; true'"});
    "#;
    engine.script(code).run().success();
    assert_eq!(engine.processes("@web"), ["sleep 1000"]);
    assert!(engine.processes("@api").contains(&"sleep 1001".to_owned()), "{:?}", engine.processes("@api"));
}

// shows: run.links, run.dns, run.extra-hosts
#[test]
fn names_and_addresses_it_is_given() {
    let engine = Engine::new();
    engine.add_container("@db", json!({}));
    let web = run(
        &engine,
        r#"links: ["@db:db"], extra_hosts: ["host.docker.internal:host-gateway", "far:192.0.2.7"],
           dns: ["192.0.2.53"], dns_search: ["example.test"], dns_options: ["ndots:2"]"#,
    );
    assert_eq!(web["HostConfig"]["Links"], json!([engine.fill("/@db:/@web/db")]));
    assert_eq!(web["HostConfig"]["ExtraHosts"], json!(["host.docker.internal:host-gateway", "far:192.0.2.7"]));
    assert_eq!(web["HostConfig"]["Dns"], json!(["192.0.2.53"]));
    assert_eq!(web["HostConfig"]["DnsSearch"], json!(["example.test"]));
    assert_eq!(web["HostConfig"]["DnsOptions"], json!(["ndots:2"]));
    let hosts = engine.exec("@web", &["cat", "/etc/hosts"]);
    assert!(hosts.contains("192.0.2.7\tfar") && hosts.contains("\tdb "), "{hosts}");
    let resolver = engine.exec("@web", &["cat", "/etc/resolv.conf"]);
    for line in ["nameserver 192.0.2.53", "search example.test", "options ndots:2"] {
        assert!(resolver.contains(line), "{line} in {resolver}");
    }
    let db = engine.container("@db")["NetworkSettings"]["IPAddress"].as_str().unwrap().to_owned();
    assert!(hosts.contains(&format!("{db}\tdb ")), "{db} in {hosts}");
    let looked_up = engine.exec("@web", &["ping", "-c", "1", "-W", "5", "db"]);
    assert!(looked_up.contains("1 packets received"), "{looked_up}");
}

// shows: run.extra-hosts
#[test]
fn the_host_gateway_leads_to_the_host() {
    let engine = Engine::new();
    // The default bridge's gateway is the host: what listens on all its addresses is reached there.
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // What is left unread when it closes would reset the connection.
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.0 200 OK\r\n\r\nfrom the host");
        }
    });
    run(&engine, r#"extra_hosts: ["host.docker.internal:host-gateway"]"#);
    let address = format!("http://host.docker.internal:{port}/");
    assert_eq!(engine.exec("@web", &["wget", "-q", "-O-", &address]), "from the host");
    let hosts = engine.exec("@web", &["cat", "/etc/hosts"]);
    assert!(hosts.lines().any(|line| line.ends_with("\thost.docker.internal")), "{hosts}");
}

#[test]
fn names_are_looked_up_as_told_on_networks_of_users_too() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let web =
        run(&engine, r#"network: "@net", dns: ["192.0.2.53"], dns_search: ["example.test"], dns_options: ["ndots:3"]"#);
    assert_eq!(web["HostConfig"]["Dns"], json!(["192.0.2.53"]));
    let resolver = engine.exec("@web", &["cat", "/etc/resolv.conf"]);
    assert!(resolver.contains("nameserver 127.0.0.11") && resolver.contains("search example.test"), "{resolver}");
    assert!(resolver.contains("ndots:3"), "{resolver}");
}

// shows: run.sysctls, run.restart
#[test]
fn rights_and_kernel_settings() {
    let engine = Engine::new();
    let web = run(
        &engine,
        r#"cap_add: ["NET_ADMIN"], cap_drop: ["CHOWN"], sysctls: #{"net.ipv4.ip_forward": "1"}, restart: "on-failure:3""#,
    );
    assert_eq!(web["HostConfig"]["CapAdd"], json!(["NET_ADMIN"]));
    assert_eq!(web["HostConfig"]["CapDrop"], json!(["CHOWN"]));
    assert_eq!(web["HostConfig"]["Sysctls"]["net.ipv4.ip_forward"], "1");
    assert_eq!(engine.exec("@web", &["cat", "/proc/sys/net/ipv4/ip_forward"]), "1\n");
    assert_eq!(web["HostConfig"]["RestartPolicy"], json!({"Name": "on-failure", "MaximumRetryCount": 3}));
}

// shows: run.volumes
#[test]
fn volumes_of_the_host_and_of_the_engine() {
    let engine = Engine::new();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "from the host").unwrap();
    let options = format!(r#"volumes: ["{}:/data:ro", "@data:/kept"]"#, folder.path().display());
    let web = run(&engine, &options);
    assert_eq!(engine.exec("@web", &["cat", "/data/file"]), "from the host");
    assert!(engine.exec("@web", &["touch", "/data/new"]).contains("Read-only"));
    assert!(web["Mounts"].as_array().unwrap().iter().any(|mount| mount["Name"] == engine.fill("@data")), "{web}");
    let removed = engine.script(r#"docker.remove("@web", #{force: true});"#).run();
    removed.success();
    assert_eq!(engine.delete("/volumes/@data"), 204);
}

// shows: run.expose, run.ports, container.port
#[test]
fn published_and_exposed_ports() {
    let engine = Engine::new();
    let web = run(
        &engine,
        r#"ports: ["127.0.0.1::80", "127.0.0.1::5353/udp", "9000-9001"], expose: ["3000", "3001/udp", "4000-4001"]"#,
    );
    let bindings = &web["HostConfig"]["PortBindings"];
    assert_eq!(bindings["80/tcp"][0]["HostIp"], "127.0.0.1");
    assert_eq!(bindings["5353/udp"][0]["HostIp"], "127.0.0.1");
    assert!(bindings["9000/tcp"].is_array() && bindings["9001/tcp"].is_array(), "{bindings}");
    let exposed = web["Config"]["ExposedPorts"].as_object().unwrap();
    for port in ["3000/tcp", "3001/udp", "4000/tcp", "4001/tcp", "80/tcp"] {
        assert!(exposed.contains_key(port), "{port} in {exposed:?}");
    }
    let bound = web["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"].as_str().unwrap().to_owned();
    let code = r#"print(docker.port("@web", "80/tcp")); print(docker.port("@web", "80"));"#;
    let shown = format!("[\"127.0.0.1:{bound}\"]\n");
    engine.script(code).run().success().stdout(&format!("{shown}{shown}"));
}

// shows: run.ports
#[test]
fn a_host_port_of_its_own_and_a_range() {
    let engine = Engine::new();
    let first = 20_000 + std::process::id() % 20_000;
    let options = format!(r#"ports: ["127.0.0.1:{first}-{}:90-91", "[::1]:{first}:92"]"#, first + 1);
    let web = run(&engine, &options);
    let bindings = &web["HostConfig"]["PortBindings"];
    assert_eq!(bindings["90/tcp"][0]["HostPort"], first.to_string());
    assert_eq!(bindings["91/tcp"][0]["HostPort"], (first + 1).to_string());
    assert_eq!(bindings["92/tcp"][0]["HostIp"], "::1");
}

// shows: run.modes, run.ignored-ports
#[test]
fn the_modes_host_none_and_container() {
    let engine = Engine::new();
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@host", network: "host"});
        docker.run("xnet-test/busybox", #{name: "@alone", network: "none"});
        docker.run("xnet-test/busybox", #{name: "@beside", network: "container:@alone"});
        docker.run("xnet-test/busybox", #{name: "@hosted", network: "host", ports: ["80:80"], allow_ignored_ports: true});
    "#;
    engine.script(code).run().success();
    assert_eq!(engine.container("@host")["HostConfig"]["NetworkMode"], "host");
    assert_eq!(engine.container("@alone")["HostConfig"]["NetworkMode"], "none");
    let alone = engine.container("@alone")["Id"].as_str().unwrap().to_owned();
    assert_eq!(engine.container("@beside")["HostConfig"]["NetworkMode"], format!("container:{alone}"));
    assert!(!engine.container("@hosted").is_null());
}

// shows: run.networks
#[test]
fn every_network_is_there_before_the_process_starts() {
    let engine = Engine::with_subnets(3);
    for (name, subnet) in [("@a", "<subnet>"), ("@b", "<subnet2>"), ("@c", "<subnet3>")] {
        engine.add_network(name, json!({"IPAM": {"Config": [{"Subnet": subnet}]}}));
    }
    let code = r#"
        docker.run("xnet-test/busybox", #{
            name: "@web",
            networks: ["@a", "@b", "@c"],
            command: ["sh", "-c", "ip -4 -o addr | grep -c eth > /tmp/first; sleep 1000"],
        });
        docker.run("xnet-test/busybox", #{
            name: "@api",
            networks: #{"@a": #{aliases: ["rest"], ipv4_address: "<ip9>"}, "@b": #{}},
        });
    "#;
    engine.script(code).run().success();
    assert_eq!(engine.exec("@web", &["cat", "/tmp/first"]), "3\n");
    let api = &engine.container("@api")["NetworkSettings"]["Networks"];
    assert_eq!(api[engine.fill("@a")]["IPAddress"], engine.fill("<ip9>"));
    assert_eq!(api.as_object().unwrap().len(), 2, "{api}");
    assert!(engine.exec("@web", &["nslookup", "rest"]).contains(&engine.fill("<ip9>")));
}

// shows: run.alias
#[test]
fn aliases_are_known_to_every_peer() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let web = run(&engine, r#"network: "@net", networkAlias: ["web", "shop"]"#);
    let address = web["NetworkSettings"]["Networks"][engine.fill("@net")]["IPAddress"].as_str().unwrap().to_owned();
    for name in ["web", "shop"] {
        assert!(engine.exec("@peer", &["nslookup", name]).contains(&address), "{name}");
    }
}

// shows: run.auto-remove
#[test]
fn a_container_may_remove_itself() {
    let engine = Engine::new();
    let web = run(&engine, "auto_remove: true");
    assert_eq!(web["HostConfig"]["AutoRemove"], true);
    engine.script(r#"docker.stop("@web", #{timeout: "1s"});"#).run().success();
    for _ in 0..200 {
        if engine.container("@web").is_null() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("still there after 10 s");
}
