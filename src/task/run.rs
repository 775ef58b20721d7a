//! Running a task: its steps in order, what each leaves behind, and what happens when one fails.

use std::collections::BTreeSet;

use anstyle::Style;

use super::catalogue::Catalogue;
use super::check::{check, placed, registered};
use super::confirm;
use super::error::{Error, Failure};
use super::existing;
use super::interpolate::{all_travel, plain, shell};
use super::knowledge;
use super::model::{Action, Call, OnFailure, Step, Task, is_path};
use super::params::{Given, bind};
use super::scope::{Output, OutputKind, Overlay, Scope};
use super::script_text::{self, holds, source};
use super::text::Text;
use crate::runtime::process::{self, Process, Unfinished};
use crate::script::{self, Interpreter};
use crate::view::Sink;

/// Lines of a failed command's stderr that its error repeats.
const LAST_LINES: usize = 10;

/// What a run needs besides the task.
#[derive(Clone)]
pub struct RunContext<'a> {
    /// Where called tasks are found.
    pub catalogue: &'a Catalogue,
    /// Printer, token and engine target, for commands and scripts alike.
    pub script: script::Context,
    /// Whether every question is answered with yes.
    pub yes: bool,
}

/// What a run that did not fail has done, called tasks included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    pub ran: usize,
    pub skipped: usize,
    /// Steps that failed with `on_failure: continue`.
    pub failed: usize,
}

/// Checks a task and all it calls, then runs it.
pub fn run(task: &Task, given: &Given, context: &RunContext) -> Result<Outcome, Error> {
    let params = bind(task, given)?;
    let mut runner =
        Runner { context, interpreter: Interpreter::new(context.script.clone()), outcome: Outcome::default() };
    check(task, context.catalogue, &runner.interpreter, context.yes)?;
    existing::check(task, &params, &context.script)?;
    runner.task(task, Scope::new(params, Overlay::new()), "")?;
    Ok(runner.outcome)
}

struct Runner<'a> {
    context: &'a RunContext<'a>,
    interpreter: Interpreter,
    outcome: Outcome,
}

/// The task a step belongs to.
struct Frame<'a> {
    task: &'a Task,
    registered: BTreeSet<String>,
    /// Shown before each step: the tasks that led here.
    title: String,
}

