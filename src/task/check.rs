//! What can be known to be wrong before anything runs: cycles of tasks, unknown tasks, parameters and names, texts that
//! are not expressions.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::confirm;
use super::environment::{environment, lacks_a_file};
use super::error::Error;
pub(super) use super::error::placed;
use super::kind::ParamValue;
use super::known::Known;
use super::model::{Action, Call, ExecCommand, Items, MATRIX, OnFailure, Step, TASK, Target, Task, is_path};
use super::params;
use super::ready;
use super::reference::Fault;
use super::script_text::{self, source};
use super::text::Text;
use super::visible::{Role, Visible};
use crate::model::names;
use crate::script::Interpreter;
use crate::view::{Diagnostic, Place};

/// Checks a task and all it calls.
/// `values` are those of its parameters; `yes` is whether questions are answered already. Gives the containers that must be
/// there, for no step before can make them, and where they stand.
pub(super) fn check(
    task: &Task,
    values: &[(String, ParamValue)],
    catalogue: &Catalogue,
    interpreter: &Interpreter,
    yes: bool,
) -> Result<Vec<(String, Place)>, Error> {
    let (path, seen, found, containers) = (Vec::new(), BTreeSet::new(), None, Vec::new());
    let (untouched, certain, due) = (true, true, true);
    let mut checker = Checker { catalogue, interpreter, yes, path, seen, found, untouched, certain, due, containers };
    checker.task(task, values, &BTreeSet::new())?;
    Ok(checker.containers)
}

/// All that is wrong with a task and what it calls. What depends on where and when it runs is not asked: the environment,
/// secrets, whether somebody can confirm it.
pub(super) fn all(task: &Task, catalogue: &Catalogue, interpreter: &Interpreter) -> Vec<Error> {
    let found = RefCell::new(Vec::new());
    let (path, seen, found_here) = (Vec::new(), BTreeSet::new(), Some(&found));
    let (untouched, certain, due, containers) = (false, false, false, Vec::new());
    let mut checker = Checker {
        catalogue,
        interpreter,
        yes: true,
        path,
        seen,
        found: found_here,
        untouched,
        certain,
        due,
        containers,
    };
    if let Err(error) = checker.task(task, &[], &BTreeSet::new()) {
        found.borrow_mut().push(error);
    }
    found.into_inner()
}

struct Checker<'a> {
    catalogue: &'a Catalogue,
    interpreter: &'a Interpreter,
    yes: bool,
    path: Vec<&'a str>,
    seen: BTreeSet<(String, Vec<String>, bool, bool)>,
    /// Where faults go when all are asked for; the first ends the check otherwise.
    found: Option<&'a RefCell<Vec<Error>>>,
    /// Whether nothing that runs before may make what a step needs.
    untouched: bool,
    /// Whether what is looked at runs for sure.
    certain: bool,
    /// The same, whatever becomes of its failure.
    due: bool,
    /// Containers that must be there before anything runs.
    containers: Vec<(String, Place)>,
}

/// How deep tasks may call each other.
const DEEPEST: usize = 100;

impl<'a> Checker<'a> {
    /// Takes note of a fault and goes on, when all are asked for.
    fn noted(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        match (outcome, self.found) {
            (Err(error), Some(found)) => {
                found.borrow_mut().push(error);
                Ok(())
            }
            (outcome, _) => outcome,
        }
    }

