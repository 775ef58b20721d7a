//! Docker contexts: `config.json` names the current one, `contexts/meta/*/meta.json` says where each leads.
//!
//! Source: the layout that `docker context create` writes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where a context leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) host: String,
    /// Folder with `ca.pem`, `cert.pem` and `key.pem`, when the context has TLS material.
    pub(super) tls: Option<PathBuf>,
    /// The server's certificate is not to be checked.
    pub(super) skip_verify: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ContextFault {
    Unknown { known: Vec<String> },
    Unreadable { path: String, words: String },
}

/// The `currentContext` of Docker's configuration; `None` when there is no configuration.
pub(super) fn current(folder: &Path) -> Result<Option<String>, ContextFault> {
    let path = folder.join("config.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let config: Value = serde_json::from_str(&text).map_err(|error| unreadable(&path, &error))?;
    Ok(config["currentContext"].as_str().map(str::to_owned))
}

/// Finds a context by name. Folders are named by a digest, so every one is looked into.
pub(super) fn find(folder: &Path, name: &str) -> Result<Context, ContextFault> {
    let mut known = Vec::new();
    for entry in fs::read_dir(folder.join("contexts/meta")).into_iter().flatten().flatten() {
        let path = entry.path().join("meta.json");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let meta: Value = match serde_json::from_str(&text) {
            Ok(meta) => meta,
            // A broken context matters only if it may be the one that is asked for.
            Err(error) if text.contains(name) => return Err(unreadable(&path, &error)),
            Err(_) => continue,
        };
        let Some(found) = meta["Name"].as_str() else { continue };
        if found != name {
            known.push(found.to_owned());
            continue;
        }
        let endpoint = &meta["Endpoints"]["docker"];
        let Some(host) = endpoint["Host"].as_str().filter(|host| !host.is_empty()) else {
            return Err(unreadable(&path, &"it has no Docker endpoint"));
        };
        let tls = folder.join("contexts/tls").join(entry.file_name()).join("docker");
        return Ok(Context {
            host: host.to_owned(),
            tls: tls.is_dir().then_some(tls),
            skip_verify: endpoint["SkipTLSVerify"].as_bool().unwrap_or(false),
        });
    }
    known.sort();
    Err(ContextFault::Unknown { known })
}

fn unreadable(path: &Path, words: &dyn std::fmt::Display) -> ContextFault {
    ContextFault::Unreadable { path: path.display().to_string(), words: words.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(name: &str, host: &str, tls: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("contexts/meta/abc");
        fs::create_dir_all(&meta).unwrap();
        let json = serde_json::json!({"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": false}}});
        fs::write(meta.join("meta.json"), json.to_string()).unwrap();
        if tls {
            fs::create_dir_all(folder.path().join("contexts/tls/abc/docker")).unwrap();
        }
        folder
    }

    #[test]
    fn a_context_is_found_by_name_with_its_tls_material() {
        let folder = folder_with("lab", "tcp://lab:2376", true);
        let context = find(folder.path(), "lab").unwrap();
        assert_eq!(context.host, "tcp://lab:2376");
        assert_eq!(context.tls, Some(folder.path().join("contexts/tls/abc/docker")));
    }

    #[test]
    fn an_unknown_context_lists_the_known() {
        let folder = folder_with("lab", "tcp://lab:2376", false);
        assert_eq!(find(folder.path(), "lap"), Err(ContextFault::Unknown { known: vec!["lab".into()] }));
    }

    #[test]
    fn the_current_context_is_read_and_a_broken_configuration_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(current(folder.path()), Ok(None));
        fs::write(folder.path().join("config.json"), r#"{"currentContext": "lab"}"#).unwrap();
        assert_eq!(current(folder.path()), Ok(Some("lab".into())));
        fs::write(folder.path().join("config.json"), "{").unwrap();
        assert!(matches!(current(folder.path()), Err(ContextFault::Unreadable { .. })));
    }
}
