//! What a script works with: the engine (connected when first used), the printer, the token that stops it.

use std::cell::RefCell;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::case::Cases;
use super::fault::{Fault, Subject};
use super::flow::Closure;
use crate::engine::{self, Engine, Ownership, Target};
use crate::forward::Forward;
use crate::probe::{Prober, Probers};
use crate::runtime::pool::Permits;
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
    /// What probes with the same agents, whatever asks for it.
    pub probers: Probers,
    /// Set over this process's environment, for `env` and `sh`.
    pub env: Vec<(String, String)>,
    /// Where `sh` runs, once this folder is there: the `workdir` of a task. Otherwise where xnet was started.
    pub folder: Option<PathBuf>,
}

/// What all engines of one session share.
struct Shared {
    context: Mutex<Context>,
    /// Forwards that the script has not closed; they end with the session.
    forwards: Mutex<Vec<Forward>>,
    /// What the script wants done at its end, the last first.
    deferred: Mutex<Vec<Closure>>,
    /// The tests that the script has noted.
    cases: Mutex<Cases>,
    /// Threads that `parallel` may still start, however deep it is called.
    threads: Permits,
}

/// Threads besides the script's own.
const THREADS: usize = 256;

thread_local! {
    /// Tokens of the work that this thread does within the script's, innermost last.
    static WITHIN: RefCell<Vec<Cancel>> = const { RefCell::new(Vec::new()) };
}

/// Takes the innermost token back when the work ends, however it ends.
struct Within;

impl Drop for Within {
    fn drop(&mut self) {
        WITHIN.with_borrow_mut(Vec::pop);
    }
}

/// One engine of a session. There is the one that the session began with, and those that `docker.host` adds.
pub struct World {
    shared: Arc<Shared>,
    /// Where the script said that the engine is; otherwise the context says it.
    place: Option<String>,
    engine: Mutex<Option<Engine>>,
}

impl World {
    pub(super) fn new(context: Context) -> Arc<Self> {
        let shared = Shared {
            context: Mutex::new(context),
            forwards: Mutex::default(),
            deferred: Mutex::default(),
            cases: Mutex::default(),
            threads: Permits::new(THREADS),
        };
        Arc::new(Self { shared: Arc::new(shared), place: None, engine: Mutex::default() })
    }

    /// Another engine in the same session: an address, or the name of a Docker context.
    pub(super) fn elsewhere(&self, place: &str) -> Arc<Self> {
        let (shared, place) = (self.shared.clone(), Some(place.to_owned()));
        Arc::new(Self { shared, place, engine: Mutex::default() })
    }

    /// Whether it is one that the script added, and where: what it was called there until it is connected.
    pub(super) fn place(&self) -> Option<String> {
        self.address().filter(|_| self.place.is_some()).or_else(|| self.place.clone())
    }

    /// Where the engine answers, once it is connected.
    pub(super) fn address(&self) -> Option<String> {
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        engine.as_ref().map(|engine| engine.address().to_owned())
    }

