//! Lists: Docker's own keys, filters, and the containers that the engine leaves out.

use serde_json::json;

use crate::support::Engine;

#[test]
fn the_list_of_networks_has_the_engines_keys_and_the_containers() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"Internal": true, "IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.add_container("@api", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"print(to_json(docker.network.list(#{filters: #{name: "@net"}})));"#;
    let listed = engine.script(code).run().success().json();
    let (listed, known) = (&listed[0], engine.network("@net"));
    for key in ["Name", "Id", "Driver", "Scope", "Internal", "IPAM", "Labels", "Options", "Attachable", "Created"] {
        assert_eq!(listed[key], known[key], "{key}");
    }
    for (id, container) in known["Containers"].as_object().unwrap() {
        for key in ["Name", "IPv4Address", "MacAddress", "EndpointID"] {
            assert_eq!(listed["Containers"][id][key], container[key], "{key} of {listed:#}");
        }
    }
    assert_eq!(listed["Containers"].as_object().unwrap().len(), 2);
}

#[test]
fn filters_of_networks_are_those_of_docker() {
    let engine = Engine::new();
    engine.add_network("@one", json!({"Labels": {"xt": "<project>", "tier": "front"}}));
    engine.add_network("@two", json!({"Labels": {"xt": "<project>", "tier": "back"}}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@two"}}));
    let code = r#"
        fn names(filters) {
            let found = docker.network.list(#{filters: filters}).map(|n| n.Name);
            found.sort();
            print(found);
        }
        names(#{label: "xt=<project>"});
        names(#{label: ["xt=<project>", "tier=back"]});
        names(#{name: "<project>", dangling: true});
        names(#{name: ["@one", "@two"], driver: ["bridge"], type: ["custom"], scope: "local"});
        names(#{name: "<project>", driver: "macvlan"});
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout("[\"@one\", \"@two\"]\n[\"@two\"]\n[\"@one\"]\n[\"@one\", \"@two\"]\n[]\n");
}

#[test]
fn the_list_of_containers_has_the_engines_keys_and_filters() {
    let engine = Engine::new();
    let web = engine.add_container("@web", json!({"Labels": {"xt": "<project>"}}));
    engine.add_container("@done", json!({"Labels": {"xt": "<project>"}, "Cmd": ["true"]}));
    engine.post("/containers/@done/wait", &json!(null));
    let code = r#"
        let here = docker.list(#{filters: #{label: "xt=<project>"}});
        print(here.len());
        print(here[0].Id);
        print(here[0].Names);
        print(here[0].State);
        print(docker.list(#{all: true, filters: #{label: "xt=<project>"}}).len());
        print(docker.list(#{all: true, filters: #{label: "xt=<project>", status: "exited"}})[0].Names[0]);
        print(docker.list(#{filters: #{name: "^/@web$"}}).len());
    "#;
    let outcome = engine.script(code).run();
    outcome.success().stdout(&format!("1\n{web}\n[\"/@web\"]\nrunning\n2\n/@done\n1\n"));
}

#[test]
fn inspect_is_the_engines_word_whole() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let network = engine.script(r#"print(to_json(docker.network.inspect("@net")))"#).run().success().json();
    assert_eq!(network, engine.network("@net"));
    let container = engine.script(r#"print(to_json(docker.inspect("@web")))"#).run().success().json();
    assert_eq!(container, engine.container("@web"));
}
