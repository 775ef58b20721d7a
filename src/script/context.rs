//! What a script works with: the engine (connected when first used), the printer, the token that stops it.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::fault::{Fault, Subject};
use crate::engine::{self, Engine, Ownership, Target};
use crate::forward::Forward;
use crate::runtime::{self, Cancel};
use crate::view::Printer;

/// What one script may use up. Operations are unlimited unless set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// 0: no limit.
    pub operations: u64,
    pub call_depth: usize,
    /// Bytes of one string.
    pub string: usize,
    /// Elements of one array or map.
    pub elements: usize,
}

impl Limits {
    /// Bytes of stack that hold the deepest calls: Rhai recurses on it. Memory is taken only as far as it is used.
    pub(super) fn stack(&self) -> usize {
        const EACH: usize = 256 << 10;
        (64 << 20).max(self.call_depth.saturating_mul(EACH))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { operations: 0, call_depth: 256, string: 64 << 20, elements: 1_000_000 }
    }
}

/// What the caller gives every script.
#[derive(Clone)]
pub struct Context {
    pub target: Target,
    pub ownership: Ownership,
    pub printer: Printer,
    pub cancel: Cancel,
    /// The folder that holds `.xnet`, `tasks` or `stdlib`.
    pub project: Option<PathBuf>,
    pub limits: Limits,
    /// Set over this process's environment, for `env` and `sh`.
    pub env: Vec<(String, String)>,
}

/// Shared by all bindings of one session.
pub struct World {
    context: Mutex<Context>,
    engine: Mutex<Option<Engine>>,
    /// Forwards that the script has not closed; they end with the session.
    forwards: Mutex<Vec<Forward>>,
}

impl World {
    pub(super) fn new(context: Context) -> Arc<Self> {
        Arc::new(Self { context: Mutex::new(context), engine: Mutex::default(), forwards: Mutex::default() })
    }

    pub(crate) fn context(&self) -> Context {
        self.context.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn printer(&self) -> Printer {
        self.context().printer
    }

    pub(crate) fn cancel(&self) -> Cancel {
        self.context.lock().unwrap_or_else(PoisonError::into_inner).cancel.clone()
    }

    /// Leads cancellation to another token: the REPL has one for each line.
    pub(super) fn set_cancel(&self, cancel: &Cancel) {
        let mut context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        context.printer = context.printer.with_cancel(cancel.clone());
        context.cancel = cancel.clone();
    }

    /// The engine, connected when first asked for.
    pub fn engine(&self) -> Result<Engine, Fault> {
        let mut slot = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = slot.as_ref() {
            return Ok(engine.clone());
        }
        let context = self.context();
        let engine = self.wait(Engine::connect(&context.target, context.ownership))?;
        Ok(slot.insert(engine).clone())
    }

    /// Asks the engine something that is nice to know: no answer within the time is no answer.
    pub fn ask<T, F>(&self, within: Duration, question: impl FnOnce(Engine) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, engine::Error>>,
    {
        let known = self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let context = self.context();
        let work = async {
            let engine = match known {
                Some(engine) => engine,
                None => Engine::connect(&context.target, context.ownership).await.ok()?,
            };
            Some((engine.clone(), question(engine).await.ok()?))
        };
        let bounded = async { tokio::time::timeout(within, work).await.ok().flatten() };
        let (engine, answer) = runtime::wait(&Cancel::new(), bounded).ok().flatten()?;
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(engine);
        Some(answer)
    }

    /// Waits for work on the engine, until it is done or the script is stopped.
    pub fn wait<T>(&self, work: impl Future<Output = Result<T, engine::Error>>) -> Result<T, Fault> {
        Ok(runtime::wait(&self.cancel(), work)??)
    }

    /// Waits for work on the engine that is about these; an error calls them by their names.
    pub(super) fn about<T>(
        &self,
        subjects: &[&Subject],
        work: impl Future<Output = Result<T, engine::Error>>,
    ) -> Result<T, Fault> {
        self.wait(work).map_err(|fault| subjects.iter().fold(fault, |fault, subject| subject.told(fault)))
    }

    pub(super) fn keep_forward(&self, forward: Forward) {
        self.forwards.lock().unwrap_or_else(PoisonError::into_inner).push(forward);
    }

    /// Closes what the script left open.
    pub(super) fn close(&self) {
        for forward in self.forwards.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            forward.close();
        }
    }
}
