//! Finds the engine and proves that it answers.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::Docker;

use super::attempt::{Attempt, Unreachable};
use super::client::{Engine, Ownership, Target};
use super::context::{self, ContextFault};
use super::errors::{Error, Result};
use super::host::Host;
use super::place::{At, Choice, Environment, Place, choose, named};
use super::raw::{LIMIT, Request};
use super::ssh;

impl Engine {
    /// Tries each place in order: `--host`, `--context`, `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context of Docker's
    /// configuration, the default socket, rootless sockets, Podman sockets. A place that somebody named must answer;
    /// only among the usual sockets is the next one tried. Each try is bounded: 5 s for sockets, 10 s for TCP, 30 s for ssh.
    pub async fn connect(target: &Target, ownership: Ownership) -> Result<Self> {
        Self::connect_from(target, ownership, &Environment::read()).await
    }

    pub(super) async fn connect_from(target: &Target, ownership: Ownership, environment: &Environment) -> Result<Self> {
        let folder = environment.config_folder();
        let current = || folder.as_deref().map_or(Ok(None), context::current);
        let choice = choose(target, environment, current).map_err(unreadable)?;
        Self::connect_one_of(choice, ownership, environment).await
    }

    /// Connects to the place that a script named: an address, or the name of a Docker context.
    pub async fn connect_to(place: &str, ownership: Ownership) -> Result<Self> {
        let (place, environment) = (place.trim(), Environment::read());
        if place == "default" {
            // Docker's word for no context: what the environment says, or the usual sockets.
            let target = Target { host: None, context: Some(place.to_owned()) };
            return Self::connect_from(&target, ownership, &environment).await;
        }
        Self::connect_one_of(Choice::Named(named(place)), ownership, &environment).await
    }

    async fn connect_one_of(choice: Choice, ownership: Ownership, environment: &Environment) -> Result<Self> {
        let places = match choice {
            Choice::Named(place) => vec![place],
            Choice::Usual(places) => places,
        };
        let mut tried = Vec::new();
        for place in places {
            match try_place(&place, environment, &ownership).await? {
                Ok(engine) => return Ok(engine),
                Err(attempt) => tried.push(attempt),
            }
        }
        Err(Error::NoEngine { tried })
    }

    /// Docker's answer to `GET /version`.
    pub async fn version(&self) -> Result<serde_json::Value> {
        self.send(&Request::get(&["version"])).await
    }

    /// Docker's answer to `GET /info`.
    pub async fn info(&self) -> Result<serde_json::Value> {
        self.send(&Request::get(&["info"])).await
    }
}

fn unreadable(fault: ContextFault) -> Error {
    match fault {
        ContextFault::Unreadable { path, words } => Error::File { path, words },
        ContextFault::Unknown { known } => Error::NotFound { what: "context", name: String::new(), known },
    }
}

/// A place made out: an address, and the folder of its TLS material.
struct Located {
    host: Host,
    tls: PathBuf,
}

/// Why a place is not used: it ends the search, or counts as one try.
enum NotUsed {
    Fault(Error),
    Tried(Attempt),
}

async fn try_place(
    place: &Place,
    environment: &Environment,
    ownership: &Ownership,
) -> Result<std::result::Result<Engine, Attempt>> {
    let Located { host, tls } = match locate(place, environment) {
        Ok(located) => located,
        Err(NotUsed::Fault(error)) => return Err(error),
        Err(NotUsed::Tried(attempt)) => return Ok(Err(attempt)),
    };
    let address = host.to_string();
    let reason = match answer(&host, &tls, environment).await {
        Ok(docker) => {
            let local = matches!(host, Host::Unix(_));
            return Ok(Ok(Engine::new(docker, address, local, ownership.clone())));
        }
        Err(reason) => reason,
    };
    Ok(Err(Attempt { origin: place.origin.clone(), address: Some(address), reason }))
}

fn locate(place: &Place, environment: &Environment) -> std::result::Result<Located, NotUsed> {
    let failed =
        |address: Option<String>, reason| NotUsed::Tried(Attempt { origin: place.origin.clone(), address, reason });
    let mut tls = environment.docker_cert_path.clone();
    let mut secure = environment.docker_tls_verify;
    let text = match &place.at {
        At::Host(host) => host.clone(),
        At::Context(name) => {
            let folder = environment.config_folder().unwrap_or_default();
            let context = context::find(&folder, name).map_err(|fault| match fault {
                ContextFault::Unknown { known } => failed(None, Unreachable::NoContext { known }),
                fault @ ContextFault::Unreadable { .. } => NotUsed::Fault(unreadable(fault)),
            })?;
            if context.skip_verify && context.host.starts_with("tcp") {
                let words = "it skips the check of the server's certificate, which is not supported".into();
                return Err(failed(Some(context.host), Unreachable::Failed(words)));
            }
            secure = context.tls.is_some();
            tls = context.tls;
            context.host
        }
    };
    let host = Host::parse(&text, secure)
        .map_err(|fault| NotUsed::Fault(Error::BadHost { origin: place.origin.clone(), host: text, fault }))?;
    Ok(Located { host, tls: tls.or_else(|| environment.config_folder()).unwrap_or_default() })
}

