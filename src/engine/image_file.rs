//! Images saved to a file of this machine, and loaded from one.

use std::path::{Path, PathBuf};

use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::archive::CopyFault;
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
        if path.is_dir() || path.file_name().is_none() {
            let path = path.display().to_string();
            return Err(CopyFault::InTheWay { path, what: "a folder, and a file would replace it" }.into());
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

/// A file beside the one to be, gone when dropped.
struct Draft {
    path: PathBuf,
    draft: PathBuf,
}

impl Draft {
    async fn new(path: &Path) -> Result<(Self, File)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let draft = path.with_file_name(format!(".{name}.xnet-{}", std::process::id()));
        let this = Self { path: path.to_owned(), draft };
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&this.draft).await;
        let file = file.map_err(|error| this.unwritable(&error))?;
        Ok((this, file))
    }

    fn unwritable(&self, error: &std::io::Error) -> Error {
        CopyFault::Unwritable { path: self.path.display().to_string(), words: error.to_string() }.into()
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

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was renamed there is nothing of this name.
        let _ = std::fs::remove_file(&self.draft);
    }
}
