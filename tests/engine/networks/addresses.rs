//! Address plans of networks, and fixed addresses of containers.

use serde_json::json;

use crate::support::{Engine, Test};

// shows: network.ipam, network.attachable
#[test]
fn every_option_of_a_network_reaches_the_engine() {
    let engine = Engine::with_subnets(1);
    let code = r#"
        docker.network.create("@net", #{
            driver: "bridge",
            internal: true,
            attachable: true,
            ipam: #{
                driver: "default",
                config: [#{subnet: "<subnet>", gateway: "<ip3>", ip_range: params.range, aux_addresses: #{router: "<ip2>"}}],
            },
            options: #{"com.docker.network.bridge.enable_icc": "false", "com.docker.network.driver.mtu": 1400},
            labels: #{"tier": "front", "empty": ""},
        });
    "#;
    let range = engine.fill("<subnet>").replace("/28", "/29");
    engine.script(code).args([&format!("range={range}")]).run().success();
    let network = engine.network("@net");
    assert_eq!(network["Internal"], true);
    assert_eq!(network["Attachable"], true);
    let pool = json!({
        "Subnet": engine.fill("<subnet>"), "Gateway": engine.fill("<ip3>"), "IPRange": range,
        "AuxiliaryAddresses": {"router": engine.fill("<ip2>")},
    });
    assert_eq!(network["IPAM"]["Config"], json!([pool]));
    assert_eq!(network["Options"]["com.docker.network.bridge.enable_icc"], "false");
    assert_eq!(network["Options"]["com.docker.network.driver.mtu"], "1400");
    assert_eq!(network["Labels"]["tier"], "front");
    assert_eq!(network["Labels"]["empty"], "");
}

// shows: network.ipam-short, all.spellings
#[test]
fn the_short_form_and_the_spellings_of_docker_are_the_same() {
    let engine = Engine::with_subnets(2);
    let code = r#"
        docker.network.create("@one", #{ipam: #{subnet: "<subnet>"}});
        docker.network.create("@two", #{ipam: #{config: [#{subnet: "<subnet2>", ipRange: "<subnet2>"}]}});
    "#;
    engine.script(code).run().success();
    assert_eq!(engine.network("@one")["IPAM"]["Config"][0]["Subnet"], engine.fill("<subnet>"));
    assert_eq!(engine.network("@two")["IPAM"]["Config"][0]["IPRange"], engine.fill("<subnet2>"));
}

// shows: network.ipam-short
#[test]
fn a_subnet_value_can_stand_where_a_subnet_is_typed() {
    let engine = Engine::with_subnets(1);
    engine.script(r#"docker.network.create("@net", #{ipam: #{subnet: cidr("<subnet>")}});"#).run().success();
    assert_eq!(engine.network("@net")["IPAM"]["Config"][0]["Subnet"], engine.fill("<subnet>"));
}

/// An IPv6 subnet of this test alone, made from its own IPv4 one.
fn six(engine: &Engine) -> String {
    let four = engine.fill("<subnet>");
    let parts: Vec<&str> = four.split(['.', '/']).collect();
    let (third, last) = (parts[2], parts[3]);
    let net: ipnet::IpNet = format!("fd00:201:{third}:{last}::/64").parse().unwrap();
    net.to_string()
}

// shows: network.ipv6
#[test]
fn containers_of_a_dual_stack_network_talk_over_both() {
    let engine = Engine::with_subnets(1);
    let code = r#"
        docker.network.create("@net", #{
            enable_ipv6: true,
            ipam: #{config: [#{subnet: "<subnet>"}, #{subnet: params.six, gateway: params.six.replace("/64", "1")}]},
        });
    "#;
    let args = [&format!("six={}", six(&engine)) as &str];
    let code = code.replace(".replace(\"/64\", \"1\")", ".split(\"/\")[0] + \"1\"");
    engine.script(&code).args(args).run().success();
    let network = engine.network("@net");
    assert_eq!(network["EnableIPv6"], true);
    assert_eq!(network["IPAM"]["Config"][1]["Subnet"], six(&engine).as_str());
    engine.add_container("@web", json!({"HostConfig": {"NetworkMode": "@net"}, "Cmd": ["httpd", "-f", "-h", "/www"]}));
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}}));
    engine.until_listening("@web", 80);
    let address = &engine.container("@web")["NetworkSettings"]["Networks"][engine.fill("@net")]["GlobalIPv6Address"];
    let page = engine.fill(&format!("http://[{}]/", address.as_str().unwrap()));
    assert_eq!(engine.exec("@peer", &["timeout", "3", "wget", "-qO-", &page]), "hello from busybox\n");
    assert!(engine.exec("@peer", &["ping6", "-c1", "-W2", &engine.fill("@web")]).contains(address.as_str().unwrap()));
    assert_eq!(
        engine.exec("@peer", &["timeout", "3", "wget", "-qO-", &engine.fill("http://@web/")]),
        "hello from busybox\n"
    );
}

