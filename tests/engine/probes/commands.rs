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
