//! Where tasks are looked for: the config file, the project's `tasks/`, the user's config folder, the binary itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::{BaseStrategy, choose_base_strategy};

use super::catalogue::{Catalogue, Origin};
use super::error::Error;
use super::files;
use super::text::File;
use crate::config::{Project, config_file};
use crate::view::Diagnostic;

const EMBEDDED: [(&str, &str); 4] = [
    ("setup-network.yaml", include_str!("../../tasks/setup-network.yaml")),
    ("connect-all.yaml", include_str!("../../tasks/connect-all.yaml")),
    ("network-debug.yaml", include_str!("../../tasks/network-debug.yaml")),
    ("teardown-network.yaml", include_str!("../../tasks/teardown-network.yaml")),
];

/// Finds all tasks visible from a folder. `config` is a file to read instead of the `.xnet/config.yaml` found upwards;
/// only its absence is an error, all else that is wrong is kept in the catalogue.
pub fn find(cwd: &Path, config: Option<&Path>) -> Result<Catalogue, Error> {
    find_into(Catalogue::default(), cwd, config)
}

/// The same, after what a catalogue holds already.
pub(super) fn find_into(catalogue: Catalogue, cwd: &Path, config: Option<&Path>) -> Result<Catalogue, Error> {
    let user = choose_base_strategy().ok().map(|strategy| strategy.config_dir().join("xnet"));
    find_after(catalogue, cwd, config, user.as_deref())
}

/// The tasks of a file, before those that are visible from a folder: what its own may call. Tells also how many of the
/// entries and faults are those of the file.
pub(super) fn find_beside(file: &Path, cwd: &Path, config: Option<&Path>) -> Result<(Catalogue, Counts), Error> {
    let user = choose_base_strategy().ok().map(|strategy| strategy.config_dir().join("xnet"));
    let mut catalogue = Catalogue::default();
    let path = cwd.join(file);
    let within = path.parent().and_then(Path::file_name).is_some_and(|name| name == "tasks");
    // It comes first, whatever it is; what it may hold depends on where it is.
    read(&mut catalogue, &path, cwd, Origin::Config, !within);
    let own = Counts { entries: catalogue.entries.len(), faults: catalogue.faults.len(), files: catalogue.files };
    Ok((find_after(catalogue, cwd, config, user.as_deref())?, own))
}

/// How much of a catalogue is of one file and those it includes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) entries: usize,
    pub(super) faults: usize,
    pub(super) files: usize,
}

#[cfg(test)]
fn find_with(cwd: &Path, config: Option<&Path>, user: Option<&Path>) -> Result<Catalogue, Error> {
    find_after(Catalogue::default(), cwd, config, user)
}

fn find_after(
    mut catalogue: Catalogue,
    cwd: &Path,
    config: Option<&Path>,
    user: Option<&Path>,
) -> Result<Catalogue, Error> {
    let given = config.map(|path| cwd.join(path));
    if let Some(path) = &given
        && let Err(error) = fs::metadata(path)
    {
        return Err(Error::invalid(format!("config file {}: {error}", path.display())));
    }
    let project = Project::of(given.as_deref(), cwd, None).root;
    if let Some(path) = &config_file(cwd, config) {
        read(&mut catalogue, path, cwd, Origin::Config, true);
    }
    for path in project.iter().flat_map(|project| yaml_files(&project.join("tasks"))) {
        read(&mut catalogue, &path, cwd, Origin::Project, is_config(&path));
    }
    if let Some(user) = user {
        let own = user.join("config.yaml");
        for path in own.is_file().then_some(own).into_iter().chain(yaml_files(&user.join("tasks"))) {
            read(&mut catalogue, &path, cwd, Origin::User, is_config(&path));
        }
    }
    for (name, text) in EMBEDDED {
        let file = File { name: format!("(built in) {name}"), text: text.into(), folder: None, workdir: None };
        catalogue.add(&Arc::new(file), Origin::Embedded, false);
    }
    Ok(catalogue)
}

