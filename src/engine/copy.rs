//! Files into a container and out of it, running or stopped, with the rules of `docker cp` for what the copy is called.

use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tar::{Archive, Builder, EntryType, Header};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::archive::{self, CopyFault, Landing, Source};
use super::cleanup::detach;
use super::client::Engine;
use super::errors::{Error, Result};
use super::explain::Thing;
use super::raw::{Pieces, Request, UNBOUNDED};
use crate::model::copy::{CopyFromSpec, CopyToSpec, WriteSpec};

/// Bytes of a file that is read as text.
const KEPT: usize = 64 << 20;
/// Links followed before they are taken for a circle, as in Linux.
const LINKS: usize = 40;

/// What stands at a path in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link(String),
    Special,
}

impl Engine {
    /// Copies a file or folder of this machine. What cannot be copied (sockets, pipes, devices) is named in the answer.
    ///
    /// A folder that is there at `target` receives the copy under the source's name, or, when the source ends in `/.`,
    /// what is in the source. Otherwise `target` is what the copy is called, and its folder must be there. `progress`
    /// hears how many bytes were sent.
    pub async fn copy_to(
        &self,
        container: &str,
        source: &str,
        target: &str,
        spec: &CopyToSpec,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<String>> {
        let path = PathBuf::from(source);
        let unreadable = |error: io::Error| Error::File { path: source.to_owned(), words: error.to_string() };
        let metadata = tokio::fs::metadata(&path).await.map_err(unreadable)?;
        let name = match path.file_name() {
            Some(name) if path.is_dir() || !source.ends_with('/') => name.to_owned(),
            _ => tokio::fs::canonicalize(&path).await.map_err(unreadable)?.file_name().unwrap_or_default().to_owned(),
        };
        let name = name.to_string_lossy().into_owned();
        let contents = metadata.is_dir() && contents(source);
        let (folder, name) = self.landing(container, target, &name, metadata.is_dir(), contents).await?;
        let owner = (spec.owner.user.into(), spec.owner.group.into());
        let packing = archive::pack(Source { path, name, owner, wanted: None });
        let told = packing.told();
        let sent = self.put(container, &folder, packing.pieces, progress).await;
        if let Some((path, words)) = told.fault() {
            return Err(Error::File { path: path.display().to_string(), words });
        }
        sent?;
        Ok(told.left_out())
    }

    /// Writes a file of this text. Its folder must be there; a file that is there is replaced.
    pub async fn write_file(&self, container: &str, path: &str, text: &str, spec: &WriteSpec) -> Result<()> {
        let (folder, name) = match self.followed(container, path).await? {
            (_, Some(Kind::Folder)) => return Err(fault(At::IsFolder, container, path)),
            _ if path.ends_with('/') => return Err(fault(At::IsFolder, container, path)),
            (real, _) => self.folder_above(container, &real).await?,
        };
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(spec.mode.0);
        header.set_uid(spec.owner.user.into());
        header.set_gid(spec.owner.group.into());
        header.set_size(text.len() as u64);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        header.set_mtime(now.as_secs());
        let mut tar = Builder::new(Vec::with_capacity(text.len() + 2048));
        let packed = tar.append_data(&mut header, &name, text.as_bytes()).and_then(|()| tar.into_inner());
        let packed = packed.map_err(|error| Error::File { path: path.to_owned(), words: error.to_string() })?;
        let pieces = stream::once(async move { Ok(Bytes::from(packed)) }).boxed();
        self.put(container, &folder, pieces, &|_| {}).await
    }

    /// The text of a file.
    pub async fn read_file(&self, container: &str, path: &str) -> Result<String> {
        let (path, kind) = self.followed(container, path).await?;
        match kind {
            None => return Err(fault(At::NoPath, container, &path)),
            Some(Kind::Folder) => return Err(fault(At::IsFolder, container, &path)),
            Some(Kind::File) => {}
            Some(_) => return Err(fault(At::Special, container, &path)),
        }
        let request = taken(container, &path);
        let (mut pieces, mut tar) = (self.stream(&request, None), Vec::new());
        while let Some(piece) = self.next_piece(&mut pieces, &request).await? {
            if tar.len() + piece.len() > KEPT {
                return Err(Error::TooMuch { limit: KEPT, hint: "docker.copy_from writes it to a file" });
            }
            tar.extend_from_slice(&piece);
        }
        let mut bytes = Vec::new();
        let mut archive = Archive::new(tar.as_slice());
        if let Some(entry) = archive.entries().map_err(|error| self.transport(error.to_string()))?.next() {
            let read = entry.and_then(|mut entry| entry.read_to_end(&mut bytes));
            read.map_err(|error| self.transport(error.to_string()))?;
        }
        String::from_utf8(bytes).map_err(|_| fault(At::NotText, container, &path))
    }

    /// Copies a file or folder of the container to this machine, where it is owned by whoever runs this. What cannot be
    /// made here (devices, pipes) is named in the answer.
    ///
    /// Names follow [`Engine::copy_to`]. Nothing is in its place before all of it was received and found safe; dropped
    /// midway, nothing is left.
    pub async fn copy_from(
        &self,
        container: &str,
        source: &str,
        target: &str,
        spec: &CopyFromSpec,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<String>> {
        let (from, kind) = self.followed(container, source).await?;
        let is_folder = match kind {
            None => return Err(fault(At::NoPath, container, source)),
            Some(Kind::File) => false,
            Some(Kind::Folder) => true,
            Some(_) => return Err(fault(At::Special, container, source)),
        };
        if from == "/" {
            let message = "the whole file system of a container is not copied".into();
            return Err(Error::Invalid { message, hint: Some("name a folder in it, such as \"/etc\"".into()) });
        }
        let name = source.trim_end_matches("/.").trim_end_matches('/');
        let name = name.rsplit('/').next().filter(|name| !matches!(*name, "" | "." | ".."));
        let name = name.unwrap_or_else(|| from.rsplit('/').next().unwrap_or_default());
        let path = place(target, name, is_folder, is_folder && contents(source)).await?;
        let target = archive::Target { container: container.to_owned(), path, outside_links: spec.outside_links };
        Ok(self.unpack(&taken(container, &from), target, progress).await?.left_out)
    }

    async fn unpack(
        &self,
        request: &Request,
        target: archive::Target,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Landing> {
        let (sender, receiver) = mpsc::channel(8);
        let (done, mut ended) = oneshot::channel();
        let feed = Feed { receiver, piece: Bytes::new(), whole: false };
        // It outlives a caller that goes away, and then finds its feed cut off and cleans up.
        let work = tokio::task::spawn_blocking(move || archive::unpack(feed, &target));
        detach(&Handle::current(), async move {
            let _ = done.send(work.await);
        });
        let mut pieces = self.stream(request, None);
        let mut count = 0;
        let feeding = async {
            while let Some(piece) = self.next_piece(&mut pieces, request).await? {
                count += piece.len() as u64;
                progress(count);
                if sender.send(Some(piece)).await.is_err() {
                    return Ok(());
                }
            }
            let _ = sender.send(None).await;
            Ok(())
        };
        let fed: Result<()> = feeding.await;
        drop(sender);
        let unpacked = (&mut ended).await;
        fed?;
        match unpacked {
            Ok(Ok(landing)) => Ok(landing?),
            _ => Err(self.transport("the copy was lost".into())),
        }
    }

    /// Sends a tar to be unpacked in a folder.
    async fn put(&self, container: &str, folder: &str, pieces: Pieces, progress: &(dyn Fn(u64) + Sync)) -> Result<()> {
        let request = Request::put(&["containers", container, "archive"])
            .query("path", folder)
            // Neither a folder becomes a file nor a file a folder.
            .query("noOverwriteDirNonDir", "1")
            .within(UNBOUNDED);
        match self.lines_told(&request, Some(pieces), progress, |_| {}).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain_copy(error, container, folder).await),
        }
    }

    /// The folder to unpack in and what the topmost entry is called there; an empty name for contents.
    async fn landing(
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
    async fn folder_above(&self, container: &str, path: &str) -> Result<(String, String)> {
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
    async fn followed(&self, container: &str, path: &str) -> Result<(String, Option<Kind>)> {
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
    async fn look(&self, container: &str, path: &str) -> Result<Option<Kind>> {
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

    async fn explain_copy(&self, error: Error, container: &str, path: &str) -> Error {
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
enum At {
    NoPath,
    NotFolder,
    IsFolder,
    Special,
    NotText,
}

fn fault(at: At, container: &str, path: &str) -> Error {
    let (container, path) = (container.to_owned(), path.to_owned());
    Error::Copy(match at {
        At::NoPath => CopyFault::NoPath { container, path },
        At::NotFolder => CopyFault::NotFolder { container, path },
        At::IsFolder => CopyFault::IsFolder { container, path },
        At::Special => CopyFault::Special { container, path },
        At::NotText => CopyFault::NotText { container, path },
    })
}

fn taken(container: &str, path: &str) -> Request {
    Request::get(&["containers", container, "archive"]).query("path", path).within(UNBOUNDED)
}

/// Whether the path means what is in a folder, as `docker cp` reads it.
fn contents(path: &str) -> bool {
    path == "." || path.ends_with("/.")
}

/// A path of a container made absolute and clean. A link that goes up is followed by its name alone.
fn absolute(folder: &str, path: &str) -> Result<String> {
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

/// The path that a copy gets on this machine.
async fn place(target: &str, name: &str, is_folder: bool, contents: bool) -> Result<PathBuf> {
    let path = Path::new(target);
    let there = tokio::fs::metadata(path).await.ok();
    let in_the_way = |what| Error::Copy(CopyFault::InTheWay { path: target.to_owned(), what });
    let unwritable =
        |error: &io::Error| Error::Copy(CopyFault::Unwritable { path: target.to_owned(), words: error.to_string() });
    match there {
        // The folder itself, not a link to it.
        Some(metadata) if metadata.is_dir() && contents => {
            tokio::fs::canonicalize(path).await.map_err(|error| unwritable(&error))
        }
        Some(metadata) if metadata.is_dir() => Ok(path.join(name)),
        Some(_) if is_folder => Err(in_the_way("a file, and a folder would replace it")),
        Some(_) if target.ends_with('/') => Err(in_the_way("not a folder")),
        None if target.is_empty() => Err(Error::Invalid { message: "a path is empty".into(), hint: None }),
        None if !is_folder && target.ends_with('/') => Err(unwritable(&io::Error::other("there is no such folder"))),
        _ => Ok(path.to_owned()),
    }
}

/// The pieces of an answer as a file that can be read; cut off before its end, reading fails.
struct Feed {
    receiver: mpsc::Receiver<Option<Bytes>>,
    piece: Bytes,
    whole: bool,
}

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.whole {
            match self.receiver.blocking_recv() {
                Some(Some(piece)) => self.piece = piece,
                Some(None) => self.whole = true,
                None => return Err(io::Error::other("it ended too early")),
            }
        }
        let count = self.piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}
