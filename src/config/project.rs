//! The project: the folder that holds `.xnet`, or `tasks` with YAML in it, found upwards.

use std::path::{Path, PathBuf};

/// A project's folder and its name, which becomes the label `xnet.project`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub root: Option<PathBuf>,
    pub name: String,
}

/// The name when there is no project folder.
const NAMELESS: &str = "default";

impl Project {
    /// The project of a config file in its `.xnet`; else the one found from `folder` upwards.
    pub fn of(config: Option<&Path>, folder: &Path, named: Option<String>) -> Self {
        let home = config.and_then(Path::parent).filter(|home| home.file_name().is_some_and(|name| name == ".xnet"));
        Self::find(home.unwrap_or(folder), named)
    }

    /// Looks from `folder` upwards. `XNET_PROJECT`, where it is set, gives the name.
    pub fn find(folder: &Path, named: Option<String>) -> Self {
        let root = folder.ancestors().find(|folder| is_root(folder)).map(Path::to_path_buf);
        let own = || root.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let name = named.filter(|name| !name.is_empty()).or_else(own).unwrap_or_else(|| NAMELESS.to_owned());
        Self { root, name }
    }
}

/// The config file that holds in a folder: the one that was given, else `.xnet/config.yaml`, found upwards.
pub fn config_file(cwd: &Path, given: Option<&Path>) -> Option<PathBuf> {
    let upwards = || cwd.ancestors().map(|folder| folder.join(".xnet/config.yaml")).find(|path| path.exists());
    given.map(|path| cwd.join(path)).or_else(upwards)
}

fn is_root(folder: &Path) -> bool {
    folder.join(".xnet").is_dir() || has_yaml(&folder.join("tasks"))
}

fn has_yaml(folder: &Path) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    entries
        .flatten()
        .any(|entry| entry.path().extension().is_some_and(|extension| extension == "yaml" || extension == "yml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_found_upwards_and_named_after_its_folder() {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().join("shop");
        std::fs::create_dir_all(root.join(".xnet")).unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        let project = Project::find(&root.join("a/b"), None);
        assert_eq!((project.root, project.name.as_str()), (Some(root.clone()), "shop"));
        assert_eq!(Project::find(&root, Some("other".into())).name, "other");
    }
}
