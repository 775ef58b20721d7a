//! Volume entries: `host:container[:options]`, `name:container[:options]`, or a path in the container alone.

use crate::model::text::Words;

/// Entries by what the engine makes of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Volumes {
    /// With a source: a host path, or a named volume.
    pub(super) binds: Vec<String>,
    /// Paths in the container that get a volume of their own.
    pub(super) anonymous: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum VolumeFault {
    #[error("volume \"{entry}\": the host path \"{path}\" is relative")]
    RelativeHost { entry: String, path: String },
    #[error("volume \"{entry}\": \"{path}\" is not an absolute path in the container")]
    RelativeTarget { entry: String, path: String },
    #[error("volume \"{entry}\" has {parts} parts")]
    Parts { entry: String, parts: usize },
}

impl VolumeFault {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::RelativeHost { path, .. } => {
                format!("write it in full from /, or without `/` to mean a volume named so, not \"{path}\"")
            }
            Self::RelativeTarget { .. } => "it must begin with /".into(),
            Self::Parts { .. } => "write host:container, host:container:ro, name:container or /container".into(),
        }
    }
}

impl Volumes {
    pub(super) fn parse(entries: &Words) -> Result<Self, VolumeFault> {
        let mut volumes = Self::default();
        for entry in &entries.0 {
            let parts: Vec<&str> = entry.split(':').collect();
            let (source, target) = match parts[..] {
                [target] => (None, target),
                [source, target] | [source, target, _] => (Some(source), target),
                _ => return Err(VolumeFault::Parts { entry: entry.clone(), parts: parts.len() }),
            };
            if let Some(path) = source.filter(|path| is_relative(path)) {
                return Err(VolumeFault::RelativeHost { entry: entry.clone(), path: path.to_owned() });
            }
            if !target.starts_with('/') {
                return Err(VolumeFault::RelativeTarget { entry: entry.clone(), path: target.to_owned() });
            }
            match source {
                Some(_) => volumes.binds.push(entry.clone()),
                None => volumes.anonymous.push(target.to_owned()),
            }
        }
        Ok(volumes)
    }
}

/// A word without a slash names a volume; with one it is a path.
fn is_relative(source: &str) -> bool {
    source.is_empty() || source.starts_with(['.', '~']) || (source.contains('/') && !source.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(entry: &str) -> Result<Volumes, VolumeFault> {
        Volumes::parse(&Words(vec![entry.into()]))
    }

    #[test]
    fn the_three_kinds_are_told_apart() {
        assert_eq!(parse("/h:/c:ro").unwrap().binds, ["/h:/c:ro"]);
        assert_eq!(parse("data:/c").unwrap().binds, ["data:/c"]);
        assert_eq!(parse("/c").unwrap().anonymous, ["/c"]);
    }

    #[test]
    fn relative_paths_are_refused() {
        for entry in ["./h:/c", "~/h:/c", "a/b:/c", ":/c"] {
            assert!(matches!(parse(entry), Err(VolumeFault::RelativeHost { .. })), "{entry}");
        }
        assert!(matches!(parse("/h:c"), Err(VolumeFault::RelativeTarget { .. })));
        assert!(matches!(parse("/a:/b:ro:x"), Err(VolumeFault::Parts { parts: 4, .. })));
    }
}
