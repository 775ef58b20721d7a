//! What a step does inside containers, through the engine.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value as Json;

use super::super::check::placed;
use super::super::error::Error;
use super::super::interpolate::shell;
use super::super::model::{Exec, ExecCommand, Step, Target};
use super::super::output::{Output, OutputKind};
use super::super::scope::Scope;
use super::super::text::Text;
use super::event::{StepEvent, TargetRow};
use super::kept::{Kept, Room};
use super::runner::{Frame, Runner};
use super::step_run::StepRun;
use super::values::put;
use crate::engine::{Ending, Stream};
use crate::model::container::{ContainerFilters, ExecSpec, ListSpec};
use crate::model::text::{CommandLine, Pairs, Words};
use crate::runtime::pool::each;
use crate::runtime::{self, Cancel, process};
use crate::view::Diagnostic;

/// How many containers a command runs in at a time.
const AT_ONCE: usize = 16;

/// A command for a container: its words, and its environment.
struct Inner {
    command: CommandLine,
    spec: ExecSpec,
}

impl Runner<'_> {
    pub(super) fn exec(&self, exec: &Exec, run: &StepRun) -> (Output, Option<Error>) {
        let (scope, frame) = (run.scope, run.frame);
        let prepared = (|| {
            let container = put(&exec.container, scope, frame)?;
            let mut inner = match &exec.command {
                ExecCommand::Shell(text) => for_shell(text, scope, frame)?,
                ExecCommand::List(list) => {
                    let words = list.iter().map(|text| put(text, scope, frame)).collect::<Result<_, _>>()?;
                    Inner { command: CommandLine::Arguments(words), spec: spec(scope.inside(frame.task)) }
                }
            };
            for (name, text) in &exec.env {
                inner.spec.env.0.insert(name.clone(), put(text, scope, frame)?);
            }
            inner.spec.user = exec.user.as_ref().map(|text| put(text, scope, frame)).transpose()?;
            inner.spec.working_dir = exec.workdir.as_ref().map(|text| put(text, scope, frame)).transpose()?;
            Ok((container, inner))
        })();
        match prepared {
            Ok((container, inner)) => self.inside(&container, &inner, exec.text(), run),
            Err(error) => (Output::default(), Some(error)),
        }
    }

    fn inside(&self, container: &str, inner: &Inner, text: &Text, run: &StepRun) -> (Output, Option<Error>) {
        let fail = |error: Error| (Output::default(), Some(error.placed_at(text)));
        let engine = match self.engine(run.cancel()) {
            Ok(engine) => engine,
            Err(error) => return fail(error),
        };
        let kept = Kept::new(run.capture, run.frame.share);
        let sink = |stream: Stream, bytes: &[u8]| {
            let output = match stream {
                Stream::Stdout => process::Output::Stdout,
                Stream::Stderr => process::Output::Stderr,
            };
            kept.take(output, bytes);
            self.tell(run.id, StepEvent::Output(output, bytes));
        };
        let spec = ExecSpec { keep: false, ..inner.spec.clone() };
        // The command is told to end before its wait is given up, so the token is heeded within.
        let work = engine.exec_until(container, &inner.command, &spec, run.cancel(), &sink);
        let output = match runtime::wait(&Cancel::new(), work) {
            Ok(Ok(Ending::Came(output))) => output,
            Ok(Ok(Ending::Stopped { reason, goes_on })) => {
                let note = goes_on.map(|why| format!("what it started in container `{container}` may go on: {why}"));
                return fail(note.into_iter().fold(Error::stopped(reason), Error::note));
            }
            Ok(Err(error)) => return fail(error.into()),
            Err(stopped) => return fail(stopped.into()),
        };
        let exit_code = u8::try_from(output.exit_code).unwrap_or(u8::MAX);
        self.command_ended(text, run, kept, exit_code, None)
    }

    /// Runs a command in each of the containers of the step; all come to their end.
    pub(super) fn in_targets(&self, text: &Text, run: &StepRun) -> (Output, Option<Error>) {
        let (step, scope, frame, id) = (run.step, run.scope, run.frame, run.id);
        let ready = for_shell(text, scope, frame).and_then(|inner| Ok((inner, self.containers(step, scope, frame)?)));
        let (inner, containers) = match ready {
            Ok(ready) => ready,
            Err(error) => return (Output::default(), Some(error)),
        };
        let share = frame.share * AT_ONCE.min(containers.len()).max(1);
        let sharing = Frame { share, ..frame.clone() };
        let room = Room::new();
        let done = each(AT_ONCE, containers.len(), |index| {
            let (output, error) = self.in_target(&containers[index], &inner, text, &run.within(&sharing));
            (room.fit(Arc::new(output)), error)
        });
        if let Some(what) = room.warning() {
            self.tell(id, StepEvent::Warned { what: format!("{}: {what}", run.name()) });
        }
        if let Some(reason) = frame.cancel.reason() {
            let notes = done.into_iter().filter_map(|(_, error)| error).flat_map(Error::into_notes);
            return (Output::default(), Some(notes.fold(Error::stopped(reason), Error::note)));
        }
        let pairs = containers.iter().zip(&done);
        let failed: Vec<&str> =
            pairs.filter(|(_, (_, error))| error.is_some()).map(|(name, _)| name.as_str()).collect();
        let note = (!failed.is_empty())
            .then(|| format!("in {} of {} containers: {}", failed.len(), containers.len(), failed.join(", ")));
        let mut first = None;
        let mut outputs = Vec::with_capacity(done.len());
        for (name, (output, error)) in containers.iter().zip(done) {
            first = first.or(error);
            outputs.push((name.clone(), output));
        }
        let error = first.map(|error| note.into_iter().fold(error, Error::note));
        let exit_code = error.as_ref().map_or(0, Error::exit_code);
        (Output::of(OutputKind::Inside(outputs), exit_code), error)
    }

    /// In one of them, with its row in the table.
    fn in_target(&self, container: &str, inner: &Inner, text: &Text, run: &StepRun) -> (Output, Option<Error>) {
        let id = self.inner_id(run.id, container);
        let began = Instant::now();
        let (output, error) = self.inside(container, inner, text, &run.told_as(&id));
        let exit_code = output.exit_code.unwrap_or_else(|| error.as_ref().map_or(0, Error::exit_code));
        let duration = began.elapsed();
        let why = error.as_ref().map(ToString::to_string);
        self.tell(&id, StepEvent::Ended { exit_code, duration, why });
        let outcome = match &error {
            None => String::from("ok"),
            Some(Error::Failed(failure)) => format!("exit code {}", failure.exit_code),
            Some(error) => error.to_string(),
        };
        let (step, container) = (run.frame.title_of(run.step), container.to_owned());
        self.note(TargetRow { number: run.id.number, step, container, outcome, duration });
        (Output { exit_code: Some(exit_code), ..output }, error)
    }

    /// The names of the containers that the targets of a step mean, each once.
    fn containers(&self, step: &Step, scope: &Scope, frame: &Frame) -> Result<Vec<String>, Error> {
        let mut all = Vec::new();
        for target in &step.targets {
            let word = put(target.text(), scope, frame)?;
            let found = match target {
                Target::Declared(_) => self.context.catalogue.declared(&word),
                Target::Name(_) => vec![word.clone()],
                Target::Label(_) => {
                    let filters = ContainerFilters { label: Words(vec![word.clone()]), ..ContainerFilters::default() };
                    self.list(&filters, &frame.cancel)?
                }
                Target::Network(_) => {
                    let filters =
                        ContainerFilters { network: Words(vec![word.clone()]), ..ContainerFilters::default() };
                    self.list(&filters, &frame.cancel)?
                }
            };
            if found.is_empty() {
                return Err(unmatched(target, &word));
            }
            for name in found {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        Ok(all)
    }

    /// The names of the running containers that a filter lets through, sorted.
    fn list(&self, filters: &ContainerFilters, cancel: &Cancel) -> Result<Vec<String>, Error> {
        let engine = self.engine(cancel)?;
        let spec = ListSpec { filters: filters.clone(), ..ListSpec::default() };
        let found: Vec<Json> = runtime::wait(cancel, engine.list_containers(&spec))??;
        let name =
            |container: &Json| container["Names"][0].as_str().map(|name| name.trim_start_matches('/').to_owned());
        let mut names: Vec<String> = found.iter().filter_map(name).collect();
        names.sort();
        Ok(names)
    }
}

fn unmatched(target: &Target, word: &str) -> Error {
    let (message, hint) = match target {
        Target::Declared(_) | Target::Name(_) => (
            format!("no container is declared as `{word}`"),
            "they stand under `targets: containers:` in the config file",
        ),
        Target::Label(_) => (format!("no running container has the label `{word}`"), "`xnet ps` lists the containers"),
        Target::Network(_) => {
            (format!("no running container is on the network `{word}`"), "`xnet network inspect` tells who is")
        }
    };
    let place = Some(target.text().whole());
    Error::Broken(Box::new(Diagnostic::new(message).at(place).hint(Some(hint.to_owned()))))
}

/// A text for the container's shell: values are in its environment.
fn for_shell(text: &Text, scope: &Scope, frame: &Frame) -> Result<Inner, Error> {
    let rewritten = shell(&text.value, &frame.registered, &mut |reference| scope.resolve(reference));
    let rewritten = rewritten.map_err(|fault| placed(fault, text))?;
    let mut env = scope.inside(frame.task);
    for (name, value) in rewritten.env {
        env.insert(name, utf8(value.into_vec())?);
    }
    Ok(Inner { command: CommandLine::Text(rewritten.text), spec: spec(env) })
}

fn utf8(value: Vec<u8>) -> Result<String, Error> {
    let fault = |_| Error::invalid("a value for a container is not UTF-8 text").while_running();
    String::from_utf8(value).map_err(fault)
}

fn spec(env: BTreeMap<String, String>) -> ExecSpec {
    ExecSpec { env: Pairs(env), ..ExecSpec::default() }
}
