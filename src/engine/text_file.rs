//! Text written to a file in a container, and read from one.

use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tar::{Archive, Builder, EntryType, Header};

use super::client::Engine;
use super::errors::{Error, Result};
use super::inside::{At, Kind, fault, taken};
use crate::model::copy::WriteSpec;

/// Bytes of a file that is read as text.
const KEPT: usize = 64 << 20;

impl Engine {
    /// Writes a file of this text. Its folder must be there; a file that is there is replaced.
    pub async fn write_file(&self, container: &str, path: &str, text: &str, spec: &WriteSpec) -> Result<()> {
        let (folder, name) = match self.followed(container, path).await? {
            (_, Some(Kind::Folder)) => return Err(fault(At::IsFolder, container, path)),
            (_, Some(Kind::Special)) => return Err(fault(At::Special, container, path)),
            _ if path.ends_with('/') => return Err(fault(At::IsFolder, container, path)),
            (real, _) => self.folder_above(container, &real).await?,
        };
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(spec.mode.0);
        header.set_uid(spec.owner.user.into());
        header.set_gid(spec.owner.group.into());
        header.set_size(text.len() as u64);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
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
}