    /// `env` are the variables set by callers.
    fn task(&mut self, task: &'a Task, values: &[(String, ParamValue)], env: &BTreeSet<String>) -> Result<(), Error> {
        let looks = self.untouched && self.certain;
        if !self.seen.insert((task.name.clone(), env.iter().cloned().collect(), looks, self.due)) {
            return Ok(());
        }
        self.path.push(&task.name);
        let (registered, env) = (task.registered(), env.clone());
        let live = self.found.is_none();
        let mut known = Known {
            task,
            registered,
            env,
            dotenv: BTreeSet::new(),
            vars: 0,
            live,
            values: values.to_vec(),
            workdir: None,
            earlier: Vec::new(),
            perhaps: Vec::new(),
            locals: BTreeSet::new(),
        };
        match environment(task) {
            Ok(environment) => known.dotenv.extend(environment.into_keys()),
            Err(_) if !live && lacks_a_file(task) => {}
            Err(error) => self.noted(Err(error))?,
        }
        for (_, text) in task.vars() {
            self.noted(known.plain(text))?;
            known.vars += 1;
        }
        if let Some(question) = &task.about.confirm {
            self.noted(known.plain(question))?;
            // One that may not run is asked for when it is about to.
            let answered = self.yes || !self.due;
            confirm::check(task, self.path.first().unwrap_or(&task.name.as_str()), answered)?;
        }
        for need in &task.needs {
            let outcome = self.call(need, &Known { env: BTreeSet::new(), ..known.clone() });
            self.noted(outcome)?;
        }
        for text in task.env.iter().map(|(_, text)| text).chain(task.matrix.iter().flat_map(|(_, texts)| texts)) {
            self.noted(known.plain(text))?;
        }
        known.env.extend(task.env.iter().map(|(name, _)| name.clone()));
        task.workdir.iter().try_for_each(|text| self.noted(known.plain(text)))?;
        known.workdir = match &task.workdir {
            Some(text) => ready::folder(text, None, &known),
            None => None,
        };
        self.noted(ready::has_use(task))?;
        // What runs at the same time may come first.
        self.untouched &= !(task.parallel && task.steps.len() > 1 && task.steps.iter().any(ready::may_make));
        known.locals.extend((!task.matrix.is_empty()).then(|| MATRIX.to_owned()));
        for step in &task.steps {
            self.step(step, &mut known)?;
            if !task.parallel || !task.matrix.is_empty() {
                known.earlier.push(step);
            }
        }
        known.earlier = if task.matrix.is_empty() { task.steps.iter().collect() } else { Vec::new() };
        known.locals = BTreeSet::from([TASK.to_owned()]);
        known.registered.insert(TASK.to_owned());
        let visible = Visible { known: &known, step: None, bound: &[], role: Role::Free };
        task.returns.iter().try_for_each(|text| self.noted(self.expression(text, &visible)))?;
        let due = self.due;
        for (steps, runs) in [(&task.on_error, false), (&task.last, true)] {
            let before = known.earlier.len();
            for step in steps {
                self.due = due && runs;
                self.step(step, &mut known)?;
                known.earlier.push(step);
            }
            // Whether `on_error` has run is not known to `finally`.
            known.perhaps = known.earlier.split_off(before);
        }
        self.due = due;
        self.path.pop();
        Ok(())
    }

    fn step(&mut self, step: &'a Step, known: &mut Known<'a>) -> Result<(), Error> {
        let bound: Vec<String> = step.bound().collect();
        let bound: Vec<&str> = bound.iter().map(String::as_str).collect();
        for text in step.retry.iter().filter_map(|retry| retry.when.as_ref()) {
            let bound = [&bound[..], &["result", "attempt"]].concat();
            self.noted(
                self.expression(text, &Visible { known, step: Some(step), bound: &bound, role: Role::Condition }),
            )?;
        }
        if let Some(text) = &step.when {
            self.noted(
                self.expression(text, &Visible { known, step: Some(step), bound: &bound, role: Role::Condition }),
            )?;
        }
        match step.each.as_ref().map(|each| &each.items) {
            Some(Items::Expression(text)) => self
                .noted(self.expression(text, &Visible { known, step: Some(step), bound: &[], role: Role::Elements }))?,
            Some(Items::List(list)) => list.iter().try_for_each(|text| self.noted(known.plain(text)))?,
            None => {}
        }
        let outer = known.clone();
        known.registered.extend(step.bound());
        known.locals.extend(step.bound());
        known.env.extend(step.when.iter().flat_map(ready::asked));
        for (_, text) in &step.env {
            self.noted(known.plain(text))?;
        }
        known.env.extend(step.env.iter().map(|(name, _)| name.clone()));
        step.workdir
            .iter()
            .chain(step.targets.iter().map(Target::text))
            .try_for_each(|text| self.noted(known.plain(text)))?;
        step.targets.iter().try_for_each(|target| self.noted(self.target(target)))?;
        let (certain, due) = (self.certain, self.due);
        self.certain &= ready::is_certain(step);
        self.due &= ready::is_due(step);
        if step.targets.is_empty() && matches!(step.action, Action::Command(_)) {
            self.workdir(step.workdir.as_ref(), known)?;
            if self.untouched && self.certain {
                ready::has_shell(step, known)?;
            }
        }
        if self.untouched && self.certain {
            self.containers.extend(ready::containers(step, known));
        }
        let outcome = self.action(&step.action, step, known);
        self.noted(outcome)?;
        self.certain = certain;
        // What `on_failure` says may not run.
        self.due = false;
        self.untouched &= !ready::may_make(step);
        known.earlier.push(step);
        let outcome = match &step.on_failure {
            OnFailure::Abort | OnFailure::Continue => Ok(()),
            OnFailure::Command(text) => known.command(text).and_then(|()| known.shell(step, text)),
            OnFailure::Call(call) => self.call(call, known),
        };
        self.due = due;
        self.noted(outcome)?;
        *known = outer;
        Ok(())
    }

    fn action(&mut self, action: &'a Action, step: &Step, known: &Known) -> Result<(), Error> {
        match action {
            Action::Command(text) => self.noted(known.command(text)).and_then(|()| known.shell(step, text)),
            Action::Script(text) => {
                self.script(text, &Visible { known, step: Some(step), bound: &[], role: Role::Free })
            }
            Action::Call(call) => self.call(call, known),
            Action::Exec(exec) => {
                exec.plain().try_for_each(|text| self.noted(known.plain(text)))?;
                match &exec.command {
                    ExecCommand::Shell(text) => known.command(text),
                    ExecCommand::List(list) => known.code(list),
                }
            }
        }
    }

