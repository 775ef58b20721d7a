//! What a step does on this machine: a command, a script, another task.

use serde_json::Value as Json;

use super::super::check::placed;
use super::super::error::{Error, Failure};
use super::super::existing;
use super::super::interpolate::{all_travel, shell};
use super::super::model::{Action, Call, Each, OnFailure, Step, Target, Task, is_path};
use super::super::output::{Output, OutputKind};
use super::super::params::{Given, bind};
use super::super::scope::Scope;
use super::super::script_text::{self, source};
use super::super::text::Text;
use super::event::{Event, StepEvent};
use super::failure::last_lines;
use super::kept::Kept;
use super::runner::{Frame, Runner};
use super::step_run::StepRun;
use super::values::{folder, put};
use crate::runtime::process::{self, Process, Unfinished};
use crate::script::{self, Interpreter};

impl Runner<'_> {
    pub(super) fn action(&self, run: &StepRun) -> (Output, Option<Error>) {
        match &run.step.action {
            Action::Command(text) => self.command(text, run),
            Action::Exec(exec) => self.exec(exec, run),
            Action::Script(text) => {
                let answer = self.script(text, run).map_err(|error| error.note(format!("in {}", run.name())));
                let (value, error) = parted(answer);
                (Output::of(OutputKind::Script(value), code(error.as_ref())), error)
            }
            Action::Call(call) => {
                let answer = self.call(call, run.scope, &run.frame.hushed(run.step.quiet).calling(run.id));
                let (value, error) = parted(answer.map_err(|error| error.note(format!("called by {}", run.name()))));
                (Output::of(OutputKind::Call(value), code(error.as_ref())), error)
            }
        }
    }

    fn script(&self, text: &Text, run: &StepRun) -> Result<Json, Error> {
        let (scope, frame) = (run.scope, run.frame);
        let source =
            if is_path(&text.value) { script_text::file(text, &put(text, scope, frame)?)? } else { source(text) };
        let globals = scope.globals(self.project(), &source.code);
        let context = &self.context.script;
        let (sink, id) = (self.context.sink.clone(), run.id.clone());
        let printer = context.printer.handing_to(move |is_data, bytes| {
            let output = if is_data { process::Output::Stdout } else { process::Output::Stderr };
            sink.tell(&Event::Step(&id, StepEvent::Output(output, bytes)));
        });
        let folder = frame.task.workdir.as_ref().and(scope.workdir.clone());
        let context = script::Context { printer, folder, cancel: frame.cancel.clone(), ..context.clone() };
        Interpreter::new(context).with_env(scope.overlay()).run(&source, &globals).map_err(|error| {
            if let Some(reason) = frame.cancel.reason() {
                return Error::stopped(reason);
            }
            let lacking = scope.lacking(&source.code);
            let notes = script_text::why_no_json(&error, scope).into_iter().chain(lacking).collect();
            Error::Script { error: Box::new(error), notes }
        })
    }

    pub(super) fn call(&self, call: &Call, scope: &Scope, frame: &Frame) -> Result<Json, Error> {
        let callee = self.context.catalogue.get(&call.task.value)?;
        let given = call.with.iter().map(|(name, text)| Ok((name.clone(), put(text, scope, frame)?)));
        let given = given.collect::<Result<Given, Error>>()?;
        let params = bind(callee, &given).map_err(|error| error.while_running().placed_at(&call.task))?;
        existing::check(callee, &params, &self.context.script, &frame.cancel).map_err(Error::while_running)?;
        self.task(callee, Scope::new(params, scope.env.clone()), &frame.at())
    }

    /// A command, here or in each of the containers of its step.
    pub(super) fn command(&self, text: &Text, run: &StepRun) -> (Output, Option<Error>) {
        if run.step.targets.is_empty() { self.here(text, run) } else { self.in_targets(text, run) }
    }

    fn here(&self, text: &Text, run: &StepRun) -> (Output, Option<Error>) {
        let process = match process_of(text, run) {
            Ok(process) => process,
            Err(error) => return (Output::default(), Some(error)),
        };
        let kept = Kept::new(run.capture, run.frame.share);
        let sink = |output: process::Output, bytes: &[u8]| {
            kept.take(output, bytes);
            self.tell(run.id, StepEvent::Output(output, bytes));
        };
        let finished = match process.run(run.cancel(), &sink) {
            Ok(finished) => finished,
            Err(Unfinished::Stopped(stopped)) => return (Output::default(), Some(stopped.into())),
            Err(error @ Unfinished::TooMuch) => {
                return (Output::default(), Some(Error::unmet(error.to_string(), text)));
            }
            Err(error) => return (Output::default(), Some(Error::at(error.to_string(), text, None).while_running())),
        };
        self.command_ended(text, run, kept, finished.exit_code, finished.signal)
    }

    /// The result of a command that came to its end, and its error if that was none of 0.
    pub(super) fn command_ended(
        &self,
        text: &Text,
        run: &StepRun,
        kept: Kept,
        exit_code: u8,
        signal: Option<i32>,
    ) -> (Output, Option<Error>) {
        let (said, warnings) = kept.finish();
        for what in warnings {
            self.tell(run.id, StepEvent::Warned { what: format!("{}: {what}", run.name()) });
        }
        let error = (exit_code != 0).then(|| ended(text, run, exit_code, signal, &said.stderr));
        (Output::of(OutputKind::Command(said), exit_code), error)
    }
}

