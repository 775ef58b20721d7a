//! The tasks that must have run before a task: each once in a run with the same parameters, several at a time.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::error::Error;
use super::super::existing;
use super::super::model::{Call, Task};
use super::super::params::{Given, bind};
use super::super::scope::{Overlay, Scope};
use super::once::GivenUp;
use super::runner::{At, Frame, Runner};
use super::values::put;
use crate::runtime::pool::permitted;
use crate::view::printable;

impl Runner<'_> {
    /// Runs what a task needs. After one has failed no other begins, also none that those need which have not begun
    /// themselves; tasks that run come to their end.
    pub(super) fn needed(&self, task: &Task, scope: &Scope, at: &At) -> Result<(), Error> {
        if task.needs.is_empty() {
            return Ok(());
        }
        let frame = at.frame(task);
        let failed = Mutex::new(None::<Error>);
        let given_up = Arc::new(GivenUp::within(at.needed_by.clone()));
        permitted(&self.permits, usize::MAX, task.needs.len(), |index| {
            let call = &task.needs[index];
            if let Some((task, code)) = given_up.first() {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.get_or_insert_with(|| has_failed(task.clone(), *code, call));
                return;
            }
            let beside = self.jobs > 1 && task.needs.len() > 1;
            if let Err(error) = self.need(call, beside, scope, &frame, &given_up) {
                let first = (call.task.value.clone(), error.exit_code());
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                // Where the task ran its error is whole; whoever else needs it only knows that it failed.
                if matches!(*failed, None | Some(Error::Needed { .. })) {
                    *failed = Some(error);
                }
                drop(failed);
                given_up.set(first);
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn need(
        &self,
        call: &Call,
        beside: bool,
        scope: &Scope,
        frame: &Frame,
        given_up: &Arc<GivenUp>,
    ) -> Result<(), Error> {
        let needed = self.context.catalogue.get(&call.task.value)?;
        let given = call.with.iter().map(|(name, text)| Ok((name.clone(), put(text, scope, frame)?)));
        let given = given.collect::<Result<Given, Error>>()?;
        let params = bind(needed, &given).map_err(Error::while_running)?;
        existing::check(needed, &params, &self.context.script, &frame.cancel).map_err(Error::while_running)?;
        let texts = params.iter().map(|(name, value)| (name.clone(), value.text.clone())).collect();
        let key = (needed.name.clone(), texts);
        if let Some(code) = self.needs.claim(&key, &frame.cancel)? {
            return if code == 0 { Ok(()) } else { Err(has_failed(needed.name.clone(), code, call)) };
        }
        // It may have been waited for while another failed.
        if let Some((task, code)) = given_up.first() {
            self.needs.end(key, None);
            return Err(has_failed(task.clone(), *code, call));
        }
        // Its lines are its own, whoever needs it.
        let label = (beside || frame.label.is_some()).then(|| printable(&needed.name));
        let at = At { above: String::new(), label, needed_by: Some(given_up.clone()), ..frame.at() };
        let answer = self.task(needed, Scope::new(params, Overlay::new()), &at);
        let code = match &answer {
            Err(error) if error.is_stopped() => None,
            // It has not begun itself.
            Err(Error::Needed { .. }) if given_up.first().is_some() => None,
            Err(error) => Some(error.exit_code()),
            Ok(_) => Some(0),
        };
        self.needs.end(key, code);
        let place = call.task.whole();
        let by = || format!("needed by task `{}` at {}:{}", frame.task.name, place.path, place.line);
        answer.map(|_| ()).map_err(|error| error.note(by()))
    }
}

fn has_failed(task: String, code: u8, call: &Call) -> Error {
    Error::Needed { task, code, place: Box::new(call.task.whole()), notes: Vec::new() }
}
