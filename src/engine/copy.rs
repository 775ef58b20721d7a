//! Files into a container and out of it, running or stopped, with the rules of `docker cp` for what the copy is called.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::archive::{self, CopyFault, Landing, Source};
use super::cleanup::detach;
use super::client::Engine;
use super::errors::{Error, Result};
use super::inside::{At, Kind, fault, taken};
use super::raw::{Pieces, Request};
use crate::model::copy::{CopyFromSpec, CopyToSpec};

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
            Some(name) if metadata.is_dir() || !source.ends_with('/') => name.to_owned(),
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

    /// Copies a file or folder of the container to this machine, where it is owned by whoever runs this. What cannot be
    /// made here (devices, pipes) is named in the answer.
    ///
    /// Names follow [`Engine::copy_to`]. Nothing is in its place before all of it was received and found safe. Dropped
    /// before that, nothing is left; dropped later, it still gets to its place.
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
        let sent: Result<()> = feeding.await;
        drop(sender);
        let unpacked = (&mut ended).await;
        sent?;
        match unpacked {
            Ok(Ok(landing)) => Ok(landing?),
            _ => Err(self.transport("the copy was lost".into())),
        }
    }

    /// Sends a tar to be unpacked in a folder.
    pub(super) async fn put(
        &self,
        container: &str,
        folder: &str,
        pieces: Pieces,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<()> {
        let request = Request::put(&["containers", container, "archive"])
            .query("path", folder)
            // Neither a folder becomes a file nor a file a folder.
            .query("noOverwriteDirNonDir", "1")
            .patient();
        match self.lines_told(&request, Some(pieces), progress, |_| {}).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain_copy(error, container, folder).await),
        }
    }
}

/// Whether the path means what is in a folder, as `docker cp` reads it.
fn contents(path: &str) -> bool {
    path == "." || path.ends_with("/.")
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