/// Opens an address and proves that an engine answers there.
async fn answer(host: &Host, tls: &Path, environment: &Environment) -> std::result::Result<Docker, Unreachable> {
    let (host, complaint, limit) = match host {
        Host::Ssh(authority) => {
            let relay = ssh::relay(authority, environment.home.as_deref());
            let (path, complaint) = relay.map_err(|error| Unreachable::Failed(error.to_string()))?;
            (&Host::Unix(path), Some(complaint), 30)
        }
        Host::Unix(_) => (host, None, 5),
        Host::Tcp(_) | Host::Tls(_) => (host, None, 10),
    };
    let docker = open(host, tls).map_err(|error| reason(&error))?;
    let limit = Duration::from_secs(limit);
    match tokio::time::timeout(limit, docker.ping()).await {
        Err(_) => Err(Unreachable::TimedOut(limit)),
        Ok(Ok(_)) => Ok(docker),
        Ok(Err(error)) => {
            let said = complaint.and_then(|complaint| complaint.take());
            Err(said.map_or_else(|| reason(&error), Unreachable::Failed))
        }
    }
}

/// An ssh address comes here as the socket of its relay.
fn open(host: &Host, tls: &Path) -> std::result::Result<Docker, bollard::errors::Error> {
    let version = bollard::API_DEFAULT_VERSION;
    let limit = LIMIT.as_secs();
    match host {
        Host::Unix(path) | Host::Ssh(path) => Docker::connect_with_unix(path, limit, version),
        Host::Tcp(authority) => Docker::connect_with_http(authority, limit, version),
        Host::Tls(authority) => {
            let file = |name: &str| -> PathBuf { tls.join(name) };
            Docker::connect_with_ssl(authority, &file("key.pem"), &file("cert.pem"), &file("ca.pem"), limit, version)
        }
    }
}

/// Looks for the system's own error at the bottom of what the layers above make of it.
fn reason(error: &bollard::errors::Error) -> Unreachable {
    if let bollard::errors::Error::SocketNotFoundError(_) = error {
        return Unreachable::Missing;
    }
    let mut words = error.to_string();
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(inner) = next {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::NotFound => return Unreachable::Missing,
                io::ErrorKind::PermissionDenied => return Unreachable::Denied,
                io::ErrorKind::ConnectionRefused => return Unreachable::Refused,
                _ => {}
            }
        }
        words = inner.to_string();
        next = inner.source();
    }
    Unreachable::Failed(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(target: &Target, environment: &Environment) -> Error {
        let work = Engine::connect_from(target, Ownership::default(), environment);
        crate::runtime::wait(&crate::runtime::Cancel::new(), work).unwrap().unwrap_err()
    }

    fn at(host: &str) -> Target {
        Target { host: Some(host.into()), context: None }
    }

    #[test]
    fn a_named_place_that_does_not_answer_is_the_only_one_tried() {
        let error = connect(&at("unix:///nowhere/docker.sock"), &Environment::default());
        let Error::NoEngine { tried } = &error else { panic!("{error:?}") };
        assert_eq!(tried.len(), 1);
        assert_eq!(tried[0].origin, "--host");
        assert_eq!(tried[0].reason, Unreachable::Missing);
        assert_eq!(error.exit_code(), 3);
    }

    #[test]
    fn a_closed_port_and_a_dead_socket_refuse() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        for host in [format!("unix://{}", path.display()), "tcp://127.0.0.1:1".into()] {
            let Error::NoEngine { tried } = connect(&at(&host), &Environment::default()) else { panic!() };
            assert_eq!(tried[0].reason, Unreachable::Refused, "{host}");
        }
    }

    #[test]
    fn an_unknown_context_suggests_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("contexts/meta/a");
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::write(meta.join("meta.json"), r#"{"Name": "laboratory"}"#).unwrap();
        let environment = Environment { docker_config: Some(folder.path().into()), ..Environment::default() };
        let error = connect(&Target { host: None, context: Some("labratory".into()) }, &environment);
        assert_eq!(error.hint().unwrap(), "did you mean `laboratory`?");
        assert!(error.to_string().contains("context \"labratory\" (--context): there is no such context"), "{error}");
    }

    #[test]
    fn an_unknown_scheme_is_invalid_not_unreachable() {
        let error = connect(&at("ssg://host"), &Environment::default());
        assert_eq!(error.kind(), "invalid");
        assert_eq!(error.hint().unwrap(), "did you mean `ssh://`?");
    }
}
