//! A dry run: what would run, with values where they are known. Nothing is called: no shell, no engine, no script.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::check::{check, placed};
use super::super::error::Error;
use super::super::interpolate::{Part as Piecewise, parts};
use super::super::knowledge;
use super::super::model::{
    Action, Call, Exec, ExecCommand, INDEX, Items, MATRIX, OnFailure, Step, TASK, Target, Task, is_path,
};
use super::super::params::{Given, bind};
use super::super::reference::{Reference, Target as Refers};
use super::super::scope::{Overlay, Scope};
use super::super::script_text::{holds, value};
use super::super::shell_text::{Piece, Quoting, split};
use super::super::text::Text;
use super::event::Part;
use super::foreach::elements;
use super::planned::{OnFailure as Handler, Planned, PlannedAction, PlannedStep, PlannedTarget, PlannedTask};
use super::pure::is_pure;
use super::runner::{At, Frame, RunContext, Runner};
use super::together::combinations;

/// What is shown of a secret.
const MASKED: &str = "***";
/// More elements of a loop are only counted.
const MOST: usize = 20;

/// Which steps at the end of a task.
type End = Option<&'static str>;

/// Checks a task and all it calls, and tells what running it would do, step by step.
pub fn dry_run(task: &Task, given: &Given, context: &RunContext) -> Result<Vec<Planned>, Error> {
    let params = bind(task, given)?;
    let runner = Runner::new(context);
    check(task, &params, context.catalogue, &runner.interpreter, true)?;
    let mut dry = Dry { runner: &runner, plan: Vec::new(), needed: BTreeSet::new(), known: Cell::new(true) };
    let at = At {
        above: String::new(),
        label: None,
        quiet: false,
        needed_by: None,
        caller: None,
        cancel: context.script.cancel.clone(),
    };
    dry.task(task, Scope::new(params, Overlay::new()), &at)?;
    Ok(dry.plan)
}

struct Dry<'a> {
    runner: &'a Runner<'a>,
    plan: Vec<Planned>,
    /// Needed tasks told already, with their values.
    needed: BTreeSet<(String, Vec<(String, String)>)>,
    /// Whether all values that were put in since it was last set are known.
    known: Cell<bool>,
}

