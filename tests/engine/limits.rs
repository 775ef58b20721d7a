//! What a container may use, and how it is started and ended: the engine's word, and what is seen inside.

use serde_json::{Value, json};

use crate::support::Engine;

#[track_caller]
fn run(engine: &Engine, options: &str) -> Value {
    let code = format!(r#"docker.run("xnet-test/busybox", #{{name: "@web", {options}}});"#);
    engine.script(&code).run().success();
    engine.container("@web")
}

/// The first of these files that is there: control groups have two layouts.
fn group_file(engine: &Engine, paths: [&str; 2]) -> String {
    let command = format!("cat {} 2>/dev/null || cat {}", paths[0], paths[1]);
    engine.exec("@web", &["sh", "-c", &command]).trim().to_owned()
}

// shows: run.resources
#[test]
fn memory_and_processors_reach_the_control_group() {
    let engine = Engine::new();
    let web = run(
        &engine,
        r#"memory: "64m", memory_swap: -1, memory_reservation: "32m", cpus: 0.5, cpu_shares: 512, cpuset: "0", pids_limit: 50,
           shm_size: "1m""#,
    );
    let host = &web["HostConfig"];
    assert_eq!((&host["Memory"], &host["MemorySwap"]), (&json!(64 << 20), &json!(-1)));
    assert_eq!((&host["MemoryReservation"], &host["ShmSize"]), (&json!(32 << 20), &json!(1 << 20)));
    assert_eq!((&host["NanoCpus"], &host["CpuShares"]), (&json!(500_000_000), &json!(512)));
    assert_eq!((&host["CpusetCpus"], &host["PidsLimit"]), (&json!("0"), &json!(50)));
    let memory = group_file(&engine, ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]);
    assert_eq!(memory, (64 << 20).to_string());
    let cpu = group_file(&engine, ["/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"]);
    assert_eq!(cpu.split(' ').next(), Some("50000"));
    let pids = group_file(&engine, ["/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"]);
    assert_eq!(pids, "50");
    let shared = engine.exec("@web", &["sh", "-c", "df -k /dev/shm | tail -1"]);
    assert!(shared.split_whitespace().any(|word| word == "1024"), "{shared}");
}

