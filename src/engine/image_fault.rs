//! What can go wrong with images.

use crate::model::ignore::IgnoreFault;

/// Why an image was not made, fetched, kept or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageFault {
    #[error("image \"{image}\" is in use{}", by(containers, words))]
    InUse { image: String, containers: Vec<String>, words: String },
    #[error("{folder} has no {dockerfile}")]
    NoDockerfile { folder: String, dockerfile: String },
    #[error("the Dockerfile \"{dockerfile}\" is outside {folder}")]
    DockerfileOutside { folder: String, dockerfile: String },
    #[error("{path}, {fault}")]
    Ignore { path: String, fault: IgnoreFault },
    #[error("the build failed{}: {words}{}", step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default(), below(output))]
    Build { step: Option<String>, exit_code: Option<i64>, words: String, output: Vec<String>, note: Option<String> },
    #[error("{path} holds no image")]
    NoImages { path: String },
    #[error("{path} is not a whole tar: {words}")]
    NotTar { path: String, words: String },
    #[error("registry {registry} does not let \"{image}\" be pulled: {words}")]
    Denied { image: String, registry: String, words: String, note: Option<String> },
}

fn by(containers: &[String], words: &str) -> String {
    match containers {
        [] => format!(": {words}"),
        [one] => format!(" by container \"{one}\""),
        many => format!(" by the containers {}", many.join(", ")),
    }
}

/// The last lines of output, each on a line of its own.
fn below(output: &[String]) -> String {
    output.iter().fold(String::new(), |text, line| format!("{text}\n  {line}"))
}

impl ImageFault {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "conflict",
            Self::NoDockerfile { .. } => "not_found",
            Self::DockerfileOutside { .. } | Self::Ignore { .. } | Self::NoImages { .. } | Self::NotTar { .. } => {
                "invalid"
            }
            Self::Build { .. } => "build",
            Self::Denied { .. } => "refused",
        }
    }

    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::InUse { words, .. } if words.contains("must be forced") || words.contains("must force") => {
                "remove the containers first; `force: true` takes its name away and leaves them".into()
            }
            Self::InUse { containers, words, .. } if containers.is_empty() && !words.contains("container") => {
                "remove the images that are built on it first".into()
            }
            Self::InUse { .. } => "remove the containers first".into(),
            Self::NoDockerfile { .. } => "`dockerfile: \"path/in/the/folder\"` names another".into(),
            Self::DockerfileOutside { .. } => "only what is in the folder is sent to the engine".into(),
            Self::NoImages { .. } => {
                "it takes what docker.image.save writes; docker.image.import_tar takes a file system".into()
            }
            Self::Denied { note: Some(note), .. } | Self::Build { note: Some(note), .. } => note.clone(),
            Self::Denied { registry, .. } => {
                format!("check the image's name, or log in: `docker login {registry}` keeps what xnet uses too")
            }
            Self::Ignore { .. } | Self::Build { .. } | Self::NotTar { .. } => return None,
        })
    }

    pub fn resource(&self) -> Option<String> {
        match self {
            Self::InUse { image, .. } | Self::Denied { image, .. } => Some(image.clone()),
            Self::NoDockerfile { dockerfile, .. } | Self::DockerfileOutside { dockerfile, .. } => {
                Some(dockerfile.clone())
            }
            Self::Ignore { path, .. } | Self::NoImages { path } | Self::NotTar { path, .. } => Some(path.clone()),
            Self::Build { step, .. } => step.clone(),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::InUse { .. } | Self::Build { .. } | Self::Denied { .. } => 4,
            _ => 2,
        }
    }
}
