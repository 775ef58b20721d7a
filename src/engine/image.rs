//! Images: list, look up, name, remove, import from a tar.

use std::path::Path;

use futures_util::StreamExt;
use serde_json::Value;
use tokio_util::io::ReaderStream;

use super::attached::name_of;
use super::client::Engine;
use super::errors::{Error, Result};
use super::filters;
use super::image_fault::ImageFault;
use super::raw::{Pieces, Request};
use crate::model::container::{ContainerFilters, ListSpec};
use crate::model::image::{ImageListSpec, ImageRemoveSpec};
use crate::model::text::Words;

impl Engine {
    /// Docker's list.
    pub async fn list_images(&self) -> Result<Vec<Value>> {
        self.list_images_as(&ImageListSpec::default()).await
    }

    /// The same, with options.
    pub async fn list_images_as(&self, spec: &ImageListSpec) -> Result<Vec<Value>> {
        let request = Request::get(&["images", "json"])
            .query("all", if spec.all { "1" } else { "0" })
            .query("filters", &filters::image(&spec.filters));
        match self.send(&request).await? {
            Value::Array(images) => Ok(images),
            _ => Ok(Vec::new()),
        }
    }

    /// All that the engine knows of an image.
    pub async fn inspect_image(&self, name: &str) -> Result<Value> {
        match self.send(&Request::get(&["images", name, "json"])).await {
            Err(error) => Err(self.explain_image(error, name).await),
            whole => whole,
        }
    }

    pub async fn image_exists(&self, name: &str) -> Result<bool> {
        match self.send(&Request::get(&["images", name, "json"])).await {
            Ok(_) => Ok(true),
            Err(Error::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes an image or one of its names, and says what went: maps with `Untagged` or `Deleted`.
    pub async fn remove_image(&self, name: &str, spec: ImageRemoveSpec) -> Result<Vec<Value>> {
        let switch = |on: bool| if on { "1" } else { "0" };
        let request = Request::delete(&["images", name])
            .query("force", switch(spec.force))
            .query("noprune", switch(spec.no_prune));
        match self.send(&request).await {
            Ok(Value::Array(gone)) => Ok(gone),
            Ok(_) => Ok(Vec::new()),
            Err(Error::Refused { status: 409, words }) => {
                let containers = self.users(name, &words).await;
                Err(ImageFault::InUse { image: name.to_owned(), containers, words }.into())
            }
            Err(error) => Err(self.explain_image(error, name).await),
        }
    }

    /// The containers made from an image, running or not; Podman says their ids.
    async fn users(&self, name: &str, words: &str) -> Vec<String> {
        let filters = ContainerFilters { ancestor: Words(vec![name.to_owned()]), ..ContainerFilters::default() };
        let asked = ListSpec { all: true, filters, ..ListSpec::default() };
        let mut all = self.list_containers(&asked).await.unwrap_or_default();
        if all.is_empty() {
            all = self.containers(true).await.unwrap_or_default();
            all.retain(|container| container["Id"].as_str().is_some_and(|id| !id.is_empty() && words.contains(id)));
        }
        all.iter().map(|container| name_of(container).to_owned()).collect()
    }

    /// Gives an image a further name.
    pub async fn tag_image(&self, image: &str, name: &str) -> Result<()> {
        let (repository, tag) = split_tag(name);
        if repository.contains('@') {
            let message = format!("\"{name}\" is not a name for an image: a digest comes of itself");
            return Err(Error::Invalid { message, hint: Some("write NAME[:TAG]".into()) });
        }
        let request =
            Request::post(&["images", image, "tag"]).query("repo", repository).query("tag", tag.unwrap_or("latest"));
        match self.send(&request).await {
            Ok(_) => Ok(()),
            Err(Error::Refused { status: 400 | 500, words }) if words.contains("invalid reference") => {
                Err(Error::Invalid {
                    message: words,
                    hint: Some("an image is written NAME[:TAG] in lower case".into()),
                })
            }
            Err(error) => Err(self.explain_image(error, image).await),
        }
    }

    pub(super) async fn explain_image(&self, error: Error, name: &str) -> Error {
        match error {
            Error::Refused { status: 404 | 301, .. } => {
                Error::NotFound { what: "image", name: name.to_owned(), known: self.image_names().await }
            }
            other => other,
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
    /// `progress` hears how many bytes were sent.
    pub async fn import_tar(
        &self,
        path: &Path,
        tag: &str,
        changes: &[String],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<String> {
        let upload = opened(path).await?;
        match self.import_pieces(upload, tag, changes, progress).await {
            Err(Error::Refused { words, .. }) if no_tar(&words) => {
                Err(ImageFault::NotTar { path: path.display().to_string(), words }.into())
            }
            imported => imported,
        }
    }

    /// The same of a tar that is made while it is sent.
    pub(super) async fn import_pieces(
        &self,
        upload: Pieces,
        tag: &str,
        changes: &[String],
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<String> {
        // With its tag in the same word: Podman leaves out one that comes apart.
        let mut request = Request::post(&["images", "create"]).query("fromSrc", "-").query("repo", tag).patient();
        for change in changes {
            request = request.query("changes", change);
        }
        let mut id = String::new();
        let each = |line: &Value| {
            if let Some(status) = line["status"].as_str().filter(|status| status.starts_with("sha256:")) {
                status.clone_into(&mut id);
            }
        };
        self.lines_told(&request, Some(upload), progress, each).await?;
        if id.is_empty() { Err(self.transport("it did not say which image it made".into())) } else { Ok(id) }
    }
}

/// Whether the engine's words mean what it was sent.
pub(super) fn no_tar(words: &str) -> bool {
    ["unexpected EOF", "invalid tar header"].iter().any(|sign| words.contains(sign))
}

/// A file of this machine in pieces, to be sent.
pub(super) async fn opened(path: &Path) -> Result<Pieces> {
    let unreadable = |error: std::io::Error| Error::File { path: path.display().to_string(), words: error.to_string() };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    if file.metadata().await.map_err(unreadable)?.is_dir() {
        return Err(Error::File { path: path.display().to_string(), words: "it is a folder, not a tar".into() });
    }
    Ok(ReaderStream::with_capacity(file, 64 * 1024).boxed())
}

/// `name:tag` in its two parts. A colon before the last slash is a registry's port; a digest stays with the name.
pub(super) fn split_tag(name: &str) -> (&str, Option<&str>) {
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
