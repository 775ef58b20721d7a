use serde_json::json;

use super::*;
use crate::model::probe::interface::{Assigned, LinkState, Scope};

fn interface(name: &str, kind: &str, mac: &str, address: &str) -> Interface {
    let assigned = Assigned { address: address.parse().unwrap(), prefix: 16, scope: Scope::Global };
    let (name, kind, mac) = (name.to_owned(), kind.to_owned(), mac.to_owned());
    let master = (kind == "veth").then(|| "docker0".to_owned());
    Interface { name, kind, mac, mtu: 1500, state: LinkState::Up, master, addresses: vec![assigned] }
}

fn networks() -> Vec<Value> {
    vec![
        json!({"Name": "app", "Id": "0123456789abcdef", "Driver": "bridge", "IPAM": {"Config": [
            {"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1"}, {"Subnet": "fd00::/64", "Gateway": "fd00::1"}]}}),
        json!({"Name": "bridge", "Id": "b", "Driver": "bridge",
               "Options": {"com.docker.network.bridge.name": "docker0"}, "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}]}}),
        json!({"Name": "docker_gwbridge", "Id": "c", "Driver": "bridge", "IPAM": {"Config": [{"Subnet": "172.19.0.0/16"}]}}),
    ]
}

/// Its hardware address is made of the address, as the engine does.
fn container(id: &str, name: &str, network: &str, address: &str) -> Value {
    let last = address.rsplit('.').next().unwrap();
    json!({"Id": id, "Names": ["/other/alias", format!("/{name}")], "Name": format!("/{name}"),
           "HostConfig": {"NetworkMode": network},
           "Ports": [{"PublicPort": 8080, "Type": "tcp"}, {"PrivatePort": 53, "Type": "udp"}],
           "NetworkSettings": {"Networks": {network: {"IPAddress": address, "MacAddress": format!("02:42:AC:14:00:0{last}")}}}})
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_container_knows_its_peers_and_not_those_of_other_networks() {
    let (web, db) = (container("1", "web", "app", "172.20.0.2"), container("2", "db", "app", "172.20.0.3"));
    let other = container("3", "other", "bridge", "172.17.0.2");
    let around = Surroundings::of_container(&web, &web, &networks(), &[web.clone(), db, other]);
    assert_eq!(around.who(ip("172.20.0.3")).as_deref(), Some("db"));
    assert_eq!(around.who(ip("172.17.0.2")), None);
    for gateway in ["172.20.0.1", "fd00::1"] {
        assert_eq!(around.who(ip(gateway)).as_deref(), Some("host"));
    }
    assert!(around.has_engine_dns && around.shared_with.is_none());
    assert_eq!(around.container("3").as_deref(), Some("other"));
    assert_eq!(around.who_has(ip("fe80::1"), "02:42:ac:14:00:03").as_deref(), Some("db"));
    let eth = interface("eth0", "veth", "02:42:ac:14:00:02", "172.20.0.2");
    assert_eq!(around.network_of(&eth).as_deref(), Some("app"));
    assert!(!around.is_cable_end(&eth));
    let way_out = interface("eth1", "veth", "02:42:ac:13:00:02", "172.19.0.3");
    assert_eq!(around.network_of(&way_out).as_deref(), Some("docker_gwbridge"));
    assert_eq!(around.network_of(&interface("lo", "", "", "127.0.0.1")), None);
}

#[test]
fn a_shared_namespace_is_its_owner_s() {
    let web = container("1", "web", "app", "172.20.0.2");
    let beside = json!({"Id": "2", "Name": "/beside", "HostConfig": {"NetworkMode": "container:1"}});
    let around = Surroundings::of_container(&beside, &web, &networks(), std::slice::from_ref(&web));
    assert_eq!(around.shared_with.as_deref(), Some("web"));
    let eth = interface("eth0", "veth", "02:42:ac:14:00:02", "172.20.0.2");
    assert_eq!(around.network_of(&eth).as_deref(), Some("app"));
    let lone = json!({"Id": "3", "Name": "/lone", "HostConfig": {"NetworkMode": "host"}});
    assert_eq!(Surroundings::of_container(&lone, &lone, &networks(), &[web]).shared_with.as_deref(), Some("host"));
}

#[test]
fn the_host_s_bridges_have_the_names_of_their_networks() {
    let web = container("1", "web", "bridge", "172.17.0.2");
    let around = Surroundings::of_host(&networks(), &[web]);
    let network = |name: &str, address: &str| around.network_of(&interface(name, "bridge", "", address));
    assert_eq!(network("docker0", "172.17.0.1").as_deref(), Some("bridge"));
    assert_eq!(network("br-0123456789ab", "172.20.0.1").as_deref(), Some("app"));
    assert_eq!(network("docker0", "10.0.0.1"), None, "the bridge of another engine");
    assert_eq!(network("eth0", "10.0.0.1"), None);
    assert!(around.is_cable_end(&interface("veth1", "veth", "", "169.254.0.1")));
    assert_eq!(around.who(ip("172.17.0.2")).as_deref(), Some("web"));
    assert_eq!(around.published("docker-proxy", 8080, Protocol::Tcp).as_deref(), Some("web"));
    assert_eq!(around.published("nginx", 8080, Protocol::Tcp), None);
}
