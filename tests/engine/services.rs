//! Services of a swarm. The kernels of test machines may lack `IP_VS`: names lead to the tasks themselves (dnsrr), and ports
//! are published on the node.

use serde_json::{Value, json};

use crate::support::{PrivateEngine, Test, golden};

/// An engine that is a swarm of its own, with the overlay `@net`.
fn swarm() -> PrivateEngine {
    let engine = PrivateEngine::start(&[]);
    let code = r#"
        docker.swarm.init(#{advertise_addr: "127.0.0.1", listen_addr: "127.0.0.1:2377"});
        docker.network.create("@net", #{driver: "overlay", attachable: true, ipam: #{subnet: "10.66.0.0/24"}});
    "#;
    engine.script(code).run().success();
    engine
}

fn service(engine: &PrivateEngine, name: &str) -> Value {
    let answer = engine.get(&format!("/services/{name}"));
    if answer.status == 404 { Value::Null } else { answer.json() }
}

// shows: swarm.service
#[test]
fn a_service_runs_as_asked_is_reached_by_name_scaled_and_removed() {
    let engine = swarm();
    let code = r#"
        let web = docker.service.create("xnet-test/busybox", #{
            name: "@web", replicas: 2, command: "httpd -f -p 80 -h /www", networks: #{"@net": #{aliases: ["site"]}},
            endpoint_mode: "dnsrr", env: #{TIER: "front"}, labels: #{a: "b"}, container_labels: #{c: "d"},
            constraints: ["node.role==manager"], restart: "on-failure", stop_timeout: "1s", volumes: ["/etc:/host:ro"],
        });
        print(`${web} ${web.name == "@web"} ${web.id == docker.service.inspect("@web").ID}`);
        print(web.tasks().map(|task| task.Status.State));
        let peer = docker.run("xnet-test/busybox", #{name: "@peer", network: "@net"});
        print(peer.exec("until wget -qO- http://site; do sleep 0.1; done", #{timeout: "20s"}).stdout);
        print(docker.service.list(#{filters: #{label: "a=b"}}).map(|one| one.ServiceStatus.RunningTasks));
        web.scale(3);
        print(docker.service.ps(web).filter(|task| task.Status.State == "running").len());
        docker.service.scale("@web", 1);
        print(docker.service.ps("@web").filter(|task| task.Status.State == "running").len());
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout("@web true true\n[\"running\", \"running\"]\nhello from busybox\n\n[2]\n3\n1\n");

    let whole = service(&engine, "@web");
    let spec = &whole["Spec"];
    assert_eq!(spec["Mode"]["Replicated"]["Replicas"], 1);
    assert_eq!(
        (&spec["Labels"]["a"], &spec["Labels"]["xnet.project"]),
        (&json!("b"), &json!(engine.fill("<project>")))
    );
    assert_eq!(spec["EndpointSpec"]["Mode"], "dnsrr");
    let template = &spec["TaskTemplate"];
    assert_eq!(template["Placement"]["Constraints"], json!(["node.role==manager"]));
    assert_eq!(template["RestartPolicy"]["Condition"], "on-failure");
    let container = &template["ContainerSpec"];
    assert_eq!((&container["Env"], &container["Labels"]["c"]), (&json!(["TIER=front"]), &json!("d")));
    assert_eq!(container["Mounts"][0]["ReadOnly"], true);

    let code = r#"
        docker.remove("@peer");
        docker.service.remove("@web");
        docker.network.remove("@net");
        try { docker.service.inspect("@web") } catch (e) { print(`${e.kind} ${e.resource}`) }
    "#;
    engine.script(code).run().success().stdout("not_found @web\n");
    assert!(service(&engine, "@web").is_null() && engine.network("@net").is_null());
}

// shows: swarm.service, all.spellings
#[test]
fn a_port_is_published_on_the_node_of_the_task() {
    let engine = swarm();
    let code = r#"
        let web = docker.service.create("xnet-test/busybox", #{
            name: "@web", mode: "global", command: ["httpd", "-f", "-p", "80", "-h", "/www"],
            ports: [#{target: 80, published: 8088, mode: "host"}], endpointMode: "dnsrr",
        });
        print(web.tasks().len());
        try { web.scale(2) } catch (e) { print(e.message) }
    "#;
    engine.script(code).run().success().stdout("1\nservice \"@web\" is global: it has one task on each node\n");
    let port = &service(&engine, "@web")["Endpoint"]["Ports"][0];
    assert_eq!((&port["PublishedPort"], &port["PublishMode"]), (&json!(8088), &json!("host")));
    let page = engine.host(&["busybox", "wget", "-qO-", "http://127.0.0.1:8088/"]);
    assert_eq!(page, "hello from busybox\n");
}

// shows: swarm.service
#[test]
fn a_service_whose_tasks_do_not_run_tells_why_and_is_not_left() {
    let engine = swarm();
    let refused = |options: &str, image: &str, exit: i32, words: &str| {
        let code = format!("docker.service.create(\"{image}\", {options});");
        let outcome = engine.script(&code).run();
        outcome.code(exit).stderr_has(words);
        assert!(engine.get("/services").json().as_array().is_some_and(Vec::is_empty), "a service is left: {words}");
    };
    let busybox = "xnet-test/busybox";
    refused(r#"#{name: "@a"}"#, "xnet-test/nope", 4, "No such image: xnet-test/nope");
    refused(r#"#{name: "@b", entrypoint: ["/nope"]}"#, busybox, 4, "/nope");
    refused(r#"#{name: "@c", command: ["sh", "-c", "exit 3"]}"#, busybox, 4, "exit");
    let moon = r#"docker.service.create("xnet-test/busybox", #{name: "@d", constraints: "node.labels.zone==moon", timeout: 1})"#;
    golden("engine-tasks-down", engine.script(moon).run().code(5));
    refused(r#"#{networks: "@nowhere"}"#, busybox, 4, "no network named \"@nowhere\"");
    engine.add_network("@local", json!({}));
    refused(r#"#{networks: "@local"}"#, busybox, 4, "Only networks scoped to the swarm can be used");
    refused(r#"#{replicas: 2, mode: "global"}"#, busybox, 2, "`replicas` does nothing");
    refused(r#"#{ports: ["80:80"], endpoint_mode: "dnsrr"}"#, busybox, 2, "mode: \"host\"");
    refused(r#"#{networks: #{"@net": #{ipv4_address: "10.66.0.9"}}}"#, busybox, 2, "`ipv4_address` of network");
    refused(r"#{replica: 2}", busybox, 2, "`replicas`");
    let code = r#"
        docker.service.create("xnet-test/busybox", #{name: "@one", wait: false});
        try { docker.service.create("xnet-test/busybox", #{name: "@one"}) } catch (e) { print(`${e.kind} ${e.resource}`) }
        try { docker.service.remove("@oen") } catch (e) { print(e.hint) }
    "#;
    engine.script(code).run().success().stdout("conflict @one\ndid you mean `@one`?\n");
}

#[test]
fn what_a_service_would_ignore_is_refused_before_any_engine_is_asked() {
    for (call, words) in [
        (r#"create("i", #{wait: false, timeout: "5s"})"#, "`timeout` bounds `wait`, which is false"),
        (r#"scale("s", 2, #{wait: false, timeout: "5s"})"#, "`timeout` bounds `wait`, which is false"),
        (r#"remove("s", #{wait: false, timeout: "5s"})"#, "`timeout` bounds `wait`, which is false"),
        (r#"create("i", #{dns: ["bad"]})"#, "`dns[0]`: \"bad\" is not an IP address"),
        (
            r#"create("i", #{extra_hosts: ["db:notanip"]})"#,
            "`extra_hosts[0]`: \"db:notanip\" is not a name and an address",
        ),
        (r#"scale("s", -1)"#, "a service has no -1 tasks"),
    ] {
        let code = format!("docker.service.{call};");
        Test::new().script(&code).env("DOCKER_HOST", "unix:///nowhere.sock").run().code(2).stderr_has(words);
    }
    let code = r#"docker.swarm.join("10.0.0.1", #{remote_addrs: ["10.0.0.2"], token: "t"});"#;
    let outcome = Test::new().script(code).env("DOCKER_HOST", "unix:///nowhere.sock").run();
    outcome.code(2).stderr_has("the managers are given twice");
}

#[test]
fn a_service_is_not_left_when_the_script_is_stopped_while_it_waits() {
    let engine = swarm();
    let code = r#"
        print("now");
        docker.service.create("xnet-test/busybox", #{name: "@web", constraints: "node.labels.zone==moon", timeout: "50s"});
    "#;
    let mut running = engine.script(code).start();
    running.until("now");
    for _ in 0..500 {
        if !service(&engine, "@web").is_null() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    running.interrupt();
    running.finish().code(130);
    assert!(service(&engine, "@web").is_null());
}

#[test]
fn containers_and_tasks_of_two_nodes_reach_each_other_across_an_overlay() {
    let (manager, worker) = (PrivateEngine::start(&[]), PrivateEngine::start(&[]));
    manager.cable("10.9.0.1/24", &worker, "10.9.0.2/24");
    let code = r#"
        let manager = docker.host(params.manager);
        manager.swarm.init();
        docker.swarm.join("10.9.0.1:2377", #{token: manager.swarm.info().JoinTokens.Worker});
        let net = manager.network.create("@net", #{driver: "overlay", attachable: true, ipam: #{subnet: "10.66.0.0/24"}});
        manager.run("xnet-test/busybox", #{name: "@web", network: net, command: "httpd -f -p 80 -h /www"});
        let peer = docker.run("xnet-test/busybox", #{name: "@peer", network: "@net"});
        print(peer.exec("until wget -qO- http://@web; do sleep 0.1; done", #{timeout: "40s"}).stdout);
        let everywhere = manager.service.create("xnet-test/busybox", #{
            name: "@all", mode: "global", command: "httpd -f -p 80 -h /www", networks: net, endpoint_mode: "dnsrr",
        });
        print(everywhere.tasks().len());
        peer.exec("until nslookup @all | grep -c ^Address | grep -q 3; do sleep 0.1; done", #{timeout: "40s"});
    "#;
    let outcome = worker.script(code).args([&format!("manager={}", manager.address())]).run();
    outcome.success().stdout("hello from busybox\n\n2\n");
    let name = worker.fill("@all");
    let tasks = |engine: &PrivateEngine| {
        let all = engine.get("/containers/json").json();
        all.as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["Names"][0].as_str().is_some_and(|text| text.contains(&name)))
            .count()
    };
    assert_eq!((tasks(&manager), tasks(&worker)), (1, 1));
}
