//! The terminal of whoever typed `xnet exec -it`: its keys, its size, and raw mode for as long as the command runs.

use std::io::{self, Read};
use std::thread;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use signal_hook::consts::SIGWINCH;
use signal_hook::iterator::Signals;
use tokio::sync::mpsc::{Receiver, channel};

use super::failure::Failure;
use crate::view::Diagnostic;

/// Raw mode: every key goes to the command, Ctrl-C too. The usual mode comes back when this is dropped.
pub(super) struct Raw(Termios);

impl Raw {
    pub(super) fn enter() -> Result<Self, Failure> {
        let fault = |error: rustix::io::Errno| {
            Failure::usage(Diagnostic::new(format!("the terminal cannot be passed on: {error}")))
        };
        let usual = tcgetattr(io::stdin()).map_err(fault)?;
        let mut raw = usual.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw).map_err(fault)?;
        Ok(Self(usual))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// What comes on stdin, piece by piece until it ends. The thread that waits for it ends with the process.
pub(super) fn keys() -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel(16);
    let read = move || {
        let mut piece = vec![0; 32 << 10];
        loop {
            match io::stdin().lock().read(&mut piece) {
                Ok(length @ 1..) if sender.blocking_send(piece[..length].to_vec()).is_ok() => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    };
    // Without the thread the sender is gone, which is the end of the input.
    let _ = thread::Builder::new().name("xnet-keys".into()).spawn(read);
    receiver
}

/// The size of the terminal, now and whenever it changes; `None` where there is none.
pub(super) fn sizes() -> Option<Receiver<(u16, u16)>> {
    let size = || tcgetwinsize(io::stdout()).or_else(|_| tcgetwinsize(io::stdin())).ok();
    let first = size()?;
    let (sender, receiver) = channel(16);
    let mut changes = Signals::new([SIGWINCH]).ok()?;
    let watch = move || {
        if sender.blocking_send((first.ws_row, first.ws_col)).is_err() {
            return;
        }
        for _ in changes.forever() {
            let Some(now) = size() else { return };
            if sender.blocking_send((now.ws_row, now.ws_col)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("xnet-size".into()).spawn(watch).ok()?;
    Some(receiver)
}
