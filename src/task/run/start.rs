//! A run from its beginning to its end.

use std::sync::Arc;
use std::time::Instant;

use super::super::check::check;
use super::super::error::Error;
use super::super::existing;
use super::super::model::Task;
use super::super::params::{Given, bind};
use super::super::scope::{Overlay, Scope};
use super::event::{Event, Outcome};
use super::masked::Masked;
use super::runner::{At, RunContext, Runner};

/// Checks a task and all it needs and calls, then runs it.
pub fn run(task: &Task, given: &Given, context: &RunContext) -> Result<Outcome, Error> {
    let params = bind(task, given)?;
    let sink = Arc::new(Masked::new(context.sink.clone(), context.script.printer.secrets()));
    let context = &RunContext { sink, ..context.clone() };
    let runner = Runner::new(context);
    let named = check(task, &params, context.catalogue, &runner.interpreter, context.options.yes)?;
    existing::check(task, &params, &context.script, &context.script.cancel)?;
    existing::containers(&named, &context.script, &context.script.cancel)?;
    let began = Instant::now();
    let cancel = context.script.cancel.clone();
    let at =
        At { above: String::new(), label: None, quiet: false, needed_by: None, caller: None, cancel: cancel.clone() };
    let mut answer = runner.task(task, Scope::new(params, Overlay::new()), &at).map(|_| runner.outcome());
    // What ran at the end may have gone on after the run was told to stop.
    if let (Ok(_), Some(reason)) = (&answer, cancel.reason()) {
        answer = Err(Error::stopped(reason));
    }
    let rows = runner.rows();
    if !rows.is_empty() {
        context.sink.tell(&Event::Targets(&rows));
    }
    let exit_code = answer.as_ref().err().map_or(0, Error::exit_code);
    context.sink.tell(&Event::Finished { outcome: runner.outcome(), exit_code, duration: began.elapsed() });
    answer
}