/// The YAML files of a folder, by name.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_yaml).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// The project's root for a file in its `.xnet` or `tasks`; the file's own folder otherwise.
fn home(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let nested = folder.file_name().is_some_and(|name| name == ".xnet" || name == "tasks");
    let root = if nested { folder.parent() } else { None };
    Some(root.unwrap_or(folder).to_path_buf())
}

fn is_config(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "config.yaml")
}

fn read(catalogue: &mut Catalogue, path: &Path, cwd: &Path, origin: Origin, is_config: bool) {
    let name = path.strip_prefix(cwd).unwrap_or(path).display().to_string();
    match files::text(path, files::LARGEST_TASKS) {
        Ok(text) => {
            let parent = path.parent().map(Path::to_path_buf);
            let (folder, workdir) = match origin {
                Origin::Config | Origin::Project => (home(path), home(path)),
                Origin::User | Origin::Embedded => (parent, None),
            };
            let file = File { name, text: text.into(), folder, workdir };
            catalogue.add_with_included(&Arc::new(file), path, origin, is_config);
        }
        Err(error) => catalogue.fault(origin, Diagnostic::new(format!("{name} could not be read: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn found(folder: &Path) -> Catalogue {
        find_with(folder, None, Some(&folder.join("user"))).unwrap()
    }

    #[test]
    fn the_earlier_place_hides_the_later_and_broken_ones_spoil_only_themselves() {
        let task = |said: &str| format!("tasks:\n  {said}:\n    description: {said}\n    command: echo\n");
        let folder = folder(&[
            (".xnet/config.yaml", &(task("one") + "networks: {}\n")),
            ("tasks/b.yaml", "tasks:\n  one: {command: x}\n  two: {comand: x}\n  three: {command: x}\n"),
            ("tasks/c.yml", "tasks:\n\tx: 1\n"),
            ("tasks/d.yaml", "taks: {}\n"),
            ("user/tasks/e.yaml", "tasks:\n  setup-network: {command: mine}\n"),
        ]);
        let catalogue = found(&folder.path().join("tasks"));
        assert!(catalogue.tasks().any(|(task, _)| task.name == "one"), "found upwards");
        let catalogue = found(folder.path());
        assert_eq!(catalogue.get("one").unwrap().description.as_deref(), Some("one"));
        assert!(catalogue.get("three").is_ok());
        // What comes after a file that could not be read may be hidden by it, and is not run in its place.
        for later in ["setup-network", "connect-all"] {
            let text = catalogue.get(later).unwrap_err().diagnostic().render(false);
            assert!(text.contains("c.yml:2") && text.contains(&format!("task `{later}` of")), "{text}");
        }
        let text = catalogue.get("two").unwrap_err().diagnostic().render(false);
        assert!(text.contains("task `two`: unknown option `comand`"), "{text}");
        assert!(text.contains("tasks/b.yaml:3:9") && text.contains("did you mean `command`?"), "{text}");
        let faults: Vec<_> = catalogue.faults().map(|fault| fault.render(false)).collect();
        assert_eq!(faults.len(), 3, "{faults:#?}");
        assert!(faults[0].contains("tab") && faults[0].contains("c.yml:2"), "{faults:#?}");
        assert!(faults[1].contains("did you mean `tasks`?"), "{faults:#?}");
        assert_eq!(catalogue.warnings().len(), 1, "{:?}", catalogue.warnings());
        let error = catalogue.get("conect-all").unwrap_err();
        assert!(error.diagnostic().hint.unwrap().contains("`connect-all`"));
        fs::remove_file(folder.path().join("tasks/c.yml")).unwrap();
        fs::remove_file(folder.path().join("tasks/d.yaml")).unwrap();
        assert_eq!(found(folder.path()).get("setup-network").unwrap().origin(), "user/tasks/e.yaml");
    }

    #[test]
    fn what_is_shipped_has_no_faults() {
        let folder = folder(&[]);
        let catalogue = found(folder.path());
        let faults: Vec<_> = catalogue.faults().map(|fault| fault.render(false)).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(catalogue.tasks().count(), 4);
    }

    #[test]
    fn a_config_file_that_is_not_there_is_an_error() {
        let error = find_with(Path::new("/"), Some(Path::new("nope.yaml")), None).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