impl Runner<'_> {
    fn task(&mut self, task: &Task, mut scope: Scope, above: &str) -> Result<(), Error> {
        let frame = Frame { task, registered: registered(task), title: format!("{above}{}", task.name) };
        self.prepare(&mut scope, &frame)?;
        set(&task.env, &mut scope, &frame)?;
        for (index, step) in task.steps.iter().enumerate() {
            self.step(step, index, &mut scope, &frame)?;
        }
        Ok(())
    }

    /// What is known of the task, and agreed to, before its first step.
    fn prepare(&self, scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
        let script::Context { printer, cancel, .. } = &self.context.script;
        knowledge::conceal_params(frame.task, scope, printer);
        knowledge::learn(frame.task, scope, printer)?;
        match &frame.task.about.confirm {
            Some(question) if !self.context.yes => {
                confirm::confirm(frame.task, &put(question, scope, frame)?, printer, cancel)
            }
            _ => Ok(()),
        }
    }

    fn step(&mut self, step: &Step, index: usize, scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
        if let Some(reason) = self.context.script.cancel.reason() {
            return Err(Error::Stopped(reason));
        }
        let printer = &self.context.script.printer;
        let title = format!("{} › {}", frame.title, step.title());
        let project = &self.context.script.ownership.project;
        if let Some(when) = &step.when
            && !holds(when, scope, project, &self.interpreter)?
        {
            printer.talk(&format!("{title} (skipped)"));
            self.outcome.skipped += 1;
            scope.record(step.name.as_deref(), step.register.as_deref(), &skipped(&step.action));
            return Ok(());
        }
        printer.talk(&printer.paint_talk(Style::new().bold(), &title));
        self.outcome.ran += 1;
        let mut inner = scope.clone();
        set(&step.env, &mut inner, frame)?;
        let (output, error) = self.action(step, index, &inner, frame);
        scope.record(step.name.as_deref(), step.register.as_deref(), &output);
        let Some(error) = error else { return Ok(()) };
        if !error.is_failure() {
            return Err(error);
        }
        inner.record(step.name.as_deref(), step.register.as_deref(), &output);
        self.failed(step, error, &inner, frame)
    }

    fn failed(&mut self, step: &Step, error: Error, scope: &Scope, frame: &Frame) -> Result<(), Error> {
        let printer = &self.context.script.printer;
        let handled = match &step.on_failure {
            OnFailure::Abort => return Err(error),
            OnFailure::Continue => {
                printer.warn(&format!("{error}; continuing, as `on_failure` says"));
                self.outcome.failed += 1;
                return Ok(());
            }
            OnFailure::Command(text) => {
                printer.talk(&format!("{} › {} (on failure)", frame.title, text.headline()));
                self.command(text, step, scope, frame, false).1.map_or(Ok(()), Err)
            }
            OnFailure::Call(call) => self.call(call, scope, frame),
        };
        match handled {
            Ok(()) => Err(error),
            Err(Error::Stopped(reason)) => Err(Error::Stopped(reason)),
            Err(second) => Err(error.note(format!("what `on_failure` says failed too: {second}"))),
        }
    }

    fn action(&mut self, step: &Step, index: usize, scope: &Scope, frame: &Frame) -> (Output, Option<Error>) {
        match &step.action {
            Action::Command(text) => self.command(text, step, scope, frame, is_wanted(step, index, frame.task)),
            Action::Script(text) => {
                let (value, error) = match self.script(text, scope, frame) {
                    Ok(value) => (value, None),
                    Err(error) => (serde_json::Value::Null, Some(error)),
                };
                let note = |error: Error| error.note(format!("in task `{}`, step `{}`", frame.task.name, step.title()));
                let error = error.map(note);
                (Output { kind: OutputKind::Script(value), exit_code: Some(code(error.as_ref())) }, error)
            }
            Action::Call(call) => {
                let error = self.call(call, scope, frame).err();
                let note =
                    |error: Error| error.note(format!("called by task `{}`, step `{}`", frame.task.name, step.title()));
                let error = error.map(note);
                (Output { kind: OutputKind::Call, exit_code: Some(code(error.as_ref())) }, error)
            }
        }
    }

    fn script(&self, text: &Text, scope: &Scope, frame: &Frame) -> Result<serde_json::Value, Error> {
        let source =
            if is_path(&text.value) { script_text::file(text, &put(text, scope, frame)?)? } else { source(text) };
        let globals = scope.globals(&self.context.script.ownership.project);
        self.interpreter.with_env(scope.env.clone()).run(&source, &globals).map_err(|error| {
            match self.context.script.cancel.reason() {
                Some(reason) => Error::Stopped(reason),
                None => Error::Script { error: Box::new(error), notes: scope.lacking(&source.code) },
            }
        })
    }

    fn call(&mut self, call: &Call, scope: &Scope, frame: &Frame) -> Result<(), Error> {
        let callee = self.context.catalogue.get(&call.task.value)?;
        let given = call.with.iter().map(|(name, text)| Ok((name.clone(), put(text, scope, frame)?)));
        let given = given.collect::<Result<Given, Error>>()?;
        let params = bind(callee, &given).map_err(Error::while_running)?;
        existing::check(callee, &params, &self.context.script).map_err(Error::while_running)?;
        self.task(callee, Scope::new(params, scope.env.clone()), &format!("{} › ", frame.title))
    }

    fn command(
        &self,
        text: &Text,
        step: &Step,
        scope: &Scope,
        frame: &Frame,
        capture: bool,
    ) -> (Output, Option<Error>) {
        let context = &self.context.script;
        let rewritten = match shell(&text.value, &frame.registered, &mut |reference| scope.resolve(reference)) {
            Ok(rewritten) => rewritten,
            Err(fault) => return (Output::default(), Some(placed(fault, text))),
        };
        let mut env = scope.variables();
        if let Err(message) = all_travel(&env) {
            return (Output::default(), Some(Error::at(message, text, None).while_running()));
        }
        env.extend(rewritten.env);
        let env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let folder = text.file.workdir.clone();
        let process = Process { env, folder, capture, ..Process::shell(&rewritten.text) };
        let shown = Sink::new(&context.printer);
        let sink = |output: process::Output, bytes: &[u8]| match output {
            process::Output::Stdout => shown.stdout(bytes),
            process::Output::Stderr => shown.stderr(bytes),
        };
        let finished = match process.run(&context.cancel, &sink) {
            Ok(finished) => finished,
            Err(Unfinished::Stopped(stopped)) => return (Output::default(), Some(stopped.into())),
            Err(error) => return (Output::default(), Some(Error::at(error.to_string(), text, None).while_running())),
        };
        let error = (finished.exit_code != 0).then(|| {
            Error::Failed(Box::new(Failure {
                task: frame.task.name.clone(),
                step: step.title(),
                command: text.value.clone(),
                exit_code: finished.exit_code,
                signal: finished.signal,
                stderr: last_lines(&finished.stderr),
                place: text.whole(),
                notes: Vec::new(),
            }))
        });
        let kind = OutputKind::Command { stdout: finished.stdout, stderr: finished.stderr };
        (Output { kind, exit_code: Some(finished.exit_code) }, error)
    }
}

