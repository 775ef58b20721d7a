//! xnet's own executable, made up as an image of one layer: with its loader and its libraries where it needs any.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use ring::digest::{Context, SHA256};
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;

use super::elf;

/// What runs now, even when another has taken its place on disk since.
const RUNNING: &str = "/proc/self/exe";
const PLACE: &str = "/xnet";
/// Pieces that wait to be sent.
const WAITING: usize = 8;

/// What goes into the image, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct Executable {
    /// Says what is in it: `xnet-agent:0123456789abcdef`.
    pub(super) tag: String,
    /// The command that runs an agent there.
    pub(super) entry: Vec<String>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    /// Engines make the folders above a file so that only some may enter them.
    Folder {
        to: PathBuf,
    },
    File {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
}

impl Executable {
    /// This process's own, or another that needs no other libraries than this process has. Reads all of it: it blocks.
    pub(super) fn find(other: Option<&Path>) -> io::Result<Self> {
        let from = other.unwrap_or(Path::new(RUNNING)).to_owned();
        let loader = elf::loader(&mut File::open(&from)?)?;
        let mut entry = vec![PLACE.to_owned()];
        let mut parts = vec![Part::File { from, to: PLACE.into() }];
        if let Some(loader) = loader {
            let libraries = libraries(&fs::read_to_string("/proc/self/maps")?)?;
            let folders: Vec<String> =
                libraries.iter().filter_map(|path| Some(path.parent()?.display().to_string())).collect();
            // Told where they are, it does not depend on what it would take for their usual folders.
            entry = vec![loader.clone(), "--library-path".into(), unique(folders).join(":"), PLACE.into()];
            let real = fs::canonicalize(&loader)?;
            for library in libraries.into_iter().filter(|library| *library != real) {
                parts.extend(names(&library).into_iter().map(|to| Part::Link { from: library.clone(), to }));
                parts.push(Part::File { from: library.clone(), to: library });
            }
            parts.push(Part::File { from: real, to: loader.into() });
        }
        entry.push("agent".into());
        let mut folders: Vec<PathBuf> =
            parts.iter().flat_map(|part| part.to().ancestors().skip(1)).map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        let folders = folders.into_iter().filter(|to| to != Path::new("/")).map(|to| Part::Folder { to });
        let parts: Vec<Part> = folders.chain(parts).collect();
        let tag = format!("xnet-agent:{}", digest(&parts)?);
        Ok(Self { tag, entry, parts })
    }

    /// The layer as a tar, made while it is read.
    pub(super) fn layer(&self) -> BoxStream<'static, io::Result<Bytes>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let parts = self.parts.clone();
        tokio::task::spawn_blocking(move || {
            let mut tar = Builder::new(Pieces(sender.clone()));
            let whole = parts.iter().try_for_each(|part| part.pack(&mut tar)).and_then(|()| tar.finish());
            if let Err(error) = whole {
                // Whoever reads has gone, or learns why it is not whole.
                let _ = sender.blocking_send(Err(error));
            }
        });
        stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }).boxed()
    }
}

impl Part {
    fn to(&self) -> &Path {
        match self {
            Self::Folder { to } | Self::File { to, .. } | Self::Link { to, .. } => to,
        }
    }

    fn pack(&self, tar: &mut Builder<impl Write>) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mode(0o755);
        let inside = |path: &Path| path.strip_prefix("/").unwrap_or(path).to_owned();
        match self {
            Self::Folder { to } => {
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                tar.append_data(&mut header, inside(to), io::empty())
            }
            Self::File { from, to } => {
                let file = File::open(from)?;
                header.set_size(file.metadata()?.len());
                tar.append_data(&mut header, inside(to), file)
            }
            Self::Link { from, to } => {
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, inside(to), from)
            }
        }
    }
}

