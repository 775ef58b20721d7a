//! Which places are tried for an engine, and in which order. Pure: the environment is handed in.

use std::path::PathBuf;

use super::client::Target;

/// What of the process environment decides where the engine is. Empty variables count as absent.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    pub(super) docker_host: Option<String>,
    pub(super) docker_context: Option<String>,
    pub(super) docker_config: Option<PathBuf>,
    pub(super) docker_cert_path: Option<PathBuf>,
    pub(super) docker_tls_verify: bool,
    pub(super) xdg_runtime_dir: Option<PathBuf>,
    pub(super) home: Option<PathBuf>,
}

/// A place to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) origin: String,
    pub(super) at: At,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    Host(String),
    Context(String),
}

/// Either the one place that somebody named, which must answer, or the usual ones, of which the first that answers is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Named(Place),
    Usual(Vec<Place>),
}

impl Environment {
    pub(super) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            docker_host: text("DOCKER_HOST"),
            docker_context: text("DOCKER_CONTEXT"),
            docker_config: path("DOCKER_CONFIG"),
            docker_cert_path: path("DOCKER_CERT_PATH"),
            docker_tls_verify: text("DOCKER_TLS_VERIFY").is_some(),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR"),
            home: path("HOME"),
        }
    }

    /// The folder of Docker's own configuration.
    pub(super) fn config_folder(&self) -> Option<PathBuf> {
        self.docker_config.clone().or_else(|| self.home.as_ref().map(|home| home.join(".docker")))
    }
}

/// `current` reads the current context of Docker's configuration; it is asked only when nothing before it decides.
pub(super) fn choose<E>(
    target: &Target,
    environment: &Environment,
    current: impl FnOnce() -> Result<Option<String>, E>,
) -> Result<Choice, E> {
    let host = |origin: &str, host: &String| Choice::Named(Place { origin: origin.into(), at: At::Host(host.clone()) });
    let context = |name: String, from: &str| {
        Choice::Named(Place { origin: format!("context \"{name}\" ({from})"), at: At::Context(name) })
    };
    if let Some(address) = &target.host {
        return Ok(host("--host", address));
    }
    // The context named "default" is Docker's word for: no context.
    let named = target.context.as_deref();
    if let Some(name) = named.filter(|name| *name != "default") {
        return Ok(context(name.to_owned(), "--context"));
    }
    if let Some(address) = &environment.docker_host {
        return Ok(host("DOCKER_HOST", address));
    }
    if named.is_none() {
        match environment.docker_context.as_deref() {
            Some("default") => {}
            Some(name) => return Ok(context(name.to_owned(), "DOCKER_CONTEXT")),
            None => {
                if let Some(name) = current()?.filter(|name| !name.is_empty() && name != "default") {
                    return Ok(context(name, "current context of the Docker configuration"));
                }
            }
        }
    }
    Ok(Choice::Usual(usual(environment)))
}

/// How errors call a place that a script named.
pub(super) const HOST_CALL: &str = "docker.host";

/// The place that a script named: an address, or else a context.
pub(super) fn named(text: &str) -> Place {
    if text.is_empty() || text.contains(['/', ':']) {
        return Place { origin: HOST_CALL.into(), at: At::Host(text.to_owned()) };
    }
    Place { origin: format!("context \"{text}\" ({HOST_CALL})"), at: At::Context(text.to_owned()) }
}

fn usual(environment: &Environment) -> Vec<Place> {
    let mut sockets = vec![("default socket", PathBuf::from("/var/run/docker.sock"))];
    if let Some(folder) = &environment.xdg_runtime_dir {
        sockets.push(("rootless socket", folder.join("docker.sock")));
    }
    if let Some(home) = &environment.home {
        sockets.push(("rootless socket", home.join(".docker/run/docker.sock")));
    }
    if let Some(folder) = &environment.xdg_runtime_dir {
        sockets.push(("Podman socket", folder.join("podman/podman.sock")));
    }
    sockets.push(("Podman socket", PathBuf::from("/run/podman/podman.sock")));
    sockets
        .into_iter()
        .map(|(origin, path)| Place { origin: origin.into(), at: At::Host(format!("unix://{}", path.display())) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(target: &Target, environment: &Environment, current: Option<&str>) -> Choice {
        choose(target, environment, || Ok::<_, ()>(current.map(str::to_owned))).unwrap()
    }

    fn origin(choice: &Choice) -> &str {
        match choice {
            Choice::Named(place) => &place.origin,
            Choice::Usual(places) => &places[0].origin,
        }
    }

    #[test]
    fn each_source_yields_to_the_one_before() {
        let mut target = Target { host: Some("unix:///a".into()), context: Some("lab".into()) };
        let mut environment = Environment {
            docker_host: Some("unix:///b".into()),
            docker_context: Some("other".into()),
            ..Environment::default()
        };
        assert_eq!(origin(&chosen(&target, &environment, Some("cur"))), "--host");
        target.host = None;
        assert_eq!(origin(&chosen(&target, &environment, Some("cur"))), "context \"lab\" (--context)");
        target.context = None;
        assert_eq!(origin(&chosen(&target, &environment, Some("cur"))), "DOCKER_HOST");
        environment.docker_host = None;
        assert_eq!(origin(&chosen(&target, &environment, Some("cur"))), "context \"other\" (DOCKER_CONTEXT)");
        environment.docker_context = None;
        assert!(origin(&chosen(&target, &environment, Some("cur"))).starts_with("context \"cur\""));
        assert_eq!(origin(&chosen(&target, &environment, None)), "default socket");
    }

    #[test]
    fn the_default_context_means_none() {
        let environment = Environment { docker_context: Some("default".into()), ..Environment::default() };
        assert!(matches!(chosen(&Target::default(), &environment, Some("cur")), Choice::Usual(_)));
        let target = Target { host: None, context: Some("default".into()) };
        assert!(matches!(chosen(&target, &Environment::default(), Some("cur")), Choice::Usual(_)));
    }

    #[test]
    fn a_script_names_an_address_or_a_context() {
        for address in ["unix:///a", "tcp://h", "h:2375", "/run/d.sock", "ssh://u@h"] {
            assert_eq!(named(address).at, At::Host(address.into()));
        }
        assert_eq!(named("lab").at, At::Context("lab".into()));
    }

    #[test]
    fn the_usual_places_are_docker_then_rootless_then_podman() {
        let environment = Environment {
            xdg_runtime_dir: Some("/run/user/7".into()),
            home: Some("/home/u".into()),
            ..Environment::default()
        };
        let Choice::Usual(places) = chosen(&Target::default(), &environment, None) else { panic!() };
        let paths = places.iter().map(|place| match &place.at {
            At::Host(host) => host.trim_start_matches("unix://"),
            At::Context(_) => panic!(),
        });
        assert_eq!(
            paths.collect::<Vec<_>>(),
            [
                "/var/run/docker.sock",
                "/run/user/7/docker.sock",
                "/home/u/.docker/run/docker.sock",
                "/run/user/7/podman/podman.sock",
                "/run/podman/podman.sock"
            ]
        );
    }
}
