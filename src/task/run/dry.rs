//! A dry run: what would run, with values where they are known. Nothing is called: no shell, no engine, no script.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::check::{check, placed};
use super::super::error::Error;
use super::super::interpolate::{Part, parts};
use super::super::knowledge;
use super::super::model::{
    Action, Call, ExecCommand, INDEX, Items, MATRIX, OnFailure, Step, TASK, Target, Task, is_path,
};
use super::super::params::{Given, bind};
use super::super::reference::{Reference, Target as Refers};
use super::super::scope::{Overlay, Scope};
use super::super::script_text::{holds, value};
use super::super::shell_text::{Piece, Quoting, split};
use super::super::text::Text;
use super::foreach::elements;
use super::pure::is_pure;
use super::runner::{At, Frame, RunContext, Runner};
use super::sink::brief;
use super::together::combinations;

/// What is shown of a secret.
const MASKED: &str = "***";
/// More elements of a loop are only counted.
const MOST: usize = 20;

/// Checks a task and all it calls, and tells what running it would do, line by line.
pub fn dry_run(task: &Task, given: &Given, context: &RunContext) -> Result<Vec<String>, Error> {
    let params = bind(task, given)?;
    let runner = Runner::new(context);
    check(task, &params, context.catalogue, &runner.interpreter, true)?;
    let mut dry = Dry { runner: &runner, lines: Vec::new(), needed: BTreeSet::new() };
    let at = At { above: String::new(), label: None, quiet: false, cancel: context.script.cancel.clone() };
    dry.task(task, Scope::new(params, Overlay::new()), &at)?;
    Ok(dry.lines)
}

struct Dry<'a> {
    runner: &'a Runner<'a>,
    lines: Vec<String>,
    /// Needed tasks told already, with their values.
    needed: BTreeSet<(String, Vec<(String, String)>)>,
}