    /// The folder that a command runs in must be there, when nothing can have made it.
    fn workdir(&self, own: Option<&Text>, known: &Known) -> Result<(), Error> {
        let folder = match own {
            Some(text) => ready::folder(text, known.workdir.as_deref(), known),
            None => known.workdir.clone(),
        };
        match (folder, own.or(known.task.workdir.as_ref())) {
            (Some(folder), Some(text)) if self.untouched && self.certain => ready::is_there(&folder, text),
            _ => Ok(()),
        }
    }

    /// A declared container must be declared.
    fn target(&self, target: &Target) -> Result<(), Error> {
        let Target::Declared(text) = target else { return Ok(()) };
        if text.value.contains('$') || !self.catalogue.declared(&text.value).is_empty() {
            return Ok(());
        }
        let known = &self.catalogue.containers;
        let name = text.value.strip_prefix("containers.").unwrap_or(&text.value);
        let hint = names::suggestion(name, known.keys().map(String::as_str));
        let hint = hint.or_else(|| Some(String::from("they stand under `targets: containers:` in the config file")));
        Err(Error::at(format!("no container is declared as `{name}`"), text, hint))
    }

    fn expression(&self, text: &Text, visible: &Visible) -> Result<(), Error> {
        let foreseen = self.interpreter.foresee(&source(text), visible);
        foreseen.into_iter().try_for_each(|error| self.noted(Err(script_text::broken(error, text))))
    }

    fn script(&self, text: &Text, visible: &Visible) -> Result<(), Error> {
        if let Some(offset) = text.value.find("${").filter(|_| is_path(&text.value)) {
            let message = String::from("the path of a script cannot hold a value: it would choose what runs");
            let hint = Some(String::from("give the value to the script, which reads `params`"));
            return Err(placed(Fault { offset, len: 2, message, hint }, text));
        }
        let source = if is_path(&text.value) { script_text::file(text, &text.value)? } else { source(text) };
        let failed = |error| Error::Script { error: Box::new(error), notes: Vec::new() };
        let foreseen = self.interpreter.foresee(&source, visible);
        foreseen.into_iter().try_for_each(|error| self.noted(Err(failed(error))))
    }

    fn call(&mut self, call: &'a Call, known: &Known) -> Result<(), Error> {
        let callee = self.catalogue.get(&call.task.value).map_err(|error| match error {
            Error::Invalid(mut diagnostic) if diagnostic.place.is_none() => {
                diagnostic.place = Some(call.task.whole());
                Error::Invalid(diagnostic)
            }
            error => error.note(format!("called by task `{}`", known.task.name)),
        })?;
        // By its own name: it may have been called by another.
        let name = callee.name.as_str();
        if let Some(begin) = self.path.iter().position(|task| *task == name) {
            let cycle: Vec<&str> = self.path[begin..].iter().copied().chain([name]).collect();
            let message = format!("tasks call each other in a circle: {}", cycle.join(" → "));
            return Err(Error::at(message, &call.task, None));
        }
        if self.path.len() >= DEEPEST {
            let message = format!("tasks call each other more than {DEEPEST} deep");
            return Err(Error::at(message, &call.task, None));
        }
        let mut lacks = false;
        for (name, text) in &call.with {
            self.noted(known.plain(text))?;
            if callee.param(name).is_none() {
                let message = format!("task `{}` has no parameter `{name}`", callee.name);
                self.noted(Err(Error::at(message, text, names::suggestion(name, callee.param_names()))))?;
                lacks = true;
            }
        }
        if lacks {
            return Ok(());
        }
        let given = call.with.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
        params::complete(callee, &given).map_err(|error| match error {
            Error::Invalid(diagnostic) => {
                Error::at(diagnostic.message, &call.task, Some(String::from("give it under `with:`")))
            }
            error => error,
        })?;
        let values = literals(call, callee)?;
        self.task(callee, &values, &known.env)
    }
}

/// Values without references are known already: they must be of the declared type.
fn literals(call: &Call, callee: &Task) -> Result<Vec<(String, ParamValue)>, Error> {
    let mut values = Vec::new();
    for param in &callee.params {
        let Some((name, text)) = call.with.iter().find(|(name, _)| *name == param.name) else {
            values.extend(param.default.clone().map(|value| (param.name.clone(), value)));
            continue;
        };
        if text.value.contains("${") || !param.required && text.value.is_empty() {
            continue;
        }
        let value = param.read(&text.value, &callee.file.base()).map_err(|refused| {
            let message = format!("parameter `{name}` of task `{}`: {}", callee.name, refused.message);
            let place = if param.secret { text.hidden() } else { text.whole() };
            Error::Invalid(Box::new(Diagnostic::new(message).at(Some(place)).hint(refused.hint)))
        })?;
        values.push((name.clone(), value));
    }
    Ok(values)
}
