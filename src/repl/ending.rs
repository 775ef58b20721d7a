//! SIGTERM and SIGHUP end the session, whether it waits for input or runs a call.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::termios::{self, OptionalActions};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;

use crate::runtime::{Cancel, watch_signals};

/// Whether the session was told to end.
#[derive(Clone, Default)]
pub(super) struct Ending {
    asked: Arc<AtomicBool>,
    waiting: Arc<AtomicBool>,
}

impl Ending {
    /// Begins to watch. The terminal must be in its usual mode: it is put back into it at the end.
    pub(super) fn watch() -> io::Result<Self> {
        let ending = Self::default();
        let watcher = ending.clone();
        let usual = termios::tcgetattr(io::stdin()).ok();
        let mut signals = Signals::new([SIGTERM, SIGHUP])?;
        thread::Builder::new().name("xnet-ending".into()).spawn(move || {
            for _ in signals.forever() {
                watcher.asked.store(true, Ordering::SeqCst);
                if !watcher.waiting.load(Ordering::SeqCst) {
                    continue;
                }
                // The editor waits for a key and cannot be told to stop; the shell wants its terminal back.
                if let Some(usual) = &usual {
                    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, usual);
                }
                std::process::exit(130);
            }
        })?;
        Ok(ending)
    }

    /// Waits for input. Ctrl-C that comes late for the call before it has nothing to end.
    pub(super) fn at_prompt<T>(&self, wait: impl FnOnce() -> T) -> T {
        let _ = watch_signals(&Cancel::new());
        self.waiting.store(true, Ordering::SeqCst);
        let answer = wait();
        self.waiting.store(false, Ordering::SeqCst);
        answer
    }

    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}
