//! Who xnet is to a registry: what `docker login` keeps in Docker's `config.json`, or a credential helper that it names.

use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Under which Docker's own registry is kept.
const HUB: &str = "https://index.docker.io/v1/";
/// A helper may have to ask a keychain, not a person.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is known for one registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Value of the header `X-Registry-Auth`.
    pub(super) header: Option<String>,
    /// Why there is none although the configuration speaks of the registry.
    pub(super) note: Option<String>,
}

/// The registry of an image: what comes before the first slash if it is a host, and Docker's own otherwise.
///
/// Source: distribution/reference, `splitDockerDomain`.
pub(super) fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _))
            if first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase) =>
        {
            if matches!(first, "docker.io" | "index.docker.io") { HUB } else { first }
        }
        _ => HUB,
    }
}

/// Looks in Docker's configuration. A broken one is said in the note, and only matters if the registry then refuses.
pub(super) async fn find(folder: Option<&Path>, registry: &str) -> Known {
    let config = match config(folder).await {
        Ok(config) => config,
        Err(note) => return noted(note),
    };
    match helper(&config, registry) {
        Some(program) => ask(&program, registry).await,
        None => match entry(&config, registry) {
            Some(auth) => Known { header: Some(encode(&auth)), note: None },
            None => Known::default(),
        },
    }
}

/// All that the configuration itself keeps, as a build wants it in `X-Registry-Config`.
pub(super) async fn all(folder: Option<&Path>) -> Known {
    let config = match config(folder).await {
        Ok(config) => config,
        Err(note) => return noted(note),
    };
    let names = config["auths"].as_object().into_iter().flat_map(Map::keys);
    let known: Map<String, Value> =
        names.filter_map(|name| Some((name.clone(), entry(&config, host(name))?))).collect();
    Known { header: (!known.is_empty()).then(|| encode(&Value::Object(known))), note: None }
}

/// Docker's configuration, null where there is none, or why it cannot be read.
async fn config(folder: Option<&Path>) -> Result<Value, String> {
    let Some(path) = folder.map(|folder| folder.join("config.json")) else { return Ok(Value::Null) };
    let unreadable = |words: &dyn Display| format!("{} cannot be read: {words}", path.display());
    match tokio::fs::read_to_string(&path).await {
        Ok(text) => serde_json::from_str(&text).map_err(|error| unreadable(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Value::Null),
        Err(error) => Err(unreadable(&error)),
    }
}

fn noted(note: String) -> Known {
    Known { header: None, note: Some(note) }
}

fn encode(auth: &Value) -> String {
    URL_SAFE.encode(auth.to_string())
}

/// A key of the configuration without what may stand around the host.
fn host(key: &str) -> &str {
    if key == HUB {
        return HUB;
    }
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let host = key.split('/').next().unwrap_or(key);
    if matches!(host, "docker.io" | "index.docker.io") { HUB } else { host }
}

/// The program that keeps the secrets of a registry.
fn helper(config: &Value, registry: &str) -> Option<String> {
    let own = config["credHelpers"].as_object().into_iter().flatten();
    let mut own = own.filter(|(key, _)| host(key) == registry).filter_map(|(_, name)| name.as_str());
    let name = own.next().or_else(|| config["credsStore"].as_str()).filter(|name| !name.is_empty())?;
    Some(format!("docker-credential-{name}"))
}

/// What `docker login` wrote without a helper.
fn entry(config: &Value, registry: &str) -> Option<Value> {
    let mut auths = config["auths"].as_object()?.iter().filter(|(key, _)| host(key) == registry);
    let (key, kept) = auths.next()?;
    if let Some(token) = kept["identitytoken"].as_str().filter(|token| !token.is_empty()) {
        return Some(json!({"identitytoken": token, "serveraddress": key}));
    }
    let pair = kept["auth"].as_str().and_then(|auth| STANDARD.decode(auth.trim()).ok());
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
    let (user, password) = match pair.as_deref().and_then(|pair| pair.split_once(':')) {
        // Docker itself ends some passwords with NUL.
        Some((user, password)) => (user, password.trim_end_matches('\0')),
        None => (kept["username"].as_str()?, kept["password"].as_str()?),
    };
    Some(json!({"username": user, "password": password, "serveraddress": key}))
}

/// Asks a helper: the registry goes to its stdin, and it answers with JSON.
///
/// Source: docker/docker-credential-helpers, README, "Development".
async fn ask(program: &str, registry: &str) -> Known {
    let inside = program.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !inside {
        return noted(format!("\"{program}\" is not the name of a credential helper"));
    }
    let command = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match command {
        Ok(child) => child,
        Err(error) => return noted(format!("the credential helper {program} cannot be run: {error}")),
    };
    let work = async {
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read it says so by its exit code.
            let _ = stdin.write_all(registry.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let output = match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return noted(format!("the credential helper {program} failed: {error}")),
        Err(_) => return noted(format!("the credential helper {program} did not answer")),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return if said.contains("credentials not found") {
            Known::default()
        } else {
            noted(format!("the credential helper {program} failed: {}", said.trim()))
        };
    }
    let answer: Value = serde_json::from_str(&said).unwrap_or_default();
    match (answer["Username"].as_str(), answer["Secret"].as_str()) {
        (Some("<token>"), Some(token)) => {
            Known { header: Some(encode(&json!({"identitytoken": token, "serveraddress": registry}))), note: None }
        }
        (Some(user), Some(secret)) => {
            let auth = json!({"username": user, "password": secret, "serveraddress": registry});
            Known { header: Some(encode(&auth)), note: None }
        }
        _ => noted(format!("the credential helper {program} gave no answer that can be read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_told_from_a_name() {
        for (image, want) in [
            ("nginx", HUB),
            ("library/nginx:1.25", HUB),
            ("docker.io/library/nginx", HUB),
            ("localhost/a", "localhost"),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000"),
            ("ghcr.io/a@sha256:ff", "ghcr.io"),
        ] {
            assert_eq!(registry(image), want, "{image}");
        }
    }

    #[test]
    fn what_docker_login_keeps_is_found_under_every_spelling() {
        let config = json!({"auths": {
            "https://index.docker.io/v1/": {"auth": STANDARD.encode("u:p:q")},
            "https://reg.example/v2/": {"identitytoken": "t"},
            "plain.example": {"username": "a", "password": "b"},
            "empty.example": {},
        }});
        assert_eq!(entry(&config, HUB).unwrap(), json!({"username": "u", "password": "p:q", "serveraddress": HUB}));
        assert_eq!(entry(&config, "reg.example").unwrap()["identitytoken"], "t");
        assert_eq!(entry(&config, "plain.example").unwrap()["password"], "b");
        assert_eq!(entry(&config, "empty.example").or(entry(&config, "other.example")), None);
    }

    #[test]
    fn a_registry_s_own_helper_comes_before_the_general_one() {
        let config = json!({"credsStore": "pass", "credHelpers": {"gcr.io": "gcloud"}});
        assert_eq!(helper(&config, "gcr.io").unwrap(), "docker-credential-gcloud");
        assert_eq!(helper(&config, "other").unwrap(), "docker-credential-pass");
        assert_eq!(helper(&json!({}), "other"), None);
    }
}
