//! Work on several things at a time, on threads: each waits for a process, a script or the engine.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many more threads may be used.
#[derive(Debug)]
pub struct Permits(AtomicUsize);

impl Permits {
    pub fn new(count: usize) -> Self {
        Self(AtomicUsize::new(count))
    }

    fn take(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    fn give_back(&self, count: usize) {
        self.0.fetch_add(count, Ordering::SeqCst);
    }
}

/// How the threads of a pool are.
#[derive(Debug, Clone, Copy)]
pub struct Width {
    /// How many work at a time, the caller's own included.
    pub most: usize,
    /// Bytes of stack that each has; what the system gives when `None`.
    pub stack: Option<usize>,
}

impl From<usize> for Width {
    fn from(most: usize) -> Self {
        Self { most, stack: None }
    }
}

/// Does the work for each index, on as many threads as the permits allow, this one included: whoever waits for others to
/// do their part never keeps them from it.
pub fn permitted<T: Send>(
    permits: &Permits,
    width: impl Into<Width>,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let width = width.into();
    let mut most = 1;
    while most < count.min(width.most) && permits.take() {
        most += 1;
    }
    let done = each(Width { most, ..width }, count, work);
    permits.give_back(most - 1);
    done
}

/// Does the work for each index, at most `width` at a time, and gives the answers in order.
pub fn each<T: Send>(width: impl Into<Width>, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let width = width.into();
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
        for _ in 1..width.most.min(count) {
            let mut thread = thread::Builder::new().name("xnet-step".into());
            if let Some(stack) = width.stack {
                thread = thread.stack_size(stack);
            }
            // Where there is no thread to be had, those that are there do the work.
            if thread.spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, answer)| answer).collect()
}
