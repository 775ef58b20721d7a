//! Containers on networks: connected, named, linked, disconnected.

use serde_json::json;

use crate::support::Engine;

// shows: network.connect, network.connect-conflict, network.disconnect
#[test]
fn a_container_is_connected_as_asked_and_disconnected() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@web", json!({}));
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        docker.network.connect("@net", "@web", #{
            aliases: ["api", "rest"],
            ipv4_address: "<ip9>",
            links: ["@peer:friend"],
            driver_opts: #{"xnet.test": "1"},
        });
    "#;
    engine.script(code).run().success();
    let endpoint = engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")].clone();
    assert_eq!(endpoint["IPAddress"], engine.fill("<ip9>"));
    assert_eq!(endpoint["Links"], json!([engine.fill("@peer:friend")]));
    assert_eq!(endpoint["DriverOpts"]["xnet.test"], "1");
    let aliases: Vec<_> = endpoint["Aliases"].as_array().into_iter().flatten().filter_map(|one| one.as_str()).collect();
    assert!(aliases.contains(&"api") && aliases.contains(&"rest"), "{endpoint}");
    assert!(engine.exec("@peer", &["nslookup", "api"]).contains(&engine.fill("<ip9>")));

    let again = r#"
        try { docker.network.connect("@net", "@web") } catch (e) { print(e.kind) }
        print(docker.network.ensure_connected("@net", "@web", #{aliases: ["api", "rest"], ipv4_address: "<ip9>"}));
        docker.network.disconnect("@net", "@web");
        print(docker.network.ensure_connected("@net", "@web"));
        docker.network.disconnect("@net", "@web", #{force: true});
    "#;
    engine.script(again).run().success().stdout("conflict\nfalse\ntrue\n");
    assert!(engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")].is_null());
}

// shows: network.connect-conflict
#[test]
fn ensure_connected_with_other_settings_is_a_conflict_and_not_a_success() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"docker.network.ensure_connected("@net", "@web", #{ipv4_address: "<ip9>"});"#;
    engine.script(code).run().code(4).stderr_has("<ip9>");
}

// shows: network.connect-new
#[test]
fn a_mac_address_and_link_local_addresses_are_passed_on() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@web", json!({}));
    let code = r#"docker.network.connect("@net", "@web", #{mac_address: "02:42:0a:00:00:99", link_local_ips: ["169.254.9.9"]});"#;
    let outcome = engine.script(code).run();
    let version = engine.get("/version").json()["ApiVersion"].as_str().unwrap().to_owned();
    let minor: u32 = version.split_once('.').unwrap().1.parse().unwrap();
    if minor < 44 {
        // Such an engine takes the address and ignores it: that must not look like success.
        outcome.code(4).stderr_has("mac_address").stderr_has(&version);
        return;
    }
    let endpoint = engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")].clone();
    if endpoint.is_null() {
        // From 25 to 28 it is checked and forgotten.
        outcome.code(4).stderr_has("the engine ignored `mac_address` of container \"@web\"");
        return;
    }
    outcome.success();
    assert_eq!(endpoint["IPAMConfig"]["LinkLocalIPs"], json!(["169.254.9.9"]));
    assert_eq!(endpoint["MacAddress"], "02:42:0a:00:00:99", "{endpoint}");
}

// shows: network.shared-alias
#[test]
fn an_alias_of_three_containers_resolves_to_all_three() {
    let engine = Engine::with_subnets(1);
    engine.add_network("@net", json!({"IPAM": {"Config": [{"Subnet": "<subnet>"}]}}));
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        docker.run("xnet-test/busybox", #{name: "@one", networks: #{"@net": #{aliases: ["web"], ipv4_address: "<ip7>"}}});
        docker.run("xnet-test/busybox", #{name: "@two", networks: #{"@net": #{aliases: "web", ipv4_address: "<ip8>"}}});
        docker.run("xnet-test/busybox", #{name: "@three", network: "none"});
        docker.network.disconnect("none", "@three");
        docker.network.connect("@net", "@three", #{aliases: ["web"], ipv4_address: "<ip9>"});
    "#;
    engine.script(code).run().success();
    let answer = engine.exec("@peer", &["nslookup", "web"]);
    for address in ["<ip7>", "<ip8>", "<ip9>"] {
        assert!(answer.contains(&format!("{}\n", engine.fill(address))), "{answer}");
    }
}

// shows: network.icc-links, network.bridge-options
#[test]
fn without_icc_containers_do_not_meet_and_links_give_names_only() {
    let engine = Engine::new();
    let code = r#"
        docker.network.create("@net", #{options: #{"com.docker.network.bridge.enable_icc": false}});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@net", expose: ["80"], command: ["httpd", "-f", "-h", "/www"]});
        docker.run("xnet-test/busybox", #{name: "@peer", networks: #{"@net": #{links: ["@web:shop"]}}});
    "#;
    engine.script(code).run().success();
    engine.until_listening("@web", 80);
    let address = engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")]["IPAddress"].clone();
    assert!(engine.exec("@peer", &["nslookup", "shop"]).contains(address.as_str().unwrap()));
    for host in ["shop", address.as_str().unwrap()] {
        let page = engine.exec("@peer", &["timeout", "3", "wget", "-qO-", &format!("http://{host}/")]);
        assert!(!page.contains("hello"), "{page}");
    }
}

// shows: network.connect
#[test]
fn a_link_local_address_and_links_are_there_in_the_container() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({}));
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    let code = r#"
        docker.network.connect("@net", "@web", #{linkLocalIPs: ["169.254.77.7"], links: ["@peer:friend"], driverOpts: #{a: "b"}});
    "#;
    engine.script(code).run().success();
    let endpoint = engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")].clone();
    assert_eq!(endpoint["IPAMConfig"]["LinkLocalIPs"], json!(["169.254.77.7"]));
    assert_eq!(endpoint["Links"], json!([engine.fill("@peer:friend")]));
    assert_eq!(endpoint["DriverOpts"], json!({"a": "b"}));
    assert!(engine.exec("@web", &["ip", "-4", "address"]).contains("169.254.77.7/16"));
    assert!(engine.exec("@web", &["ping", "-c1", "-W2", "friend"]).contains("1 packets received"));
}

// shows: network.connect, refusal.missing
#[test]
fn what_would_be_ignored_or_cannot_be_connected_is_refused() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "none"}}));
    engine.add_container("@peer", json!({}));
    for (code, words, hint) in [
        (
            r#"docker.network.connect("@net", "@web")"#,
            "private (none) mode",
            r#"docker.network.disconnect("none", "@web")"#,
        ),
        (r#"docker.network.connect("host", "@peer")"#, "host network", r#"docker.run(image, #{network: "host"})"#),
        (r#"docker.network.connect("@ent", "@peer")"#, "no network named \"@ent\"", "did you mean `@net`?"),
        (r#"docker.network.connect("@net", "@pere")"#, "no container named \"@pere\"", "did you mean `@peer`?"),
        (r#"docker.network.disconnect("@net", "@peer")"#, "is not connected to network \"@net\"", "it is on bridge"),
        (
            r#"docker.network.disconnect("@net", "@pere", #{force: true})"#,
            "no container named",
            "did you mean `@peer`?",
        ),
    ] {
        engine.script(code).run().code(4).stderr_has(words).stderr_has(hint);
    }
    let code = r#"
        docker.network.disconnect("bridge", "@peer");
        docker.network.connect("bridge", "@peer", #{links: ["@web:w"]});
    "#;
    engine.script(code).run().code(2).stderr_has("links do nothing when a container is connected to \"bridge\"");
    for (options, words) in [
        (r#"mac_address: "zz""#, "is not a MAC address"),
        (r#"link_local_ips: ["10.0.0.9"]"#, "10.0.0.9 is not a link-local address"),
    ] {
        let code = format!(r#"docker.network.connect("@net", "@peer", #{{{options}}});"#);
        engine.script(&code).run().code(2).stderr_has(words);
    }
}

// shows: network.connect-new
#[test]
fn a_gateway_priority_needs_an_engine_that_heeds_it() {
    let engine = Engine::new();
    engine.add_network("@net", json!({}));
    engine.add_container("@web", json!({}));
    let outcome = engine.script(r#"docker.network.connect("@net", "@web", #{gw_priority: 7});"#).run();
    let version = engine.get("/version").json()["ApiVersion"].as_str().unwrap().to_owned();
    if version.split_once('.').unwrap().1.parse::<u32>().unwrap() < 48 {
        outcome.code(4).stderr_has("gw_priority").stderr_has("1.48").stderr_has(&version);
        return;
    }
    outcome.success();
    let endpoint = engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")].clone();
    assert_eq!(endpoint["GwPriority"], 7);
    assert!(
        engine
            .exec("@web", &["ip", "route"])
            .contains(&format!("default via {}", endpoint["Gateway"].as_str().unwrap()))
    );
}
