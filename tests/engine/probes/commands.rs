//! The commands, the bindings and their refusals.

use serde_json::json;

use crate::support::Engine;

fn two() -> Engine {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let command = ["httpd", "-f", "-p", "80"];
    engine.add_container("@db", json!({"Cmd": command, "HostConfig": {"NetworkMode": "@net"}}));
    engine.until_listening("@db", 80);
    engine
}

#[test]
fn reach_and_ping_print_verdicts_and_exit_by_them() {
    let engine = two();
    engine.test().args(["reach", "@web", "@db:80"]).run().success().stdout_has("✓ @web → @db:80");
    let refused = engine.test().args(["reach", "@web", "@db:81"]).run();
    refused.code(1).stdout_has("✗ @web → ").stdout_has("connection refused").stderr_has("it listens on 80");
    let pinged = engine.test().args(["ping", "@web", "@db", "-c", "2", "-i", "1ms", "-s", "1000"]).run();
    pinged.success().stdout_has("2 of 2 came back");
    let outcome =
        engine.test().args(["--json", "ping", "@web", "192.0.2.1", "-c", "2", "-i", "1ms", "--timeout", "100ms"]);
    let outcome = outcome.run();
    let told = outcome.json();
    outcome.check(told["sent"] == 2, "two echoes");
    engine.test().args(["ping", "@web", "@db:80"]).run().code(2).stderr_has("an echo has no port");
    engine.test().args(["reach", "@web", "@db:http"]).run().code(2).stderr_has("\"http\" is not a port");
    engine.test().args(["reach", "@nobody", "@db"]).run().code(4).stderr_has("no container named");
}