/// The files that are mapped to be run, but for the executable itself.
fn libraries(maps: &str) -> io::Result<Vec<PathBuf>> {
    let own = fs::read_link(RUNNING)?;
    let mut found = Vec::new();
    for line in maps.lines() {
        // Address, rights, offset, device, inode, path.
        let mut columns = line.split_ascii_whitespace();
        let runs = columns.nth(1).is_some_and(|rights| rights.contains('x'));
        let Some(at) = line.find(" /").filter(|_| runs) else { continue };
        let path = line[at..].trim();
        if Path::new(path) == own || path == format!("{} (deleted)", own.display()) {
            continue;
        }
        if let Some(path) = path.strip_suffix(" (deleted)") {
            let words = format!("{path} was replaced since this process began: start xnet again");
            return Err(io::Error::other(words));
        }
        found.push(path.to_owned());
    }
    Ok(unique(found).into_iter().map(PathBuf::from).collect())
}

fn unique(mut all: Vec<String>) -> Vec<String> {
    all.sort();
    all.dedup();
    all
}

/// The links beside a library by which it may be asked for.
fn names(library: &Path) -> Vec<PathBuf> {
    let Some(entries) = library.parent().and_then(|folder| fs::read_dir(folder).ok()) else { return Vec::new() };
    let stem = library.file_name().and_then(|name| name.to_str()).and_then(|name| name.split(['.', '-']).next());
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| stem.is_some_and(|stem| entry.file_name().to_string_lossy().starts_with(stem)))
        .map(|entry| entry.path())
        .filter(|path| path.is_symlink() && fs::canonicalize(path).is_ok_and(|real| real == library))
        .collect();
    found.sort();
    found
}

/// Of all names and contents, as far as a tag needs it.
fn digest(parts: &[Part]) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    for part in parts {
        context.update(part.to().as_os_str().as_encoded_bytes());
        context.update(b"\0");
        let from = match part {
            Part::Folder { .. } => continue,
            Part::Link { from, .. } => {
                context.update(from.as_os_str().as_encoded_bytes());
                continue;
            }
            Part::File { from, .. } => from,
        };
        let mut file = File::open(from)?;
        context.update(&file.metadata()?.len().to_be_bytes());
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                length => context.update(&buffer[..length]),
            }
        }
    }
    let digest = context.finish();
    let head = digest.as_ref().first_chunk::<8>().copied().unwrap_or_default();
    Ok(format!("{:016x}", u64::from_be_bytes(head)))
}

/// Hands on what is written in pieces.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55d0-55d1 r-xp 00000000 fe:00 12 /opt/not ours/libx.so.1
7f00-7f01 r--p 00000000 fe:00 13 /usr/lib/locale/locale-archive
7f02-7f03 r-xp 00000000 fe:00 14 /lib/libc.so.6
7f04-7f05 r-xp 00001000 fe:00 14 /lib/libc.so.6
7ffd-7ffe r-xp 00000000 00:00 0  [vdso]
";

    #[test]
    fn libraries_are_what_is_mapped_to_be_run() {
        let found = libraries(MAPS).unwrap();
        assert_eq!(found, [Path::new("/lib/libc.so.6"), Path::new("/opt/not ours/libx.so.1")]);
        let replaced = libraries("7f02-7f03 r-xp 00000000 fe:00 14 /lib/libc.so.6 (deleted)\n").unwrap_err();
        assert!(replaced.to_string().contains("/lib/libc.so.6 was replaced"), "{replaced}");
        let own = format!("7f-8f r-xp 0 0 0 {}\n", fs::read_link(RUNNING).unwrap().display());
        assert!(libraries(&own).unwrap().is_empty());
    }

    #[test]
    fn the_same_content_has_the_same_name_and_another_another() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        fs::copy("/proc/self/exe", &copy).unwrap();
        let tag = |path: &Path| Executable::find(Some(path)).unwrap().tag;
        assert_eq!(tag(&copy), tag(Path::new(RUNNING)));
        fs::OpenOptions::new().append(true).open(&copy).unwrap().write_all(b"x").unwrap();
        assert_ne!(tag(&copy), tag(Path::new(RUNNING)));
    }
}
