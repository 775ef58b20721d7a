use super::container::plan;
use super::*;
use crate::config::{Node, read};
use crate::model::container::ContainerSpec;

fn nobody() -> Ownership {
    Ownership::default()
}

fn spec(json: Value) -> ContainerSpec {
    read(&Node::from(json)).unwrap()
}

#[test]
fn every_option_of_a_container_reaches_the_engine() {
    let spec = spec(json!({
        "name": "web", "networks": {"a": {"ipv4_address": "10.0.0.9"}, "b": {"aliases": ["x"]}},
        "network_alias": ["web"], "ports": ["127.0.0.1:8080:80", "9000-9001:90-91/udp"], "expose": ["3000-3001"],
        "env": {"K": "v w"}, "command": "sh -c 'a b'", "entrypoint": ["/bin/x"], "hostname": "h",
        "labels": {"l": "1"}, "links": ["db:database"], "extra_hosts": ["e:1.2.3.4"], "dns": ["1.1.1.1"],
        "dns_search": ["s"], "dns_options": ["ndots:1"], "auto_remove": true, "cap_add": ["NET_ADMIN"],
        "cap_drop": ["ALL"], "volumes": ["/h:/c:ro", "data:/d", "/anon"], "user": "1:1", "working_dir": "/w",
        "sysctls": {"net.core.somaxconn": "9"}, "privileged": true, "read_only": true, "init": true, "tty": true
    }));
    let ownership = Ownership { project: "p".into(), run: "r".into() };
    let plan = plan("img", &spec, &ownership, false).unwrap();
    let endpoint_a = json!({"IPAMConfig": {"IPv4Address": "10.0.0.9"}, "Aliases": ["web"], "Links": ["db:database"]});
    assert_eq!(
        plan.body,
        json!({
            "Image": "img", "Env": ["K=v w"],
            "Labels": {"l": "1", "xnet.project": "p", "xnet.run": "r"},
            "ExposedPorts": {"3000/tcp": {}, "3001/tcp": {}, "80/tcp": {}, "90/udp": {}, "91/udp": {}},
            "Volumes": {"/anon": {}}, "Tty": true,
            "HostConfig": {
                "NetworkMode": "a",
                "PortBindings": {
                    "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
                    "90/udp": [{"HostIp": "", "HostPort": "9000"}], "91/udp": [{"HostIp": "", "HostPort": "9001"}]
                },
                "Binds": ["/h:/c:ro", "data:/d"], "AutoRemove": true, "Privileged": true, "ReadonlyRootfs": true,
                "Sysctls": {"net.core.somaxconn": "9"}, "Links": ["db:database"], "ExtraHosts": ["e:1.2.3.4"],
                "Dns": ["1.1.1.1"], "DnsSearch": ["s"], "DnsOptions": ["ndots:1"], "CapAdd": ["NET_ADMIN"],
                "CapDrop": ["ALL"], "Init": true, "PublishAllPorts": false, "SecurityOpt": [], "GroupAdd": []
            },
            "Cmd": ["sh", "-c", "a b"], "Entrypoint": ["/bin/x"], "Hostname": "h", "User": "1:1", "WorkingDir": "/w",
            "NetworkingConfig": {"EndpointsConfig": {"a": endpoint_a}}
        })
    );
    assert_eq!(plan.later.len(), 1);
    assert_eq!(plan.later[0].1.aliases.0, ["x", "web"]);
}

