//! SIGINT, SIGTERM and SIGHUP become a cancellation; a second one ends what is being waited for, or the process at once
//! when that is nothing, and so does time when the work does not heed the first.

use std::fs;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::cancel::{Cancel, Reason};
use super::hurry::hurry;

/// How long work that was told to stop may take: 2 s for processes to end, 8 s to take back what was half-made on the
/// engine (`CLEANING` in src/cli), and some more. Whoever sends a signal once, as timeout(1) does, can rely on it.
const GRACE: Duration = Duration::from_secs(12);

static CURRENT: Mutex<Option<Cancel>> = Mutex::new(None);
/// What a second signal cancels before a third ends the process.
static SPARED: Mutex<Vec<Cancel>> = Mutex::new(Vec::new());

/// Leads a second signal to a token of its own too, for work that the first must not stop.
pub(super) fn spare(cancel: &Cancel) {
    SPARED.lock().unwrap_or_else(PoisonError::into_inner).push(cancel.clone());
}

/// That work is done.
pub(super) fn heed_second(cancel: &Cancel) {
    SPARED.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| !other.is(cancel));
}

/// The tokens that a second signal is to cancel.
fn spared() -> Vec<Cancel> {
    let mut spared = SPARED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    spared.retain(|cancel| cancel.reason().is_none());
    spared
}

/// Leads signals to this token from now on. The REPL calls it anew for each line.
pub fn watch_signals(cancel: &Cancel) -> io::Result<()> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let first = current.is_none();
    *current = Some(cancel.clone());
    drop(current);
    if first {
        let mut signals = Signals::new(heeded(&[SIGINT, SIGTERM, SIGHUP]))?;
        thread::Builder::new().name("xnet-signals".into()).spawn(move || {
            for _ in signals.forever() {
                let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Some(cancel) = current else { continue };
                if cancel.reason().is_some() {
                    let spared = spared();
                    spared.iter().for_each(|second| second.cancel(Reason::Interrupted));
                    if spared.is_empty() && !hurry() {
                        std::process::exit(130);
                    }
                    continue;
                }
                cancel.cancel(Reason::Interrupted);
                end_after_grace(cancel);
            }
        })?;
    }
    Ok(())
}

/// Ends the process when the cancelled work goes on: it may be stuck where no token is looked at. The REPL has gone on
/// once it leads signals to another token.
fn end_after_grace(cancelled: Cancel) {
    // Without the thread a second signal still ends it all.
    let _ = thread::Builder::new().name("xnet-grace".into()).spawn(move || {
        loop {
            thread::sleep(GRACE);
            let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if !current.is_some_and(|current| current.is(&cancelled)) {
                return;
            }
            // What cleans up may take its time: a second signal stops it.
            if spared().is_empty() {
                std::process::exit(130);
            }
        }
    });
}

/// Those of the signals that whoever started this process did not have it ignore: `nohup` ignores SIGHUP, and a shell
/// without job control SIGINT for what it starts in the background.
pub fn heeded(signals: &[i32]) -> Vec<i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = ignored(&status);
    signals.iter().copied().filter(|signal| ignored & (1 << (signal - 1)) == 0).collect()
}

/// The set of ignored signals in the words of `/proc/self/status`: the lowest bit is signal 1.
fn ignored(status: &str) -> u64 {
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_their_set() {
        let set = ignored("SigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n");
        assert_eq!(set, 1 << (SIGHUP - 1) | 1 << 12);
        assert_eq!(ignored(""), 0);
    }
}
