//! Files and folders of this machine as a tar, made while it is sent: only a few pieces of it are ever in memory.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc::{self, Sender};

use crate::engine::raw::Pieces;

/// Bytes of a piece, and how many pieces may wait to be sent.
const PIECE: usize = 64 << 10;
const WAITING: usize = 8;

/// Whether something below the packed folder goes in: its path relative to that folder, with `/`, and whether it is a folder.
type Wanted = Box<dyn Fn(&str, bool) -> Choice + Send>;

/// What to do with one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Choice {
    Take,
    /// Leave it out, but look into it: something below may be wanted.
    Through,
    Leave,
}

/// What is packed, and under which names.
pub(in crate::engine) struct Source {
    pub(in crate::engine) path: PathBuf,
    /// What it is called in the tar; empty for what is in a folder, without the folder itself.
    pub(in crate::engine) name: String,
    /// User and group that everything gets.
    pub(in crate::engine) owner: (u64, u64),
    pub(in crate::engine) wanted: Option<Wanted>,
}

/// How the packing went; asked once the tar was sent, or sending it failed.
#[derive(Debug, Default)]
struct Report {
    fault: Option<(PathBuf, String)>,
    left_out: Vec<String>,
}

/// A tar being made.
pub(in crate::engine) struct Packing {
    pub(in crate::engine) pieces: Pieces,
    report: Arc<Mutex<Report>>,
}

/// Reads the rest of [`Packing`] after its pieces were taken.
#[derive(Clone)]
pub(in crate::engine) struct Told(Arc<Mutex<Report>>);

impl Packing {
    pub(in crate::engine) fn told(&self) -> Told {
        Told(self.report.clone())
    }
}

impl Told {
    /// What could not be read, and why: the cause of a sending that failed.
    pub(in crate::engine) fn fault(&self) -> Option<(PathBuf, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fault.clone()
    }

    /// Sockets, pipes and devices: they cannot be in it.
    pub(in crate::engine) fn left_out(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).left_out.clone()
    }
}

/// Begins to pack, on a thread of its own that ends when nobody takes the pieces.
pub(in crate::engine) fn pack(source: Source) -> Packing {
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let report = Arc::new(Mutex::new(Report::default()));
    let kept = report.clone();
    tokio::task::spawn_blocking(move || {
        let mut walk = Walk { source: &source, at: source.path.clone(), left_out: Vec::new() };
        let answer = walk.all(BufWriter::with_capacity(PIECE, Pipe(sender.clone())));
        let mut report = kept.lock().unwrap_or_else(PoisonError::into_inner);
        report.left_out = walk.left_out;
        // Without anyone to take it, the cause is with whoever went away: the engine refused, or the caller was stopped.
        if let Err(error) = answer
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            report.fault = Some((walk.at, error.to_string()));
            drop(report);
            let _ = sender.blocking_send(Err(error));
        }
    });
    let pieces = stream::poll_fn(move |context| receiver.poll_recv(context)).boxed();
    Packing { pieces, report }
}

/// The writing end of a channel.
struct Pipe(Sender<io::Result<Bytes>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes it"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Walk<'a> {
    source: &'a Source,
    /// What is being read, for the error.
    at: PathBuf,
    left_out: Vec<String>,
}

impl Walk<'_> {
    fn all(&mut self, writer: impl Write) -> io::Result<()> {
        let mut tar = Builder::new(writer);
        // What was named is followed when it is a link; links below it are kept.
        let metadata = fs::metadata(&self.source.path)?;
        if !self.source.name.is_empty() {
            self.add(&mut tar, &self.source.path.clone(), &self.source.name.clone(), &metadata)?;
        }
        let mut folders = vec![(self.source.path.clone(), String::new())];
        while let Some((folder, inside)) = folders.pop().filter(|_| metadata.is_dir()) {
            self.at.clone_from(&folder);
            let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                self.at = entry.path();
                let name = entry.file_name();
                let name = name.to_str().ok_or_else(|| io::Error::other("its name is not UTF-8"))?;
                let inside = if inside.is_empty() { name.to_owned() } else { format!("{inside}/{name}") };
                let metadata = fs::symlink_metadata(&self.at)?;
                let choice =
                    self.source.wanted.as_ref().map_or(Choice::Take, |wanted| wanted(&inside, metadata.is_dir()));
                if choice == Choice::Take {
                    let name = match self.source.name.as_str() {
                        "" => inside.clone(),
                        root => format!("{root}/{inside}"),
                    };
                    self.add(&mut tar, &entry.path(), &name, &metadata)?;
                }
                if metadata.is_dir() && choice != Choice::Leave {
                    folders.push((entry.path(), inside));
                }
            }
        }
        tar.into_inner()?.flush()
    }

    fn add<W: Write>(&mut self, tar: &mut Builder<W>, path: &Path, name: &str, metadata: &Metadata) -> io::Result<()> {
        let kind = metadata.file_type();
        if kind.is_socket() || kind.is_fifo() || kind.is_block_device() || kind.is_char_device() {
            self.left_out.push(path.display().to_string());
            return Ok(());
        }
        let mut header = Header::new_gnu();
        header.set_mode(metadata.mode() & 0o7777);
        header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or(0));
        header.set_uid(self.source.owner.0);
        header.set_gid(self.source.owner.1);
        header.set_size(0);
        if kind.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            return tar.append_link(&mut header, name, fs::read_link(path)?);
        }
        if kind.is_dir() {
            header.set_entry_type(EntryType::Directory);
            return tar.append_data(&mut header, name, io::empty());
        }
        header.set_entry_type(EntryType::Regular);
        header.set_size(metadata.len());
        tar.append_data(&mut header, name, Exact { file: File::open(path)?, left: metadata.len() })
    }
}

/// As many bytes of a file as were promised, even if it grows meanwhile.
struct Exact {
    file: File,
    left: u64,
}

impl Read for Exact {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read(&mut buffer[..most])?;
        self.left -= count as u64;
        if count == 0 && most > 0 {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_nobody_takes_it_is_no_fault_of_a_file() {
        let told = crate::runtime::wait(&crate::runtime::Cancel::new(), async {
            let path = std::env::current_exe().unwrap();
            let mut packing = pack(Source { path, name: "big".into(), owner: (0, 0), wanted: None });
            packing.pieces.next().await.unwrap().unwrap();
            let told = packing.told();
            drop(packing);
            // The thread that packs holds the report until it has ended.
            while Arc::strong_count(&told.0) > 1 {
                tokio::task::yield_now().await;
            }
            told
        });
        assert_eq!(told.unwrap().fault(), None);
    }
}