/// A command for this machine, in its folder and with its values.
fn process_of(text: &Text, run: &StepRun) -> Result<Process, Error> {
    let (step, scope, frame) = (run.step, run.scope, run.frame);
    let rewritten = shell(&text.value, &frame.registered, &mut |reference| scope.resolve(reference));
    let rewritten = rewritten.map_err(|fault| placed(fault, text))?;
    let mut env = scope.variables();
    all_travel(&env).map_err(|message| Error::at(message, text, None).while_running())?;
    env.extend(rewritten.env);
    let env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let workdir = match &step.workdir {
        Some(text) => Some(folder(text, scope, frame)?),
        None => scope.workdir.clone(),
    };
    // Steps that run at the same time cannot share what is typed.
    let stdin = frame.label.as_ref().map(|_| Vec::new());
    let process = Process { env, folder: workdir, stdin, ..Process::shell(&rewritten.text) };
    if step.shell.is_empty() {
        return Ok(process);
    }
    let words = step.shell.iter().chain([&rewritten.text]);
    Ok(Process { arguments: words.map(Into::into).collect(), ..process })
}

/// The error of a command that ended with another code than 0.
fn ended(text: &Text, run: &StepRun, exit_code: u8, signal: Option<i32>, stderr: &[u8]) -> Error {
    Error::Failed(Box::new(Failure {
        task: run.frame.task.name.clone(),
        step: run.step.title(),
        command: text.value.clone(),
        exit_code,
        signal,
        stderr: last_lines(stderr),
        place: text.whole(),
        notes: Vec::new(),
    }))
}

fn parted(answer: Result<Json, Error>) -> (Json, Option<Error>) {
    match answer {
        Ok(value) => (value, None),
        Err(error) => (Json::Null, Some(error)),
    }
}

fn code(error: Option<&Error>) -> u8 {
    error.map_or(0, Error::exit_code)
}

/// Whether anything can refer to a command's stdout: it is kept in memory only then.
pub(super) fn is_wanted(step: &Step, index: usize, task: &Task) -> bool {
    // Code of another file sees the results too.
    let mentions =
        |text: &Text| ["steps", "import"].iter().any(|word| text.value.contains(word)) || is_path(&text.value);
    let asks = |later: &Step| {
        let texts = later.env.iter().map(|(_, text)| text).chain(later.when.iter()).chain([later.text()]);
        let handler: Vec<&Text> = match &later.on_failure {
            OnFailure::Command(text) => vec![text],
            OnFailure::Call(call) => call.with.iter().map(|(_, text)| text).collect(),
            OnFailure::Abort | OnFailure::Continue => Vec::new(),
        };
        let more: Vec<&Text> = match &later.action {
            Action::Call(call) => call.with.iter().map(|(_, text)| text).collect(),
            Action::Exec(exec) => exec.plain().collect(),
            Action::Command(_) | Action::Script(_) => Vec::new(),
        };
        let around = later.each.iter().flat_map(Each::texts).chain(&later.workdir);
        let around = around.chain(later.targets.iter().map(Target::text));
        let around = around.chain(later.retry.iter().filter_map(|retry| retry.when.as_ref()));
        texts.chain(handler).chain(more).chain(around).any(mentions)
    };
    let again = step.retry.as_ref().is_some_and(|retry| retry.when.is_some());
    let later = || task.steps.get(index..).unwrap_or_default().iter().chain(&task.on_error).chain(&task.last);
    step.register.is_some()
        || again
        || step.name.is_some() && (later().any(asks) || task.returns.as_ref().is_some_and(mentions))
}
