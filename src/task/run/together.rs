//! Steps that run at the same time, and the combinations of a matrix.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value as Json};

use super::super::error::Error;
use super::super::model::Task;
use super::super::scope::Scope;
use super::event::Part;
use super::failure::skipped;
use super::runner::{Frame, Runner};
use super::values::put;
use super::whole::record;
use crate::runtime::pool::each;
use crate::runtime::{Cancel, Reason};

/// How many of the other errors are told.
const TOLD: usize = 20;

/// The first error of several things that ran at the same time.
#[derive(Default)]
pub(super) struct First {
    error: Mutex<Option<(Error, Vec<String>)>>,
    /// Noted of each of those that were stopped.
    notes: Mutex<Vec<Vec<String>>>,
}

impl First {
    /// Takes an error. With `fail_fast` it stops the others; that they were stopped is no error of its own.
    pub(super) fn take(&self, error: Error, fail_fast: bool, group: &Cancel) {
        let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        match (&mut *first, error) {
            (known, Error::Stopped { reason, notes }) => {
                known.get_or_insert_with(|| (Error::stopped(reason), Vec::new()));
                if !notes.is_empty() {
                    self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(notes);
                }
            }
            (Some((_, more)), error) => more.push(error.to_string()),
            (known @ None, error) => *known = Some((error, Vec::new())),
        }
        if fail_fast {
            group.cancel(Reason::Interrupted);
        }
    }

    pub(super) fn answer(self, outer: &Cancel) -> Result<(), Error> {
        let notes = self.notes.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
        if let Some(reason) = outer.reason() {
            return Err(notes.flatten().fold(Error::stopped(reason), Error::note));
        }
        match self.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some((error, more)) => {
                let count = more.len().saturating_sub(TOLD);
                let rest = (count > 0).then(|| format!("{count} more failed too"));
                let told = more.into_iter().take(TOLD).map(|message| format!("failed too: {message}"));
                // They are those of others, and not of the error they are told with.
                let notes = notes.map(|of_one| format!("stopped by that: {}", of_one.join("; ")));
                Err(told.chain(rest).chain(notes).fold(error, Error::note))
            }
        }
    }
}

impl Runner<'_> {
    pub(super) fn together(&self, task: &Task, scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
        let group = frame.cancel.child();
        let first = First::default();
        let width = task.max_parallel.unwrap_or(usize::MAX);
        let begun: &Scope = scope;
        let outputs = each(width, task.steps.len(), |index| {
            let step = &task.steps[index];
            if group.reason().is_some() {
                return Arc::new(skipped(&step.action));
            }
            let (output, result) = self.step(step, index, begun, &frame.under(&group).beside(&step.title()));
            if let Err(error) = result {
                first.take(error, task.fail_fast, &group);
            }
            output
        });
        for (step, output) in task.steps.iter().zip(&outputs) {
            record(step, output, scope);
        }
        first.answer(&frame.cancel)
    }

    pub(super) fn matrix(&self, task: &Task, scope: &Scope, frame: &Frame) -> Result<(), Error> {
        let combinations = combinations(task, scope, frame)?;
        let group = frame.cancel.child();
        let first = First::default();
        let width = if task.parallel { task.max_parallel.unwrap_or(self.jobs) } else { 1 };
        each(width, combinations.len(), |index| {
            if group.reason().is_some() {
                return;
            }
            let (name, values) = &combinations[index];
            let title = format!("{} [{name}]", frame.title);
            let frame = if task.parallel { frame.beside(name) } else { frame.clone() };
            let part = Part { matrix: Some(values.clone()), ..frame.part.clone() };
            let frame = Frame { title, part, ..frame.under(&group) };
            if let Err(error) = self.combination(task, values.clone(), scope, &frame) {
                let error = error.note(format!("in the combination {name} of the matrix"));
                first.take(error, task.fail_fast, &group);
            }
        });
        first.answer(&frame.cancel)
    }
}

/// All combinations of the matrix: what each is called, and its values.
pub(super) fn combinations(task: &Task, scope: &Scope, frame: &Frame) -> Result<Vec<(String, Json)>, Error> {
    let mut all = vec![(Vec::<String>::new(), Map::new())];
    for (name, texts) in &task.matrix {
        let values = texts.iter().map(|text| put(text, scope, frame)).collect::<Result<Vec<_>, _>>()?;
        let with = |(names, map): &(Vec<String>, Map<String, Json>), value: &String| {
            let mut map = map.clone();
            map.insert(name.clone(), Json::from(value.as_str()));
            ([names.as_slice(), std::slice::from_ref(value)].concat(), map)
        };
        all = all.iter().flat_map(|begun| values.iter().map(move |value| with(begun, value))).collect();
    }
    Ok(all.into_iter().map(|(names, map)| (names.join(" "), Json::Object(map))).collect())
}
