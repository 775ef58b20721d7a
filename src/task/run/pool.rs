//! Work on several things at a time, on threads: each waits for a process, a script or the engine.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many more threads a run may use for tasks that others need.
#[derive(Debug)]
pub(super) struct Permits(AtomicUsize);

impl Permits {
    pub(super) fn new(count: usize) -> Self {
        Self(AtomicUsize::new(count))
    }

    fn take(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    fn give_back(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Does the work for each index, on as many threads as the permits allow, this one included: whoever waits for others to
/// do their part never keeps them from it.
pub(super) fn permitted<T: Send>(permits: &Permits, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut width = 1;
    while width < count && permits.take() {
        width += 1;
    }
    let done = each(width, count, work);
    (1..width).for_each(|_| permits.give_back());
    done
}

/// Does the work for each index, at most `width` at a time, and gives the answers in order.
pub(super) fn each<T: Send>(width: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    let worker = || loop {
        let index = next.fetch_add(1, Ordering::SeqCst);
        if index >= count {
            return;
        }
        let answer = work(index);
        done.lock().unwrap_or_else(PoisonError::into_inner).push((index, answer));
    };
    thread::scope(|scope| {
        for _ in 1..width.min(count) {
            // Where there is no thread to be had, those that are there do the work.
            if thread::Builder::new().name("xnet-step".into()).spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
