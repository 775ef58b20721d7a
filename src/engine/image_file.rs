//! Images saved to a file of this machine, and loaded from one.

use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::archive::{CopyFault, SPECIAL};
use super::client::Engine;
use super::errors::{Error, Result};
use super::image::{no_tar, opened};
use super::image_fault::ImageFault;
use super::raw::Request;

impl Engine {
    /// Writes images with all their names and layers to a tar. The file is in its place once it is whole.
    /// `progress` hears how many bytes were written.
    pub async fn save_images(&self, images: &[String], path: &Path, progress: &(dyn Fn(u64) + Sync)) -> Result<()> {
        if images.is_empty() {
            return Err(Error::Invalid { message: "there is no image to save".into(), hint: None });
        }
        if let Some(what) = in_the_way(path).await {
            return Err(CopyFault::InTheWay { path: path.display().to_string(), what }.into());
        }
        // Once it is sending, an engine can only break off.
        for image in images {
            self.inspect_image(image).await?;
        }
        let request = images
            .iter()
            .fold(Request::get(&["images", "get"]), |request, image| request.query("names", image))
            .patient();
        let (draft, mut file) = Draft::new(path).await?;
        let (mut pieces, mut count) = (self.stream(&request, None), 0);
        while let Some(piece) = self.next_piece(&mut pieces, &request).await? {
            file.write_all(&piece).await.map_err(|error| draft.unwritable(&error))?;
            count += piece.len() as u64;
            progress(count);
        }
        draft.keep(file).await
    }

    /// Loads the images of such a file, and returns their names, or ids where they have none.
    pub async fn load_images(&self, path: &Path, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<String>> {
        let upload = opened(path).await?;
        let request = Request::post(&["images", "load"]).query("quiet", "1").patient();
        let mut loaded = Vec::new();
        let sent = self
            .lines_told(&request, Some(upload), progress, |line| {
                let said = line["stream"].as_str().unwrap_or_default();
                let name = said.strip_prefix("Loaded image: ").or_else(|| said.strip_prefix("Loaded image ID: "));
                loaded.extend(name.map(|name| name.trim().to_owned()));
            })
            .await;
        match sent {
            Ok(()) if loaded.is_empty() => Err(ImageFault::NoImages { path: path.display().to_string() }.into()),
            Ok(()) => Ok(loaded),
            Err(Error::Refused { words, .. }) if no_tar(&words) => {
                Err(ImageFault::NotTar { path: path.display().to_string(), words }.into())
            }
            // An engine looks for the list of the images in one file, or in its older name.
            Err(Error::Refused { words, .. }) if words.contains("manifest.json") || words.contains("repositories") => {
                Err(ImageFault::NoImages { path: path.display().to_string() }.into())
            }
            Err(error) => Err(error),
        }
    }
}

/// What stands where the file is to be and is not simply replaced.
async fn in_the_way(path: &Path) -> Option<&'static str> {
    // Of a link, where it leads: `/dev/stdout` is one.
    let there = tokio::fs::metadata(path).await.ok();
    let is_folder = there.as_ref().is_some_and(Metadata::is_dir) || path.file_name().is_none();
    let link = tokio::fs::symlink_metadata(path).await.is_ok_and(|metadata| metadata.is_symlink());
    match there {
        _ if is_folder => Some("a folder, and a file would replace it"),
        Some(there) if !there.is_file() => Some(SPECIAL),
        _ if link => Some("a link, and a file would replace it"),
        _ => None,
    }
}

/// A file beside the one to be, gone when dropped.
struct Draft {
    path: PathBuf,
    draft: PathBuf,
}

/// Numbers the drafts of this process.
static NEXT: AtomicU32 = AtomicU32::new(0);
/// Drafts that a process of the same number may have left.
const LEFT: u32 = 1000;

impl Draft {
    async fn new(path: &Path) -> Result<(Self, File)> {
        let mut tries = 0;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let draft = path.with_file_name(format!(".xnet-save-{}-{number}", std::process::id()));
            // What is there already, or a link that somebody laid there, is never written to.
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).await {
                Ok(file) => return Ok((Self { path: path.to_owned(), draft }, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < LEFT => tries += 1,
                Err(error) => return Err(unwritable(path, &error)),
            }
        }
    }

    fn unwritable(&self, error: &io::Error) -> Error {
        unwritable(&self.path, error)
    }

    async fn keep(self, mut file: File) -> Result<()> {
        let whole = async {
            file.flush().await?;
            file.sync_all().await?;
            tokio::fs::rename(&self.draft, &self.path).await
        };
        whole.await.map_err(|error| self.unwritable(&error))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    CopyFault::Unwritable { path: path.display().to_string(), words: error.to_string() }.into()
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was renamed there is nothing of this name.
        let _ = std::fs::remove_file(&self.draft);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_never_written_through_a_link_laid_there() {
        let folder = std::env::temp_dir().join(format!("xnet-draft-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let victim = folder.join("victim");
        std::fs::write(&victim, "mine").unwrap();
        let pid = std::process::id();
        // The names that it may choose first, and the one that it once had.
        let laid = (0..20).map(|number| format!(".xnet-save-{pid}-{number}")).chain([format!(".out.xnet-{pid}")]);
        let laid: Vec<PathBuf> = laid.map(|name| folder.join(name)).collect();
        for link in &laid {
            std::os::unix::fs::symlink(&victim, link).unwrap();
        }
        let made = crate::runtime::wait(&crate::runtime::Cancel::new(), async {
            let (draft, mut file) = Draft::new(&folder.join("out")).await?;
            file.write_all(b"image").await.unwrap();
            draft.keep(file).await
        });
        let kept = [&victim, &folder.join("out")].map(|path| std::fs::read_to_string(path).unwrap());
        let links = laid.iter().filter(|link| link.is_symlink()).count();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((made.unwrap(), kept, links), (Ok(()), ["mine".to_owned(), "image".to_owned()], laid.len()));
    }
}
