//! The two pipes that a process writes to.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::task::yield_now;

/// How long the output may pause once the process has ended: what it left running may hold the pipes for ever.
pub(super) const LINGER: Duration = Duration::from_millis(250);

/// Which of its outputs a process wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Stdout,
    Stderr,
}

pub(super) struct Pipes {
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    out_buffer: Vec<u8>,
    err_buffer: Vec<u8>,
}

impl Pipes {
    pub(super) fn of(child: &mut Child) -> Self {
        let (out, err) = (child.stdout.take(), child.stderr.take());
        Self { out, err, out_buffer: vec![0; 64 * 1024], err_buffer: vec![0; 16 * 1024] }
    }

    pub(super) fn has(&self, output: Output) -> bool {
        match output {
            Output::Stdout => self.out.is_some(),
            Output::Stderr => self.err.is_some(),
        }
    }

    pub(super) fn are_empty(&self) -> bool {
        self.out.is_none() && self.err.is_none()
    }

    pub(super) fn close(&mut self) {
        (self.out, self.err) = (None, None);
    }

    /// Waits for bytes of those that are wanted, stdout and stderr; 0 bytes are the end of that one. Neither starves
    /// the other. One at least must be wanted.
    pub(super) async fn next(&mut self, [out, err]: [bool; 2]) -> (Output, usize) {
        tokio::select! {
            read = piece(&mut self.out, &mut self.out_buffer), if out => (Output::Stdout, read),
            read = piece(&mut self.err, &mut self.err_buffer), if err => (Output::Stderr, read),
            else => std::future::pending().await,
        }
    }

    /// What `next` has read.
    pub(super) fn bytes(&self, output: Output, read: usize) -> &[u8] {
        match output {
            Output::Stdout => &self.out_buffer[..read],
            Output::Stderr => &self.err_buffer[..read],
        }
    }

    /// Passes all on that still comes.
    pub(super) async fn show(&mut self, sink: &(dyn Fn(Output, &[u8]) + Sync)) {
        while !self.are_empty() {
            let (output, read) = self.next([self.out.is_some(), self.err.is_some()]).await;
            if read > 0 {
                sink(output, self.bytes(output, read));
            }
            yield_now().await;
        }
    }
}

/// The next bytes of a pipe; 0 once it has ended, and then it is gone.
async fn piece<R: AsyncRead + Unpin>(pipe: &mut Option<R>, buffer: &mut [u8]) -> usize {
    let Some(reader) = pipe else { return 0 };
    let read = reader.read(buffer).await.unwrap_or(0);
    if read == 0 {
        *pipe = None;
    }
    read
}
