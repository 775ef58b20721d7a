//! A service as the JSON that the Engine API takes. Pure.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::engine::body::container::{command, optional};
use crate::engine::body::labels;
use crate::engine::client::Ownership;
use crate::engine::errors::{Error, Result};
use crate::engine::swarm_fault::SwarmError;
use crate::engine::volumes::Volumes;
use crate::model::service::{ServiceFault, ServicePort, ServiceSpec};
use crate::model::text::Words;

/// The body of `POST /services/create`.
pub(super) fn service(image: &str, spec: &ServiceSpec, ownership: &Ownership) -> Result<Value> {
    let networks = spec.networks.0.iter().map(
        |(name, endpoint)| json!({"Target": name, "Aliases": endpoint.aliases.0, "DriverOpts": endpoint.driver_opts.0}),
    );
    let mut template = json!({
        "ContainerSpec": container(image, spec, ownership)?,
        "Networks": networks.collect::<Vec<_>>(),
        "Placement": {"Constraints": spec.constraints.0},
    });
    if let Some(policy) = restart(spec) {
        template["RestartPolicy"] = policy;
    }
    let mode = if spec.is_global() {
        json!({"Global": {}})
    } else {
        json!({"Replicated": {"Replicas": spec.replicas.unwrap_or(1)}})
    };
    let mut endpoint = json!({"Ports": spec.ports.0.iter().map(port).collect::<Vec<_>>()});
    optional(&mut endpoint, "Mode", spec.endpoint_mode.as_ref());
    let mut body = json!({
        "Labels": labels(&spec.labels, ownership),
        "TaskTemplate": template,
        "Mode": mode,
        "EndpointSpec": endpoint,
    });
    optional(&mut body, "Name", spec.name.as_ref());
    Ok(body)
}

/// Docker calls the entrypoint `Command` here, and the command `Args`.
fn container(image: &str, spec: &ServiceSpec, ownership: &Ownership) -> Result<Value> {
    let words = |what, line| {
        command(what, line).map_err(|fault| Error::Invalid { message: fault.to_string(), hint: Some(fault.hint()) })
    };
    let mut body = json!({
        "Image": image,
        "Labels": labels(&spec.container_labels, ownership),
        "Env": spec.env.lines(),
        "Mounts": mounts(&spec.volumes)?,
        "Hosts": spec.extra_hosts.0.iter().map(|entry| host(entry)).collect::<Vec<_>>(),
        "DNSConfig": {"Nameservers": spec.dns.0, "Search": spec.dns_search.0, "Options": spec.dns_options.0},
        "CapabilityAdd": spec.cap_add.0,
        "CapabilityDrop": spec.cap_drop.0,
        "Sysctls": spec.sysctls.0,
        "ReadOnly": spec.read_only,
        "TTY": spec.tty,
    });
    optional(&mut body, "Command", words("entrypoint", spec.entrypoint.as_ref())?);
    optional(&mut body, "Args", words("command", spec.command.as_ref())?);
    optional(&mut body, "User", spec.user.as_ref());
    optional(&mut body, "Dir", spec.working_dir.as_ref());
    optional(&mut body, "Hostname", spec.hostname.as_ref());
    optional(&mut body, "Init", spec.init.then_some(true));
    optional(&mut body, "StopGracePeriod", spec.stop_timeout.map(|span| nanoseconds(span.0)));
    Ok(body)
}

fn restart(spec: &ServiceSpec) -> Option<Value> {
    let mut policy = Value::Object(Map::new());
    optional(&mut policy, "Condition", spec.restart_condition());
    optional(&mut policy, "Delay", spec.restart_delay.map(|span| nanoseconds(span.0)));
    optional(&mut policy, "MaxAttempts", spec.restart_max_attempts);
    policy.as_object().is_some_and(|policy| !policy.is_empty()).then_some(policy)
}