    pub(crate) fn context(&self) -> Context {
        self.shared.context.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn printer(&self) -> Printer {
        self.context().printer
    }

    /// The token of what this thread does now.
    pub(crate) fn cancel(&self) -> Cancel {
        let within = WITHIN.with_borrow(|tokens| tokens.last().cloned());
        within.unwrap_or_else(|| self.session_cancel())
    }

    /// The token of the whole script.
    pub(super) fn session_cancel(&self) -> Cancel {
        self.shared.context.lock().unwrap_or_else(PoisonError::into_inner).cancel.clone()
    }

    /// Work of this thread that has a token of its own.
    #[allow(clippy::unused_self, reason = "it is the session's work")]
    pub(super) fn under<T>(&self, cancel: &Cancel, work: impl FnOnce() -> T) -> T {
        WITHIN.with_borrow_mut(|tokens| tokens.push(cancel.clone()));
        let _within = Within;
        work()
    }

    pub(super) fn threads(&self) -> &Permits {
        &self.shared.threads
    }

    pub(super) fn defer(&self, work: Closure) {
        self.shared.deferred.lock().unwrap_or_else(PoisonError::into_inner).push(work);
    }

    /// What was deferred last and has not been done, unless it is one of the first so many.
    pub(super) fn take_deferred(&self, mark: usize) -> Option<Closure> {
        let mut deferred = self.shared.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        if deferred.len() > mark { deferred.pop() } else { None }
    }

    /// Gives up all but the first so many; tells how many that were.
    pub(super) fn forget_deferred(&self, mark: usize) -> usize {
        let mut deferred = self.shared.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        let left = deferred.len().saturating_sub(mark);
        deferred.truncate(mark);
        left
    }

    /// The tests of the script.
    pub(super) fn cases(&self) -> MutexGuard<'_, Cases> {
        self.shared.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many functions wait for the end.
    pub fn count_deferred(&self) -> usize {
        self.shared.deferred.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Leads cancellation to another token: the REPL has one for each line.
    pub(super) fn set_cancel(&self, cancel: &Cancel) {
        let mut context = self.shared.context.lock().unwrap_or_else(PoisonError::into_inner);
        context.printer = context.printer.with_cancel(cancel.clone());
        context.cancel = cancel.clone();
    }

    async fn connect(&self) -> Result<Engine, engine::Error> {
        let context = self.context();
        match &self.place {
            Some(place) => Engine::connect_to(place, context.ownership).await,
            None => Engine::connect(&context.target, context.ownership).await,
        }
    }

    /// The engine, connected when first asked for.
    pub fn engine(&self) -> Result<Engine, Fault> {
        let mut slot = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = slot.as_ref() {
            return Ok(engine.clone());
        }
        let engine = self.wait(self.connect())?;
        Ok(slot.insert(engine).clone())
    }

    /// What probes on that engine; one for all the probes of a run.
    pub(super) fn prober(&self) -> Result<Prober, Fault> {
        Ok(self.context().probers.on(&self.engine()?))
    }

    /// Asks the engine something that is nice to know: no answer within the time is no answer.
    pub fn ask<T, F>(&self, within: Duration, question: impl FnOnce(Engine) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, engine::Error>>,
    {
        let work = self.answer(question);
        let bounded = async { tokio::time::timeout(within, work).await.ok().flatten() };
        runtime::wait(&Cancel::new(), bounded).ok().flatten()
    }

    /// The answer to a question, if there is one.
    pub(super) async fn answer<T, F>(&self, question: impl FnOnce(Engine) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, engine::Error>>,
    {
        let known = self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let engine = match known {
            Some(engine) => engine,
            None => self.connect().await.ok()?,
        };
        let answer = question(engine.clone()).await.ok()?;
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(engine);
        Some(answer)
    }

    /// Waits for work on the engine, until it is done or the script is stopped.
    pub fn wait<T, E: Into<Fault>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Fault> {
        runtime::wait(&self.cancel(), work)?.map_err(Into::into)
    }

    /// Waits for work on the engine that is about these; an error calls them by their names.
    pub(super) fn about<T, E: Into<Fault>>(
        &self,
        subjects: &[&Subject],
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Fault> {
        if let Some(here) = self.address() {
            subjects.iter().try_for_each(|subject| subject.is_at(&here))?;
        }
        self.wait(work).map_err(|fault| subjects.iter().fold(fault, |fault, subject| subject.told(fault)))
    }

    pub(super) fn keep_forward(&self, forward: Forward) {
        self.shared.forwards.lock().unwrap_or_else(PoisonError::into_inner).push(forward);
    }

    /// Closes what the script left open, at whatever engine.
    pub(super) fn close(&self) {
        for forward in self.shared.forwards.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            forward.close();
        }
    }
}