// shows: network.ipv6
#[test]
fn with_only_an_ipv6_subnet_the_engine_adds_one_of_ipv4() {
    let engine = Engine::with_subnets(1);
    let code = r#"docker.network.create("@net", #{enable_ipv6: true, ipam: #{subnet: params.six}});"#;
    engine.script(code).args([&format!("six={}", six(&engine))]).run().success();
    let pools = engine.network("@net")["IPAM"]["Config"].clone();
    let subnets: Vec<&str> = pools.as_array().unwrap().iter().filter_map(|pool| pool["Subnet"].as_str()).collect();
    assert!(subnets.contains(&six(&engine).as_str()) && subnets.iter().any(|one| one.contains('.')), "{pools}");
}

// shows: network.ipam-checked
#[test]
fn a_plan_that_cannot_be_is_refused_where_there_is_no_engine() {
    for (options, words) in [
        (r#"ipam: #{subnet: "10.9.0.5/24"}"#, "subnet 10.9.0.5/24 has host bits set"),
        (r#"ipam: #{subnet: "10.9.0.0/24", ip_range: "10.9.0.5/28"}"#, "ip_range 10.9.0.5/28 has host bits set"),
        (
            r#"ipam: #{subnet: "10.9.0.0/24", gateway: "10.8.0.1"}"#,
            "gateway 10.8.0.1 lies outside its subnet 10.9.0.0/24",
        ),
        (r#"ipam: #{subnet: "10.9.0.0/24", gateway: "10.9.0.255"}"#, "is the broadcast address of 10.9.0.0/24"),
        (r#"ipam: #{subnet: "10.9.0.0/24", ip_range: "10.9.1.0/28"}"#, "ip_range 10.9.1.0/28 lies outside"),
        (r#"ipam: #{subnet: "10.9.0.0/24", aux_addresses: #{r: "10.9.1.1"}}"#, "aux address r 10.9.1.1 lies outside"),
        (
            r#"ipam: #{config: [#{subnet: "10.9.0.0/16"}, #{subnet: "10.9.1.0/24"}]}"#,
            "10.9.0.0/16 and 10.9.1.0/24 overlap",
        ),
        (r#"ipam: #{subnet: "fd00:9::/64"}"#, "is IPv6, and the network is not"),
        (r#"enable_ipv6: true, ipam: #{subnet: "fd00:9::1/64"}"#, "subnet fd00:9::1/64 has host bits set"),
        (r#"ipam: #{subnet: "127.9.0.0/24"}"#, "its addresses are loopback"),
        (r#"ipam: #{gateway: "10.9.0.1"}"#, "gateway is given without a subnet"),
        ("encrypted: true", "belongs to the overlay driver"),
    ] {
        let code = format!("docker.network.create(\"n\", #{{{options}}});");
        Test::eval(&code).env("DOCKER_HOST", "unix:///nonexistent.sock").run().code(2).stderr_has(words);
    }
}

// shows: network.overlap, refusal.overlap
#[test]
fn an_overlap_names_the_owner_and_what_is_proposed_is_free() {
    let engine = Engine::with_subnets(1);
    // What is proposed is no test's claim, so it is looked for where no test has its subnets.
    let apart = engine.fill("<subnet>").replacen("10.201.", "10.203.", 1);
    let six = six(&engine).replacen("fd00:201:", "fd00:203:", 1);
    let pools = json!([{"Subnet": apart}, {"Subnet": six}]);
    engine.add_network("@owner", json!({"EnableIPv6": true, "IPAM": {"Config": pools}}));
    let code = r#"
        for subnet in [params.four, params.six] {
            try {
                docker.network.create("@net", #{enable_ipv6: true, ipam: #{subnet: subnet}});
            } catch (e) {
                print(`${e.kind} ${e.message}`);
                let free = e.hint.split(" ")[0];
                print(cidr(free).prefix == cidr(subnet).prefix);
                docker.network.create(if free.contains(".") { "@four" } else { "@six" }, #{
                    enable_ipv6: true,
                    ipam: #{config: if free.contains(".") { [#{subnet: free}, #{subnet: params.next}] } else { [#{subnet: free}] }},
                });
            }
        }
    "#;
    let next = six.replacen("fd00:203:", "fd00:204:", 1);
    let args = [&format!("four={apart}") as &str, &format!("six={six}"), &format!("next={next}")];
    let said = |subnet: &str| format!("conflict subnet {subnet} overlaps {subnet} of network \"@owner\"\ntrue\n");
    engine.script(code).args(args).run().success().stdout(&(said(&apart) + &said(&six)));
    assert!(engine.network("@net").is_null());
    assert!(!engine.network("@four").is_null() && !engine.network("@six").is_null());
}

// shows: network.connect, refusal.address
#[test]
fn a_fixed_address_that_a_network_cannot_give_is_refused_before_the_call() {
    let engine = Engine::with_subnets(1);
    let pool = json!({"Subnet": "<subnet>", "Gateway": "<ip1>", "AuxiliaryAddresses": {"router": "<ip2>"}});
    engine.add_network("@net", json!({"IPAM": {"Config": [pool]}}));
    engine.add_network("@auto", json!({}));
    engine.add_container("@web", json!({}));
    let endpoint = json!({"EndpointsConfig": {"@net": {"IPAMConfig": {"IPv4Address": "<ip5>"}}}});
    engine.add_container("@peer", json!({"HostConfig": {"NetworkMode": "@net"}, "NetworkingConfig": endpoint}));
    let broadcast =
        engine.fill("<ip14>").rsplit_once('.').map(|(head, tail)| (head.to_owned(), tail.to_owned())).unwrap();
    let broadcast = format!("{}.{}", broadcast.0, broadcast.1.parse::<u8>().unwrap() + 1);
    for (address, words) in [
        ("<ip0>", "already in use as its network address"),
        (&broadcast, "already in use as its broadcast address"),
        ("<ip1>", "already in use as its gateway"),
        ("<ip2>", "already in use as its auxiliary address \"router\""),
        ("<ip5>", "already in use by container \"@peer\""),
        ("10.9.9.9", "lies outside its subnet <subnet>"),
    ] {
        let connect = format!(r#"docker.network.connect("@net", "@web", #{{ipv4_address: "{address}"}});"#);
        engine.script(&connect).run().code(4).stderr_has(words).stderr_has("hint: <ip3> is free");
        let networks = format!(r#"networks: #{{"@net": #{{ipv4_address: "{address}"}}}}"#);
        let run = format!(r#"docker.run("xnet-test/busybox", #{{name: "@new", {networks}}});"#);
        engine.script(&run).run().code(4).stderr_has(words);
    }
    for (network, address, words) in [
        ("@net", r#"ipv6_address: "fd00::9""#, "is IPv6, and the network has only subnet <subnet>"),
        ("bridge", r#"ipv4_address: "172.17.0.99""#, "the default bridge hands out its addresses itself"),
        ("@auto", "ipv4_address: params.auto", "the engine picked the subnet of the network itself"),
    ] {
        let auto = engine.network("@auto")["IPAM"]["Config"][0]["Gateway"].as_str().unwrap().to_owned();
        let auto = auto.strip_suffix('1').map(|head| format!("{head}9")).unwrap();
        let code = format!(
            r#"docker.network.disconnect("bridge", "@web", #{{force: true}});
            try {{ docker.network.connect("{network}", "@web", #{{{address}}}) }} catch (e) {{ print(e.message) }}
            docker.network.ensure_connected("bridge", "@web");"#
        );
        engine.script(&code).args([&format!("auto={auto}")]).run().success().stdout_has(words);
    }
    assert!(engine.container("@new").is_null());
    assert_eq!(engine.container("@web")["NetworkSettings"]["Networks"].as_object().unwrap().len(), 1);
}

// shows: refusal.address
#[test]
fn a_container_that_cannot_start_for_its_address_is_told_who_has_it() {
    let engine = Engine::with_subnets(1);
    let code = r#"
        docker.network.create("@net", #{ipam: #{subnet: "<subnet>"}});
        let web = docker.run("xnet-test/busybox", #{name: "@web", networks: #{"@net": #{ip: "<ip9>"}}});
        web.stop(#{timeout: "1s"});
        docker.run("xnet-test/busybox", #{name: "@late", networks: #{"@net": #{ip: "<ip9>"}}});
        docker.start("@web");
    "#;
    let outcome = engine.script(code).run();
    outcome.code(4).stderr_has("address <ip9> of network \"@net\" is already in use by container \"@late\"");
    outcome.stderr_has("<ip2> is free");
}

// shows: refusal.exhausted
#[test]
fn a_network_without_an_address_left_is_told() {
    let engine = Engine::with_subnets(1);
    let subnet = engine.fill("<subnet>").replace("/28", "/30").replacen("10.201.", "10.205.", 1);
    let code = r#"
        docker.network.create("@net", #{ipam: #{subnet: params.subnet}});
        docker.run("xnet-test/busybox", #{name: "@web", network: "@net"});
        docker.run("xnet-test/busybox", #{name: "@late", network: "@net"});
    "#;
    let outcome = engine.script(code).args([&format!("subnet={subnet}")]).run();
    outcome.code(4).stderr_has(&format!("network \"@net\" has no address left in {subnet}")).stderr_has("1 attached");
    assert!(engine.container("@late").is_null());
}
