//! A task: what it needs, its steps, and what runs when they have failed or at their end.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::super::confirm;
use super::super::error::Error;
use super::super::existing;
use super::super::knowledge;
use super::super::model::{MATRIX, Step, TASK, Task};
use super::super::output::Output;
use super::super::scope::Scope;
use super::super::script_text;
use super::event::Event;
use super::failure::skipped;
use super::limit::{limited, timed_out};
use super::runner::{At, Frame, Runner};
use super::step_run::Ran;
use super::values::{folder, set};
use crate::runtime::{Cancel, Reason};

impl Runner<'_> {
    /// Runs a task with its parameters bound, and gives what it returns.
    pub(super) fn task(&self, task: &Task, mut scope: Scope, at: &At) -> Result<Json, Error> {
        self.prepare(task, &mut scope, &at.cancel)?;
        self.needed(task, &scope, at)?;
        existing::after_needs(task, &scope.params, &self.context.script, &at.cancel).map_err(Error::while_running)?;
        let sink = &self.context.sink;
        let began = Instant::now();
        sink.tell(&Event::TaskStarted { task: &task.name });
        let answer = self.whole(task, scope, at);
        let exit_code = answer.as_ref().err().map_or(0, Error::exit_code);
        sink.tell(&Event::TaskEnded { task: &task.name, exit_code, duration: began.elapsed() });
        answer
    }

    /// What is known of the task, and agreed to, before anything of it runs.
    fn prepare(&self, task: &Task, scope: &mut Scope, cancel: &Cancel) -> Result<(), Error> {
        let printer = &self.context.script.printer;
        knowledge::conceal_params(task, scope, printer);
        knowledge::learn(task, scope, printer)?;
        match &task.about.confirm {
            Some(text) if !self.context.options.yes => {
                confirm::confirm(task, &knowledge::put(text, scope)?, printer, cancel)
            }
            _ => Ok(()),
        }
    }

    fn whole(&self, task: &Task, mut scope: Scope, at: &At) -> Result<Json, Error> {
        let frame = at.frame(task);
        set(&task.env, &mut scope, &frame)?;
        scope.workdir = match &task.workdir {
            Some(text) => Some(folder(text, &scope, &frame)?),
            None => task.file.workdir.clone(),
        };
        let limit = task.timeout.as_ref().map(|(limit, _)| *limit);
        let ran = limited(&at.cancel, limit, |cancel| self.body(task, &mut scope, &frame.under(cancel)));
        let (mut answer, tripped) = ran?;
        if let (true, Some((limit, text))) = (tripped, &task.timeout) {
            let what = format!("task `{}`", task.name);
            answer = answer.map_err(|error| timed_out(error, &what, *limit, text));
        }
        answer = answer.and_then(|()| match at.cancel.reason() {
            Some(reason) => Err(Error::stopped(reason)),
            None => Ok(()),
        });
        let answer = self.ending(task, answer, &mut scope, &frame);
        answer.and_then(|()| self.returned(task, &scope, &frame))
    }

    fn body(&self, task: &Task, scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
        if !task.matrix.is_empty() {
            self.matrix(task, scope, frame)
        } else if task.parallel {
            self.together(task, scope, frame)
        } else {
            self.in_turn(task, scope, frame)
        }
    }

    /// The steps one after the other. After the first that fails only those with `always` run.
    pub(super) fn in_turn(&self, task: &Task, scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
        let mut answer = Ok(());
        let mut undone = Vec::new();
        for (index, step) in task.steps.iter().enumerate() {
            let (output, result) = if step.always {
                self.cleaning(step, index, scope, frame, &mut undone)
            } else if answer.is_err() {
                (Arc::new(skipped(&step.action)), Ok(()))
            } else {
                self.step(step, index, scope, frame)
            };
            record(step, &output, scope);
            answer = both(answer, result);
        }
        noted(answer, &format!("what always runs of task `{}`", task.name), &undone)
    }

    /// A step that runs in spite of a first signal; it is noted when a second keeps it from coming to its end.
    fn cleaning(&self, step: &Step, index: usize, scope: &Scope, frame: &Frame, undone: &mut Vec<String>) -> Ran {
        let Some(cleaning) = self.cleanup.begin() else {
            undone.push(format!("step `{}` did not run", step.title()));
            return (Arc::new(skipped(&step.action)), Ok(()));
        };
        let ran = self.step(step, index, scope, &frame.under(cleaning.token()));
        if ran.1.is_err() && cleaning.token().reason().is_some() {
            undone.push(format!("step `{}` was stopped", step.title()));
        }
        ran
    }

    /// `on_error` and `finally`.
    fn ending(
        &self,
        task: &Task,
        mut answer: Result<(), Error>,
        scope: &mut Scope,
        frame: &Frame,
    ) -> Result<(), Error> {
        let frame = frame.knowing([TASK.to_owned()]);
        scope.bind(TASK, told(task, answer.as_ref().err()));
        if answer.as_ref().is_err_and(Error::is_failure) {
            for step in &task.on_error {
                let (output, result) = self.step(step, 0, scope, &frame);
                record(step, &output, scope);
                let failed = result.is_err();
                answer = both(answer, result);
                if failed {
                    break;
                }
            }
        }
        let mut undone = Vec::new();
        for step in &task.last {
            let (output, result) = self.cleaning(step, 0, scope, &frame, &mut undone);
            record(step, &output, scope);
            answer = both(answer, result);
        }
        noted(answer, &format!("`finally` of task `{}`", task.name), &undone)
    }

    /// What the task gives to whoever called it.
    fn returned(&self, task: &Task, scope: &Scope, frame: &Frame) -> Result<Json, Error> {
        if let Some(text) = &task.returns {
            let value = script_text::value(text, scope, self.project(), &self.interpreter(&frame.cancel));
            return value.map_err(|error| {
                let what = format!("`returns` of task `{}`", task.name);
                self.faulty(&self.id_at(text, "returns", frame), error, &what)
            });
        }
        let last = task.steps.last().and_then(|step| step.register.as_deref());
        Ok(last.and_then(|name| scope.result(name)).unwrap_or(Json::Null))
    }

    /// One combination of the matrix.
    pub(super) fn combination(&self, task: &Task, values: Json, scope: &Scope, frame: &Frame) -> Result<(), Error> {
        let mut scope = scope.clone();
        scope.bind(MATRIX, values);
        self.in_turn(task, &mut scope, frame)
    }
}

pub(super) fn record(step: &Step, output: &Arc<Output>, scope: &mut Scope) {
    scope.record(step.name.as_deref(), step.register.as_deref(), output);
}

/// How a task went, for what runs at its end.
fn told(task: &Task, error: Option<&Error>) -> Json {
    json!({
        "name": task.name,
        "ok": error.is_none(),
        "error": error.map(ToString::to_string),
        "exit_code": error.map_or(0, Error::exit_code),
    })
}

/// The first error, with a note of the second.
pub(super) fn both(first: Result<(), Error>, second: Result<(), Error>) -> Result<(), Error> {
    match (first, second) {
        (Ok(()), second) => second,
        (first, Ok(())) => first,
        (Err(first), Err(second)) => {
            let first = first.note(format!("after that: {second}"));
            Err(second.into_notes().into_iter().fold(first, Error::note))
        }
    }
}

/// The answer with a note of what a second signal left undone.
fn noted(answer: Result<(), Error>, what: &str, undone: &[String]) -> Result<(), Error> {
    if undone.is_empty() {
        return answer;
    }
    let error = answer.err().unwrap_or_else(|| Error::stopped(Reason::Interrupted));
    Err(error.note(format!("{what} is left undone: {}", undone.join(", "))))
}