fn port(port: &ServicePort) -> Value {
    let mut body = json!({
        "TargetPort": port.target,
        "Protocol": port.protocol.to_string(),
        "PublishMode": if port.on_host { "host" } else { "ingress" },
    });
    optional(&mut body, "PublishedPort", port.published);
    body
}

/// `NAME:ADDRESS` as a line of a hosts file.
fn host(entry: &str) -> String {
    let (name, address) = entry.split_once(':').unwrap_or((entry, ""));
    format!("{address} {name}")
}

fn mounts(entries: &Words) -> Result<Vec<Value>> {
    let fault = |fault: crate::engine::volumes::VolumeFault| Error::Invalid {
        message: fault.to_string(),
        hint: Some(fault.hint()),
    };
    let volumes = Volumes::parse(entries).map_err(fault)?;
    let mut mounts: Vec<Value> =
        volumes.anonymous.iter().map(|target| json!({"Type": "volume", "Target": target})).collect();
    for entry in &volumes.binds {
        let parts: Vec<&str> = entry.split(':').collect();
        let (source, target) = (parts[0], parts[1]);
        let options: Vec<&str> = parts.get(2).map_or(Vec::new(), |options| options.split(',').collect());
        if let Some(option) = options.iter().find(|option| !matches!(**option, "ro" | "rw")) {
            let fault = ServiceFault::VolumeOption { entry: entry.clone(), option: (*option).to_owned() };
            return Err(SwarmError::from(fault).into());
        }
        let kind = if source.starts_with('/') { "bind" } else { "volume" };
        mounts.push(json!({"Type": kind, "Source": source, "Target": target, "ReadOnly": options.contains(&"ro")}));
    }
    Ok(mounts)
}

fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Node, read};

    #[test]
    fn every_option_has_its_place() {
        let spec: ServiceSpec = read(&Node::from(json!({
            "name": "web", "replicas": 3, "networks": {"app": {"aliases": ["w"]}}, "endpoint_mode": "dnsrr",
            "ports": [{"target": 80, "published": 8080, "mode": "host"}], "env": {"A": "1"}, "command": "httpd -f",
            "entrypoint": ["/init"], "volumes": ["/h:/c:ro", "data:/d", "/e"], "restart": "on-failure",
            "restart_delay": "2s", "stop_timeout": 3, "extra_hosts": ["db:10.0.0.5"], "constraints": "node.role==manager",
            "labels": {"a": "b"},
        })))
        .unwrap();
        let ownership = Ownership { project: "p".into(), run: "r".into() };
        let body = service("nginx", &spec, &ownership).unwrap();
        assert_eq!(body["Name"], "web");
        assert_eq!(body["Labels"], json!({"a": "b", "xnet.project": "p", "xnet.run": "r"}));
        assert_eq!(body["Mode"], json!({"Replicated": {"Replicas": 3}}));
        let port = json!({"TargetPort": 80, "PublishedPort": 8080, "Protocol": "tcp", "PublishMode": "host"});
        assert_eq!(body["EndpointSpec"], json!({"Mode": "dnsrr", "Ports": [port]}));
        let template = &body["TaskTemplate"];
        assert_eq!(template["Networks"], json!([{"Target": "app", "Aliases": ["w"], "DriverOpts": {}}]));
        assert_eq!(template["Placement"]["Constraints"], json!(["node.role==manager"]));
        assert_eq!(template["RestartPolicy"], json!({"Condition": "on-failure", "Delay": 2_000_000_000_u64}));
        let container = &template["ContainerSpec"];
        assert_eq!((&container["Command"], &container["Args"]), (&json!(["/init"]), &json!(["httpd", "-f"])));
        assert_eq!(container["Hosts"], json!(["10.0.0.5 db"]));
        assert_eq!(container["StopGracePeriod"], 3_000_000_000_u64);
        assert_eq!(container["Mounts"][1], json!({"Type": "bind", "Source": "/h", "Target": "/c", "ReadOnly": true}));
    }
}