impl Dry<'_> {
    fn task(&mut self, task: &Task, mut scope: Scope, at: &At) -> Result<(), Error> {
        let mut frame = at.frame(task);
        self.begins(task, &mut scope, &frame)?;
        if task.matrix.is_empty() {
            self.steps(&task.steps, &scope, &frame, None)?;
        } else {
            for (name, values) in combinations(task, &scope, &frame)? {
                let mut scope = scope.clone();
                let part = Part { matrix: Some(values.clone()), ..Part::default() };
                scope.bind(MATRIX, values);
                let frame = Frame { title: format!("{} [{name}]", frame.title), part, ..frame.clone() };
                self.steps(&task.steps, &scope, &frame, None)?;
            }
        }
        frame = frame.knowing([TASK.to_owned()]);
        self.steps(&task.on_error, &scope, &frame, Some("on_error"))?;
        self.steps(&task.last, &scope, &frame, Some("finally"))
    }

    /// What comes before its steps: its question, what it needs, what holds for all of them.
    fn begins(&mut self, task: &Task, scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
        let printer = &self.runner.context.script.printer;
        knowledge::conceal_params(task, scope, printer);
        knowledge::learn(task, scope, printer)?;
        let question = task.about.confirm.as_ref().map(|text| self.show(text, scope, frame)).transpose()?;
        if let Some(question) = question {
            let question = Some(question.trim_end().to_owned());
            let (task, title) = (task.name.clone(), frame.title.clone());
            self.plan.push(Planned::Task(PlannedTask { task, title, question, ..PlannedTask::default() }));
        }
        for call in &task.needs {
            if !self.called(call, scope, frame, true)? {
                self.unknown_need(call, frame);
            }
        }
        let env = self.env(&task.env, scope, frame)?;
        let workdir = task.workdir.as_ref().map(|text| self.show(text, scope, frame)).transpose()?;
        scope.workdir = match &workdir {
            Some(path) => Some(task.file.workdir.as_ref().map_or_else(|| path.into(), |folder| folder.join(path))),
            None => task.file.workdir.clone(),
        };
        let told = PlannedTask {
            task: task.name.clone(),
            title: frame.title.clone(),
            question: None,
            timeout: task.timeout.as_ref().map(|(limit, _)| *limit),
            parallel: task.parallel,
            env,
            workdir,
        };
        if !told.is_plain() {
            self.plan.push(Planned::Task(told));
        }
        Ok(())
    }

    fn env(&self, env: &[(String, Text)], scope: &mut Scope, frame: &Frame) -> Result<Vec<(String, String)>, Error> {
        let mut all = Vec::new();
        for (name, text) in env {
            let value = self.show(text, scope, frame)?;
            scope.env.insert(name.clone(), value.clone());
            all.push((name.clone(), value));
        }
        Ok(all)
    }

    fn steps(&mut self, steps: &[Step], scope: &Scope, frame: &Frame, end: End) -> Result<(), Error> {
        for step in steps {
            self.step(step, scope, frame, end)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, scope: &Scope, frame: &Frame, end: End) -> Result<(), Error> {
        let Some(each) = &step.each else { return self.once(step, scope, frame, end, None) };
        let frame = &frame.knowing(step.bound());
        let items = match &each.items {
            Items::List(list) => {
                let items = list.iter().map(|text| Ok(Json::from(self.show(text, scope, frame)?)));
                items.collect::<Result<Vec<_>, Error>>()?
            }
            Items::Expression(text) if is_pure(&text.value, &[]) => {
                let value = value(text, scope, self.runner.project(), &self.runner.interpreter)?;
                elements(value).map_err(|found| Error::at(format!("`foreach` goes over {found}"), text, None))?
            }
            Items::Expression(text) => return self.once(step, scope, frame, end, Some(&text.value)),
        };
        let more = items.len().saturating_sub(MOST);
        for (index, item) in items.into_iter().enumerate().take(MOST) {
            let mut scope = scope.clone();
            scope.bind(&each.binding, item.clone());
            scope.bind(INDEX, index.into());
            let part = Part { item: Some(item), index: Some(index), ..frame.part.clone() };
            self.once(step, &scope, &Frame { part, ..frame.clone() }, end, None)?;
        }
        if more > 0 {
            let (task, title) = (frame.task.name.clone(), title(step, frame, end));
            self.plan.push(Planned::More { task, title, elements: more });
        }
        Ok(())
    }

    /// A step, for one element where it has a loop.
    fn once(
        &mut self,
        step: &Step,
        scope: &Scope,
        frame: &Frame,
        end: End,
        foreach: Option<&str>,
    ) -> Result<(), Error> {
        let mut scope = scope.clone();
        let place = step.text().whole();
        let mut told = PlannedStep {
            task: frame.task.name.clone(),
            step: step.title(),
            title: title(step, frame, end),
            end,
            place: (place.path, place.line),
            part: frame.part.clone(),
            foreach: foreach.map(|text| text.trim().to_owned()),
            when: self.when(step, &scope)?,
            ..PlannedStep::default()
        };
        if let Some((_, Some(false))) = told.when {
            self.plan.push(Planned::Step(Box::new(told)));
            return Ok(());
        }
        self.known.set(foreach.is_none() && !matches!(told.when, Some((_, None))));
        told.own_env = self.env(&step.env, &mut scope, frame)?;
        told.env = scope.env.clone().into_iter().collect();
        self.around(step, &scope, frame, &mut told)?;
        told.action = self.action(step, &scope, frame, &mut told)?;
        told.on_failure = match &step.on_failure {
            OnFailure::Abort | OnFailure::Continue => None,
            OnFailure::Command(text) => Some(Handler::Command(self.shown(text, &scope, frame)?)),
            OnFailure::Call(call) => Some(Handler::Task(call.task.value.clone())),
        };
        told.known = self.known.get();
        self.plan.push(Planned::Step(Box::new(told)));
        match &step.action {
            Action::Call(call) => self.called(call, &scope, frame, false).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn action(
        &self,
        step: &Step,
        scope: &Scope,
        frame: &Frame,
        told: &mut PlannedStep,
    ) -> Result<PlannedAction, Error> {
        Ok(match &step.action {
            Action::Command(text) => PlannedAction::Command(self.shown(text, scope, frame)?),
            Action::Script(text) if is_path(&text.value) => PlannedAction::File(self.show(text, scope, frame)?),
            Action::Script(text) => PlannedAction::Code(text.value.clone()),
            Action::Exec(exec) => self.exec(exec, scope, frame, told)?,
            Action::Call(call) => {
                // Its values are told with its own steps; here it counts whether they are known.
                for (_, text) in &call.with {
                    self.show(text, scope, frame)?;
                }
                PlannedAction::Call(self.runner.context.catalogue.get(&call.task.value)?.name.clone())
            }
        })
    }

    /// A condition, and whether it holds where nothing must run to know that.
    fn when(&self, step: &Step, scope: &Scope) -> Result<Option<(String, Option<bool>)>, Error> {
        let Some(when) = &step.when else { return Ok(None) };
        let bound: Vec<String> = step.bound().collect();
        let known = is_pure(&when.value, &bound) && is_bound(step, scope);
        let holds = known.then(|| holds(when, scope, self.runner.project(), &self.runner.interpreter)).transpose()?;
        Ok(Some((when.value.trim().to_owned(), holds)))
    }

    /// A command inside a container; what it sets there is added to what is told.
    fn exec(&self, exec: &Exec, scope: &Scope, frame: &Frame, told: &mut PlannedStep) -> Result<PlannedAction, Error> {
        let container = self.show(&exec.container, scope, frame)?;
        let show = |text: &Text| self.show(text, scope, frame);
        told.user = exec.user.as_ref().map(show).transpose()?;
        told.own_workdir = exec.workdir.as_ref().map(show).transpose()?;
        told.workdir.clone_from(&told.own_workdir);
        for (name, text) in &exec.env {
            let value = show(text)?;
            told.env.retain(|(known, _)| known != name);
            told.env.push((name.clone(), value.clone()));
            told.own_env.push((name.clone(), value));
        }
        Ok(match &exec.command {
            ExecCommand::Shell(text) => PlannedAction::Shell { container, command: self.shown(text, scope, frame)? },
            ExecCommand::List(list) => {
                let argv = list.iter().map(show).collect::<Result<Vec<_>, _>>()?;
                let line = argv.iter().map(|word| quoted(&self.masked(word))).collect::<Vec<_>>().join(" ");
                PlannedAction::Words { container, argv, line }
            }
        })
    }

    /// What stands around the action: where, how often, how long.
    fn around(&self, step: &Step, scope: &Scope, frame: &Frame, told: &mut PlannedStep) -> Result<(), Error> {
        told.shell.clone_from(&step.shell);
        told.own_workdir = step.workdir.as_ref().map(|text| self.show(text, scope, frame)).transpose()?;
        if matches!(step.action, Action::Command(_)) && step.targets.is_empty() {
            let (here, own) = (scope.workdir.clone(), &told.own_workdir);
            let folder = own.as_ref().map(|path| here.clone().unwrap_or_default().join(path)).or(here);
            told.workdir = folder.map(|path| path.display().to_string());
        }
        told.timeout = step.timeout;
        told.attempts = step.retry.as_ref().map(|retry| retry.times);
        for target in &step.targets {
            let word = self.show(target.text(), scope, frame)?;
            told.targets.push(match target {
                Target::Declared(_) => PlannedTarget::Containers(self.runner.context.catalogue.declared(&word)),
                Target::Name(_) => PlannedTarget::Name(word),
                Target::Label(_) => PlannedTarget::Label(word),
                Target::Network(_) => PlannedTarget::Network(word),
            });
            if matches!(target, Target::Label(_) | Target::Network(_)) {
                self.known.set(false);
            }
        }
        Ok(())
    }

    /// A called or needed task; `false` where its values are known only when run. Those cannot be told apart by type, so
    /// such a task is only named.
    fn called(&mut self, call: &Call, scope: &Scope, frame: &Frame, needed: bool) -> Result<bool, Error> {
        let callee = self.runner.context.catalogue.get(&call.task.value)?;
        let mut given = Given::new();
        for (name, text) in &call.with {
            if !is_known(text, scope, frame)? {
                return Ok(false);
            }
            given.push((name.clone(), self.show(text, scope, frame)?));
        }
        let params = bind(callee, &given)?;
        if needed {
            let texts = params.iter().map(|(name, value)| (name.clone(), value.text.clone())).collect();
            if !self.needed.insert((callee.name.clone(), texts)) {
                return Ok(true);
            }
        }
        let (env, above) = if needed { (Overlay::new(), String::new()) } else { (scope.env.clone(), frame.at().above) };
        self.task(callee, Scope::new(params, env), &At { above, ..frame.at() })?;
        Ok(true)
    }

    fn unknown_need(&mut self, call: &Call, frame: &Frame) {
        let place = call.task.whole();
        self.plan.push(Planned::Step(Box::new(PlannedStep {
            task: frame.task.name.clone(),
            step: call.task.value.clone(),
            title: format!("{} › {}", frame.title, call.task.value),
            place: (place.path, place.line),
            action: PlannedAction::Call(call.task.value.clone()),
            ..PlannedStep::default()
        })));
    }
}

fn title(step: &Step, frame: &Frame, end: End) -> String {
    let why = match end {
        Some("on_error") => " (if it fails)",
        Some(_) => " (finally)",
        None => "",
    };
    format!("{} › {}{why}", frame.title, step.title())
}

impl Dry<'_> {
    /// Before it is quoted: a secret in quotes would not be known as one.
    fn masked(&self, text: &str) -> String {
        self.runner.context.script.printer.masked(text).into_owned()
    }

    /// A value, or what stands in its place; that it does is noted.
    fn either(&self, value: Result<String, String>) -> String {
        value.unwrap_or_else(|placeholder| {
            self.known.set(false);
            placeholder
        })
    }

    /// A text that no shell reads, with its values.
    fn show(&self, text: &Text, scope: &Scope, frame: &Frame) -> Result<String, Error> {
        let parts = parts(&text.value, &frame.registered).map_err(|fault| placed(fault, text))?;
        let shown = parts.into_iter().map(|part| match part {
            Piecewise::Literal(literal) => literal.to_owned(),
            Piecewise::Value(reference, ..) => self.either(known(&reference, scope)),
        });
        Ok(shown.collect())
    }

    /// A shell text with its values, as they could be typed in their place.
    fn shown(&self, text: &Text, scope: &Scope, frame: &Frame) -> Result<String, Error> {
        let pieces = split(&text.value, &frame.registered).map_err(|fault| placed(fault, text))?;
        let shown = pieces.into_iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Value { reference, quoting, .. } => {
                let value = known(&reference, scope).map(|value| self.masked(&value));
                match (value, quoting) {
                    (Ok(value), Quoting::Bare) => quoted(&value),
                    (Ok(value), Quoting::Single) => value.replace('\'', r"'\''"),
                    (Ok(value), Quoting::Double) => escaped(&value),
                    (value, _) => self.either(value),
                }
            }
        });
        Ok(shown.collect())
    }
}

