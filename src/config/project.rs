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
/// What a config file may be called.
const CONFIGS: [&str; 2] = ["config.yaml", "config.yml"];

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

/// A folder has the config file with both endings: one would be read, and the other not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("both {} and {} are there", .0.display(), .1.display())]
pub struct TwoConfigs(PathBuf, PathBuf);

impl TwoConfigs {
    pub fn hint(&self) -> String {
        "one of them would not be read: move all into config.yaml".to_owned()
    }
}

/// The config file that holds in a folder: the given one, or the `.xnet/config.yaml` (or `.yml`) found upwards.
pub fn config_file(cwd: &Path, given: Option<&Path>) -> Result<Option<PathBuf>, TwoConfigs> {
    if let Some(path) = given {
        return Ok(Some(cwd.join(path)));
    }
    for folder in cwd.ancestors() {
        if let Some(path) = config_of(&folder.join(".xnet"))? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The config file of a folder, with either ending.
pub fn config_of(folder: &Path) -> Result<Option<PathBuf>, TwoConfigs> {
    let mut there = CONFIGS.iter().map(|name| folder.join(name)).filter(|path| path.exists());
    match (there.next(), there.next()) {
        (Some(one), Some(other)) => Err(TwoConfigs(one, other)),
        (one, _) => Ok(one),
    }
}

/// Whether a file is called as a config file is.
pub fn is_config(path: &Path) -> bool {
    path.file_name().is_some_and(|name| CONFIGS.iter().any(|config| name == *config))
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
