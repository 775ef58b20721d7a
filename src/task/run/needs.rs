//! The tasks that must have run before a task: each once in a run with the same parameters, several at a time.

use std::sync::{Mutex, PoisonError};

use super::super::error::Error;
use super::super::existing;
use super::super::model::{Call, Task};
use super::super::params::{Given, bind};
use super::super::scope::{Overlay, Scope};
use super::runner::{At, Frame, Runner};
use super::values::put;
use crate::runtime::pool::permitted;

impl Runner<'_> {
    /// Runs what a task needs. After one has failed no other begins, and those that run come to their end.
    pub(super) fn needed(&self, task: &Task, scope: &Scope, at: &At) -> Result<(), Error> {
        if task.needs.is_empty() {
            return Ok(());
        }
        let frame = at.frame(task);
        let failed = Mutex::new(None::<Error>);
        permitted(&self.permits, usize::MAX, task.needs.len(), |index| {
            if failed.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                return;
            }
            let beside = self.jobs > 1 && task.needs.len() > 1;
            if let Err(error) = self.need(&task.needs[index], beside, scope, &frame) {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                // Where the task ran its error is whole; whoever else needs it only knows that it failed.
                if matches!(*failed, None | Some(Error::Needed { .. })) {
                    *failed = Some(error);
                }
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn need(&self, call: &Call, beside: bool, scope: &Scope, frame: &Frame) -> Result<(), Error> {
        let needed = self.context.catalogue.get(&call.task.value)?;
        let given = call.with.iter().map(|(name, text)| Ok((name.clone(), put(text, scope, frame)?)));
        let given = given.collect::<Result<Given, Error>>()?;
        let params = bind(needed, &given).map_err(Error::while_running)?;
        existing::check(needed, &params, &self.context.script, &frame.cancel).map_err(Error::while_running)?;
        let texts = params.iter().map(|(name, value)| (name.clone(), value.text.clone())).collect();
        let key = (needed.name.clone(), texts);
        if let Some(code) = self.needs.claim(&key, &frame.cancel)? {
            let task = needed.name.clone();
            return if code == 0 { Ok(()) } else { Err(Error::Needed { task, code, notes: Vec::new() }) };
        }
        let at = if beside { frame.beside(&needed.name).at() } else { frame.at() };
        let at = At { above: String::new(), ..at };
        let answer = self.task(needed, Scope::new(params, Overlay::new()), &at);
        let code = match &answer {
            Err(error) if error.is_stopped() => None,
            Err(error) => Some(error.exit_code()),
            Ok(_) => Some(0),
        };
        self.needs.end(key, code);
        answer.map(|_| ()).map_err(|error| error.note(format!("needed by task `{}`", frame.task.name)))
    }
}
