//! What a run works with, and what the steps of one task share.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::super::catalogue::Catalogue;
use super::super::error::Error;
use super::super::model::{Step, Task};
use super::super::text::Text;
use super::event::{Event, Outcome, Part, Sink, StepEvent, StepId, TargetRow};
use super::once::{GivenUp, Needs};
use crate::engine::Engine;
use crate::runtime::Cleanup;
use crate::runtime::pool::Permits;
use crate::runtime::{self, Cancel};
use crate::script::{self, Interpreter};
use crate::view::printable;

/// What a run needs besides the task.
#[derive(Clone)]
pub struct RunContext<'a> {
    /// Where called tasks are found.
    pub catalogue: &'a Catalogue,
    /// Printer, token and engine target, for commands and scripts alike.
    pub script: script::Context,
    pub sink: Arc<dyn Sink>,
    pub options: Options,
}

/// What the command line says of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How many needed tasks run at a time; as many as there are cores when `None`.
    pub jobs: Option<NonZero<u16>>,
    /// Whether every question is answered with yes.
    pub yes: bool,
}

impl Options {
    fn jobs(self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, |jobs| usize::from(jobs.get()))
    }
}

/// A run.
pub(super) struct Runner<'a> {
    pub(super) context: &'a RunContext<'a>,
    pub(super) interpreter: Interpreter,
    pub(super) cleanup: Cleanup,
    pub(super) permits: Permits,
    pub(super) jobs: usize,
    pub(super) needs: Needs,
    engine: Mutex<Option<Engine>>,
    outcome: Mutex<Outcome>,
    rows: Mutex<Vec<TargetRow>>,
    numbers: AtomicUsize,
}

/// Where a task is run from.
#[derive(Clone)]
pub(super) struct At {
    /// Shown before its name: the tasks that led here.
    pub(super) above: String,
    pub(super) label: Option<String>,
    /// Whether nothing of its steps is shown.
    pub(super) quiet: bool,
    /// Of a task that another needs, and that has not begun: whether it is wanted still.
    pub(super) needed_by: Option<Arc<GivenUp>>,
    /// The step that calls it, or a task that needs it.
    pub(super) caller: Option<usize>,
    pub(super) cancel: Cancel,
}

/// The task a step belongs to.
#[derive(Clone)]
pub(super) struct Frame<'a> {
    pub(super) task: &'a Task,
    /// The names that its texts know besides `params`, `env` and `steps`.
    pub(super) registered: BTreeSet<String>,
    /// Shown before each step: the tasks that led here.
    pub(super) title: String,
    /// What lines are marked with, where others run at the same time.
    pub(super) label: Option<String>,
    pub(super) quiet: bool,
    /// The combination and the element it is for.
    pub(super) part: Part,
    /// What people are shown of the element.
    pub(super) element: Option<String>,
    /// How many run at the same time and share what may be kept of their output.
    pub(super) share: usize,
    /// The step that has called the task.
    pub(super) caller: Option<usize>,
    pub(super) cancel: Cancel,
}

impl At {
    /// A task that is run from here.
    pub(super) fn frame<'a>(&self, task: &'a Task) -> Frame<'a> {
        Frame {
            task,
            registered: task.registered(),
            title: format!("{}{}", self.above, task.name),
            label: self.label.clone(),
            quiet: self.quiet,
            part: Part::default(),
            element: None,
            share: 1,
            caller: self.caller,
            cancel: self.cancel.clone(),
        }
    }
}

impl<'a> Runner<'a> {
    pub(super) fn new(context: &'a RunContext<'a>) -> Self {
        let jobs = context.options.jobs();
        Self {
            context,
            interpreter: Interpreter::new(context.script.clone()),
            cleanup: Cleanup::default(),
            permits: Permits::new(jobs - 1),
            jobs,
            needs: Needs::default(),
            engine: Mutex::default(),
            outcome: Mutex::default(),
            rows: Mutex::default(),
            numbers: AtomicUsize::new(1),
        }
    }

    pub(super) fn project(&self) -> &str {
        &self.context.script.ownership.project
    }

    pub(super) fn tell(&self, id: &StepId, event: StepEvent) {
        self.context.sink.tell(&Event::Step(id, event));
    }

