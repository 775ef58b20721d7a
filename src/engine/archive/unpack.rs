//! What a container sends, written to this machine. A container is not trusted: no name and no link in its tar may lead
//! out of the folder that is written, and nothing is in its place before all of it is there.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tar::{Archive, Entry, EntryType};

use super::fault::{CopyFault, SPECIAL};

type Answer<T> = Result<T, CopyFault>;

/// Where the copy goes.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Target {
    pub(in crate::engine) container: String,
    /// The path that the copy itself gets.
    pub(in crate::engine) path: PathBuf,
    /// Keep links that lead outside.
    pub(in crate::engine) outside_links: bool,
}

/// What was written.
#[derive(Debug, Default)]
pub(in crate::engine) struct Landing {
    /// Devices and pipes: they are not made here.
    pub(in crate::engine) left_out: Vec<String>,
}

/// Unpacks beside the target, or in it where it is there, then moves it to its place. A folder that is there already is added to.
///
/// Of the modes, set-user-id and set-group-id are dropped: whoever runs this would lend a container's program his rights.
pub(in crate::engine) fn unpack(reader: impl Read, target: &Target) -> Answer<Landing> {
    let parent = target.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that is there may be the only place that may be written to.
    let merging = is_folder(&target.path);
    let staging = Staging::new(if merging { &target.path } else { parent })?;
    let mut unpacking =
        Unpacking { target, folder: &staging.0, root: None, landing: Landing::default(), links: vec![], modes: vec![] };
    let mut archive = Archive::new(reader);
    let broken = |error: io::Error| broken(target, &error);
    for entry in archive.entries().map_err(broken)? {
        unpacking.take(entry.map_err(broken)?)?;
    }
    unpacking.end()?;
    let landing = unpacking.landing;
    let whole = staging.0.join(ROOT);
    if fs::symlink_metadata(&whole).is_err() {
        return Err(broken(io::Error::other("it holds nothing")));
    }
    clash(&whole, &target.path)?;
    match land(&whole, &target.path) {
        Err(CopyFault::Unwritable { path, words }) if merging => Err(CopyFault::Partly { path, words }),
        other => other.map(|()| landing),
    }
}

/// What the topmost entry is called while it is unpacked.
const ROOT: &str = "root";

/// A folder that is gone with this.
struct Staging(PathBuf);

impl Staging {
    fn new(parent: &Path) -> Answer<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!(".xnet-copy-{}-{number}", process::id()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| unwritable(parent, &error))?;
        Ok(Self(path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Unpacking<'a> {
    target: &'a Target,
    folder: &'a Path,
    /// The first component of every name: what was asked for.
    root: Option<PathBuf>,
    landing: Landing,
    /// Made last, so that nothing can be written through them: where, and where to.
    links: Vec<(PathBuf, PathBuf)>,
    /// Folders' modes, set last: one may forbid to write.
    modes: Vec<(PathBuf, u32)>,
}

impl Unpacking<'_> {
    fn take(&mut self, mut entry: Entry<impl Read>) -> Answer<()> {
        let broken = |error: io::Error| broken(self.target, &error);
        let name = entry.path().map_err(broken)?.into_owned();
        let inside = self.inside(&name)?;
        let path = self.at(&inside);
        let mode = entry.header().mode().map_err(broken)? & 0o777;
        match entry.header().entry_type() {
            EntryType::Directory => {
                match fs::create_dir(&path) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                    other => other.map_err(|error| unwritable(&path, &error))?,
                }
                self.modes.push((path, mode));
                Ok(())
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => self.file(&mut entry, &path, mode),
            EntryType::Symlink => {
                let to = entry.link_name().map_err(broken)?.unwrap_or_default().into_owned();
                if !self.target.outside_links && leads_outside(&inside, &to) {
                    return Err(self.escapes(&name, format!("is a link to \"{}\", outside", to.display()), true));
                }
                self.links.push((path, to));
                Ok(())
            }
            EntryType::Link => {
                let to = entry.link_name().map_err(broken)?.unwrap_or_default().into_owned();
                let to = self.inside(&to)?;
                let to = self.at(&to);
                // Links are not there yet, so this can only be a file of this tar.
                fs::hard_link(&to, &path).map_err(|error| unwritable(&path, &error))
            }
            EntryType::XGlobalHeader => Ok(()),
            _ => {
                self.landing.left_out.push(name.display().to_string());
                Ok(())
            }
        }
    }

    fn file(&self, entry: &mut Entry<impl Read>, path: &Path, mode: u32) -> Answer<()> {
        let unwritable = |error: io::Error| unwritable(path, &error);
        // A name that comes twice replaces what came first, and is never written into it.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
            _ => {}
        }
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let mut file: File = opened.map_err(unwritable)?;
        io::copy(entry, &mut file).map_err(|error| broken(self.target, &error))?;
        file.set_permissions(Permissions::from_mode(mode)).map_err(unwritable)?;
        let time = entry.header().mtime().unwrap_or(0);
        let time = UNIX_EPOCH.checked_add(Duration::from_secs(time)).unwrap_or(UNIX_EPOCH);
        file.set_modified(time).map_err(unwritable)
    }