/// Sets variables for a task or a step.
fn set(env: &[(String, Text)], scope: &mut Scope, frame: &Frame) -> Result<(), Error> {
    for (name, text) in env {
        let value = put(text, scope, frame)?;
        if value.contains('\0') {
            return Err(Error::at("an environment variable cannot hold a NUL byte", text, None));
        }
        scope.env.insert(name.clone(), value);
    }
    Ok(())
}

fn put(text: &Text, scope: &Scope, frame: &Frame) -> Result<String, Error> {
    let put = plain(&text.value, &frame.registered, &mut |reference| scope.resolve(reference));
    put.map_err(|fault| placed(fault, text))
}

fn code(error: Option<&Error>) -> u8 {
    error.map_or(0, Error::exit_code)
}

fn skipped(action: &Action) -> Output {
    let kind = match action {
        Action::Command(_) => OutputKind::Command { stdout: Vec::new(), stderr: Vec::new() },
        Action::Script(_) => OutputKind::Script(serde_json::Value::Null),
        Action::Call(_) => OutputKind::Call,
    };
    Output { kind, exit_code: None }
}

/// Whether anything can refer to a command's stdout: it is kept in memory only then.
fn is_wanted(step: &Step, index: usize, task: &Task) -> bool {
    let mentions = |text: &Text| text.value.contains("steps") || is_path(&text.value);
    let asks = |later: &Step| {
        let texts = later.env.iter().map(|(_, text)| text).chain(later.when.iter()).chain([later.text()]);
        let handler: Vec<&Text> = match &later.on_failure {
            OnFailure::Command(text) => vec![text],
            OnFailure::Call(call) => call.with.iter().map(|(_, text)| text).collect(),
            OnFailure::Abort | OnFailure::Continue => Vec::new(),
        };
        let with = match &later.action {
            Action::Call(call) => call.with.as_slice(),
            Action::Command(_) | Action::Script(_) => &[],
        };
        texts.chain(handler).chain(with.iter().map(|(_, text)| text)).any(mentions)
    };
    step.register.is_some() || step.name.is_some() && task.steps[index..].iter().any(asks)
}

fn last_lines(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    crate::view::printable(&lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"))
}