impl Dry<'_> {
    fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn task(&mut self, task: &Task, mut scope: Scope, at: &At) -> Result<(), Error> {
        let title = format!("{}{}", at.above, task.name);
        let cancel = at.cancel.clone();
        let mut frame = Frame { task, registered: task.registered(), title, label: None, quiet: false, cancel };
        let printer = &self.runner.context.script.printer;
        knowledge::conceal_params(task, &scope, printer);
        knowledge::learn(task, &mut scope, printer)?;
        if let Some(question) = &task.about.confirm {
            let question = show(question, &scope, &frame)?;
            self.say(format!("{} asks: {}", frame.title, question.trim_end()));
        }
        for call in &task.needs {
            self.called(call, &scope, &frame, true)?;
        }
        for (name, text) in &task.env {
            let value = show(text, &scope, &frame)?;
            scope.env.insert(name.clone(), value);
        }
        let mut about = Vec::new();
        about.extend(task.timeout.map(|limit| format!("within {}", brief(limit))));
        about.extend(task.parallel.then(|| String::from("at the same time")));
        if !about.is_empty() {
            self.say(format!("{} ({})", frame.title, about.join(", ")));
        }
        if task.matrix.is_empty() {
            self.steps(&task.steps, &scope, &frame, "")?;
        } else {
            for (name, values) in combinations(task, &scope, &frame)? {
                let mut scope = scope.clone();
                scope.bind(MATRIX, values);
                let frame = Frame { title: format!("{} [{name}]", frame.title), ..frame.clone() };
                self.steps(&task.steps, &scope, &frame, "")?;
            }
        }
        frame = frame.knowing([TASK.to_owned()]);
        self.steps(&task.on_error, &scope, &frame, " (if it fails)")?;
        self.steps(&task.last, &scope, &frame, " (finally)")
    }

    fn steps(&mut self, steps: &[Step], scope: &Scope, frame: &Frame, why: &str) -> Result<(), Error> {
        for step in steps {
            self.step(step, scope, frame, why)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, scope: &Scope, frame: &Frame, why: &str) -> Result<(), Error> {
        let Some(each) = &step.each else { return self.once(step, scope, frame, why) };
        let frame = &frame.knowing(step.bound());
        let items = match &each.items {
            Items::List(list) => {
                Some(list.iter().map(|text| Ok(Json::from(show(text, scope, frame)?))).collect::<Result<_, Error>>()?)
            }
            Items::Expression(text) if is_pure(&text.value, &[]) => {
                let value = value(text, scope, self.runner.project(), &self.runner.interpreter)?;
                Some(elements(value).map_err(|found| Error::at(format!("`foreach` goes over {found}"), text, None))?)
            }
            Items::Expression(_) => None,
        };
        let Some(items) = items else {
            self.say(format!("{} › {}{why}: for each element, which is decided when run", frame.title, step.title()));
            return self.once(step, scope, frame, why);
        };
        let more = items.len().saturating_sub(MOST);
        for (index, item) in items.into_iter().enumerate().take(MOST) {
            let mut scope = scope.clone();
            scope.bind(&each.binding, item);
            scope.bind(INDEX, index.into());
            self.once(step, &scope, frame, why)?;
        }
        if more > 0 {
            self.say(format!("{} › {}{why}: and for {more} more elements", frame.title, step.title()));
        }
        Ok(())
    }

    fn once(&mut self, step: &Step, scope: &Scope, frame: &Frame, why: &str) -> Result<(), Error> {
        let title = format!("{} › {}{why}", frame.title, step.title());
        let mut scope = scope.clone();
        let bound: Vec<String> = step.bound().collect();
        match &step.when {
            Some(when) if is_pure(&when.value, &bound) && is_bound(step, &scope) => {
                if !holds(when, &scope, self.runner.project(), &self.runner.interpreter)? {
                    self.say(format!("{title}: skipped, for `{}` does not hold", when.value.trim()));
                    return Ok(());
                }
                self.say(title);
            }
            Some(when) => self.say(format!("{title}: if `{}`, which is decided when run", when.value.trim())),
            None => self.say(title),
        }
        for (name, text) in &step.env {
            let value = show(text, &scope, frame)?;
            self.say(format!("  env: {name}={value}"));
            scope.env.insert(name.clone(), value);
        }
        self.around(step, &scope, frame)?;
        match &step.action {
            Action::Command(text) => self.text("command", &self.shown(text, &scope, frame)?),
            Action::Script(text) if is_path(&text.value) => {
                let path = show(text, &scope, frame)?;
                self.text("script", &path);
            }
            Action::Script(text) => self.text("script", &text.value),
            Action::Exec(exec) => {
                let container = show(&exec.container, &scope, frame)?;
                let words = match &exec.command {
                    ExecCommand::Shell(text) => self.shown(text, &scope, frame)?,
                    ExecCommand::List(list) => {
                        let words = list.iter().map(|text| Ok(quoted(&self.masked(&show(text, &scope, frame)?))));
                        words.collect::<Result<Vec<_>, Error>>()?.join(" ")
                    }
                };
                self.text(&format!("in container {container}"), &words);
            }
            Action::Call(call) => self.called(call, &scope, frame, false)?,
        }
        match &step.on_failure {
            OnFailure::Abort | OnFailure::Continue => Ok(()),
            OnFailure::Command(text) => {
                let words = self.shown(text, &scope, frame)?;
                let place = if step.targets.is_empty() { "on failure" } else { "on failure, in the same containers" };
                self.text(place, &words);
                Ok(())
            }
            OnFailure::Call(call) => {
                self.say(format!("  on failure: task {}", call.task.value));
                Ok(())
            }
        }
    }

    /// What stands around the action: where, how often, how long.
    fn around(&mut self, step: &Step, scope: &Scope, frame: &Frame) -> Result<(), Error> {
        if !step.shell.is_empty() {
            self.say(format!("  shell: {}", step.shell.join(" ")));
        }
        if let Some(text) = &step.workdir {
            let path = show(text, scope, frame)?;
            self.say(format!("  workdir: {path}"));
        }
        if let Some(limit) = step.timeout {
            self.say(format!("  timeout: {}", brief(limit)));
        }
        if let Some(retry) = &step.retry {
            self.say(format!("  up to {} attempts", retry.times));
        }
        for target in &step.targets {
            let word = show(target.text(), scope, frame)?;
            let line = match target {
                Target::Declared(_) => {
                    format!("  in each of: {}", self.runner.context.catalogue.declared(&word).join(", "))
                }
                Target::Name(_) => format!("  in: {word}"),
                Target::Label(_) => format!("  in each container with the label {word}, which is decided when run"),
                Target::Network(_) => format!("  in each container on the network {word}, which is decided when run"),
            };
            self.say(line);
        }
        Ok(())
    }

    fn text(&mut self, what: &str, text: &str) {
        let text = text.trim_end();
        if text.lines().count() <= 1 {
            return self.say(format!("  {what}: {text}"));
        }
        self.say(format!("  {what}:"));
        text.lines().for_each(|line| self.say(format!("    {line}")));
    }

    /// A called or needed task. Values that are known only when run cannot be told apart by type, so their task is only named.
    fn called(&mut self, call: &Call, scope: &Scope, frame: &Frame, needed: bool) -> Result<(), Error> {
        let callee = self.runner.context.catalogue.get(&call.task.value)?;
        let mut given = Given::new();
        for (name, text) in &call.with {
            if !is_known(text, scope, frame)? {
                let name = &callee.name;
                self.say(format!("  task {name}, with values that are known only when run"));
                return Ok(());
            }
            given.push((name.clone(), show(text, scope, frame)?));
        }
        let params = bind(callee, &given)?;
        if needed {
            let texts = params.iter().map(|(name, value)| (name.clone(), value.text.clone())).collect();
            if !self.needed.insert((callee.name.clone(), texts)) {
                return Ok(());
            }
        }
        let (env, above) = if needed { (Overlay::new(), String::new()) } else { (scope.env.clone(), frame.at().above) };
        self.task(callee, Scope::new(params, env), &At { above, ..frame.at() })
    }
}

impl Dry<'_> {
    /// Before it is quoted: a secret in quotes would not be known as one.
    fn masked(&self, text: &str) -> String {
        self.runner.context.script.printer.masked(text).into_owned()
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
                    (value, _) => either(value),
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
        Part::Literal(_) => true,
        Part::Value(reference, ..) => known(reference, scope).is_ok(),
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

fn either(value: Result<String, String>) -> String {
    value.unwrap_or_else(|placeholder| placeholder)
}

/// A text that no shell reads, with its values.
fn show(text: &Text, scope: &Scope, frame: &Frame) -> Result<String, Error> {
    let parts = parts(&text.value, &frame.registered).map_err(|fault| placed(fault, text))?;
    let shown = parts.into_iter().map(|part| match part {
        Part::Literal(literal) => literal.to_owned(),
        Part::Value(reference, ..) => either(known(&reference, scope)),
    });
    Ok(shown.collect())
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
