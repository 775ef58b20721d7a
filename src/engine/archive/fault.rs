//! What can go wrong with files on their way into a container, or out of one.

/// What [`CopyFault::InTheWay`] says of a device: a file in its place would be a surprise to all who use it.
pub(in crate::engine) const SPECIAL: &str = "a device, a pipe or a socket, and a file would replace it";

/// Why files were not copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyFault {
    #[error("there is no \"{path}\" in container \"{container}\"")]
    NoPath { container: String, path: String },
    #[error("\"{path}\" in container \"{container}\" is not a folder")]
    NotFolder { container: String, path: String },
    #[error("\"{path}\" in container \"{container}\" is a folder")]
    IsFolder { container: String, path: String },
    #[error("\"{path}\" in container \"{container}\" is neither a file nor a folder")]
    Special { container: String, path: String },
    #[error("\"{path}\" in container \"{container}\" is not UTF-8 text")]
    NotText { container: String, path: String },
    #[error("{path} is {what}")]
    InTheWay { path: String, what: &'static str },
    /// What a container sent would have been written, or would lead, outside the folder that it was meant for.
    #[error("what container \"{container}\" sent is not safe: \"{entry}\" {why}")]
    Escapes { container: String, entry: String, why: String, link: bool },
    #[error("the copy from container \"{container}\" broke off: {words}")]
    BrokenOff { container: String, words: String },
    #[error("cannot write {path}: {words}")]
    Unwritable { path: String, words: String },
    #[error("cannot write {path}: {words}; what came before it is in its place")]
    Partly { path: String, words: String },
}

impl CopyFault {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoPath { .. } => "not_found",
            Self::NotFolder { .. } | Self::IsFolder { .. } | Self::InTheWay { .. } => "conflict",
            Self::Special { .. } | Self::NotText { .. } => "invalid",
            Self::Escapes { .. } => "refused",
            Self::BrokenOff { .. } => "transport",
            Self::Unwritable { .. } | Self::Partly { .. } => "io",
        }
    }

    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Escapes { link: true, .. } => {
                "`outside_links: true` keeps such links as they are; nothing is written through them".into()
            }
            Self::Escapes { .. } | Self::InTheWay { .. } | Self::BrokenOff { .. } => "nothing was written".into(),
            Self::NoPath { container, path } => {
                let parent = path.trim_end_matches('/').rsplit_once('/').map_or("/", |(parent, _)| parent);
                let parent = if parent.is_empty() { "/" } else { parent };
                format!("exec(\"{container}\", [\"ls\", \"{parent}\"]) shows what is there")
            }
            Self::IsFolder { .. } => "name a file in it".into(),
            Self::NotText { .. } => "docker.copy_from keeps bytes as they are".into(),
            _ => return None,
        })
    }

    pub fn resource(&self) -> String {
        match self {
            Self::NoPath { path, .. }
            | Self::NotFolder { path, .. }
            | Self::IsFolder { path, .. }
            | Self::Special { path, .. }
            | Self::NotText { path, .. }
            | Self::InTheWay { path, .. }
            | Self::Unwritable { path, .. }
            | Self::Partly { path, .. } => path.clone(),
            Self::Escapes { container, .. } | Self::BrokenOff { container, .. } => container.clone(),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::InTheWay { .. } | Self::Unwritable { .. } | Self::Partly { .. } => 2,
            _ => 4,
        }
    }
}
