//! What is asked for of images: the options of the calls under `docker.image`.

use serde::Deserialize;

use super::text::{self, Pairs, Words};

/// Docker's filters of images: each with one or several values, of which one must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageFilters {
    /// `name`, `name:tag`, with `*`.
    pub reference: Words,
    /// `key` or `key=value`.
    pub label: Words,
    /// Without a name.
    #[serde(deserialize_with = "text::truth")]
    pub dangling: Option<bool>,
    /// Made before this image.
    pub before: Words,
    /// Made after this image.
    pub since: Words,
}

/// The options of `docker.image.list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageListSpec {
    /// Those between the steps of a build, too.
    pub all: bool,
    #[serde(alias = "filter")]
    pub filters: ImageFilters,
}

/// The options of `docker.image.remove`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageRemoveSpec {
    /// Also when stopped containers were made from it, or it has several names.
    pub force: bool,
    /// Keeps the nameless images it was built on.
    #[serde(alias = "noPrune", alias = "noprune")]
    pub no_prune: bool,
}

/// The options of `docker.image.pull`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PullSpec {
    /// `linux/arm64`; the engine's own unless said.
    pub platform: Option<String>,
}

/// The options of `docker.image.import_tar`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportSpec {
    /// Dockerfile instructions: `CMD ["/bin/sh"]`, `ENV A=b`.
    pub changes: Words,
}

/// The options of `docker.image.build`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BuildSpec {
    /// Names of the image.
    #[serde(alias = "tags", alias = "t")]
    pub tag: Words,
    /// Path in the folder; `Dockerfile` unless said.
    #[serde(alias = "file")]
    pub dockerfile: Option<String>,
    #[serde(deserialize_with = "text::environment", alias = "build_args", alias = "buildArgs", alias = "buildargs")]
    pub args: Pairs,
    pub labels: Pairs,
    /// Stage to stop at.
    pub target: Option<String>,
    #[serde(alias = "noCache", alias = "nocache")]
    pub no_cache: bool,
    /// Pulls the images that it is built on even if they are here.
    pub pull: bool,
    /// Network of the RUN steps.
    pub network: Option<String>,
    /// `linux/arm64`; the engine's own unless said.
    pub platform: Option<String>,
    /// Shows nothing of what the steps print, unless one fails.
    pub quiet: bool,
}
