//! What a step does on this machine: a command, a script, another task.

use serde_json::Value as Json;

use super::super::check::placed;
use super::super::error::{Error, Failure};
use super::super::existing;
use super::super::interpolate::{all_travel, shell};
use super::super::model::{Action, Call, Each, OnFailure, Step, Target, Task, is_path};
use super::super::params::{Given, bind};
use super::super::scope::{Output, OutputKind, Scope};
use super::super::script_text::{self, source};
use super::super::text::Text;
use super::event::{Event, StepEvent, StepId};
use super::failure::last_lines;
use super::runner::{Frame, Runner};
use super::values::{folder, put};
use crate::runtime::process::{self, Process, Unfinished};
use crate::script::{self, Interpreter};

impl Runner<'_> {
    pub(super) fn action(
        &self,
        step: &Step,
        index: usize,
        scope: &Scope,
        frame: &Frame,
        id: &StepId,
    ) -> (Output, Option<Error>) {
        let capture = is_wanted(step, index, frame.task);
        match &step.action {
            Action::Command(text) if !step.targets.is_empty() => self.in_targets(text, step, scope, frame, id, capture),
            Action::Command(text) => self.command(text, step, scope, frame, id, capture),
            Action::Exec(exec) => self.exec(exec, step, scope, frame, id, capture),
            Action::Script(text) => {
                let note = |error: Error| error.note(format!("in task `{}`, step `{}`", frame.task.name, step.title()));
                let (value, error) = parted(self.script(text, scope, frame, id).map_err(note));
                (Output { kind: OutputKind::Script(value), exit_code: Some(code(error.as_ref())) }, error)
            }
            Action::Call(call) => {
                let note =
                    |error: Error| error.note(format!("called by task `{}`, step `{}`", frame.task.name, step.title()));
                let (value, error) = parted(self.call(call, scope, &frame.hushed(step.quiet)).map_err(note));
                (Output { kind: OutputKind::Call(value), exit_code: Some(code(error.as_ref())) }, error)
            }
        }
    }

    fn script(&self, text: &Text, scope: &Scope, frame: &Frame, id: &StepId) -> Result<Json, Error> {
        let source =
            if is_path(&text.value) { script_text::file(text, &put(text, scope, frame)?)? } else { source(text) };
        let globals = scope.globals(self.project(), &source.code);
        let context = &self.context.script;
        let (sink, id) = (self.context.sink.clone(), id.clone());
        let printer = context.printer.handing_to(move |is_data, bytes| {
            let output = if is_data { process::Output::Stdout } else { process::Output::Stderr };
            sink.tell(&Event::Step(&id, StepEvent::Output(output, bytes)));
        });
        let context = script::Context { printer, cancel: frame.cancel.clone(), ..context.clone() };
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

    pub(super) fn command(
        &self,
        text: &Text,
        step: &Step,
        scope: &Scope,
        frame: &Frame,
        id: &StepId,
        capture: bool,
    ) -> (Output, Option<Error>) {
        let process = match process_of(text, step, scope, frame) {
            Ok(process) => Process { capture, ..process },
            Err(error) => return (Output::default(), Some(error)),
        };
        let sink = |output: process::Output, bytes: &[u8]| self.tell(id, StepEvent::Output(output, bytes));
        let finished = match process.run(&frame.cancel, &sink) {
            Ok(finished) => finished,
            Err(Unfinished::Stopped(stopped)) => return (Output::default(), Some(stopped.into())),
            Err(error @ Unfinished::TooMuch) => {
                return (Output::default(), Some(Error::unmet(error.to_string(), text)));
            }
            Err(error) => return (Output::default(), Some(Error::at(error.to_string(), text, None).while_running())),
        };
        let error = (finished.exit_code != 0).then(|| {
            let (exit_code, signal) = (finished.exit_code, finished.signal);
            ended(text, step, frame, exit_code, signal, whole_lines(&finished.stderr, process::TAIL))
        });
        let stderr = whole_lines(&finished.stderr, process::TAIL).to_vec();
        let kind = OutputKind::Command { stdout: finished.stdout, stderr };
        (Output { kind, exit_code: Some(finished.exit_code) }, error)
    }
}

/// A command for this machine, in its folder and with its values.
fn process_of(text: &Text, step: &Step, scope: &Scope, frame: &Frame) -> Result<Process, Error> {
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

/// What was kept of a stream's end, from the first line that is whole: the rest of a secret would not be known as one.
pub(super) fn whole_lines(kept: &[u8], bound: usize) -> &[u8] {
    if kept.len() < bound {
        return kept;
    }
    let begin = kept.iter().position(|byte| *byte == b'\n').map_or(kept.len(), |newline| newline + 1);
    &kept[begin..]
}

/// The error of a command that ended with another code than 0.
pub(super) fn ended(
    text: &Text,
    step: &Step,
    frame: &Frame,
    exit_code: u8,
    signal: Option<i32>,
    stderr: &[u8],
) -> Error {
    Error::Failed(Box::new(Failure {
        task: frame.task.name.clone(),
        step: step.title(),
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
fn is_wanted(step: &Step, index: usize, task: &Task) -> bool {
    let mentions = |text: &Text| text.value.contains("steps") || is_path(&text.value);
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