#[test]
fn limits_and_checks_are_said_in_docker_s_units() {
    let spec = spec(json!({
        "publish_all": true, "domainname": "d", "mac_address": "02:00:00:00:00:09", "memory": "64m", "memory_swap": -1,
        "memory_reservation": "32m", "shm_size": "1m", "pids_limit": 9, "cpus": 1.5, "cpu_shares": 512, "cpuset": "0",
        "ulimits": {"nofile": 1024}, "devices": ["/dev/null:/dev/x:r"], "tmpfs": ["/run:size=1m", "/tmp"],
        "security_opt": ["no-new-privileges"], "group_add": ["9"], "pid": "host", "ipc": "none", "stop_signal": "INT",
        "stop_timeout": "1500ms", "log_driver": "none", "log_options": {"a": "b"},
        "healthcheck": {"test": "true", "interval": "2s", "retries": 3}
    }));
    let body = plan("i", &spec, &nobody(), false).unwrap().body;
    let config = json!({"Domainname": "d", "MacAddress": "02:00:00:00:00:09", "StopSignal": "INT", "StopTimeout": 2,
            "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 2_000_000_000, "Retries": 3}});
    let host = json!({"PublishAllPorts": true, "SecurityOpt": ["no-new-privileges"],
                "GroupAdd": ["9"], "PidMode": "host", "IpcMode": "none", "CpusetCpus": "0",
                "LogConfig": {"Type": "none", "Config": {"a": "b"}}, "Tmpfs": {"/run": "size=1m", "/tmp": ""},
                "Memory": 67_108_864, "MemorySwap": -1, "MemoryReservation": 33_554_432, "ShmSize": 1_048_576,
                "PidsLimit": 9, "NanoCpus": 1_500_000_000, "CpuShares": 512,
                "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 1024}],
                "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}]});
    for (there, wanted) in [(&body, config), (&body["HostConfig"], host)] {
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(&there[key], value, "{key}");
        }
    }
}

#[test]
fn a_newer_engine_takes_all_networks_at_once_and_the_mac_address_with_the_first() {
    let spec = spec(json!({"networks": ["a", "b"], "mac_address": "02:00:00:00:00:09"}));
    let plan = plan("i", &spec, &nobody(), true).unwrap();
    assert_eq!(
        plan.body["NetworkingConfig"],
        json!({"EndpointsConfig": {"a": {"MacAddress": "02:00:00:00:00:09"}, "b": {}}})
    );
    assert_eq!((plan.body.get("MacAddress"), plan.later.len()), (None, 0));
}

#[test]
fn a_range_on_one_port_is_left_to_the_engine() {
    let plan = plan("i", &spec(json!({"ports": ["8000-8010:80"]})), &nobody(), false).unwrap();
    assert_eq!(plan.body["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"], "8000-8010");
}

#[test]
fn restart_policies_and_modes_are_docker_s() {
    let plan = plan("i", &spec(json!({"restart": "on-failure:3", "network": "host"})), &nobody(), false).unwrap();
    let host = &plan.body["HostConfig"];
    assert_eq!(host["RestartPolicy"], json!({"Name": "on-failure", "MaximumRetryCount": 3}));
    assert_eq!(host["NetworkMode"], "host");
    assert_eq!(plan.body.get("NetworkingConfig"), None);
}

#[test]
fn a_command_with_an_open_quote_is_refused() {
    let fault = plan("i", &spec(json!({"command": "sh -c 'a"})), &nobody(), false).unwrap_err();
    assert_eq!(fault.to_string(), "the quotes in command \"sh -c 'a\" do not match");
}

#[test]
fn a_network_with_all_its_options_is_said_in_docker_s_keys() {
    let spec: NetworkSpec = serde_json::from_value(json!({
        "driver": "overlay", "scope": "swarm", "attachable": true, "encrypted": true, "enable_ipv6": true,
        "options": {"o": "1"}, "labels": {"l": "2"},
        "ipam": {"driver": "d", "options": {"x": "y"}, "config": [{
            "subnet": "172.20.0.0/16", "gateway": "172.20.0.1", "ip_range": "172.20.1.0/24",
            "aux_addresses": {"router": "172.20.0.2"}
        }]}
    }))
    .unwrap();
    assert_eq!(
        network("n", &spec, &nobody()),
        json!({
            "Name": "n", "CheckDuplicate": true, "Internal": false, "Attachable": true, "Ingress": false,
            "ConfigOnly": false, "Options": {"o": "1", "encrypted": ""}, "Labels": {"l": "2"}, "Driver": "overlay",
            "EnableIPv6": true, "Scope": "swarm",
            "IPAM": {"Driver": "d", "Options": {"x": "y"}, "Config": [{
                "Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1", "IPRange": "172.20.1.0/24",
                "AuxiliaryAddresses": {"router": "172.20.0.2"}
            }]}
        })
    );
}
