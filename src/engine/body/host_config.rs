//! The part of a container that is about its host: networks, ports, mounts, rights, limits.

use serde_json::{Map, Value, json};

use crate::model::container::{ContainerSpec, NetworkMode, Swap};
use crate::model::network::EndpointSpec;
use crate::model::text::Words;

/// Docker's `HostConfig`. What is not asked for is left out, so that the engine's own defaults count.
pub(super) fn host_config(
    spec: &ContainerSpec,
    ports: &Map<String, Value>,
    binds: &[String],
    attachments: &[(String, EndpointSpec)],
) -> Value {
    let mode = match (attachments.first(), spec.mode()) {
        (Some((name, _)), _) => name.clone(),
        (None, NetworkMode::Named(name)) => name,
        (None, NetworkMode::Default) => "default".into(),
        (None, NetworkMode::Host) => "host".into(),
        (None, NetworkMode::None) => "none".into(),
        (None, NetworkMode::Container(name)) => format!("container:{name}"),
    };
    let mut body = json!({
        "NetworkMode": mode,
        "PortBindings": ports,
        "PublishAllPorts": *spec.publish_all,
        "Binds": binds,
        "AutoRemove": *spec.auto_remove,
        "Privileged": *spec.privileged,
        "ReadonlyRootfs": *spec.read_only,
        "Sysctls": spec.sysctls.0,
    });
    let lists: [(&str, &Words); 9] = [
        ("Links", &spec.links),
        ("ExtraHosts", &spec.extra_hosts),
        ("Dns", &spec.dns),
        ("DnsSearch", &spec.dns_search),
        ("DnsOptions", &spec.dns_options),
        ("CapAdd", &spec.cap_add),
        ("CapDrop", &spec.cap_drop),
        ("SecurityOpt", &spec.security_opt),
        ("GroupAdd", &spec.group_add),
    ];
    for (key, words) in lists {
        body[key] = words.0.clone().into();
    }
    // An engine may have been told to do it for all.
    if spec.init.given() {
        body["Init"] = (*spec.init).into();
    }
    if let Some(policy) = &spec.restart {
        let (name, count) = policy.split_once(':').unwrap_or((policy, "0"));
        body["RestartPolicy"] = json!({"Name": name, "MaximumRetryCount": count.parse::<u32>().unwrap_or(0)});
    }
    for (key, value) in [("PidMode", &spec.pid), ("IpcMode", &spec.ipc), ("CpusetCpus", &spec.cpuset)] {
        if let Some(value) = value {
            body[key] = value.as_str().into();
        }
    }
    if spec.log_driver.is_some() || !spec.log_options.0.is_empty() {
        let driver = spec.log_driver.as_deref().unwrap_or_default();
        body["LogConfig"] = json!({"Type": driver, "Config": spec.log_options.0});
    }
    if !spec.tmpfs.0.is_empty() {
        let mount = |entry: &String| {
            let (path, options) = entry.split_once(':').unwrap_or((entry, ""));
            (path.to_owned(), options.into())
        };
        body["Tmpfs"] = Value::Object(spec.tmpfs.0.iter().map(mount).collect());
    }
    limits(&mut body, spec);
    body
}

fn limits(body: &mut Value, spec: &ContainerSpec) {
    let swap = spec.memory_swap.map(|swap| match swap {
        Swap::Unlimited => json!(-1),
        Swap::Total(bytes) => json!(bytes.0),
    });
    for (key, value) in [
        ("Memory", spec.memory.map(|bytes| json!(bytes.0))),
        ("MemorySwap", swap),
        ("MemoryReservation", spec.memory_reservation.map(|bytes| json!(bytes.0))),
        ("ShmSize", spec.shm_size.map(|bytes| json!(bytes.0))),
        ("PidsLimit", spec.pids_limit.map(Value::from)),
        ("NanoCpus", spec.cpus.map(|cpus| json!(cpus.0))),
        ("CpuShares", spec.cpu_shares.map(Value::from)),
    ] {
        if let Some(value) = value {
            body[key] = value;
        }
    }
    let ulimit =
        |limit: &crate::model::container::Ulimit| json!({"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard});
    if !spec.ulimits.0.is_empty() {
        body["Ulimits"] = spec.ulimits.0.iter().map(ulimit).collect();
    }
    let device = |device: &crate::model::container::Device| json!({"PathOnHost": device.host, "PathInContainer": device.container, "CgroupPermissions": device.rights});
    if !spec.devices.is_empty() {
        body["Devices"] = spec.devices.iter().map(device).collect();
    }
}
