//! What can be known to be wrong before anything runs: cycles of tasks, unknown tasks, parameters and names, texts that
//! are not expressions.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::confirm;
use super::environment::environment;
use super::error::Error;
use super::interpolate::{Part, in_shell, parts};
use super::model::{Action, Call, OnFailure, Step, Task, is_path};
use super::params;
use super::reference::{Fault, Reference, Target};
use super::schema::ParamKind;
use super::script_text::{self, source};
use super::shell_text::Quoting;
use super::text::Text;
use crate::model::names;
use crate::script::Interpreter;
use crate::view::Diagnostic;

/// Checks a task and all it calls.
/// `yes` is whether questions are answered already.
pub(super) fn check(task: &Task, catalogue: &Catalogue, interpreter: &Interpreter, yes: bool) -> Result<(), Error> {
    let mut checker = Checker { catalogue, interpreter, yes, path: Vec::new(), seen: BTreeSet::new() };
    checker.task(task, &BTreeSet::new())
}

/// All that is wrong with a task and what it calls. What depends on where and when it runs is not asked: the environment,
/// secrets, whether somebody can confirm it.
pub(super) fn all(task: &Task, catalogue: &Catalogue, interpreter: &Interpreter) -> Vec<Error> {
    check(task, catalogue, interpreter, true).err().into_iter().collect()
}

/// The names under which results of a task's steps are known to its texts.
pub(super) fn registered(task: &Task) -> BTreeSet<String> {
    task.steps.iter().filter_map(|step| step.register.clone()).collect()
}

/// Puts a fault of a text where it stands in the file.
pub(super) fn placed(fault: Fault, text: &Text) -> Error {
    let place = text.place(fault.offset, fault.len);
    Error::Invalid(Box::new(Diagnostic::new(fault.message).at(Some(place)).hint(fault.hint)))
}

struct Checker<'a> {
    catalogue: &'a Catalogue,
    interpreter: &'a Interpreter,
    yes: bool,
    path: Vec<&'a str>,
    seen: BTreeSet<(String, Vec<String>)>,
}

/// What a text of a task may refer to.
struct Known<'a> {
    task: &'a Task,
    registered: BTreeSet<String>,
    env: BTreeSet<String>,
    /// How many of `vars` are set.
    vars: usize,
    /// How many of the steps have run.
    steps: usize,
}

impl<'a> Checker<'a> {
    /// `env` are the variables set by callers.
    fn task(&mut self, task: &'a Task, env: &BTreeSet<String>) -> Result<(), Error> {
        if !self.seen.insert((task.name.clone(), env.iter().cloned().collect())) {
            return Ok(());
        }
        self.path.push(&task.name);
        let mut known = Known { task, registered: registered(task), env: env.clone(), vars: 0, steps: 0 };
        known.env.extend(environment(task)?.into_keys());
        for (_, text) in task.vars() {
            known.plain(text)?;
            known.vars += 1;
        }
        if let Some(question) = &task.about.confirm {
            known.plain(question)?;
            confirm::check(task, self.yes)?;
        }
        for (_, text) in &task.env {
            known.plain(text)?;
        }
        known.env.extend(task.env.iter().map(|(name, _)| name.clone()));
        for (index, step) in task.steps.iter().enumerate() {
            known.steps = index;
            self.step(step, &mut known)?;
        }
        self.path.pop();
        Ok(())
    }

    fn step(&mut self, step: &'a Step, known: &mut Known) -> Result<(), Error> {
        if let Some(when) = &step.when {
            self.expression(when)?;
        }
        for (_, text) in &step.env {
            known.plain(text)?;
        }
        let mut inner = known.env.clone();
        inner.extend(step.env.iter().map(|(name, _)| name.clone()));
        let outer = std::mem::replace(&mut known.env, inner);
        match &step.action {
            Action::Command(text) => known.command(text)?,
            Action::Script(text) => self.script(text, known)?,
            Action::Call(call) => self.call(call, known)?,
        }
        known.steps += 1;
        match &step.on_failure {
            OnFailure::Abort | OnFailure::Continue => {}
            OnFailure::Command(text) => known.command(text)?,
            OnFailure::Call(call) => self.call(call, known)?,
        }
        known.env = outer;
        Ok(())
    }

    fn expression(&self, text: &Text) -> Result<(), Error> {
        self.interpreter.check(&source(text)).map_err(|error| script_text::broken(error, text))
    }

    fn script(&self, text: &Text, known: &Known) -> Result<(), Error> {
        if !is_path(&text.value) {
            let failed = |error| Error::Script { error: Box::new(error), notes: Vec::new() };
            return self.interpreter.check(&source(text)).map_err(failed);
        }
        known.plain(text)?;
        if text.value.contains("${") {
            return Ok(());
        }
        let source = script_text::file(text, &text.value)?;
        let failed = |error| Error::Script { error: Box::new(error), notes: Vec::new() };
        self.interpreter.check(&source).map_err(failed)
    }