#[test]
fn a_script_gets_maps_and_hands_handles_over() {
    let engine = two();
    let code = r#"
        let web = docker.container("@web");
        let db = docker.container("@db");
        let told = reach(web, db);
        print(`${told.ok} ${told.cause} ${told.protocol}`);
        let echoes = ping(web, db, #{count: 2, interval: "1ms"});
        print(`${echoes.received} ${echoes.loss} ${echoes.min_ms <= echoes.avg_ms && echoes.avg_ms <= echoes.max_ms}`);
        let all = matrix(#{containers: [web, db], port: 80, proto: ["icmp", "tcp"]});
        print(`${all.ok} of ${all.total} ${all.all_ok} ${all.failures[0].cause}`);
        try { reach(web, "db:x"); } catch (e) { print(`${e.kind}: ${e.message}`); }
        try { reach(web, "db:1", #{timeut: "1s"}); } catch (e) { print(e.hint); }
        try { wait_for_port(web, "127.0.0.1:9", #{timeout: "300ms"}); } catch (e) { print(e.kind); }
        try { ping(web, db, #{count: 0}); } catch (e) { print(e.message); }
        try { matrix(#{}); } catch (e) { print(e.message); }
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout(
        "true reachable icmp\n2 0.0 true\n3 of 4 false refused\n\
         invalid: destination \"db:x\": \"x\" is not a port (1 to 65535)\ndid you mean `timeout`?\ntimeout\n\
         ping: count 0 is not from 1 to 10000\nmatrix: no containers are chosen\n",
    );
}

#[test]
fn a_matrix_prints_as_table_csv_json_and_picture() {
    let engine = two();
    engine.add_container("@off", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.post("/containers/@off/stop?t=0", &json!(null));
    let table = engine.test().args(["matrix", "@web", "@db", "@off"]).run();
    table.success().stdout_has("2 of 6 answered").stdout_has("✗ not_running: 4").stdout_has("(exited)");
    let csv = engine.test().args(["matrix", "--network", "@net", "--csv", "-p", "80"]).run();
    csv.success().stdout_has("from,to,network,address,protocol,port,ok,cause,latency_ms,message\n");
    csv.stdout_has("@web,@db,@net,").stdout_has(",tcp,80,true,reachable,").stdout_has(",tcp,80,false,refused,");
    let picture = engine.test().args(["matrix", "@web", "@db", "--svg", "all.svg", "--strict"]).run();
    picture.success().stderr_has("wrote all.svg");
    engine.test().args(["matrix", "@web", "@db", "-p", "80", "--strict"]).run().code(1).stdout_has("✗ refused: 1");
    engine.test().args(["matrix"]).run().code(2).stderr_has("no containers are chosen");
    engine.test().args(["matrix", "@web", "--proto", "tcp"]).run().code(2).stderr_has("needs a port");
    engine.test().args(["matrix", "--network", "@nope"]).run().code(4).stderr_has("@nope");
}

#[test]
fn a_matrix_of_nobody_is_refused_and_one_that_leaves_somebody_out_is_not_all_ok() {
    let engine = two();
    let nobody = engine.test().args(["matrix", "--strict", "--label", "nosuchlabel"]).run();
    nobody.code(2).stderr_has("label \"nosuchlabel\" chooses nobody that runs").stdout("");
    engine.test().args(["matrix", "@web"]).run().code(2).stderr_has("container \"@web\" chooses only @web");
    engine.add_container("@bare", json!({"HostConfig": {"NetworkMode": "none"}}));
    engine.test().args(["matrix", "@web", "@db", "@bare"]).run().success();
    let strict = engine.test().args(["matrix", "--strict", "@web", "@db", "@bare"]).run();
    strict.code(1).stderr_has("@bare could not be asked");
    let code = r#"
        import "std/balance" as balance;
        print(matrix(#{containers: ["@web", "@db"]}).all_ok);
        print(matrix(#{containers: ["@web", "@db", "@bare"]}).all_ok);
        for wrong in [
            || matrix(#{label: "nosuch"}),
            || balance::survives("@web", "@db:80", []),
        ] {
            try { wrong.call() } catch (e) { print(`${e.kind}: ${e.message}`) }
        }
    "#;
    engine.script(code).run().success().stdout(
        "true\nfalse\ninvalid: matrix: label \"nosuch\" chooses nobody that runs, and it takes two\n\
         invalid: survives: no container is given to be stopped\n",
    );
}

#[test]
fn what_a_matrix_cannot_do_is_refused_before_anything_is_asked() {
    let engine = two();
    let mismatch = engine.test().args(["matrix", "@web", "@db", "--port", "80/udp", "--proto", "tcp"]).run();
    mismatch.code(2).stderr_has("tcp needs a port").stdout("");
    let unwritable = engine.test().args(["matrix", "@web", "@db", "--svg", "/nonexistent/a.svg"]).run();
    unwritable.code(2).stderr_has("--svg /nonexistent/a.svg").stdout("");
    let line = "xnet matrix @web --svg a.svg; ls a.svg && exit 7; exit 0";
    engine.test().run_by("/bin/sh").args(["-c", line]).run().success();
}

#[test]
fn a_stopped_far_or_mistyped_destination_is_told_alike_by_every_probe() {
    let engine = two();
    engine.add_network("@other", json!({}));
    engine.add_container("@far", json!({"HostConfig": {"NetworkMode": "@other"}}));
    engine.add_container("@off", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.post("/containers/@off/stop?t=0", &json!(null));
    let ways = |name: &str| {
        let url = format!("http://{name}/");
        let of = |command: &str, to: &str| engine.test().args(["--json", command, "@web"]).args([to]).run();
        let all = [of("resolve", name), of("mtu", name), of("trace", name), of("tls", name), of("http", &url)];
        all.map(|outcome| outcome.code(1).json())
    };
    for told in ways("@off") {
        assert_eq!(told["cause"], "not_running", "{told:#}");
        assert!(told["hint"].as_str().unwrap().contains("docker start"), "{told:#}");
    }
    for told in ways("@far") {
        assert!(told["message"].as_str().unwrap().contains("the two share no network"), "{told:#}");
        assert!(told["hint"].as_str().unwrap().contains("docker network connect"), "{told:#}");
    }
    for told in ways("@dbb") {
        assert_eq!(told["hint"], engine.fill("did you mean `@db`?"), "{told:#}");
    }
    engine.test().args(["reach", "@web", "@dbb:80"]).run().code(1).stderr_has("did you mean `@db`?");
}

#[test]
fn what_is_no_name_is_not_looked_up() {
    let engine = two();
    let refused = |name: &str, words: &str| {
        let outcome = engine.test().args(["resolve", "@web"]).args([name]).run();
        outcome.code(2).stderr_has(words).stderr_lacks("networks");
    };
    refused("", "\"\" is no name");
    refused("a b", "\"a b\" is no name");
    refused("@db:80", "a name has no port");
}