    pub(super) fn id(&self, step: &Step, frame: &Frame) -> StepId {
        let id = self.id_at(step.text(), &frame.title_of(step), frame);
        StepId { quiet: step.quiet || frame.quiet, ..id }
    }

    /// What is told as a step of its own: what stands around the steps may fail too.
    pub(super) fn id_at(&self, text: &Text, title: &str, frame: &Frame) -> StepId {
        let place = text.whole();
        StepId {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            task: frame.task.name.clone(),
            title: format!("{} › {title}", frame.title),
            label: frame.label.clone(),
            outer: None,
            caller: frame.caller,
            quiet: frame.quiet,
            part: frame.part.clone(),
            place: (place.path, place.line),
        }
    }

    /// Tells that something could not be evaluated, which is no step that has begun; names it in the error.
    pub(super) fn faulty(&self, id: &StepId, error: Error, what: &str) -> Error {
        self.tell(id, StepEvent::Failed { why: error.to_string() });
        let exit_code = error.exit_code();
        self.tell(id, StepEvent::Ended { exit_code, duration: Duration::ZERO, why: None });
        error.note(format!("in {what}"))
    }

    /// The same step in one of several containers.
    pub(super) fn inner_id(&self, id: &StepId, container: &str) -> StepId {
        let label = id.label.as_ref().map_or_else(|| container.to_owned(), |label| format!("{label} {container}"));
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let title = format!("{} [{container}]", id.title);
        let part = Part { container: Some(container.to_owned()), ..id.part.clone() };
        StepId { number, title, label: Some(label), outer: Some(id.number), part, ..id.clone() }
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Outcome)) {
        change(&mut self.outcome.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn outcome(&self) -> Outcome {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, row: TargetRow) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        // Of several attempts the last one counts.
        rows.retain(|known| (known.number, &known.container) != (row.number, &row.container));
        rows.push(row);
    }

    pub(super) fn rows(&self) -> Vec<TargetRow> {
        std::mem::take(&mut *self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The engine, connected when first asked for.
    pub(super) fn engine(&self, cancel: &Cancel) -> Result<Engine, Error> {
        let mut slot = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = slot.as_ref() {
            return Ok(engine.clone());
        }
        let script = &self.context.script;
        let engine = runtime::wait(cancel, Engine::connect(&script.target, script.ownership.clone()))??;
        Ok(slot.insert(engine).clone())
    }

    /// An interpreter under the token of a step.
    pub(super) fn interpreter(&self, cancel: &Cancel) -> Interpreter {
        Interpreter::new(script::Context { cancel: cancel.clone(), ..self.context.script.clone() })
    }
}

impl<'a> Frame<'a> {
    pub(super) fn under(&self, cancel: &Cancel) -> Frame<'a> {
        Frame { cancel: cancel.clone(), ..self.clone() }
    }

    pub(super) fn hushed(&self, quiet: bool) -> Frame<'a> {
        Frame { quiet: self.quiet || quiet, ..self.clone() }
    }

    /// The same, for one of several things that run at the same time.
    pub(super) fn beside(&self, name: &str) -> Frame<'a> {
        let name = &printable(name).replace('\n', " ");
        let label = self.label.as_ref().map_or_else(|| name.clone(), |label| format!("{label} {name}"));
        Frame { label: Some(label), ..self.clone() }
    }

    /// The same, for a task that a step calls.
    pub(super) fn calling(&self, id: &StepId) -> Frame<'a> {
        Frame { caller: Some(id.number), ..self.clone() }
    }

    /// A step as people are shown it, with the element it runs for.
    pub(super) fn title_of(&self, step: &Step) -> String {
        match &self.element {
            Some(element) => format!("{} [{element}]", step.title()),
            None => step.title(),
        }
    }

    /// A step as errors name it.
    pub(super) fn name_of(&self, step: &Step) -> String {
        format!("task `{}`, step `{}`", self.task.name, step.title())
    }

    pub(super) fn knowing(&self, names: impl IntoIterator<Item = String>) -> Frame<'a> {
        let mut frame = self.clone();
        frame.registered.extend(names);
        frame
    }

    /// Where a task that is called from here is run from.
    pub(super) fn at(&self) -> At {
        let (label, cancel) = (self.label.clone(), self.cancel.clone());
        let above = format!("{} › ", self.title);
        At { above, label, quiet: self.quiet, needed_by: None, caller: self.caller, cancel }
    }
}