// shows: run.resources
#[test]
fn processes_have_their_limits_and_devices_their_place() {
    let engine = Engine::new();
    let options = r#"ulimits: #{nofile: #{soft: 512, hard: 1024}, core: 0}, devices: ["/dev/null:/dev/xnull:rw"], memory: 64000000"#;
    let web = run(&engine, options);
    assert_eq!(engine.exec("@web", &["sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -c"]), "512\n1024\n0\n");
    let device = engine.exec("@web", &["sh", "-c", "ls -l /dev/xnull; echo x > /dev/xnull && echo written"]);
    assert!(device.starts_with('c') && device.ends_with("written\n"), "{device}");
    assert_eq!(web["HostConfig"]["Devices"][0]["CgroupPermissions"], "rw");
    engine.script(r#"docker.remove("@web")"#).run().success();
    run(&engine, r#"ulimits: ["nofile=300"], cpus: "1.5""#);
    assert_eq!(engine.exec("@web", &["sh", "-c", "ulimit -n"]), "300\n");
}

// shows: run.resources
#[test]
fn a_limit_that_cannot_be_is_refused_before_the_engine_is_asked() {
    let refused = |options: &str, words: &str| {
        let code = format!(r#"docker.run("x", #{{{options}}});"#);
        let test = crate::support::Test::new().script(&code).env("DOCKER_HOST", "unix:///nonexistent");
        test.run().code(2).stderr_has(words);
    };
    refused(r#"memory: "64q""#, "`memory`: \"64q\" is not an amount of memory");
    refused("memory_swap: \"1g\"", "`memory_swap` is memory and swap together, and needs `memory`");
    refused("memory: \"1g\", memory_swap: \"64m\"", "64m is less than `memory`, 1g");
    refused("memory: \"1g\", memory_reservation: \"2g\"", "`memory_reservation` is more than `memory`");
    refused("cpus: 0", "is not a number of processors");
    refused("ulimits: #{nofiles: 1}", "did you mean `nofile`?");
    refused(r#"devices: ["dev/null"]"#, "`devices[0]`: device \"dev/null\"");
    refused(r#"tmpfs: ["run"]"#, "does not begin with a path");
    refused(r#"mac_address: "02:42:ac:11:00:09", network: "host""#, "`mac_address` needs a network interface");
    refused(r#"healthcheck: #{test: ["wget"]}"#, "`healthcheck.test`");
    refused(r#"extra_hosts: ["db"]"#, "`extra_hosts[0]`: \"db\" is not a name and an address");
    refused("publish_all: true, network: \"none\"", "`publish_all` does nothing with network \"none\"");
    refused("timeout: 3", "`timeout` bounds `wait`");
    refused(r#"wait: "runing""#, "did you mean `running`?");
}

// shows: run.mac
#[test]
fn a_mac_address_is_that_of_its_interface() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    let mac = "02:42:c0:a8:84:22";
    run(&engine, &format!(r#"mac_address: "{mac}""#));
    assert!(engine.exec("@web", &["ip", "link", "show", "eth0"]).contains(mac));
    engine.script(r#"docker.remove("@web")"#).run().success();
    let web = run(&engine, &format!(r#"mac_address: "{mac}", networks: ["@net", "bridge"]"#));
    assert_eq!(web["NetworkSettings"]["Networks"][engine.fill("@net")]["MacAddress"], mac);
    assert!(engine.exec("@web", &["ip", "link"]).contains(mac));
}

// shows: run.process
#[test]
fn a_container_is_stopped_as_it_wishes() {
    let engine = Engine::new();
    let web = run(
        &engine,
        r#"stop_signal: "SIGUSR1", stop_timeout: "30s", tty: true, init: true, read_only: true, tmpfs: ["/scratch:size=1m"],
           command: "sh -c 'trap \"exit 7\" USR1; while true; do sleep 0.1; done'""#,
    );
    assert_eq!((&web["Config"]["StopSignal"], &web["Config"]["StopTimeout"]), (&json!("SIGUSR1"), &json!(30)));
    assert_eq!(web["HostConfig"]["Tmpfs"], json!({"/scratch": "size=1m"}));
    let inside =
        "touch /x 2>/dev/null || touch /scratch/x && mount | grep -c ' /scratch .*size=1024k'; tty < /proc/1/fd/0";
    assert_eq!(engine.exec("@web", &["sh", "-c", inside]), "1\n/dev/pts/0\n");
    assert!(engine.processes("@web")[0].contains("init"), "{:?}", engine.processes("@web"));
    engine.script(r#"docker.stop("@web"); print(docker.wait("@web"));"#).run().success().stdout("7\n");
}

// shows: run.caps
#[test]
fn rights_are_given_and_taken_inside() {
    let engine = Engine::new();
    run(
        &engine,
        r#"cap_add: ["NET_ADMIN"], cap_drop: ["MKNOD"], security_opt: ["no-new-privileges"], group_add: ["4242"]"#,
    );
    let status =
        engine.exec("@web", &["sh", "-c", "cat /proc/1/status; ip link add d0 type bridge && echo made; id -G"]);
    let rights = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
    let rights = u64::from_str_radix(rights, 16).unwrap();
    assert_eq!((rights >> 12 & 1, rights >> 27 & 1), (1, 0), "NET_ADMIN and not MKNOD: {rights:x}");
    assert!(status.contains("NoNewPrivs:\t1") && status.contains("made") && status.contains("4242"), "{status}");
}

// shows: run.caps
#[test]
fn privileged_reaches_the_engine_and_leaves_nothing_where_it_cannot_be() {
    let engine = Engine::new();
    let outcome = engine.script(r#"docker.run("xnet-test/busybox", #{name: "@web", privileged: true});"#).run();
    let web = engine.container("@web");
    if outcome.status.success() {
        assert_eq!(web["HostConfig"]["Privileged"], true);
    } else {
        // A host that lacks a capability itself cannot give it.
        outcome.code(4).stderr_has("unable to apply caps").stderr_has("`cap_add`");
        assert!(web.is_null(), "what could not start is not left");
    }
}

#[test]
fn namespaces_names_and_logs() {
    let engine = Engine::new();
    let web = run(
        &engine,
        r#"pid: "host", ipc: "private", domainname: "example.test", hostname: "web", log_driver: "json-file",
           log_options: #{"max-size": "1m"}"#,
    );
    assert_eq!((&web["HostConfig"]["PidMode"], &web["HostConfig"]["IpcMode"]), (&json!("host"), &json!("private")));
    let log = &web["HostConfig"]["LogConfig"];
    assert_eq!((&log["Type"], &log["Config"]["max-size"]), (&json!("json-file"), &json!("1m")));
    assert_eq!(engine.exec("@web", &["hostname", "-f"]).trim(), "web.example.test");
    let init = engine.exec("@web", &["sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline"]);
    assert!(!init.contains("httpd"), "process 1 is the host's: {init}");
}
