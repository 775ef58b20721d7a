//! Network namespaces: a socket keeps the one it was made in, so a thread enters, makes the socket and comes back.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, LazyLock, PoisonError, RwLock, mpsc};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::sync::oneshot;

use super::identity::{self, Life};
use crate::model::probe::order::Stand;

/// An open network namespace. The kernel keeps it as long as this lives, its container ended or not.
#[derive(Debug, Clone)]
pub(in crate::probe) enum Namespace {
    Own,
    Other(Arc<Opened>),
}

#[derive(Debug)]
pub(in crate::probe) struct Opened {
    file: File,
    life: Life,
}

type Job = Box<dyn FnOnce(&File) + Send>;

impl Namespace {
    /// `NotFound` where the container has ended, or is not on this machine; `PermissionDenied` where root is needed.
    pub(in crate::probe) fn open(stand: &Stand) -> io::Result<Self> {
        match stand {
            Stand::Own => Ok(Self::Own),
            Stand::Inside(inside) => {
                let (file, life) = identity::open(inside)?;
                Ok(Self::Other(Arc::new(Opened { file, life })))
            }
        }
    }

    /// Whether what it was opened for still runs in it.
    pub(in crate::probe) fn lives(&self) -> bool {
        match self {
            Self::Own => true,
            Self::Other(opened) => opened.life.goes_on(),
        }
    }

    /// Runs `work` inside: it makes a socket, or reads what is there. It must not wait for anything.
    pub(in crate::probe) async fn inside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let Self::Other(opened) = self else { return work() };
        let (opened, (tell, told)) = (opened.clone(), oneshot::channel());
        let job: Job = Box::new(move |home| {
            let _ = tell.send(visit(&opened.file, home, work));
        });
        hand_over(job)?;
        told.await.map_err(|_| io::Error::other("the thread that enters network namespaces has ended"))?
    }
}

/// Its thread ends when it cannot come back, and the next job gets a new one.
static THREAD: LazyLock<RwLock<Option<mpsc::Sender<Job>>>> = LazyLock::new(RwLock::default);

fn hand_over(mut job: Job) -> io::Result<()> {
    if let Some(thread) = &*THREAD.read().unwrap_or_else(PoisonError::into_inner) {
        match thread.send(job) {
            Ok(()) => return Ok(()),
            Err(mpsc::SendError(back)) => job = back,
        }
    }
    let home = File::open("/proc/thread-self/ns/net")?;
    let (sender, jobs) = mpsc::channel::<Job>();
    thread::Builder::new().name("xnet-netns".into()).spawn(move || {
        for job in jobs {
            job(&home);
            if !at_home(&home) {
                return;
            }
        }
    })?;
    let sent = sender.send(job).map_err(|_| io::Error::other("the thread that enters network namespaces has ended"));
    *THREAD.write().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    sent
}

fn visit<T>(there: &File, home: &File, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    move_into_link_name_space(there.as_fd(), Some(LinkNameSpaceType::Network))?;
    let done = work();
    // Where this fails, the thread is given up by whoever looks next.
    let _ = move_into_link_name_space(home.as_fd(), Some(LinkNameSpaceType::Network));
    done
}

fn at_home(home: &File) -> bool {
    let inode = |file: &File| rustix::fs::fstat(file).map(|stat| (stat.st_dev, stat.st_ino)).ok();
    File::open("/proc/thread-self/ns/net").is_ok_and(|here| inode(&here).is_some() && inode(&here) == inode(home))
}
