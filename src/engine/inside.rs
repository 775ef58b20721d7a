//! Paths in a container: what is there, where links lead, and which folder a copy goes to.

use std::io::{self, Cursor};

use tar::{Archive, EntryType};

use super::archive::CopyFault;
use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::raw::{Request, UNBOUNDED};

/// Links followed before they are taken for a circle, as in Linux.
const LINKS: usize = 40;

/// What stands at a path in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link(String),
    Special,
}

impl Engine {
    /// The folder to unpack in and what the topmost entry is called there; an empty name for contents.
    pub(super) async fn landing(
        &self,
        container: &str,
        target: &str,
        name: &str,
        is_folder: bool,
        contents: bool,
    ) -> Result<(String, String)> {
        let (real, kind) = self.followed(container, target).await?;
        match kind {
            Some(Kind::Folder) if contents => Ok((real, String::new())),
            Some(Kind::Folder) => Ok((real, name.to_owned())),
            Some(Kind::File) if is_folder || target.ends_with('/') => Err(fault(At::NotFolder, container, target)),
            Some(Kind::Special) => Err(fault(At::Special, container, target)),
            None if !is_folder && target.ends_with('/') => Err(fault(At::NoPath, container, target)),
            _ => self.folder_above(container, &real).await,
        }
    }

    /// The folder of a path, which must be there, and the last part of the path.
    pub(super) async fn folder_above(&self, container: &str, path: &str) -> Result<(String, String)> {
        let path = path.trim_end_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = if folder.is_empty() { "/" } else { folder };
        match self.followed(container, folder).await? {
            (real, Some(Kind::Folder)) => Ok((real, name.to_owned())),
            (_, None) => Err(fault(At::NoPath, container, folder)),
            _ => Err(fault(At::NotFolder, container, folder)),
        }
    }

    /// A path as it is after links, and what is there.
    pub(super) async fn followed(&self, container: &str, path: &str) -> Result<(String, Option<Kind>)> {
        let mut path = absolute("/", path)?;
        for _ in 0..LINKS {
            match self.look(container, &path).await? {
                Some(Kind::Link(to)) => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                    path = absolute(&folder, &to)?;
                }
                kind => return Ok((path, kind)),
            }
        }
        let message = format!("\"{path}\" in container \"{container}\" is a link that leads in a circle");
        Err(Error::Invalid { message, hint: None })
    }

    /// What is at a path: the head of the tar that the engine makes of it. The rest is not waited for.
    pub(super) async fn look(&self, container: &str, path: &str) -> Result<Option<Kind>> {
        let request = taken(container, path);
        let (mut pieces, mut head) = (self.stream(&request, None), Vec::new());
        // Enough for a header, and for the longer name that may come before it.
        while head.len() < 16 << 10 {
            match self.next_piece(&mut pieces, &request).await {
                Ok(Some(piece)) => head.extend_from_slice(&piece),
                Ok(None) => break,
                Err(error) => {
                    return match self.explain_copy(error, container, path).await {
                        Error::Copy(CopyFault::NoPath { .. }) => Ok(None),
                        error => Err(error),
                    };
                }
            }
            if head.len() >= 1024 && head[156] != b'L' && head[156] != b'K' && head[156] != b'x' {
                break;
            }
        }
        let unreadable = |error: io::Error| self.transport(error.to_string());
        let mut archive = Archive::new(Cursor::new(head));
        let Some(entry) = archive.entries().map_err(unreadable)?.next() else { return Ok(None) };
        let entry = entry.map_err(unreadable)?;
        Ok(Some(match entry.header().entry_type() {
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => {
                let to = entry.link_name().map_err(unreadable)?.unwrap_or_default();
                Kind::Link(to.to_string_lossy().into_owned())
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse | EntryType::Link => Kind::File,
            _ => Kind::Special,
        }))
    }

    pub(super) async fn explain_copy(&self, error: Error, container: &str, path: &str) -> Error {
        let Error::Refused { status, words } = &error else { return error };
        if *status != 404 && !words.contains("not a directory") {
            return error;
        }
        if words.to_lowercase().contains("no such container") {
            return self.explain(error, Thing::Container, container).await;
        }
        fault(At::NoPath, container, path)
    }
}

/// Which fault of a path it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    NoPath,
    NotFolder,
    IsFolder,
    Special,
    NotText,
}

pub(super) fn fault(at: At, container: &str, path: &str) -> Error {
    let (container, path) = (container.to_owned(), path.to_owned());
    Error::Copy(match at {
        At::NoPath => CopyFault::NoPath { container, path },
        At::NotFolder => CopyFault::NotFolder { container, path },
        At::IsFolder => CopyFault::IsFolder { container, path },
        At::Special => CopyFault::Special { container, path },
        At::NotText => CopyFault::NotText { container, path },
    })
}

/// The request for what is at a path, as a tar.
pub(super) fn taken(container: &str, path: &str) -> Request {
    Request::get(&["containers", container, "archive"]).query("path", path).within(UNBOUNDED)
}

/// A path of a container made absolute and clean. A link that goes up is followed by its name alone.
pub(in crate::engine) fn absolute(folder: &str, path: &str) -> Result<String> {
    if path.is_empty() {
        return Err(Error::Invalid { message: "a path is empty".into(), hint: None });
    }
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Ok(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_clean_and_never_leaves_the_root() {
        for (folder, path, want) in [
            ("/", "/etc//nginx/.", "/etc/nginx"),
            ("/", "tmp", "/tmp"),
            ("/a/b", "../c", "/a/c"),
            ("/a", "../../../etc", "/etc"),
            ("/", "/", "/"),
        ] {
            assert_eq!(absolute(folder, path).unwrap(), want, "{folder} {path}");
        }
        assert!(absolute("/", "").is_err());
    }
}