    fn call(&mut self, call: &'a Call, known: &Known) -> Result<(), Error> {
        let name = call.task.value.as_str();
        if let Some(begin) = self.path.iter().position(|task| *task == name) {
            let cycle: Vec<&str> = self.path[begin..].iter().copied().chain([name]).collect();
            let message = format!("tasks call each other in a circle: {}", cycle.join(" → "));
            return Err(Error::at(message, &call.task, None));
        }
        let callee = self.catalogue.get(name).map_err(|error| match error {
            Error::Invalid(mut diagnostic) if diagnostic.place.is_none() => {
                diagnostic.place = Some(call.task.whole());
                Error::Invalid(diagnostic)
            }
            error => error.note(format!("called by task `{}`", known.task.name)),
        })?;
        for (name, text) in &call.with {
            known.plain(text)?;
            if callee.param(name).is_none() {
                let message = format!("task `{}` has no parameter `{name}`", callee.name);
                return Err(Error::at(message, text, names::suggestion(name, callee.param_names())));
            }
        }
        let given = call.with.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
        params::complete(callee, &given).map_err(|error| match error {
            Error::Invalid(diagnostic) => {
                Error::at(diagnostic.message, &call.task, Some(String::from("give it under `with:`")))
            }
            error => error,
        })?;
        literals(call, callee)?;
        self.task(callee, &known.env)
    }
}

impl Known<'_> {
    fn command(&self, text: &Text) -> Result<(), Error> {
        let found = in_shell(&text.value, &self.registered).map_err(|fault| placed(fault, text))?;
        for (reference, quoting, offset, len) in found {
            let judged = self.judge(&reference).and_then(|()| self.number(&reference, quoting));
            judged.map_err(|(message, hint)| placed(Fault { offset, len, message, hint }, text))?;
        }
        Ok(())
    }

    fn plain(&self, text: &Text) -> Result<(), Error> {
        for part in parts(&text.value, &self.registered).map_err(|fault| placed(fault, text))? {
            if let Part::Value(reference, offset, len) = part {
                let judged = self.judge(&reference);
                judged.map_err(|(message, hint)| placed(Fault { offset, len, message, hint }, text))?;
            }
        }
        Ok(())
    }

    fn judge(&self, reference: &Reference) -> Result<(), (String, Option<String>)> {
        match &reference.target {
            Target::Param(name) if self.task.param(name).is_none() => {
                let hint = names::suggestion(name, self.task.param_names());
                let hint = hint.or_else(|| Some(String::from("what a task takes stands under its `params:`")));
                Err((format!("task `{}` has no parameter `{name}`", self.task.name), hint))
            }
            Target::Env(name)
                if reference.default.is_none() && !self.env.contains(name) && std::env::var_os(name).is_none() =>
            {
                let hint = format!("`${{env.{name}:-default}}` is used when it is not set");
                Err((format!("the environment variable `{name}` is not set"), Some(hint)))
            }
            Target::Param(_) | Target::Env(_) => Ok(()),
            Target::Var(name) => self.task.judge_var(name, self.vars),
            Target::Secret(name) => self.task.judge_secret(name, reference.default.is_some()),
            Target::Step { name, field, registered } => self.result(name, field, *registered),
        }
    }

    fn result(&self, name: &str, field: &str, registered: bool) -> Result<(), (String, Option<String>)> {
        let called = |step: &&Step| {
            if registered { step.register.as_deref() == Some(name) } else { step.names().any(|known| known == name) }
        };
        let (earlier, later) = self.task.steps.split_at(self.steps);
        if let Some(step) = earlier.iter().find(called) {
            let fields = step.action.fields();
            if fields.contains(&field) {
                return Ok(());
            }
            let message = format!("the result of `{name}` has no `{field}` that is text");
            return Err((message, names::suggestion(field, fields.iter().copied())));
        }
        if later.iter().any(|step| called(&step)) {
            return Err((
                format!("the step `{name}` has not run yet"),
                Some(String::from("results come from earlier steps")),
            ));
        }
        let known: Vec<&str> = earlier.iter().flat_map(Step::names).collect();
        let hint = names::suggestion(name, known).or_else(|| Some(String::from("no earlier step has a name")));
        Err((format!("no step is called `{name}`"), hint))
    }

    /// A shell evaluates what stands in `$((…))`, so only numbers may.
    fn number(&self, reference: &Reference, quoting: Quoting) -> Result<(), (String, Option<String>)> {
        let safe = match &reference.target {
            Target::Param(name) => {
                let kind = self.task.param(name).map(|param| param.kind);
                matches!(kind, Some(ParamKind::Int | ParamKind::Float | ParamKind::Port)) && reference.default.is_none()
            }
            Target::Step { field, .. } => field == "exit_code",
            Target::Env(_) | Target::Var(_) | Target::Secret(_) => false,
        };
        if quoting == Quoting::Arithmetic && !safe {
            let hint = String::from("only a parameter of `type: int` can stand in `$((…))`");
            return Err((String::from("the shell would evaluate this value as an expression"), Some(hint)));
        }
        Ok(())
    }
}

/// Values without references are known already: they must be of the declared type.
fn literals(call: &Call, callee: &Task) -> Result<(), Error> {
    for (name, text) in &call.with {
        if let Some(param) = callee.param(name)
            && !text.value.contains("${")
            && (param.required || !text.value.is_empty())
            && let Err(refused) = param.read(&text.value, &callee.file.base())
        {
            let message = format!("parameter `{name}` of task `{}`: {}", callee.name, refused.message);
            return Err(Error::at(message, text, refused.hint));
        }
    }
    Ok(())
}
