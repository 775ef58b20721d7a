use serde_json::json;
use xnet::config::{Node, read};
use xnet::engine::{Ensured, Error, Owner};
use xnet::model::network::{DisconnectSpec, EndpointSpec, NetworkFilters, PruneFilters};

use super::{Room, curl, network, run, subnet};

fn endpoint(options: serde_json::Value) -> EndpointSpec {
    read(&Node::from(options)).unwrap()
}

#[test]
fn all_options_show_in_inspect_and_the_json_is_docker_s_own() {
    let room = Room::new();
    let subnet = subnet();
    let base: ipnet::IpNet = subnet.parse().unwrap();
    let hosts: Vec<String> = base.hosts().map(|host| host.to_string()).collect();
    let name = room
        .network(
            "net",
            json!({
                "ipam": {"config": [{"subnet": subnet, "gateway": hosts[0], "aux_addresses": {"router": hosts[1]}}]},
                "internal": true, "attachable": true, "labels": {"a": "b"},
                "options": {"com.docker.network.driver.mtu": "1400"}
            }),
        )
        .unwrap();
    let whole = run(room.engine.inspect_network(&name)).unwrap();
    assert_eq!(whole.to_string(), curl(&format!("/networks/{name}")).to_string());
    assert_eq!(whole["Internal"], true);
    assert_eq!(whole["Attachable"], true);
    assert_eq!(whole["IPAM"]["Config"][0]["AuxiliaryAddresses"]["router"], hosts[1].as_str());
    assert_eq!(whole["Options"]["com.docker.network.driver.mtu"], "1400");
    assert_eq!(whole["Labels"]["xnet.run"], room.own.as_str());
    assert_eq!(whole["Labels"]["xnet.project"], "engine-room");
    assert!(run(room.engine.network_exists(&name)).unwrap());
    assert!(run(room.engine.network_exists(whole["Id"].as_str().unwrap())).unwrap());
    assert!(!run(room.engine.network_exists(&whole["Id"].as_str().unwrap()[..12])).unwrap());
}

