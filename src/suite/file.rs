//! A file of tests: its top level is the preparation, then its tests run, then what it deferred.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::course::Run;
use super::event::{Ending, Failed, Finished};
use super::output::Kept;
use crate::config::Project;
use crate::runtime::{self, Reason};
use crate::script::{Context, Error, Interpreter, Outcome, Ran, Session, Source};
use crate::view::Diagnostic;

/// What stands around the tests of a file, as it is called in results.
const PREPARATION: &str = "(preparation)";
const CLEANUP: &str = "(cleanup)";

pub(super) struct FileOfTests<'a> {
    run: &'a Run<'a>,
    path: &'a Path,
    file: String,
    kept: Kept,
}

impl<'a> FileOfTests<'a> {
    pub(super) fn new(run: &'a Run<'a>, path: &'a Path) -> Self {
        Self { run, path, file: path.display().to_string(), kept: Kept::default() }
    }

    pub(super) fn run(&self) {
        let begun = Instant::now();
        let source = match Source::file(self.path) {
            Ok(source) => source,
            Err(error) => return self.broken(PREPARATION, &error, begun),
        };
        let context = self.context();
        let written = match Interpreter::new(context.clone()).tests(&source) {
            Ok(written) => written,
            Err(error) => return self.broken(PREPARATION, &error, begun),
        };
        let names: Option<Vec<&str>> = written.iter().map(|test| test.name.as_deref()).collect();
        // Its preparation is spared where none of its tests is wanted.
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            if !names.iter().any(|name| self.run.wants(&self.file, name)) {
                return;
            }
            if !self.run.goes_on() {
                let wanted = names.iter().filter(|name| self.run.wants(&self.file, name));
                return wanted.for_each(|name| self.run.not_run(&self.file, name));
            }
        } else if !self.run.goes_on() {
            return self.run.not_run(&self.file, PREPARATION);
        }
        let mut session =
            Session::new(context, &[("args".into(), Json::Array(Vec::new())), ("params".into(), json!({}))]);
        if let Err(error) = self.prepare(&mut session, &source) {
            self.broken(PREPARATION, &error, begun);
        } else {
            self.tests(&mut session);
        }
        let begun = Instant::now();
        match session.end(Ok(())) {
            Err(error) if error.stopped() != Some(Reason::Interrupted) => self.broken(CLEANUP, &error, begun),
            _ => {}
        }
    }

    /// A script belongs to the project it stands in; what it prints is kept.
    fn context(&self) -> Context {
        let context = self.run.context;
        let kept = self.kept.clone();
        let printer = context.printer.handing_to(move |_, bytes| kept.push(bytes));
        let own = self.path.canonicalize().ok().and_then(|file| Project::find(file.parent()?, None).root);
        Context { printer, project: own.or_else(|| context.project.clone()), ..context.clone() }
    }

    fn prepare(&self, session: &mut Session, source: &Source) -> Result<(), Error> {
        let (outer, limit) = (&self.run.context.cancel, self.run.options.patience.timeout);
        let limited = runtime::limited(outer, limit, |cancel| {
            session.set_cancel(cancel);
            session.eval(source)
        });
        session.set_cancel(outer);
        let (answer, tripped) = limited.map_err(|error| Error::failed(format!("no thread for a timeout: {error}")))?;
        let limit = limit.map(crate::model::duration::seconds).unwrap_or_default();
        match answer {
            Err(error) if error.exited() => {
                let message = format!("the file called exit({}) before its tests ran", error.exit_code());
                Err(Error::failed(message))
            }
            Err(error) if tripped && error.stopped() == Some(Reason::TimedOut) => {
                Err(error.outlasted(format!("the preparation did not end within {limit}"), "--timeout gives it more"))
            }
            Err(error) => Err(error),
            Ok(_) if session.cases().is_empty() => {
                let message = format!("{} has no test", self.file);
                Err(Error::bad_file(message, "test(\"name\", || …) notes one"))
            }
            Ok(_) => Ok(()),
        }
    }

    fn tests(&self, session: &mut Session) {
        let mut prepared = self.kept.take();
        for name in session.cases().iter().filter(|name| self.run.wants(&self.file, name)) {
            if !self.run.goes_on() {
                self.run.not_run(&self.file, name);
                continue;
            }
            let Some(ran) = session.run_case(name, self.run.options.patience) else { continue };
            // What was printed before the first test may tell why it fails.
            let output = std::mem::take(&mut prepared) + &self.kept.take();
            self.ended(ran, &output);
        }
    }

    fn ended(&self, ran: Ran, output: &str) {
        let Ran { name, outcome, duration, tries } = ran;
        let ending = match outcome {
            Outcome::Passed => Ending::Passed,
            Outcome::Flaky(why) => Ending::Flaky(why),
            Outcome::Skipped(why) => Ending::Skipped(why),
            Outcome::Failed(error) if error.stopped() == Some(Reason::Interrupted) => Ending::Interrupted,
            // Whatever a test throws, it is the test that failed; without an engine none can do better.
            Outcome::Failed(error) => {
                let failed = failed(&error);
                Ending::Failed(Failed { code: if failed.code == 3 { 3 } else { 1 }, ..failed })
            }
        };
        let output = self.run.context.printer.masked(output).into_owned();
        self.run.tell(&Finished { file: self.file.clone(), name, ending, duration, tries, output });
    }

    /// What stands around the tests went wrong.
    fn broken(&self, name: &str, error: &Error, begun: Instant) {
        let interrupted = error.stopped() == Some(Reason::Interrupted);
        let ending = if interrupted { Ending::Interrupted } else { Ending::Failed(failed(error)) };
        let output = self.run.context.printer.masked(&self.kept.take()).into_owned();
        let (file, name, duration): (_, _, Duration) = (self.file.clone(), name.to_owned(), begun.elapsed());
        self.run.tell(&Finished { file, name, ending, duration, tries: 1, output });
    }
}

fn failed(error: &Error) -> Failed {
    let diagnostic: Diagnostic = error.diagnostic();
    Failed { diagnostic, kind: error.kind().to_owned(), code: error.exit_code() }
}
