//! Whether the containers and networks that are given to a task exist. The engine is asked only when there are any.

use super::error::Error;
use super::kind::ParamValue;
use super::model::Task;
use super::schema::ParamKind;
use crate::engine::{self, Engine};
use crate::runtime::{self, Cancel};
use crate::script;
use crate::view::{Diagnostic, Place};

/// Refuses names that the engine does not know, unless what the task needs may make them: then `after_needs` does.
pub(super) fn check(
    task: &Task,
    values: &[(String, ParamValue)],
    context: &script::Context,
    cancel: &Cancel,
) -> Result<(), Error> {
    if task.needs.is_empty() { look(task, values, context, cancel) } else { Ok(()) }
}

/// The same, once what the task needs has run.
pub(super) fn after_needs(
    task: &Task,
    values: &[(String, ParamValue)],
    context: &script::Context,
    cancel: &Cancel,
) -> Result<(), Error> {
    if task.needs.is_empty() { Ok(()) } else { look(task, values, context, cancel) }
}

/// Refuses names that the engine does not know, with the nearest it does.
fn look(task: &Task, values: &[(String, ParamValue)], context: &script::Context, cancel: &Cancel) -> Result<(), Error> {
    let named = |(name, value): &(String, ParamValue)| {
        let kind = task.param(name)?.kind;
        let is_name = matches!(kind, ParamKind::Container | ParamKind::Network) && !value.text.is_empty();
        is_name.then(|| (name.clone(), kind, value.text.clone()))
    };
    let named: Vec<_> = values.iter().filter_map(named).collect();
    if named.is_empty() {
        return Ok(());
    }
    let asking = async {
        let engine = Engine::connect(&context.target, context.ownership.clone()).await?;
        for (param, kind, name) in &named {
            let found = match kind {
                ParamKind::Container => engine.inspect_container(name).await,
                _ => engine.inspect_network(name).await,
            };
            found.map_err(|error| missing(task, param, error))?;
        }
        Ok(())
    };
    runtime::wait(cancel, asking)?
}

fn missing(task: &Task, param: &str, error: engine::Error) -> Error {
    let engine::Error::NotFound { .. } = &error else { return error.into() };
    let lead = format!("task `{}`, parameter `{param}`", task.name);
    if task.param(param).is_some_and(|param| param.secret) {
        return Error::invalid(format!("{lead}: the engine has none of the name that was given"));
    }
    Error::Invalid(Box::new(Diagnostic::new(format!("{lead}: there is {error}")).hint(error.hint())))
}

/// Refuses containers that steps name and that are not there.
pub(super) fn containers(named: &[(String, Place)], context: &script::Context, cancel: &Cancel) -> Result<(), Error> {
    if named.is_empty() {
        return Ok(());
    }
    let asking = async {
        let engine = Engine::connect(&context.target, context.ownership.clone()).await?;
        for (name, place) in named {
            let found = engine.inspect_container(name).await;
            found.map_err(|error| Error::from(error).placed(place))?;
        }
        Ok(())
    };
    runtime::wait(cancel, asking)?
}