#[test]
fn a_name_in_use_is_refused_though_old_engines_allow_it() {
    let room = Room::new();
    let name = room.network("twice", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let error = room.network("twice", json!({"ipam": {"subnet": subnet()}})).unwrap_err();
    assert!(matches!(&error, Error::NameTaken { what: "network", name: taken, .. } if *taken == name), "{error:?}");
    assert_eq!((error.kind(), error.exit_code()), ("conflict", 4));
}

#[test]
fn an_overlap_names_the_owner_and_a_subnet_that_is_free() {
    let room = Room::new();
    // What is proposed is no test's claim, so it is looked for where no test has its subnets.
    let subnet = subnet().replacen("10.201.", "10.202.", 1);
    let owner = room.network("owner", json!({"ipam": {"subnet": subnet}})).unwrap();
    let error = room.network("late", json!({"ipam": {"subnet": subnet}})).unwrap_err();
    let Error::Overlap { owner: Some(Owner::Network { name, .. }), free: Some(free), .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*name, owner);
    assert_eq!(free.prefix_len(), 28);
    let message = error.to_string();
    assert_eq!(message, format!("subnet {subnet} overlaps {subnet} of network \"{owner}\""));
    room.network("late", json!({"ipam": {"subnet": free.to_string()}})).unwrap();
}

#[test]
fn ensure_creates_once_and_then_compares() {
    let room = Room::new();
    let (name, subnet) = (room.name("net"), subnet());
    let asked = network(json!({"ipam": {"subnet": subnet}, "labels": {"tier": "1"}}));
    let Ensured::Created(created) = run(room.engine.ensure_network(&name, &asked, false)).unwrap() else { panic!() };
    let again = run(room.engine.ensure_network(&name, &asked, false)).unwrap();
    assert_eq!(again, Ensured::Unchanged { id: created.id });
    let other = network(json!({"ipam": {"subnet": subnet}, "internal": true}));
    let error = run(room.engine.ensure_network(&name, &other, false)).unwrap_err();
    assert!(error.to_string().ends_with("\n  internal: has false, wanted true"), "{error}");
    assert_eq!(error.kind(), "conflict");
    let container = room.start("c", json!({"network": name})).unwrap();
    let error = run(room.engine.ensure_network(&name, &other, true)).unwrap_err();
    assert!(matches!(error, Error::ActiveEndpoints { .. }), "{error:?}");
    run(room.engine.remove_container(&container, true, true)).unwrap();
    let forced = run(room.engine.ensure_network(&name, &other, true)).unwrap();
    assert!(matches!(forced, Ensured::Recreated(_)));
    assert_eq!(run(room.engine.inspect_network(&name)).unwrap()["Internal"], true);
}

#[test]
fn connecting_is_checked_and_ensured() {
    let room = Room::new();
    let subnet = subnet();
    let name = room.network("net", json!({"ipam": {"subnet": subnet}})).unwrap();
    let base: ipnet::IpNet = subnet.parse().unwrap();
    let wanted = base.hosts().nth(6).unwrap().to_string();
    let container = room.start("c", json!({"network": "none"})).unwrap();
    run(room.engine.disconnect_network("none", &container, DisconnectSpec::default())).unwrap();
    let asked = endpoint(json!({"aliases": ["db"], "ipv4_address": wanted}));
    assert!(run(room.engine.ensure_connected(&name, &container, &asked)).unwrap());
    assert!(!run(room.engine.ensure_connected(&name, &container, &asked)).unwrap());
    assert_eq!(run(room.engine.container_address(&container, Some(&name))).unwrap(), wanted);
    let error = run(room.engine.connect_network(&name, &container, &asked)).unwrap_err();
    assert!(matches!(error, Error::AlreadyConnected { .. }), "{error:?}");
    let error = run(room.engine.ensure_connected(&name, &container, &endpoint(json!({"aliases": ["x"]})))).unwrap_err();
    assert!(matches!(error, Error::EndpointDiffers { .. }), "{error:?}");
    assert_eq!((error.kind(), error.resource()), ("conflict", Some(container.clone())));
    assert!(error.hint().unwrap().contains("disconnect"), "{error:?}");
    let other = room.start("d", json!({"network": "none"})).unwrap();
    run(room.engine.disconnect_network("none", &other, DisconnectSpec::default())).unwrap();
    let error = run(room.engine.connect_network(&name, &other, &endpoint(json!({"ip": wanted})))).unwrap_err();
    assert!(error.to_string().contains(&format!("by container \"{container}\"")), "{error}");
    run(room.engine.disconnect_network(&name, &container, DisconnectSpec::default())).unwrap();
    let error = run(room.engine.disconnect_network(&name, &container, DisconnectSpec::default())).unwrap_err();
    assert!(matches!(error, Error::NotConnected { .. }), "{error:?}");
}

#[test]
fn the_list_has_the_containers_that_inspect_has() {
    let room = Room::new();
    let name = room.network("net", json!({"ipam": {"subnet": subnet()}})).unwrap();
    room.start("a", json!({"network": name})).unwrap();
    room.start("b", json!({"network": name})).unwrap();
    let filters: NetworkFilters = read(&Node::from(json!({"label": format!("xnet.run={}", room.own)}))).unwrap();
    let list = run(room.engine.list_networks(&filters)).unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0], run(room.engine.inspect_network(&name)).unwrap());
}

