//! Streams of the engine handed to a function of the script, item by item, on the script's own thread.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};
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

/// A function of the script that may leave out the last of its parameters.
pub(super) struct Taker<'c, 'a> {
    context: &'c NativeCallContext<'a>,
    function: FnPtr,
    /// How many arguments it takes, once that is known.
    takes: Option<usize>,
}

impl<'c, 'a> Taker<'c, 'a> {
    pub(super) fn new(context: &'c NativeCallContext<'a>, function: FnPtr) -> Self {
        Self { context, function, takes: None }
    }

    /// Calls it; true unless it answers `false`.
    pub(super) fn goes_on(&mut self, arguments: &[Dynamic]) -> Answer<bool> {
        Ok(self.call(arguments)?.as_bool().unwrap_or(true))
    }

    pub(super) fn call(&mut self, arguments: &[Dynamic]) -> Answer<Dynamic> {
        if let Some(count) = self.takes {
            return self.with(arguments, count);
        }
        for count in (0..=arguments.len()).rev() {
            match self.with(arguments, count) {
                Err(error) if self.is_missing(&error) => {}
                answer => {
                    self.takes = Some(count);
                    return answer;
                }
            }
        }
        let most = arguments.len();
        Err(Fault::invalid(format!(
            "the function must take at most {most} parameter{}",
            if most == 1 { "" } else { "s" }
        ))
        .into())
    }

    fn with(&self, arguments: &[Dynamic], count: usize) -> Answer<Dynamic> {
        self.function.call_raw(self.context, None, arguments[..count].to_vec())
    }

    /// Whether it is this function that was not found, with so many arguments.
    fn is_missing(&self, error: &EvalAltResult) -> bool {
        matches!(error, EvalAltResult::ErrorFunctionNotFound(name, _)
            if name.split(' ').next() == Some(self.function.fn_name()))
    }
}
