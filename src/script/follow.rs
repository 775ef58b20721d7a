//! Streams of the engine handed to a function of the script, item by item, on the script's own thread.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use rhai::EvalAltResult;
use tokio::time::{Instant, timeout_at};

use super::context::World;
use super::fault::Fault;
use crate::{engine, runtime};

/// Items that are handed over between two waits, where so many are there.
const BATCH: usize = 256;

type Answer<T> = Result<T, Box<EvalAltResult>>;

impl World {
    /// Hands each item to `take` until that says false, the stream ends, the time is over or the script is stopped.
    ///
    /// While `take` works, the engine waits: no more than a batch is read ahead.
    pub(super) fn each<T>(
        &self,
        items: impl Stream<Item = Result<T, engine::Error>> + Unpin,
        limit: Option<Duration>,
        told: impl Fn(Fault) -> Fault,
        mut take: impl FnMut(T) -> Answer<bool>,
    ) -> Answer<()> {
        let end = limit.map(|limit| Instant::now() + limit);
        let over = || end.is_some_and(|end| Instant::now() >= end);
        let mut batches = items.ready_chunks(BATCH);
        while !over() {
            let next = async {
                match end {
                    None => batches.next().await,
                    Some(end) => timeout_at(end, batches.next()).await.ok().flatten(),
                }
            };
            let Some(batch) = runtime::wait(&self.cancel(), next).map_err(Fault::from)? else { break };
            for item in batch {
                if over() || !take(item.map_err(|error| told(error.into()))?)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