#[test]
fn a_network_in_use_names_what_is_attached_stopped_ones_too() {
    let room = Room::new();
    let name = room.network("net", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let running = room.start("up", json!({"network": name})).unwrap();
    let stopped = room.start("down", json!({"network": name, "command": ["echo"]})).unwrap();
    run(room.engine.wait_container(&stopped)).unwrap();
    let error = run(room.engine.remove_network(&name)).unwrap_err();
    let Error::ActiveEndpoints { mut endpoints, .. } = error else { panic!("{error:?}") };
    endpoints.sort();
    assert_eq!(endpoints, [format!("{stopped} (exited)"), format!("{running} (running)")]);
    run(room.engine.remove_container(&running, true, true)).unwrap();
    // The engine would remove it now, and the stopped one could not start again.
    let id = run(room.engine.inspect_network(&name)).unwrap()["Id"].as_str().unwrap().to_owned();
    for given in [name.as_str(), id.as_str()] {
        let error = run(room.engine.remove_network(given)).unwrap_err();
        assert!(
            matches!(&error, Error::ActiveEndpoints { endpoints, .. } if *endpoints == [format!("{stopped} (exited)")])
        );
    }
    run(room.engine.start_container(&stopped)).unwrap();
    run(room.engine.remove_container(&stopped, true, true)).unwrap();
    run(room.engine.remove_network(&name)).unwrap();
    assert_eq!(run(room.engine.remove_network("bridge")).unwrap_err().kind(), "refused");
}

#[test]
fn a_missing_network_suggests_the_nearest() {
    let room = Room::new();
    let name = room.network("backend", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let typed = name.replace("backend", "bakend");
    let error = run(room.engine.inspect_network(&typed)).unwrap_err();
    assert_eq!(error.hint().unwrap(), format!("did you mean `{name}`?"));
    assert_eq!((error.kind(), error.status()), ("not_found", Some(404)));
    let error = run(room.engine.remove_network("../containers/json")).unwrap_err();
    assert_eq!(error.kind(), "not_found");
}

#[test]
fn a_driver_that_is_not_there_and_a_swarm_that_is_not_are_explained() {
    let room = Room::new();
    let error = room.network("w", json!({"driver": "weave"})).unwrap_err();
    assert!(error.hint().unwrap().contains("bridge"), "{error:?}");
    let swarm = run(room.engine.info()).unwrap()["Swarm"]["LocalNodeState"] == "active";
    if !swarm {
        let error = room.network("o", json!({"driver": "overlay", "attachable": true})).unwrap_err();
        assert!(error.hint().unwrap().contains("docker swarm init"), "{error:?}");
    }
}

#[test]
fn an_engine_without_ipv6_pools_is_helped_out_and_that_is_said() {
    let room = Room::new();
    let spec = network(json!({"enable_ipv6": true, "ipam": {"subnet": subnet()}}));
    let name = room.name("six");
    let created = run(room.engine.create_network(&name, &spec)).unwrap();
    let pools = run(room.engine.inspect_network(&name)).unwrap()["IPAM"]["Config"].clone();
    let six = pools.as_array().unwrap().iter().filter_map(|pool| pool["Subnet"].as_str()).find(|net| net.contains(':'));
    // Newer engines have such pools, and say nothing.
    let said = created.warnings.iter().all(|warning| warning.contains(six.unwrap()));
    assert!(six.unwrap().starts_with("fd") && said, "{pools} {created:?}");
}

#[test]
fn a_creation_that_is_dropped_leaves_nothing() {
    let room = Room::new();
    let name = room.name("dropped");
    let spec = network(json!({"ipam": {"subnet": subnet()}}));
    run(async {
        let create = room.engine.create_network(&name, &spec);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(8), create).await.is_err());
    });
    assert!(xnet::engine::settle(std::time::Duration::from_secs(20)));
    assert!(!run(room.engine.network_exists(&name)).unwrap());
}

#[test]
fn prune_takes_what_the_filter_names() {
    let room = Room::new();
    let name = room.network("net", json!({"ipam": {"subnet": subnet()}})).unwrap();
    let filters: PruneFilters = read(&Node::from(json!({"label": format!("xnet.run={}", room.own)}))).unwrap();
    assert_eq!(run(room.engine.prune_networks(&filters)).unwrap(), [name]);
}
