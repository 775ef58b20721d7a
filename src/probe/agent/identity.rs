//! Whether a network namespace is really that of a container: process ids are used again, and an engine may count them
//! in a namespace of its own.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::model::probe::order::Inside;

/// What tells that the container of a namespace still runs.
#[derive(Debug)]
pub(super) enum Life {
    /// Of its first process.
    Process(OwnedFd),
    /// The engine's file, whose name is new with each start, and which the engine removes at the end.
    Sandbox(PathBuf),
}

impl Life {
    pub(super) fn goes_on(&self) -> bool {
        match self {
            Self::Process(process) => !has_ended(process),
            Self::Sandbox(path) => is_namespace(path),
        }
    }
}

/// The namespace of a container, by its first process where that can be seen, or else by the engine's file.
pub(super) fn open(inside: &Inside) -> io::Result<(File, Life)> {
    by_process(inside).or_else(|error| if inside.sandbox.is_empty() { Err(error) } else { by_sandbox(inside, error) })
}

fn by_process(inside: &Inside) -> io::Result<(File, Life)> {
    let pid = inside.pid;
    let absent = || io::Error::new(io::ErrorKind::NotFound, format!("the container's process {pid} is not here"));
    let id = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(absent)?;
    let process = pidfd_open(id, PidfdFlags::empty()).map_err(|_| absent())?;
    let file =
        File::open(format!("/proc/{pid}/ns/net")).map_err(|error| worded(&error, "cannot be entered", inside))?;
    if !belongs(inside, &file) {
        let words = format!("process {pid} of this machine is not the container's");
        return Err(io::Error::new(io::ErrorKind::NotFound, words));
    }
    // It was the same process all the while: a pid is not used again before its process has ended.
    if has_ended(&process) { Err(absent()) } else { Ok((file, Life::Process(process))) }
}

/// By the container's id in the process's control group. A private view of the groups may hide it (as `/`): then the
/// engine's file must be of the same namespace.
fn belongs(inside: &Inside, opened: &File) -> bool {
    let group = || fs::read_to_string(format!("/proc/{}/cgroup", inside.pid)).unwrap_or_default();
    if !inside.id.is_empty() && group().contains(&inside.id) {
        return true;
    }
    let identity = |file: &File| rustix::fs::fstat(file).map(|stat| (stat.st_dev, stat.st_ino)).ok();
    let kept = File::open(&inside.sandbox).ok().and_then(|file| identity(&file));
    kept.is_some() && kept == identity(opened)
}

fn by_sandbox(inside: &Inside, before: io::Error) -> io::Result<(File, Life)> {
    let path = PathBuf::from(&inside.sandbox);
    match File::open(&path) {
        Ok(file) if is_namespace(&path) => Ok((file, Life::Sandbox(path))),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(worded(&error, "cannot be entered", inside))
        }
        Ok(_) | Err(_) => Err(before),
    }
}

/// The engine mounts a namespace there; what is left after the end is an empty file.
fn is_namespace(path: &PathBuf) -> bool {
    rustix::fs::statfs(path).is_ok_and(|stat| stat.f_type == libc::NSFS_MAGIC)
}

/// A process that has ended can be read from.
fn has_ended(process: &OwnedFd) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut watched, Some(&now)).is_ok_and(|ready| ready > 0)
}

fn worded(error: &io::Error, what: &str, inside: &Inside) -> io::Error {
    let short: String = inside.id.chars().take(12).collect();
    io::Error::new(error.kind(), format!("the network namespace of container {short} {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_this_process(id: &str) -> Inside {
        Inside { id: id.to_owned(), pid: std::process::id(), sandbox: String::new() }
    }

    #[test]
    fn a_process_that_is_not_the_containers_is_not_entered() {
        let error = open(&of_this_process(&"ab".repeat(32))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("is not the container's"), "{error}");
        // An empty id is part of every text.
        assert!(open(&of_this_process("")).is_err());
    }

    #[test]
    fn a_file_that_is_no_namespace_is_not_entered() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let sandbox = file.path().to_str().unwrap().to_owned();
        assert!(open(&Inside { sandbox, ..of_this_process(&"ab".repeat(32)) }).is_err());
    }

    #[test]
    fn the_engines_file_vouches_for_a_process_whose_groups_are_hidden() {
        let sandbox = String::from("/proc/self/ns/net");
        let (_, life) = open(&Inside { sandbox, ..of_this_process(&"ab".repeat(32)) }).unwrap();
        assert!(matches!(life, Life::Process(_)) && life.goes_on());
    }
}
