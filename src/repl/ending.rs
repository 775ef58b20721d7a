//! Signals while input is awaited: on a terminal SIGINT stays with the running call; SIGTERM and SIGHUP end the session.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::termios::{self, OptionalActions};
use signal_hook::iterator::Signals;

use crate::runtime::{Cancel, heeded, watch_signals};

/// Opens the editor without letting it take SIGINT: it would keep it while a call runs, which then could not be stopped.
/// At the prompt it does not need it, since there Ctrl-C is a key.
#[allow(unsafe_code, reason = "no safe interface puts a signal's handler back that somebody else installed")]
pub(super) fn keeping_interrupts<T>(open: impl FnOnce() -> T) -> T {
    let mut ours = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the pointers are to a `sigaction` that outlives the calls, or null, as sigaction(2) allows.
    let known = unsafe { libc::sigaction(libc::SIGINT, ptr::null(), ours.as_mut_ptr()) } == 0;
    let opened = open();
    if known {
        // SAFETY: as above, and `ours` was filled in by the call that succeeded.
        unsafe { libc::sigaction(libc::SIGINT, ours.as_ptr(), ptr::null_mut()) };
    }
    opened
}

/// Whether the session was told to end.
#[derive(Clone, Default)]
pub(super) struct Ending {
    asked: Arc<AtomicBool>,
    waiting: Arc<AtomicBool>,
}

impl Ending {
    /// Begins to watch for these signals. The terminal, if there is one, must be in its usual mode: it is put back into it at the end.
    /// `last` is called before a signal ends the process at the prompt.
    pub(super) fn watch(signals: &[i32], last: impl Fn() + Send + 'static) -> io::Result<Self> {
        let ending = Self::default();
        let watcher = ending.clone();
        let usual = termios::tcgetattr(io::stdin()).ok();
        let mut signals = Signals::new(heeded(signals))?;
        thread::Builder::new().name("xnet-ending".into()).spawn(move || {
            for _ in signals.forever() {
                watcher.asked.store(true, Ordering::SeqCst);
                if !watcher.waiting.load(Ordering::SeqCst) {
                    continue;
                }
                // Whoever waits for input cannot be told to stop; the shell wants its terminal back.
                if let Some(usual) = &usual {
                    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, usual);
                }
                last();
                std::process::exit(130);
            }
        })?;
        Ok(ending)
    }

    /// Waits for input. Ctrl-C that comes late for the call before it has nothing to end.
    pub(super) fn at_prompt<T>(&self, wait: impl FnOnce() -> T) -> T {
        let _ = watch_signals(&Cancel::new());
        self.waiting.store(true, Ordering::SeqCst);
        // A signal that came just before saw nobody waiting.
        if self.asked() {
            std::process::exit(130);
        }
        let answer = wait();
        self.waiting.store(false, Ordering::SeqCst);
        answer
    }

    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}
