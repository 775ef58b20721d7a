//! Images: list, look up, import from a tar, pull.

use std::path::Path;

use futures_util::StreamExt;
use serde_json::Value;
use tokio_util::io::ReaderStream;

use super::client::Engine;
use super::errors::{Error, Result};
use super::raw::{Pieces, Request, UNBOUNDED};

/// One step of a pull, as the engine reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    pub image: String,
    /// The layer it is about; absent for the image as a whole.
    pub layer: Option<String>,
    /// `Downloading`, `Extracting`, `Pull complete`, …
    pub status: String,
    /// Bytes.
    pub current: Option<u64>,
    /// Bytes.
    pub total: Option<u64>,
}

impl Engine {
    /// Docker's list.
    pub async fn list_images(&self) -> Result<Vec<Value>> {
        match self.send(&Request::get(&["images", "json"])).await? {
            Value::Array(images) => Ok(images),
            _ => Ok(Vec::new()),
        }
    }

    pub async fn image_exists(&self, name: &str) -> Result<bool> {
        match self.send(&Request::get(&["images", name, "json"])).await {
            Ok(_) => Ok(true),
            Err(Error::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Every name an image has here.
    pub(super) async fn image_names(&self) -> Vec<String> {
        let images = self.list_images().await.unwrap_or_default();
        let tags = images.iter().flat_map(|image| image["RepoTags"].as_array().into_iter().flatten());
        let mut names: Vec<String> =
            tags.filter_map(Value::as_str).filter(|name| !name.contains("<none>")).map(str::to_owned).collect();
        names.sort();
        names
    }

    /// Makes an image of one layer from a tar of a root file system, as `docker import` does, and says its id.
    /// `changes` are Dockerfile instructions: `CMD ["/bin/sh"]`, `ENV A=b`.
    pub async fn import_tar(&self, path: &Path, tag: &str, changes: &[String]) -> Result<String> {
        let unreadable =
            |error: std::io::Error| Error::File { path: path.display().to_string(), words: error.to_string() };
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        if file.metadata().await.map_err(unreadable)?.is_dir() {
            return Err(Error::File { path: path.display().to_string(), words: "it is a folder, not a tar".into() });
        }
        let (name, tag) = split_tag(tag);
        let mut request =
            Request::post(&["images", "create"]).query("fromSrc", "-").query("repo", name).within(UNBOUNDED);
        if let Some(tag) = tag {
            request = request.query("tag", tag);
        }
        for change in changes {
            request = request.query("changes", change);
        }
        let mut id = String::new();
        let upload: Pieces = ReaderStream::with_capacity(file, 64 * 1024).boxed();
        self.lines(&request, Some(upload), |line| {
            if let Some(status) = line["status"].as_str().filter(|status| status.starts_with("sha256:")) {
                status.clone_into(&mut id);
            }
        })
        .await?;
        Ok(id)
    }

    /// Pulls an image from its registry; without a tag `latest` is meant. It may take as long as it tells its
    /// progress.
    pub async fn pull_image(&self, name: &str, progress: &(dyn Fn(Pull) + Sync)) -> Result<()> {
        let (repository, tag) = split_tag(name);
        let mut request = Request::post(&["images", "create"]).query("fromImage", repository).within(UNBOUNDED);
        if !repository.contains('@') {
            request = request.query("tag", tag.unwrap_or("latest"));
        }
        let pulled = self.lines(&request, None, |line| progress(step(name, line))).await;
        match pulled {
            Ok(()) => Ok(()),
            Err(Error::Refused { status: 400, words }) => Err(Error::Invalid {
                message: words,
                hint: Some("an image is written NAME[:TAG] in lower case".into()),
            }),
            Err(Error::Refused { words, .. }) => {
                Err(Error::ImageMissing { image: name.to_owned(), available: self.image_names().await, words })
            }
            Err(error) => Err(error),
        }
    }
}

fn step(image: &str, line: &Value) -> Pull {
    let detail = &line["progressDetail"];
    Pull {
        image: image.to_owned(),
        layer: line["id"].as_str().map(str::to_owned),
        status: line["status"].as_str().unwrap_or_default().to_owned(),
        current: detail["current"].as_u64(),
        total: detail["total"].as_u64(),
    }
}

/// `name:tag` in its two parts. A colon before the last slash is a registry's port; a digest stays with the name.
fn split_tag(name: &str) -> (&str, Option<&str>) {
    if name.contains('@') {
        return (name, None);
    }
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_told_from_a_port_and_a_digest() {
        assert_eq!(split_tag("nginx"), ("nginx", None));
        assert_eq!(split_tag("nginx:1.25"), ("nginx", Some("1.25")));
        assert_eq!(split_tag("localhost:5000/a"), ("localhost:5000/a", None));
        assert_eq!(split_tag("localhost:5000/a:b"), ("localhost:5000/a", Some("b")));
        assert_eq!(split_tag("a@sha256:ff"), ("a@sha256:ff", None));
    }
}
