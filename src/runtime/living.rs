//! The processes that run: what is theirs among our children.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use rustix::process::{Pid, WaitOptions, getpid, set_child_subreaper, waitpid};
use tokio::process::{Child, Command};

use super::descendants::{children, has_variable, is_zombie};
use super::hurry::Hurry;

/// Tells the processes that one command started, wherever they went.
const MARK: &str = "XNET_PROCESS";

/// Those that became our children, until they have ended: nobody else takes note of that.
static ORPHANS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);
static SUBREAPER: Once = Once::new();

/// A process of ours, until this is dropped.
pub(super) struct Living {
    pid: i32,
    mark: String,
    hurry: Hurry,
}

impl Living {
    pub(super) fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        // What loses its parent becomes our child, and can be found. Without it the rest still works.
        SUBREAPER.call_once(|| {
            let _ = set_child_subreaper(Some(getpid()));
        });
        let mark = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        command.env(MARK, &mark);
        let child = command.spawn()?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        Ok((child, Self { pid, mark, hurry: Hurry::new() }))
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// What it started that became our child when its parent ended.
    pub(super) fn orphans(&self) -> Vec<i32> {
        let us = getpid().as_raw_nonzero().get();
        let is_own = |pid: &i32| *pid != self.pid && has_variable(*pid, MARK, &self.mark);
        let orphans: Vec<i32> = children(us).into_iter().filter(is_own).collect();
        ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).extend(&orphans);
        orphans
    }

    /// Resolves when its end must not be waited for any longer.
    pub(super) async fn hurried(&self) {
        self.hurry.hurried().await;
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.orphans();
        ORPHANS.lock().unwrap_or_else(PoisonError::into_inner).retain(|pid| {
            let ended = is_zombie(*pid);
            // An id stays that of our child until this.
            if ended {
                let _ = waitpid(Pid::from_raw(*pid), WaitOptions::NOHANG);
            }
            !ended
        });
    }
}