/// Whether the element of a loop is known, where there is one.
fn is_bound(step: &Step, scope: &Scope) -> bool {
    step.each.as_ref().is_none_or(|each| scope.has(&each.binding))
}

fn is_known(text: &Text, scope: &Scope, frame: &Frame) -> Result<bool, Error> {
    let parts = parts(&text.value, &frame.registered).map_err(|fault| placed(fault, text))?;
    Ok(parts.iter().all(|part| match part {
        Piecewise::Literal(_) => true,
        Piecewise::Value(reference, ..) => known(reference, scope).is_ok(),
    }))
}

/// A value, or what stands in its place until it is known.
fn known(reference: &Reference, scope: &Scope) -> Result<String, String> {
    let unknown = |name: &str, field: &str| {
        let dot = if field.is_empty() { "" } else { "." };
        Err(format!("‹{name}{dot}{field}: known when run›"))
    };
    if let Refers::Step { name, field, .. } = &reference.target
        && !scope.has(name)
    {
        return unknown(name, field);
    }
    let value = scope.resolve(reference).map_err(|fault| format!("‹{fault}›"))?;
    Ok(String::from_utf8_lossy(&value).into_owned())
}

fn quoted(word: &str) -> String {
    if word == MASKED {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

/// A value as it stands within double quotes.
fn escaped(value: &str) -> String {
    let special = |c: char| matches!(c, '"' | '$' | '`' | '\\');
    value.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}
