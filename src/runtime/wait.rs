//! The bridge from blocking callers (scripts, commands) to asynchronous work.

use std::future::Future;
use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use super::cancel::{Cancel, Reason};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Why a wait ended without its answer.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("{}", words(*.0))]
    Cancelled(Reason),
    #[error("the runtime could not start: {0}")]
    NoRuntime(#[from] io::Error),
}

fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::Interrupted => "interrupted",
        Reason::TimedOut => "timed out",
        Reason::PipeClosed => "the reader of the output went away",
    }
}

/// The runtime, built when first used: two workers are enough to relay and to wait.
fn runtime() -> io::Result<&'static Runtime> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let built = Builder::new_multi_thread().worker_threads(2).enable_all().thread_name("xnet-io").build()?;
    Ok(RUNTIME.get_or_init(|| built))
}

/// Blocks until the work is done or the token ends it. Dropping the work must leave nothing behind, or clean up itself.
///
/// Must not be called from a runtime thread.
pub fn wait<F: Future>(cancel: &Cancel, work: F) -> Result<F::Output, Stopped> {
    if let Some(reason) = cancel.reason() {
        return Err(Stopped::Cancelled(reason));
    }
    runtime()?.block_on(async {
        tokio::select! {
            biased;
            answer = work => Ok(answer),
            () = cancel.cancelled() => Err(Stopped::Cancelled(cancel.reason().unwrap_or(Reason::Interrupted))),
        }
    })
}
