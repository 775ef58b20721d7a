//! Pulls images, with the credentials of the registry where there are any.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::client::Engine;
use super::credentials;
use super::errors::{Error, Result};
use super::image::split_tag;
use super::image_fault::ImageFault;
use super::place::Environment;
use super::raw::{Request, UNBOUNDED};
use crate::model::image::PullSpec;

/// One step of a pull, as the engine reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    pub image: String,
    /// The layer it is about; absent for the image as a whole.
    pub layer: Option<String>,
    /// `Downloading`, `Extracting`, `Pull complete`, …
    pub status: String,
    /// Bytes downloaded of all layers whose size is known by now.
    pub current: Option<u64>,
    /// Bytes of all these layers.
    pub total: Option<u64>,
}

impl Pull {
    /// Bytes that are here, and all bytes, once the sizes are known.
    pub fn bytes(&self) -> Option<(u64, u64)> {
        self.current.zip(self.total)
    }
}

impl fmt::Display for Pull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pulling {}: {} {}", self.image, self.layer.as_deref().unwrap_or_default(), self.status)
    }
}

impl Engine {
    /// Pulls an image from its registry; without a tag `latest` is meant. It may take as long as it tells its
    /// progress.
    pub async fn pull_image(&self, name: &str, progress: &(dyn Fn(Pull) + Sync)) -> Result<()> {
        self.pull_image_as(name, &PullSpec::default(), progress).await
    }

    /// The same, with options.
    pub async fn pull_image_as(&self, name: &str, spec: &PullSpec, progress: &(dyn Fn(Pull) + Sync)) -> Result<()> {
        let (repository, tag) = split_tag(name);
        let mut request = Request::post(&["images", "create"]).query("fromImage", repository).within(UNBOUNDED);
        if !repository.contains('@') {
            request = request.query("tag", tag.unwrap_or("latest"));
        }
        if let Some(platform) = &spec.platform {
            request = request.query("platform", platform);
        }
        let registry = credentials::registry(name);
        let known = credentials::find(Environment::read().config_folder().as_deref(), registry).await;
        if let Some(header) = known.header {
            request = request.header("x-registry-auth", header);
        }
        let mut tally = Tally::default();
        let pulled = self.lines(&request, None, |line| progress(tally.step(name, line))).await;
        match pulled {
            Ok(()) => Ok(()),
            Err(Error::Refused { status: 400, words }) => {
                let hint = about_name(&words).then(|| "an image is written NAME[:TAG] in lower case".into());
                Err(Error::Invalid { message: words, hint })
            }
            Err(Error::Refused { words, .. }) if denied(&words) => {
                let (image, registry) = (name.to_owned(), registry.to_owned());
                Err(ImageFault::Denied { image, registry, words, note: known.note }.into())
            }
            Err(Error::Refused { words, .. }) => {
                Err(Error::ImageMissing { image: name.to_owned(), available: self.image_names().await, words })
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the words mean how the image is written, and not its platform or anything else of the request.
fn about_name(words: &str) -> bool {
    ["invalid reference", "invalid tag", "invalid digest", "repository name"].iter().any(|sign| words.contains(sign))
}

/// Whether the words mean credentials. A registry that hides what may not be seen says "denied" of what is not there too.
pub(super) fn denied(words: &str) -> bool {
    let low = words.to_lowercase();
    ["no basic auth credentials", "unauthorized", "access denied", "authentication required", "incorrect username"]
        .iter()
        .any(|sign| low.contains(sign))
}

/// Adds the layers of a pull up.
#[derive(Debug, Default)]
struct Tally {
    /// Downloaded and whole size, by layer.
    layers: HashMap<String, (u64, u64)>,
}

impl Tally {
    fn step(&mut self, image: &str, line: &Value) -> Pull {
        let (id, status) = (line["id"].as_str(), line["status"].as_str().unwrap_or_default());
        let detail = &line["progressDetail"];
        if let Some(id) = id {
            match (status, detail["current"].as_u64(), detail["total"].as_u64()) {
                ("Downloading", Some(current), Some(total)) => {
                    self.layers.insert(id.to_owned(), (current, total));
                }
                ("Download complete" | "Extracting" | "Pull complete", ..) => {
                    if let Some(layer) = self.layers.get_mut(id) {
                        layer.0 = layer.1;
                    }
                }
                _ => {}
            }
        }
        let sum = |part: fn(&(u64, u64)) -> u64| self.layers.values().map(part).fold(0, u64::saturating_add);
        let known = !self.layers.is_empty();
        Pull {
            image: image.to_owned(),
            layer: id.map(str::to_owned),
            status: status.to_owned(),
            current: known.then(|| sum(|layer| layer.0)),
            total: known.then(|| sum(|layer| layer.1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_layers_are_added_up() {
        let mut tally = Tally::default();
        let mut step = |id: &str, status: &str, current: u64, total: u64| {
            let line = json!({"id": id, "status": status, "progressDetail": {"current": current, "total": total}});
            let pull = tally.step("i", &line);
            (pull.current, pull.total)
        };
        assert_eq!(step("latest", "Pulling from i", 0, 0), (None, None));
        assert_eq!(step("a", "Downloading", 5, 10), (Some(5), Some(10)));
        assert_eq!(step("b", "Downloading", 1, 100), (Some(6), Some(110)));
        assert_eq!(step("a", "Download complete", 0, 0), (Some(11), Some(110)));
        assert_eq!(step("b", "Extracting", 1, 50), (Some(110), Some(110)));
    }

    #[test]
    fn only_words_about_a_name_are_taken_for_one() {
        assert!(about_name("invalid reference format: repository name must be lowercase"));
        assert!(!about_name("\"a/b/c/d\": invalid platform: invalid argument"));
    }

    #[test]
    fn words_about_credentials_are_known() {
        assert!(denied("Get \"http://r/v2/a/manifests/latest\": no basic auth credentials"));
        assert!(denied("pull access denied for a, repository does not exist or may require 'docker login'"));
        assert!(!denied("manifest for a:latest not found: manifest unknown"));
    }
}