    /// A name relative to the topmost entry, once it is known not to leave it.
    fn inside(&mut self, name: &Path) -> Answer<PathBuf> {
        let mut parts = Vec::new();
        for component in name.components() {
            match component {
                Component::Normal(part) => parts.push(part),
                Component::CurDir => {}
                _ => return Err(self.escapes(name, "leads outside".into(), false)),
            }
        }
        let Some((first, rest)) = parts.split_first() else {
            return Err(self.escapes(name, "names nothing".into(), false));
        };
        let root = self.root.get_or_insert_with(|| PathBuf::from(first));
        if root.as_os_str() != *first {
            return Err(self.escapes(name, "was not asked for".into(), false));
        }
        Ok(rest.iter().collect())
    }

    /// Where something inside is while it is unpacked.
    fn at(&self, inside: &Path) -> PathBuf {
        let root = self.folder.join(ROOT);
        // Joining nothing would add a slash.
        if inside.as_os_str().is_empty() { root } else { root.join(inside) }
    }

    fn escapes(&self, name: &Path, why: String, link: bool) -> CopyFault {
        CopyFault::Escapes { container: self.target.container.clone(), entry: name.display().to_string(), why, link }
    }

    fn end(&mut self) -> Answer<()> {
        // Looked at before the first is made: a later one could otherwise be made through an earlier one.
        for (path, _) in &self.links {
            if !path.parent().is_some_and(is_folder) {
                let name = path.strip_prefix(self.folder).unwrap_or(path);
                return Err(self.escapes(name, "is a link below something that is no folder".into(), false));
            }
        }
        for (path, to) in self.links.drain(..) {
            symlink(&to, &path).map_err(|error| unwritable(&path, &error))?;
        }
        for (path, mode) in self.modes.drain(..).rev() {
            // Readable and passable for its owner, so that it can be moved and removed.
            let mode = Permissions::from_mode(mode | 0o700);
            fs::set_permissions(&path, mode).map_err(|error| unwritable(&path, &error))?;
        }
        Ok(())
    }
}

/// Whether a link at a place inside leads out of the topmost entry. Going up is believed only at the beginning, where
/// the way is known to be made of folders: later it may pass through another link, and up from there is elsewhere.
fn leads_outside(place: &Path, to: &Path) -> bool {
    // The topmost entry itself has no inside.
    let Some(mut depth) = place.components().count().checked_sub(1) else { return true };
    let mut down = false;
    for component in to.components() {
        match component {
            Component::Normal(_) => down = true,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 && !down => depth -= 1,
            _ => return true,
        }
    }
    false
}

/// Refuses to replace a folder with a file, a file with a folder, or to write through a link. Looks only.
fn clash(staged: &Path, place: &Path) -> Answer<()> {
    let Ok(there) = fs::symlink_metadata(place) else { return Ok(()) };
    let is_folder = fs::symlink_metadata(staged).map_err(|error| unwritable(staged, &error))?.is_dir();
    let what = match (is_folder, there.is_dir()) {
        (true, true) => {
            for name in names(staged)? {
                clash(&staged.join(&name), &place.join(&name))?;
            }
            return Ok(());
        }
        (true, false) if there.is_symlink() => "a link, and a folder would be written through it",
        (true, false) => "a file, and a folder would replace it",
        (false, true) => "a folder, and a file would replace it",
        (false, false) if there.is_file() || there.is_symlink() => return Ok(()),
        (false, false) => SPECIAL,
    };
    Err(CopyFault::InTheWay { path: place.display().to_string(), what })
}

/// Moves what was unpacked into its place, folder by folder where there is one already.
fn land(staged: &Path, place: &Path) -> Answer<()> {
    if !is_folder(staged) || !is_folder(place) {
        return fs::rename(staged, place).map_err(|error| unwritable(place, &error));
    }
    for name in names(staged)? {
        land(&staged.join(&name), &place.join(&name))?;
    }
    Ok(())
}

/// A folder itself, not a link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn names(folder: &Path) -> Answer<BTreeSet<std::ffi::OsString>> {
    let read = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    read.map_err(|error| unwritable(folder, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> CopyFault {
    CopyFault::Unwritable { path: path.display().to_string(), words: error.to_string() }
}

fn broken(target: &Target, error: &io::Error) -> CopyFault {
    CopyFault::BrokenOff { container: target.container.clone(), words: error.to_string() }
}

#[cfg(test)]
mod tests;
