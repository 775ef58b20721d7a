//! A container as the body of `POST /containers/create`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::host_config::host_config;
use super::{endpoint, labels};
use crate::engine::client::Ownership;
use crate::engine::volumes::{self, Volumes};
use crate::model::container::{ContainerSpec, Health, NetworkMode};
use crate::model::network::EndpointSpec;
use crate::model::text::CommandLine;

/// What a container is made from: the body of the request, and the networks to connect before it starts.
#[derive(Debug, PartialEq)]
pub(in crate::engine) struct Plan {
    pub(in crate::engine) body: Value,
    pub(in crate::engine) later: Vec<(String, EndpointSpec)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::engine) enum BodyFault {
    #[error("the quotes in {what} \"{text}\" do not match")]
    Quotes { what: &'static str, text: String },
    #[error(transparent)]
    Volume(#[from] volumes::VolumeFault),
}

impl BodyFault {
    pub(in crate::engine) fn hint(&self) -> String {
        match self {
            Self::Quotes { .. } => "give it as a list: each element is one argument".into(),
            Self::Volume(fault) => fault.hint(),
        }
    }
}

/// `whole`: the engine takes all networks in one request, and a MAC address with the endpoint (API 1.44). Others take one
/// network, and those left over are connected between creation and start.
pub(in crate::engine) fn plan(
    image: &str,
    spec: &ContainerSpec,
    ownership: &Ownership,
    whole: bool,
) -> Result<Plan, BodyFault> {
    let mut attachments = spec.attachments();
    for (_, endpoint) in &mut attachments {
        // Docker's command line does the same: on a user-defined network, links belong to the endpoint.
        endpoint.links.0.extend(spec.links.0.iter().cloned());
    }
    let volumes = Volumes::parse(&spec.volumes)?;
    let published = published(spec);
    let mut body = json!({
        "Image": image,
        "Env": spec.env.lines(),
        "Labels": labels(&spec.labels, ownership),
        "ExposedPorts": exposed(spec, &published),
        "Volumes": volumes.anonymous.iter().map(|path| (path.clone(), json!({}))).collect::<Map<_, _>>(),
        "Tty": *spec.tty,
        "HostConfig": host_config(spec, &published, &volumes.binds, &attachments),
    });
    optional(&mut body, "Cmd", command("command", spec.command.as_ref())?);
    optional(&mut body, "Entrypoint", command("entrypoint", spec.entrypoint.as_ref())?);
    optional(&mut body, "Hostname", spec.hostname.as_ref());
    optional(&mut body, "Domainname", spec.domainname.as_ref());
    optional(&mut body, "User", spec.user.as_ref());
    optional(&mut body, "WorkingDir", spec.working_dir.as_ref());
    optional(&mut body, "StopSignal", spec.stop_signal.as_ref());
    optional(&mut body, "StopTimeout", spec.stop_timeout.map(|span| whole_seconds(span.0)));
    optional(&mut body, "Healthcheck", spec.healthcheck.as_ref().map(health));
    if let Some(address) = &spec.mac_address {
        if !whole {
            body["MacAddress"] = address.as_str().into();
        } else if let Some((_, first)) = attachments.first_mut() {
            first.mac_address = first.mac_address.take().or_else(|| Some(address.clone()));
        } else if spec.mode() == NetworkMode::Default {
            attachments.push((
                "default".into(),
                EndpointSpec { mac_address: Some(address.clone()), ..EndpointSpec::default() },
            ));
        }
    }
    let later = if whole { Vec::new() } else { attachments.split_off(attachments.len().min(1)) };
    if !attachments.is_empty() {
        let endpoints = attachments.iter().map(|(name, spec)| (name.clone(), endpoint(spec)));
        body["NetworkingConfig"] = json!({"EndpointsConfig": endpoints.collect::<Map<_, _>>()});
    }
    Ok(Plan { body, later })
}

/// The engine counts whole seconds: a part of one counts as one.
pub(in crate::engine) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

pub(in crate::engine) fn optional<T: serde::Serialize>(body: &mut Value, key: &str, value: Option<T>) {
    if let Some(value) = value {
        body[key] = json!(value);
    }
}

/// A string is split the way Docker's command line receives it from a shell, but no shell runs: no variables, no `|`.
pub(in crate::engine) fn command(
    what: &'static str,
    line: Option<&CommandLine>,
) -> Result<Option<Vec<String>>, BodyFault> {
    match line {
        None => Ok(None),
        Some(CommandLine::Arguments(words)) => Ok(Some(words.clone())),
        Some(CommandLine::Text(text)) => {
            shlex::split(text).map(Some).ok_or_else(|| BodyFault::Quotes { what, text: text.clone() })
        }
    }
}

fn published(spec: &ContainerSpec) -> Map<String, Value> {
    let mut ports: Map<String, Value> = Map::new();
    for binding in spec.ports.iter().flat_map(crate::model::ports::PublishedPort::bindings) {
        let key = format!("{}/{}", binding.container_port, binding.protocol);
        let entry = json!({
            "HostIp": binding.host_ip.map(|address| address.to_string()).unwrap_or_default(),
            "HostPort": binding.host.map(|range| range.to_string()).unwrap_or_default(),
        });
        if let Value::Array(entries) = ports.entry(key).or_insert_with(|| json!([])) {
            entries.push(entry);
        }
    }
    ports
}

/// What is exposed by wish, and what is published, which is exposed by that.
fn exposed(spec: &ContainerSpec, published: &Map<String, Value>) -> Map<String, Value> {
    let by_wish =
        spec.expose.iter().flat_map(|port| port.ports.iter().map(|number| format!("{number}/{}", port.protocol)));
    by_wish.chain(published.keys().cloned()).map(|key| (key, json!({}))).collect()
}

/// Docker's `HealthConfig`: times in nanoseconds; what is left out comes from the image.
fn health(health: &Health) -> Value {
    let Health::Check(check) = health else { return json!({"Test": ["NONE"]}) };
    let mut body = Map::new();
    if let Some(test) = &check.test {
        body.insert("Test".into(), test.0.clone().into());
    }
    for (key, span) in [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
    ] {
        if let Some(span) = span {
            body.insert(key.into(), u64::try_from(span.0.as_nanos()).unwrap_or(u64::MAX).into());
        }
    }
    if let Some(retries) = check.retries {
        body.insert("Retries".into(), retries.into());
    }
    Value::Object(body)
}
