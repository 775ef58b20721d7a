//! SIGINT, SIGTERM and SIGHUP become a cancellation; a second one ends the process at once.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::cancel::{Cancel, Reason};

static CURRENT: Mutex<Option<Cancel>> = Mutex::new(None);

/// Leads signals to this token from now on. The REPL calls it anew for each line.
pub fn watch_signals(cancel: &Cancel) -> io::Result<()> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let first = current.is_none();
    *current = Some(cancel.clone());
    drop(current);
    if first {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        thread::Builder::new().name("xnet-signals".into()).spawn(move || {
            for _ in signals.forever() {
                let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Some(cancel) = current else { continue };
                if cancel.reason() == Some(Reason::Interrupted) {
                    std::process::exit(130);
                }
                cancel.cancel(Reason::Interrupted);
            }
        })?;
    }
    Ok(())
}
